"""What lists and cards are read by: one index for each thing that a list is narrowed by."""

import sqlalchemy as sa
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
    ("entitlements", "product_id", "status"),
    ("entitlement_changes", "cause_id"),
    ("activations", "installed_release_id"),
    ("downloads", "status", *_IN_TIME),
    ("eula_acceptances", "eula_id"),
    ("install_reports", "infobase_id", "extension_id", "id"),
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
    (
        "ix_releases_extension_id_status_channel_version_key",
        "releases",
        ("extension_id", "status", "channel", "version_key"),
    ),
)
SUSPENDED = "ix_entitlements_suspended"


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))
    only = sa.text("status = 'suspended'")
    op.create_index(SUSPENDED, "entitlements", ["vendor_id", "key_id"], postgresql_where=only)


def downgrade() -> None:
    op.drop_index(SUSPENDED, "entitlements")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
