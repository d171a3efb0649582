"""Customers and catalog."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_customers_and_catalog"
down_revision = "2026_11_22_audit_and_vendors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("tech_email", sa.String(), nullable=True),
        sa.Column("inn", sa.String(), nullable=True),
        sa.Column("external_ref1", sa.String(), nullable=True),
        sa.Column("external_ref2", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'blocked', 'archived')", name=op.f("ck_customers_status")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_customers_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_customers_vendor_id_id")),
    )
    op.create_index("ix_customers_vendor_id_inn", "customers", ["vendor_id", "inn"])
    op.create_index(
        "uq_customers_external_ref1", "customers", ["vendor_id", "external_ref1"], unique=True
    )
    op.create_table(
        "products",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("default_term", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("default_seats", sa.Integer(), nullable=True),
        sa.Column("seats_multiplied", sa.Boolean(), nullable=False),
        sa.Column("after_expiry", sa.String(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "after_expiry IN ('keep_releases', 'block')", name=op.f("ck_products_after_expiry")
        ),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name=op.f("ck_products_code")),
        sa.CheckConstraint(
            "status IN ('draft', 'active', 'archived')", name=op.f("ck_products_status")
        ),
        sa.CheckConstraint(
            "default_seats BETWEEN 1 AND 100000", name=op.f("ck_products_default_seats")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_products_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("vendor_id", "code", name=op.f("uq_products_vendor_id_code")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_products_vendor_id_id")),
    )
    op.create_table(
        "eulas",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_ru", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=True),
        sa.Column("sha256_ru", sa.String(), nullable=False),
        sa.Column("sha256_en", sa.String(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_eulas_number")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_eulas_vendor_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_eulas_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eulas")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_eulas_product_id_number")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_eulas_vendor_id_id")),
    )
    op.create_table(
        "extensions",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("onec_name", sa.String(), nullable=False),
        sa.Column("title_ru", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.Column("description_ru", sa.String(), nullable=False),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("docs_url", sa.String(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("exclusive_required", sa.Boolean(), nullable=False),
        sa.Column("safe_mode_off_required", sa.Boolean(), nullable=False),
        sa.Column("unsafe_action_protection_off", sa.Boolean(), nullable=False),
        sa.Column("restart_required", sa.Boolean(), nullable=False),
        sa.Column("backup_required", sa.Boolean(), nullable=False),
        sa.Column("conflicts_with", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("requires", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name=op.f("ck_extensions_code")),
        sa.CheckConstraint(
            "purpose IN ('patch', 'customization', 'addon')", name=op.f("ck_extensions_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_extensions_vendor_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_extensions_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
        sa.UniqueConstraint("vendor_id", "code", name=op.f("uq_extensions_vendor_id_code")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_extensions_vendor_id_id")),
        sa.UniqueConstraint(
            "vendor_id", "onec_name", name=op.f("uq_extensions_vendor_id_onec_name")
        ),
    )
    op.create_index("ix_extensions_vendor_id_product_id", "extensions", ["vendor_id", "product_id"])
    op.create_table(
        "releases",
        sa.Column("extension_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("version_key", sa.BigInteger(), nullable=False),
        sa.Column("file_version", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("notes_ru", sa.String(), nullable=False),
        sa.Column("notes_en", sa.String(), nullable=True),
        sa.Column("eula_id", sa.Uuid(), nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("exclusive_required", sa.Boolean(), nullable=False),
        sa.Column("safe_mode_off_required", sa.Boolean(), nullable=False),
        sa.Column("unsafe_action_protection_off", sa.Boolean(), nullable=False),
        sa.Column("restart_required", sa.Boolean(), nullable=False),
        sa.Column("backup_required", sa.Boolean(), nullable=False),
        sa.Column("conflicts_with", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("requires", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('stable', 'rc', 'beta', 'dev')", name=op.f("ck_releases_channel")
        ),
        sa.CheckConstraint(
            "status = 'draft' OR published_at IS NOT NULL", name=op.f("ck_releases_published_at")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'paused', 'withdrawn')",
            name=op.f("ck_releases_status"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "eula_id"],
            ["eulas.vendor_id", "eulas.id"],
            name=op.f("fk_releases_vendor_id_eula_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "extension_id"],
            ["extensions.vendor_id", "extensions.id"],
            name=op.f("fk_releases_vendor_id_extension_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_releases_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint(
            "extension_id", "version_key", name=op.f("uq_releases_extension_id_version_key")
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_releases_vendor_id_id")),
    )
    op.create_index("ix_releases_vendor_id_status_id", "releases", ["vendor_id", "status", "id"])
    op.create_table(
        "artifacts",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("extension_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("parsed_name", sa.String(), nullable=False),
        sa.Column("parsed_version", sa.String(), nullable=False),
        sa.Column("parsed_vendor", sa.String(), nullable=False),
        sa.Column("parsed_prefix", sa.String(), nullable=False),
        sa.Column("parsed_purpose", sa.String(), nullable=False),
        sa.Column("parsed_compatibility", sa.String(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('cfe', 'doc')", name=op.f("ck_artifacts_kind")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_artifacts_sha256")),
        sa.CheckConstraint(
            "status IN ('uploading', 'ready', 'quarantined')", name=op.f("ck_artifacts_status")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_artifacts_size")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "extension_id"],
            ["extensions.vendor_id", "extensions.id"],
            name=op.f("fk_artifacts_vendor_id_extension_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "release_id"],
            ["releases.vendor_id", "releases.id"],
            name=op.f("fk_artifacts_vendor_id_release_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_artifacts_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_artifacts_vendor_id_id")),
    )
    op.create_index("ix_artifacts_sha256", "artifacts", ["sha256"])
    op.create_index(
        "uq_artifacts_extension_sha256",
        "artifacts",
        ["extension_id", "sha256"],
        unique=True,
        postgresql_where="kind = 'cfe'",
    )
    op.create_index(
        "uq_artifacts_release",
        "artifacts",
        ["release_id"],
        unique=True,
        postgresql_where="kind = 'cfe'",
    )
    op.create_table(
        "compatibility_rules",
        sa.Column("extension_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("configuration_key", sa.String(), nullable=True),
        sa.Column("from_key", sa.BigInteger(), nullable=False),
        sa.Column("to_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "extension_id"],
            ["extensions.vendor_id", "extensions.id"],
            name=op.f("fk_compatibility_rules_vendor_id_extension_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "release_id"],
            ["releases.vendor_id", "releases.id"],
            name=op.f("fk_compatibility_rules_vendor_id_release_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_compatibility_rules_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compatibility_rules")),
        sa.UniqueConstraint(
            "release_id",
            "rules_version",
            "number",
            name=op.f("uq_compatibility_rules_release_id_rules_version_number"),
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_compatibility_rules_vendor_id_id")),
    )
    op.create_index(
        "ix_compatibility_rules_configuration_key_extension_id_from_key",
        "compatibility_rules",
        ["configuration_key", "extension_id", "from_key"],
    )


def downgrade() -> None:
    op.drop_table("compatibility_rules")
    op.drop_table("artifacts")
    op.drop_table("releases")
    op.drop_table("extensions")
    op.drop_table("eulas")
    op.drop_table("products")
    op.drop_table("customers")
