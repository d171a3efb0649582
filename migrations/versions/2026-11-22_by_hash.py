"""What every check and offer looks up is found in as few pages among a million as among ten."""

from app.kit.migrate import build_indexes, drop_indexes

revision = "2026_11_22_by_hash"
down_revision = "2026_11_22_filters"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_license_key_codes_digest_hash": ("license_key_codes", ("digest",), None),
    "ix_license_keys_id_hash": ("license_keys", ("id",), None),
    "ix_customers_id_hash": ("customers", ("id",), None),
}


def upgrade() -> None:
    build_indexes(INDEXES, "hash")


def downgrade() -> None:
    drop_indexes(INDEXES)
