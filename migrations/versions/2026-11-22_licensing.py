"""Licensing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_licensing"
down_revision = "2026_11_22_customers_and_catalog"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "infobases",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("configuration_name", sa.String(), nullable=True),
        sa.Column("configuration_version", sa.String(), nullable=True),
        sa.Column("platform_version", sa.String(), nullable=True),
        sa.Column("agent_version", sa.String(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('file', 'server')", name=op.f("ck_infobases_kind")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_infobases_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_infobases")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_infobases_vendor_id_id")),
        sa.UniqueConstraint("vendor_id", "uid", name=op.f("uq_infobases_vendor_id_uid")),
    )
    op.create_table(
        "license_keys",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("suspend_reason", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("rights_version", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'revoked')", name=op.f("ck_license_keys_status")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_license_keys_vendor_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_license_keys_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_keys")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_license_keys_vendor_id_id")),
    )
    op.create_index(
        "ix_license_keys_vendor_id_customer_id_id",
        "license_keys",
        ["vendor_id", "customer_id", "id"],
    )
    op.create_index(
        "ix_license_keys_vendor_id_status_id", "license_keys", ["vendor_id", "status", "id"]
    )
    op.create_table(
        "entitlements",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("updates_until", sa.Date(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("active_count", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('stable', 'rc', 'beta', 'dev')", name=op.f("ck_entitlements_channel")
        ),
        sa.CheckConstraint(
            "source IN ('coupon', 'manual', 'import', 'trial')", name=op.f("ck_entitlements_source")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'withdrawn')", name=op.f("ck_entitlements_status")
        ),
        sa.CheckConstraint(
            "active_count >= 0 AND (seats IS NULL OR active_count <= seats)",
            name=op.f("ck_entitlements_active_count"),
        ),
        sa.CheckConstraint("seats BETWEEN 1 AND 100000", name=op.f("ck_entitlements_seats")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_entitlements_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_entitlements_vendor_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_entitlements_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlements")),
        sa.UniqueConstraint("key_id", "product_id", name=op.f("uq_entitlements_key_id_product_id")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_entitlements_vendor_id_id")),
    )
    op.create_index(
        "ix_entitlements_vendor_id_product_id_id", "entitlements", ["vendor_id", "product_id", "id"]
    )
    op.create_index(
        "ix_entitlements_vendor_id_valid_until_id",
        "entitlements",
        ["vendor_id", "valid_until", "id"],
    )
    op.create_table(
        "license_key_codes",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('native', 'legacy')", name=op.f("ck_license_key_codes_kind")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_license_key_codes_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_license_key_codes_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_key_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_license_key_codes_digest")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_license_key_codes_vendor_id_id")),
    )
    op.create_index(
        "ix_license_key_codes_vendor_id_hint", "license_key_codes", ["vendor_id", "hint"]
    )
    op.create_index(
        "uq_license_key_codes_current",
        "license_key_codes",
        ["key_id"],
        unique=True,
        postgresql_where="expires_at IS NULL",
    )
    op.create_table(
        "activations",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("infobase_id", sa.Uuid(), nullable=False),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("windows_user", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("installed_release_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'released', 'revoked')", name=op.f("ck_activations_status")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "entitlement_id"],
            ["entitlements.vendor_id", "entitlements.id"],
            name=op.f("fk_activations_vendor_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "infobase_id"],
            ["infobases.vendor_id", "infobases.id"],
            name=op.f("fk_activations_vendor_id_infobase_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "installed_release_id"],
            ["releases.vendor_id", "releases.id"],
            name=op.f("fk_activations_vendor_id_installed_release_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_activations_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activations")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_activations_vendor_id_id")),
    )
    op.create_index(
        "ix_activations_vendor_id_infobase_id_id", "activations", ["vendor_id", "infobase_id", "id"]
    )
    op.create_index(
        "ix_activations_vendor_id_status_id", "activations", ["vendor_id", "status", "id"]
    )
    op.create_index(
        "uq_activations_seat",
        "activations",
        ["entitlement_id", "infobase_id"],
        unique=True,
        postgresql_where="status = 'active'",
    )
    op.create_table(
        "entitlement_changes",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column(
            "before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cause_kind IN ('redemption', 'reversal', 'manual', 'import', 'trial')",
            name=op.f("ck_entitlement_changes_cause_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "entitlement_id"],
            ["entitlements.vendor_id", "entitlements.id"],
            name=op.f("fk_entitlement_changes_vendor_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_entitlement_changes_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement_changes")),
        sa.UniqueConstraint(
            "entitlement_id", "seq", name=op.f("uq_entitlement_changes_entitlement_id_seq")
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_entitlement_changes_vendor_id_id")),
    )
    op.create_index(
        "ix_entitlement_changes_vendor_id_created_at_id",
        "entitlement_changes",
        ["vendor_id", "created_at", "id"],
    )
    op.create_table(
        "installation_tokens",
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "activation_id"],
            ["activations.vendor_id", "activations.id"],
            name=op.f("fk_installation_tokens_vendor_id_activation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_installation_tokens_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_installation_tokens_digest")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_installation_tokens_vendor_id_id")),
    )
    op.create_index(
        "ix_installation_tokens_activation_id_id", "installation_tokens", ["activation_id", "id"]
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entitlement_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("installation_tokens")
    op.drop_table("entitlement_changes")
    op.drop_table("activations")
    op.drop_table("license_key_codes")
    op.drop_table("entitlements")
    op.drop_table("license_keys")
    op.drop_table("infobases")
