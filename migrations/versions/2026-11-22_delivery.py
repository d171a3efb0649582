"""Delivery."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_delivery"
down_revision = "2026_11_22_coupons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "eula_acceptances",
        sa.Column("eula_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("infobase_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("agent_version", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_eula_acceptances_vendor_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "eula_id"],
            ["eulas.vendor_id", "eulas.id"],
            name=op.f("fk_eula_acceptances_vendor_id_eula_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "infobase_id"],
            ["infobases.vendor_id", "infobases.id"],
            name=op.f("fk_eula_acceptances_vendor_id_infobase_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_eula_acceptances_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_eula_acceptances_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eula_acceptances")),
        sa.UniqueConstraint(
            "eula_id",
            "key_id",
            "infobase_id",
            name=op.f("uq_eula_acceptances_eula_id_key_id_infobase_id"),
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_eula_acceptances_vendor_id_id")),
    )
    op.create_index(
        "ix_eula_acceptances_vendor_id_created_at_id",
        "eula_acceptances",
        ["vendor_id", "created_at", "id"],
    )
    op.create_table(
        "downloads",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("extension_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('issued', 'started', 'completed', 'aborted')",
            name=op.f("ck_downloads_status"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "activation_id"],
            ["activations.vendor_id", "activations.id"],
            name=op.f("fk_downloads_vendor_id_activation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "artifact_id"],
            ["artifacts.vendor_id", "artifacts.id"],
            name=op.f("fk_downloads_vendor_id_artifact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_downloads_vendor_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "extension_id"],
            ["extensions.vendor_id", "extensions.id"],
            name=op.f("fk_downloads_vendor_id_extension_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_downloads_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "release_id"],
            ["releases.vendor_id", "releases.id"],
            name=op.f("fk_downloads_vendor_id_release_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_downloads_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
        sa.UniqueConstraint("digest", name=op.f("uq_downloads_digest")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_downloads_vendor_id_id")),
    )
    op.create_index(
        "ix_downloads_vendor_id_activation_id_created_at_id",
        "downloads",
        ["vendor_id", "activation_id", "created_at", "id"],
    )
    op.create_index(
        "ix_downloads_vendor_id_created_at_id", "downloads", ["vendor_id", "created_at", "id"]
    )
    op.create_index(
        "ix_downloads_vendor_id_customer_id_created_at_id",
        "downloads",
        ["vendor_id", "customer_id", "created_at", "id"],
    )
    op.create_index(
        "ix_downloads_vendor_id_extension_id_created_at_id",
        "downloads",
        ["vendor_id", "extension_id", "created_at", "id"],
    )
    op.create_index(
        "ix_downloads_vendor_id_ip_created_at_id",
        "downloads",
        ["vendor_id", "ip", "created_at", "id"],
    )
    op.create_index(
        "ix_downloads_vendor_id_key_id_created_at_id",
        "downloads",
        ["vendor_id", "key_id", "created_at", "id"],
    )
    op.create_index(
        "ix_downloads_vendor_id_release_id_created_at_id",
        "downloads",
        ["vendor_id", "release_id", "created_at", "id"],
    )
    op.create_table(
        "install_reports",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("infobase_id", sa.Uuid(), nullable=False),
        sa.Column("extension_id", sa.Uuid(), nullable=True),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.Column("activation_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("failed_state", sa.String(), nullable=True),
        sa.Column("com_hresult", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("previous_version", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("artifact_sha256", sa.String(), nullable=True),
        sa.Column("configuration_name", sa.String(), nullable=True),
        sa.Column("configuration_version", sa.String(), nullable=True),
        sa.Column("platform_version", sa.String(), nullable=True),
        sa.Column("durations_ms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("consents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agent_version", sa.String(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "operation IN ('install', 'upgrade', 'repair', 'downgrade', 'uninstall', 'rollback')",
            name=op.f("ck_install_reports_operation"),
        ),
        sa.CheckConstraint(
            "outcome IN ('done', 'done_restart_required', 'noop', 'failed', 'rolled_back', "
            "'rollback_failed')",
            name=op.f("ck_install_reports_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "activation_id"],
            ["activations.vendor_id", "activations.id"],
            name=op.f("fk_install_reports_vendor_id_activation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "extension_id"],
            ["extensions.vendor_id", "extensions.id"],
            name=op.f("fk_install_reports_vendor_id_extension_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "infobase_id"],
            ["infobases.vendor_id", "infobases.id"],
            name=op.f("fk_install_reports_vendor_id_infobase_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_install_reports_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "release_id"],
            ["releases.vendor_id", "releases.id"],
            name=op.f("fk_install_reports_vendor_id_release_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_install_reports_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_install_reports")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_install_reports_vendor_id_id")),
        sa.UniqueConstraint(
            "vendor_id", "operation_id", name=op.f("uq_install_reports_vendor_id_operation_id")
        ),
    )
    op.create_index(
        "ix_install_reports_vendor_id_code_created_at_id",
        "install_reports",
        ["vendor_id", "code", "created_at", "id"],
    )
    op.create_index(
        "ix_install_reports_vendor_id_created_at_id",
        "install_reports",
        ["vendor_id", "created_at", "id"],
    )
    op.create_index(
        "ix_install_reports_vendor_id_extension_id_created_at_id",
        "install_reports",
        ["vendor_id", "extension_id", "created_at", "id"],
    )
    op.create_index(
        "ix_install_reports_vendor_id_infobase_id_created_at_id",
        "install_reports",
        ["vendor_id", "infobase_id", "created_at", "id"],
    )
    op.create_index(
        "ix_install_reports_vendor_id_outcome_created_at_id",
        "install_reports",
        ["vendor_id", "outcome", "created_at", "id"],
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eula_acceptances "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("install_reports")
    op.drop_table("downloads")
    op.drop_table("eula_acceptances")
