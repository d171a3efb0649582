"""Jobs, schedules, slots of running downloads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_background"
down_revision = "2026_11_22_catalogue"
branch_labels = None
depends_on = None

REPORTED = ("key_id", "release_id")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due", "outbox", ["next_at", "id"], postgresql_where=sa.text("dead_at IS NULL")
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period", sa.Interval(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )
    op.create_table(
        "download_slots",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "number", name=op.f("pk_download_slots")),
    )
    op.create_index("ix_download_slots_held_until", "download_slots", ["held_until"])
    for name in REPORTED:
        op.create_index(
            f"ix_install_reports_vendor_id_{name}_created_at_id",
            "install_reports",
            ["vendor_id", name, "created_at", "id"],
        )


def downgrade() -> None:
    for name in REPORTED:
        op.drop_index(f"ix_install_reports_vendor_id_{name}_created_at_id")
    op.drop_table("download_slots")
    op.drop_table("schedules")
    op.drop_table("outbox")
