"""Coupons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_coupons"
down_revision = "2026_11_22_licensing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coupon_batches",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("preset", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "preset IN ('add_product', 'extend_trial', 'replace_products', 'custom')",
            name=op.f("ck_coupon_batches_preset"),
        ),
        sa.CheckConstraint("count BETWEEN 1 AND 100000", name=op.f("ck_coupon_batches_count")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_coupon_batches_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_batches")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_coupon_batches_vendor_id_id")),
    )
    op.create_index(
        "ix_coupon_batches_vendor_id_invoice_number_id",
        "coupon_batches",
        ["vendor_id", "invoice_number", "id"],
    )
    op.create_table(
        "coupons",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("operations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_redemptions", sa.Integer(), nullable=False),
        sa.Column("redemption_count", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("bound_key_id", sa.Uuid(), nullable=True),
        sa.Column("bound_customer_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'disabled')", name=op.f("ck_coupons_status")),
        sa.CheckConstraint(
            "bound_key_id IS NULL OR bound_customer_id IS NULL", name=op.f("ck_coupons_bound_once")
        ),
        sa.CheckConstraint(
            "max_redemptions BETWEEN 1 AND 1000000", name=op.f("ck_coupons_max_redemptions")
        ),
        sa.CheckConstraint(
            "redemption_count >= 0 AND redemption_count <= max_redemptions",
            name=op.f("ck_coupons_redemption_count"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "batch_id"],
            ["coupon_batches.vendor_id", "coupon_batches.id"],
            name=op.f("fk_coupons_vendor_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "bound_customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_coupons_vendor_id_bound_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "bound_key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_coupons_vendor_id_bound_key_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_coupons_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("digest", name=op.f("uq_coupons_digest")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_coupons_vendor_id_id")),
    )
    op.create_index("ix_coupons_vendor_id_batch_id_id", "coupons", ["vendor_id", "batch_id", "id"])
    op.create_index("ix_coupons_vendor_id_hint", "coupons", ["vendor_id", "hint"])
    op.create_index("ix_coupons_vendor_id_status_id", "coupons", ["vendor_id", "status", "id"])
    op.create_table(
        "redemptions",
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("effects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "coupon_id"],
            ["coupons.vendor_id", "coupons.id"],
            name=op.f("fk_redemptions_vendor_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_redemptions_vendor_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_redemptions_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_redemptions_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_redemptions_vendor_id_id")),
    )
    op.create_index(
        "ix_redemptions_vendor_id_created_at_id", "redemptions", ["vendor_id", "created_at", "id"]
    )
    op.create_index(
        "ix_redemptions_vendor_id_customer_id_id", "redemptions", ["vendor_id", "customer_id", "id"]
    )
    op.create_index(
        "ix_redemptions_vendor_id_key_id_id", "redemptions", ["vendor_id", "key_id", "id"]
    )
    op.create_index(
        "uq_redemptions_customer",
        "redemptions",
        ["coupon_id", "customer_id"],
        unique=True,
        postgresql_where="reversed_at IS NULL",
    )
    op.create_index(
        "uq_redemptions_key",
        "redemptions",
        ["coupon_id", "key_id"],
        unique=True,
        postgresql_where="reversed_at IS NULL",
    )


def downgrade() -> None:
    op.drop_table("redemptions")
    op.drop_table("coupons")
    op.drop_table("coupon_batches")
