"""Repositories of signed metadata."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_trust"
down_revision = "2026_11_22_keys_and_coupons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trust_repositories",
        sa.Column("repo_id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("root_version", sa.Integer(), nullable=False),
        sa.Column("root_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timestamp_version", sa.BigInteger(), nullable=False),
        sa.Column("timestamp_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode IN ('managed', 'vendor_held')", name=op.f("ck_trust_repositories_mode")
        ),
        sa.CheckConstraint(
            "(root_version = 0) = (root_expires_at IS NULL)",
            name=op.f("ck_trust_repositories_root"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_trust_repositories_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_repositories")),
        sa.UniqueConstraint("repo_id", name=op.f("uq_trust_repositories_repo_id")),
        sa.UniqueConstraint("vendor_id", name=op.f("uq_trust_repositories_vendor_id")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_trust_repositories_vendor_id_id")),
    )
    op.create_table(
        "trust_keys",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('online', 'release')", name=op.f("ck_trust_keys_role")),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'retired')", name=op.f("ck_trust_keys_status")
        ),
        sa.CheckConstraint("length(public) = 32", name=op.f("ck_trust_keys_public")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "repository_id"],
            ["trust_repositories.vendor_id", "trust_repositories.id"],
            name=op.f("fk_trust_keys_vendor_id_repository_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_trust_keys_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_keys")),
        sa.UniqueConstraint("repository_id", "kid", name=op.f("uq_trust_keys_repository_id_kid")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_trust_keys_vendor_id_id")),
    )
    op.create_index(
        "uq_trust_keys_active",
        "trust_keys",
        ["repository_id", "role"],
        unique=True,
        postgresql_where="status = 'active'",
    )
    op.create_table(
        "trust_metadata",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('root', 'targets', 'releases', 'online', 'snapshot', 'timestamp')",
            name=op.f("ck_trust_metadata_role"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_trust_metadata_version")),
        sa.CheckConstraint("length = octet_length(content)", name=op.f("ck_trust_metadata_length")),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["trust_repositories.id"],
            name=op.f("fk_trust_metadata_repository_id"),
        ),
        sa.PrimaryKeyConstraint("repository_id", "role", "version", name=op.f("pk_trust_metadata")),
    )


def downgrade() -> None:
    op.drop_table("trust_metadata")
    op.drop_table("trust_keys")
    op.drop_table("trust_repositories")
