"""What lists and cards are read by: customers by state, codes of a key, coupons bound to one."""

from alembic import op

revision = "2026_11_22_list_indexes"
down_revision = "2026_11_22_check_log"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_customers_status", "customers", ("vendor_id", "status", "name_norm", "id")),
    (
        "ix_license_key_codes_vendor_id_key_id_id",
        "license_key_codes",
        ("vendor_id", "key_id", "id"),
    ),
    ("ix_coupons_vendor_id_bound_key_id_id", "coupons", ("vendor_id", "bound_key_id", "id")),
    (
        "ix_coupons_vendor_id_bound_customer_id_id",
        "coupons",
        ("vendor_id", "bound_customer_id", "id"),
    ),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
