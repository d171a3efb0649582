"""An index for each filter that had none, built beside the work that goes on."""

from app.kit.migrate import build_indexes, drop_indexes

revision = "2026_11_22_filters"
down_revision = "2026_11_22_list_indexes"
branch_labels = None
depends_on = None

NARROWED = (
    ("audit_events", "subject_kind", "seq"),
    ("audit_events", "subject_id", "seq"),
    ("coupon_batches", "distributor_id", "id"),
    ("coupon_batches", "preset"),
    ("downloads", "user_agent", "created_at", "id"),
    ("entitlements", "status", "id"),
    ("infobases", "configuration_name", "id"),
    ("infobases", "kind", "id"),
    ("releases", "channel", "id"),
    ("releases", "created_at", "id"),
    ("releases", "extension_id", "id"),
    ("releases", "version"),
    ("trials", "end_reason", "id"),
    ("trials", "key_id", "id"),
    ("trials", "product_id", "id"),
)
HELD = ("vendor_id", "product_id", "key_id")
NEW = {
    **{
        f"ix_{table}_vendor_id_{'_'.join(columns)}": (table, ("vendor_id", *columns), None)
        for table, *columns in NARROWED
    },
    "ix_entitlements_held": ("entitlements", HELD, "status <> 'withdrawn'"),
    "ix_entitlements_trials": ("entitlements", ("vendor_id", "id"), "is_trial"),
    "ix_redemptions_reversed": ("redemptions", ("vendor_id", "id"), "reversed_at IS NOT NULL"),
}
_SUBJECT = ("vendor_id", "subject_kind", "subject_id", "seq")
OLD = {
    "ix_audit_events_vendor_id_subject_kind_subject_id_seq": ("audit_events", _SUBJECT, None),
}
"""Those of the kinds and of the subjects serve what this one did."""


def upgrade() -> None:
    build_indexes(NEW)
    drop_indexes(OLD)


def downgrade() -> None:
    build_indexes(OLD)
    drop_indexes(NEW)
