"""The last word on each extension in an infobase is marked, so that what is installed is a list.

A trigger marks it: reports that the release before this one takes are marked as well.
"""

import sqlalchemy as sa
from alembic import op

from app.kit.migrate import build_indexes, drop_indexes, in_parts

revision = "2026_11_22_current_reports"
down_revision = "2026_11_22_seats"
branch_labels = None
depends_on = None

REMOVED = (
    "told.operation = 'uninstall' AND told.outcome IN ('done', 'done_restart_required', 'noop')"
)
# The infobase is locked before anything is read: of two reports at once the second sees the first.
# Only what changes is written: for most reports that is the one before.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION mark_current_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.extension_id IS NULL THEN
        UPDATE install_reports SET is_current = false WHERE id = NEW.id;
        RETURN NULL;
    END IF;
    PERFORM FROM infobases WHERE id = NEW.infobase_id FOR NO KEY UPDATE;
    UPDATE install_reports AS told SET is_current = NOT told.is_current
    FROM (
        SELECT id FROM install_reports
        WHERE vendor_id = NEW.vendor_id AND infobase_id = NEW.infobase_id
        AND extension_id = NEW.extension_id ORDER BY id DESC LIMIT 1
    ) AS newest
    WHERE told.vendor_id = NEW.vendor_id AND told.infobase_id = NEW.infobase_id
    AND told.extension_id = NEW.extension_id
    AND told.is_current <> (told.id = newest.id AND NOT ({REMOVED}));
    RETURN NULL;
END
$$
"""  # noqa: S608 - all of it is ours
TRIGGER = """
CREATE OR REPLACE TRIGGER mark_current_report AFTER INSERT ON install_reports
FOR EACH ROW EXECUTE FUNCTION mark_current_report()
"""
MARK = f"""
UPDATE install_reports AS told SET is_current = false
WHERE id = ANY(:ids) AND is_current AND (extension_id IS NULL OR ({REMOVED}) OR EXISTS (
    SELECT FROM install_reports AS later
    WHERE later.vendor_id = told.vendor_id AND later.infobase_id = told.infobase_id
    AND later.extension_id = told.extension_id AND later.id > told.id
))
"""  # noqa: S608 - likewise
_BY = {
    "": "is_current",
    "extension_id": "is_current",
    "configuration_name": "is_current",
    "created_at": "is_current",
    "outcome": "is_current",
    "code": "is_current AND code IS NOT NULL",
}
INDEXES = {
    "_".join(filter(None, ("ix_install_reports_current", column))): (
        "install_reports",
        ("vendor_id", *filter(None, [column]), "id"),
        rows,
    )
    for column, rows in _BY.items()
}


def upgrade() -> None:
    op.add_column(
        "install_reports",
        sa.Column("is_current", sa.Boolean(), nullable=False, server_default=sa.true()),
        if_not_exists=True,
    )
    op.execute(FUNCTION)
    op.execute(TRIGGER)
    in_parts("install_reports", MARK)
    build_indexes(INDEXES)


def downgrade() -> None:
    drop_indexes(INDEXES)
    op.execute("DROP TRIGGER IF EXISTS mark_current_report ON install_reports")
    op.execute("DROP FUNCTION IF EXISTS mark_current_report")
    op.drop_column("install_reports", "is_current", if_exists=True)
