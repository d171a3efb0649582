"""What agents were told: the check log; and what the stories and the log are read by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_check_log"
down_revision = "2026_11_22_search"
branch_labels = None
depends_on = None

TEXTS = ("configuration_name", "configuration_version", "platform_version", "infobase_kind")
ACCEPTANCES = (("vendor_id", "key_id", "infobase_id"), ("vendor_id", "infobase_id", "id"))
EVENTS = (("vendor_id", "outcome", "seq"), ("vendor_id", "at", "seq"))
INDEXES = (
    ("vendor_id", "created_at", "id"),
    ("vendor_id", "key_id", "id"),
    ("vendor_id", "infobase_uid", "id"),
    ("vendor_id", "ip", "id"),
    ("request_id",),
)


def upgrade() -> None:
    op.create_table(
        "license_checks",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("infobase_uid", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("refusals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in TEXTS),
        sa.Column("agent_version", sa.String(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('check', 'offers')", name=op.f("ck_license_checks_kind")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "key_id"],
            ["license_keys.vendor_id", "license_keys.id"],
            name=op.f("fk_license_checks_vendor_id_key_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_license_checks_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_checks")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_license_checks_vendor_id_id")),
    )
    op.create_index(
        "uq_license_checks_once",
        "license_checks",
        ["key_id", "infobase_uid", "day", "answer"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    for columns in INDEXES:
        name = op.f(f"ix_license_checks_{'_'.join(columns)}")
        op.create_index(name, "license_checks", list(columns), unique=False)
    for columns in ACCEPTANCES:
        name = op.f(f"ix_eula_acceptances_{'_'.join(columns)}")
        op.create_index(name, "eula_acceptances", list(columns), unique=False)
    for columns in EVENTS:
        name = op.f(f"ix_audit_events_{'_'.join(columns)}")
        op.create_index(name, "audit_events", list(columns), unique=False)
    op.create_index("ix_customers_tech_email", "customers", ["vendor_id", "tech_email"])
    digits = sa.text("regexp_replace(phone, '[^0-9]', '', 'g')")
    op.create_index("ix_customers_phone", "customers", ["vendor_id", digits])


def downgrade() -> None:
    op.drop_index("ix_customers_phone", "customers")
    op.drop_index("ix_customers_tech_email", "customers")
    for columns in EVENTS:
        op.drop_index(op.f(f"ix_audit_events_{'_'.join(columns)}"), "audit_events")
    for columns in ACCEPTANCES:
        op.drop_index(op.f(f"ix_eula_acceptances_{'_'.join(columns)}"), "eula_acceptances")
    op.drop_table("license_checks")
