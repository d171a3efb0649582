"""Features, distributors, trials, transfers, tokens, sealed copies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_keys_and_coupons"
down_revision = "2026_11_22_delivery"
branch_labels = None
depends_on = None

# A column that goes takes its constraints along: `downgrade` need not name these.
CHECKS = (
    ("rotation_grace_hours", "vendors", "rotation_grace_hours BETWEEN 0 AND 72"),
    ("stale_after_days", "vendors", "stale_after_days >= 1"),
    ("auto_release_after_days", "vendors", "auto_release_after_days >= stale_after_days"),
    ("trial_kind", "products", "trial_kind IN ('none', 'calendar_days', 'free_perpetual')"),
    ("trial_days", "products", "trial_days BETWEEN 1 AND 365"),
    ("trial_days_kind", "products", "(trial_kind = 'calendar_days') = (trial_days IS NOT NULL)"),
    ("transfer_quota", "products", "transfer_quota BETWEEN 0 AND 1000"),
    (
        "release_cause",
        "activations",
        "release_cause IN ('agent', 'customer', 'support', 'coupon', 'stale')",
    ),
    ("released_at", "activations", "(status = 'active') = (released_at IS NULL)"),
)


def upgrade() -> None:
    op.create_table(
        "idempotent_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answers")),
        sa.UniqueConstraint("principal", "key", name=op.f("uq_idempotent_answers_principal_key")),
    )
    op.create_index("ix_idempotent_answers_expires_at", "idempotent_answers", ["expires_at"])
    op.create_table(
        "throttle_buckets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_throttle_buckets")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("allowed_addresses", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'manager', 'release', 'support', 'auditor')",
            name=op.f("ck_api_tokens_role"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_api_tokens_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_api_tokens_vendor_id_id")),
    )
    op.create_table(
        "distributors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("external_guid", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'archived')", name=op.f("ck_distributors_status")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_distributors_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributors")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_distributors_vendor_id_id")),
    )
    op.create_index(
        "uq_distributors_external_guid", "distributors", ["vendor_id", "external_guid"], unique=True
    )
    op.create_table(
        "features",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("legacy_id", sa.Integer(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name=op.f("ck_features_code")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_features_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_features")),
        sa.UniqueConstraint("vendor_id", "code", name=op.f("uq_features_vendor_id_code")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_features_vendor_id_id")),
    )
    op.create_table(
        "product_features",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("feature_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("multiplied", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "unit IN ('infobase', 'user', 'host', 'process', 'token')",
            name=op.f("ck_product_features_unit"),
        ),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 100000", name=op.f("ck_product_features_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "feature_id"],
            ["features.vendor_id", "features.id"],
            name=op.f("fk_product_features_vendor_id_feature_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_product_features_vendor_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_product_features_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_features")),
        sa.UniqueConstraint(
            "product_id", "feature_id", name=op.f("uq_product_features_product_id_feature_id")
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_product_features_vendor_id_id")),
    )
    op.create_table(
        "entitlement_features",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("feature_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 1000000000", name=op.f("ck_entitlement_features_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "entitlement_id"],
            ["entitlements.vendor_id", "entitlements.id"],
            name=op.f("fk_entitlement_features_vendor_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "feature_id"],
            ["features.vendor_id", "features.id"],
            name=op.f("fk_entitlement_features_vendor_id_feature_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_entitlement_features_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement_features")),
        sa.UniqueConstraint(
            "entitlement_id",
            "feature_id",
            name=op.f("uq_entitlement_features_entitlement_id_feature_id"),
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_entitlement_features_vendor_id_id")),
    )
    op.create_table(
        "trials",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "end_reason IN ('expired', 'converted', 'superseded', 'reversed')",
            name=op.f("ck_trials_end_reason"),
        ),
        sa.CheckConstraint(
            "source IN ('coupon', 'agent', 'manual')", name=op.f("ck_trials_source")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "entitlement_id"],
            ["entitlements.vendor_id", "entitlements.id"],
            name=op.f("fk_trials_vendor_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_trials_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_trials_vendor_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_trials_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_trials_vendor_id_id")),
    )
    op.create_index(
        "ix_trials_vendor_id_created_at_id", "trials", ["vendor_id", "created_at", "id"]
    )
    op.create_index(
        "uq_trials_once",
        "trials",
        ["key_id", "product_id"],
        unique=True,
        postgresql_where="end_reason IS NULL OR end_reason <> 'reversed'",
    )
    op.create_table(
        "transfers",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_infobase_id", sa.Uuid(), nullable=False),
        sa.Column("to_infobase_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('release', 'rebind')", name=op.f("ck_transfers_kind")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "activation_id"],
            ["activations.vendor_id", "activations.id"],
            name=op.f("fk_transfers_vendor_id_activation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "entitlement_id"],
            ["entitlements.vendor_id", "entitlements.id"],
            name=op.f("fk_transfers_vendor_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "from_infobase_id"],
            ["infobases.vendor_id", "infobases.id"],
            name=op.f("fk_transfers_vendor_id_from_infobase_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "to_infobase_id"],
            ["infobases.vendor_id", "infobases.id"],
            name=op.f("fk_transfers_vendor_id_to_infobase_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_transfers_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_transfers_vendor_id_id")),
    )
    op.create_index(
        "ix_transfers_entitlement_id_created_at", "transfers", ["entitlement_id", "created_at"]
    )
    op.add_column("activations", sa.Column("release_cause", sa.String(), nullable=True))
    released_at = sa.Column("released_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("activations", released_at)
    op.execute("UPDATE activations SET released_at = last_seen_at WHERE status <> 'active'")
    op.create_index(
        "ix_activations_vendor_id_entitlement_id_id",
        "activations",
        ["vendor_id", "entitlement_id", "id"],
    )
    op.add_column("coupon_batches", sa.Column("distributor_id", sa.Uuid(), nullable=True))
    op.add_column("coupon_batches", sa.Column("created_by_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_coupon_batches_vendor_id_distributor_id"),
        "coupon_batches",
        "distributors",
        ["vendor_id", "distributor_id"],
        ["vendor_id", "id"],
    )
    op.add_column("coupons", sa.Column("cipher", sa.LargeBinary(), nullable=True))
    op.add_column(
        "customers",
        sa.Column("tags", postgresql.ARRAY(sa.String()), nullable=False, server_default="{}"),
    )
    op.add_column("customers", sa.Column("distributor_id", sa.Uuid(), nullable=True))
    op.add_column("customers", sa.Column("responsible", sa.String(), nullable=True))
    op.add_column("customers", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_index("ix_customers_vendor_id_email", "customers", ["vendor_id", "email"])
    op.create_index(
        "ix_customers_vendor_id_merged_into_id", "customers", ["vendor_id", "merged_into_id"]
    )
    op.create_foreign_key(
        op.f("fk_customers_vendor_id_distributor_id"),
        "customers",
        "distributors",
        ["vendor_id", "distributor_id"],
        ["vendor_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_customers_vendor_id_merged_into_id"),
        "customers",
        "customers",
        ["vendor_id", "merged_into_id"],
        ["vendor_id", "id"],
    )
    op.add_column("extensions", sa.Column("trial_product_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_extensions_vendor_id_trial_product_id"),
        "extensions",
        "products",
        ["vendor_id", "trial_product_id"],
        ["vendor_id", "id"],
    )
    op.add_column("license_key_codes", sa.Column("cipher", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_license_key_codes_legacy",
        "license_key_codes",
        ["id"],
        postgresql_where="kind = 'legacy'",
    )
    op.add_column("products", sa.Column("external_guid", sa.String(), nullable=True))
    op.add_column(
        "products", sa.Column("trial_kind", sa.String(), nullable=False, server_default="none")
    )
    op.add_column("products", sa.Column("trial_days", sa.Integer(), nullable=True))
    op.add_column(
        "products", sa.Column("transfer_quota", sa.Integer(), nullable=False, server_default="3")
    )
    op.add_column(
        "products",
        sa.Column(
            "ends_trials", postgresql.ARRAY(sa.String()), nullable=False, server_default="{}"
        ),
    )
    op.create_index(
        "uq_products_external_guid", "products", ["vendor_id", "external_guid"], unique=True
    )
    op.add_column("redemptions", sa.Column("reversed_by", sa.String(), nullable=True))
    op.add_column("redemptions", sa.Column("reverse_reason", sa.String(), nullable=True))
    op.add_column(
        "vendors",
        sa.Column("rotation_grace_hours", sa.Integer(), nullable=False, server_default="24"),
    )
    op.add_column(
        "vendors", sa.Column("stale_after_days", sa.Integer(), nullable=False, server_default="90")
    )
    op.add_column("vendors", sa.Column("auto_release_after_days", sa.Integer(), nullable=True))
    op.alter_column("customers", "tags", server_default=None)
    op.alter_column("products", "trial_kind", server_default=None)
    op.alter_column("products", "transfer_quota", server_default=None)
    op.alter_column("products", "ends_trials", server_default=None)
    op.alter_column("vendors", "rotation_grace_hours", server_default=None)
    op.alter_column("vendors", "stale_after_days", server_default=None)
    for name, table, condition in CHECKS:
        op.create_check_constraint(name, table, condition)


def downgrade() -> None:
    op.drop_index("ix_activations_vendor_id_entitlement_id_id", table_name="activations")
    op.drop_index("ix_customers_vendor_id_email", table_name="customers")
    op.drop_column("vendors", "auto_release_after_days")
    op.drop_column("vendors", "stale_after_days")
    op.drop_column("vendors", "rotation_grace_hours")
    op.drop_column("redemptions", "reverse_reason")
    op.drop_column("redemptions", "reversed_by")
    op.drop_column("products", "ends_trials")
    op.drop_column("products", "transfer_quota")
    op.drop_column("products", "trial_days")
    op.drop_column("products", "trial_kind")
    op.drop_column("products", "external_guid")
    op.drop_index("ix_license_key_codes_legacy", table_name="license_key_codes")
    op.drop_column("license_key_codes", "cipher")
    op.drop_column("extensions", "trial_product_id")
    op.drop_column("customers", "merged_into_id")
    op.drop_column("customers", "responsible")
    op.drop_column("customers", "distributor_id")
    op.drop_column("customers", "tags")
    op.drop_column("coupons", "cipher")
    op.drop_column("coupon_batches", "created_by_id")
    op.drop_column("coupon_batches", "distributor_id")
    op.drop_column("activations", "released_at")
    op.drop_column("activations", "release_cause")
    op.drop_table("transfers")
    op.drop_table("trials")
    op.drop_table("entitlement_features")
    op.drop_table("product_features")
    op.drop_table("features")
    op.drop_table("distributors")
    op.drop_table("api_tokens")
    op.drop_table("throttle_buckets")
    op.drop_table("idempotent_answers")
