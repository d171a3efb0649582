"""People, their sessions and one-time links, letters, and settings of vendors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_people"
down_revision = "2026_11_22_trust"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("master_kid", sa.String(), nullable=False),
        sa.Column("master_confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("master_confirmed_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("density", sa.String(), nullable=False),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("density IN ('comfortable', 'compact')", name=op.f("ck_users_density")),
        sa.CheckConstraint("locale IN ('ru', 'en')", name=op.f("ck_users_locale")),
        sa.CheckConstraint(
            "status <> 'active' OR password_hash IS NOT NULL", name=op.f("ck_users_password")
        ),
        sa.CheckConstraint(
            "status IN ('invited', 'active', 'disabled')", name=op.f("ck_users_status")
        ),
        sa.CheckConstraint("theme IN ('auto', 'light', 'dark')", name=op.f("ck_users_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "letters",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("copy_to", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_label", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('ru', 'en')", name=op.f("ck_letters_locale")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_letters_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_letters_vendor_id_id")),
    )
    op.create_index(op.f("ix_letters_created_at"), "letters", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_letters_vendor_id_subject_id_created_at"),
        "letters",
        ["vendor_id", "subject_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'manager', 'release', 'support', 'auditor')",
            name=op.f("ck_memberships_role"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_memberships_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("user_id", "vendor_id", name=op.f("uq_memberships_user_id_vendor_id")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_memberships_vendor_id_id")),
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("cipher", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('invitation', 'password_reset')", name=op.f("ck_one_time_links_purpose")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_one_time_links_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_links_digest")),
    )
    op.create_index(
        op.f("ix_one_time_links_expires_at"), "one_time_links", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"], unique=False)
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_preferences_user_id")),
        sa.PrimaryKeyConstraint("user_id", "place", name=op.f("pk_preferences")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "digest", name=op.f("uq_recovery_codes_user_id_digest")),
    )
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("otp_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("stash", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("stage IN ('code', 'open')", name=op.f("ck_user_sessions_stage")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_user_sessions_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_user_sessions_digest")),
    )
    op.create_index(
        op.f("ix_user_sessions_last_seen_at"), "user_sessions", ["last_seen_at"], unique=False
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "known_devices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_devices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_known_devices")),
    )
    op.create_index(
        op.f("ix_known_devices_created_at"), "known_devices", ["created_at"], unique=False
    )
    op.create_table(
        "entitlement_reminders",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN (1, 14)", name=op.f("ck_entitlement_reminders_step")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "entitlement_id"],
            ["entitlements.vendor_id", "entitlements.id"],
            name=op.f("fk_entitlement_reminders_vendor_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_entitlement_reminders_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement_reminders")),
        sa.UniqueConstraint(
            "entitlement_id",
            "valid_until",
            "step",
            name=op.f("uq_entitlement_reminders_entitlement_id_valid_until_step"),
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_entitlement_reminders_vendor_id_id")),
    )
    op.add_column(
        "vendors",
        sa.Column("expiry_reminders", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column(
        "vendors",
        sa.Column("second_factor_for_all", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "vendors", sa.Column("retention_days", sa.Integer(), server_default="400", nullable=False)
    )
    op.add_column(
        "vendors",
        sa.Column(
            "smtp", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
    )
    op.add_column("vendors", sa.Column("smtp_password", sa.LargeBinary(), nullable=True))
    for name in ("expiry_reminders", "second_factor_for_all", "retention_days"):
        op.alter_column("vendors", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_vendors_retention_days"), "vendors", "retention_days BETWEEN 30 AND 3650"
    )


def downgrade() -> None:
    op.drop_column("vendors", "smtp_password")
    op.drop_column("vendors", "smtp")
    op.drop_column("vendors", "retention_days")
    op.drop_column("vendors", "second_factor_for_all")
    op.drop_column("vendors", "expiry_reminders")
    op.drop_table("entitlement_reminders")
    op.drop_index(op.f("ix_known_devices_created_at"), table_name="known_devices")
    op.drop_table("known_devices")
    op.drop_index(op.f("ix_user_sessions_user_id"), table_name="user_sessions")
    op.drop_index(op.f("ix_user_sessions_last_seen_at"), table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_table("second_factors")
    op.drop_table("recovery_codes")
    op.drop_table("preferences")
    op.drop_index(op.f("ix_one_time_links_user_id"), table_name="one_time_links")
    op.drop_index(op.f("ix_one_time_links_expires_at"), table_name="one_time_links")
    op.drop_table("one_time_links")
    op.drop_table("memberships")
    op.drop_index(op.f("ix_letters_vendor_id_subject_id_created_at"), table_name="letters")
    op.drop_index(op.f("ix_letters_created_at"), table_name="letters")
    op.drop_table("letters")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_table("users")
    op.drop_table("installation")
