"""Words of customers to search by, their names to order by."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_search"
down_revision = "2026_11_22_people"
branch_labels = None
depends_on = None

LEGAL_FORMS = {"ооо", "оао", "зао", "пао", "ао", "ип", "llc", "ltd"}
TOLD = ("company", "contact_name", "inn", "comment", "external_ref1", "external_ref2")
SEARCHED = (
    "array_to_tsvector(ARRAY['v' || replace(vendor_id::text, '-', '')]) "
    "|| to_tsvector('simple'::regconfig, search_text)"
)


def upgrade() -> None:
    name = sa.Column("name_norm", sa.String(collation="C"), server_default="", nullable=False)
    op.add_column("customers", name)
    text = sa.Column("search_text", sa.String(), server_default="", nullable=False)
    op.add_column("customers", text)
    _fill()
    op.alter_column("customers", "name_norm", server_default=None)
    op.alter_column("customers", "search_text", server_default=None)
    vector = sa.Computed(SEARCHED, persisted=True)
    op.add_column(
        "customers", sa.Column("search_vector", postgresql.TSVECTOR(), vector, nullable=False)
    )
    op.create_index("ix_customers_name", "customers", ["vendor_id", "name_norm", "id"])
    op.create_index(
        "ix_customers_search",
        "customers",
        ["search_vector"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": False},
    )
    for column in ("distributor_id", "responsible"):
        op.create_index(f"ix_customers_{column}", "customers", ["vendor_id", column, "id"])


def _fill() -> None:
    """What later writes do by themselves, for the rows that are there."""
    table = sa.table(
        "customers",
        sa.column("id"),
        sa.column("name_norm"),
        sa.column("search_text"),
        sa.column("tags"),
        *(sa.column(name) for name in TOLD),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).mappings().all():
        texts = [row[name] or "" for name in TOLD] + list(row["tags"])
        words = re.sub(r"[^\w]|_", " ", _folded(" ".join(texts))).split()
        found = " ".join(dict.fromkeys(word for word in words if word not in LEGAL_FORMS))
        changed = {"name_norm": _folded(row["company"]), "search_text": found}
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(changed))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").strip()


def downgrade() -> None:
    for index in ("responsible", "distributor_id", "search", "name"):
        op.drop_index(f"ix_customers_{index}", table_name="customers")
    for column in ("search_vector", "search_text", "name_norm"):
        op.drop_column("customers", column)
