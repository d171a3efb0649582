"""What lists and cards are read by: one index for each thing that a list is narrowed by."""

from alembic import op

revision = "2026_11_22_list_indexes"
down_revision = "2026_11_22_check_log"
branch_labels = None
depends_on = None

_IN_TIME = ("created_at", "id")
NARROWED = (
    ("license_key_codes", "key_id", "id"),
    ("coupons", "bound_key_id", "id"),
    ("coupons", "bound_customer_id", "id"),
    ("redemptions", "coupon_id", "id"),
    ("entitlement_changes", "cause_id"),
    ("activations", "installed_release_id"),
    ("downloads", "status", *_IN_TIME),
    *(
        ("install_reports", column, *_IN_TIME)
        for column in ("operation", "version", "configuration_name", "activation_id")
    ),
    *(
        (table, *_IN_TIME)
        for table in (
            "customers",
            "license_keys",
            "entitlements",
            "infobases",
            "activations",
            "coupon_batches",
            "coupons",
        )
    ),
)
INDEXES = (
    ("ix_customers_status", "customers", ("vendor_id", "status", "name_norm", "id")),
    *(
        (f"ix_{table}_vendor_id_{'_'.join(columns)}", table, ("vendor_id", *columns))
        for table, *columns in NARROWED
    ),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
