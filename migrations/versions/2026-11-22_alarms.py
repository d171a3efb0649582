"""Alarms: how each check of the server's health is for a vendor, and when its owners were told."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_alarms"
down_revision = "2026_11_22_summaries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "health_alarms",
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owes_end", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('ok', 'warn', 'fail')", name=op.f("ck_health_alarms_state")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_health_alarms_vendor_id")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "name", name=op.f("pk_health_alarms")),
    )


def downgrade() -> None:
    op.drop_table("health_alarms")
