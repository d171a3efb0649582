"""Seats name their key and their product, so that lists of them are read by one index each.

A trigger names what the release before this one takes: it knows nothing of the columns, and works
on this schema as well.
"""

import sqlalchemy as sa
from alembic import op

from app.kit.migrate import build_indexes, drop_indexes, in_parts

revision = "2026_11_22_seats"
down_revision = "2026_11_22_alarms"
branch_labels = None
depends_on = None

# What a seat belongs to never changes: neither does an entitlement's key or product.
FUNCTION = """
CREATE OR REPLACE FUNCTION name_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT key_id, product_id INTO NEW.key_id, NEW.product_id
    FROM entitlements WHERE id = NEW.entitlement_id;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER name_seat BEFORE INSERT ON activations
FOR EACH ROW WHEN (NEW.key_id IS NULL) EXECUTE FUNCTION name_seat()
"""
NAME = """
UPDATE activations SET key_id = held.key_id, product_id = held.product_id
FROM entitlements AS held WHERE held.id = entitlement_id
AND activations.id = ANY(:ids) AND activations.key_id IS NULL
"""
COLUMNS = ("key_id", "product_id")
INDEXES = {
    "ix_activations_vendor_id_key_id_id": ("activations", ("vendor_id", "key_id", "id"), None),
    "ix_activations_vendor_id_product_id_id": (
        "activations",
        ("vendor_id", "product_id", "id"),
        None,
    ),
    "ix_entitlements_keys": (
        "entitlements",
        ("vendor_id", "key_id", "valid_until"),
        "status <> 'withdrawn'",
    ),
}


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("activations", sa.Column(name, sa.Uuid(), nullable=True), if_not_exists=True)
    op.execute(FUNCTION)
    op.execute(TRIGGER)
    in_parts("activations", NAME)
    build_indexes(INDEXES)


def downgrade() -> None:
    drop_indexes(INDEXES)
    op.execute("DROP TRIGGER IF EXISTS name_seat ON activations")
    op.execute("DROP FUNCTION IF EXISTS name_seat")
    for name in COLUMNS:
        op.drop_column("activations", name, if_exists=True)
