"""The schema's revisions, so that whoever serves knows its own and loads no alembic for it."""

from typing import Final

REVISIONS: Final = (
    "2026_11_22_audit_and_vendors",
    "2026_11_22_customers_and_catalog",
    "2026_11_22_licensing",
    "2026_11_22_coupons",
    "2026_11_22_delivery",
    "2026_11_22_keys_and_coupons",
    "2026_11_22_catalogue",
    "2026_11_22_background",
    "2026_11_22_trust",
    "2026_11_22_people",
    "2026_11_22_search",
    "2026_11_22_check_log",
    "2026_11_22_list_indexes",
    "2026_11_22_filters",
    "2026_11_22_by_hash",
    "2026_11_22_summaries",
    "2026_11_22_alarms",
    "2026_11_22_seats",
    "2026_11_22_current_reports",
)
"""The oldest first; a test compares them with migrations/."""


def is_pending(revision: str | None) -> bool:
    """Whether a database lacks what this code needs: `podkluch migrate` brings it."""
    return revision is None or revision in REVISIONS[:-1]
