"""Searching by words: texts folded by us, found by PostgreSQL's own index of words."""

import re
import unicodedata

from sqlalchemy import ColumnElement, Computed, Index, cast, literal
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute

_NO_WORD = re.compile(r"[^\w]|_")
_LEGAL_FORMS = {"ооо", "оао", "зао", "пао", "ао", "ип", "llc", "ltd"}
CANDIDATES = 200
"""Rows that a search looks through; whoever finds more has said too little."""
_MOST_WORDS, _MOST_TEXT = 10, 20_000
_SHORTEST = 3
"""Symbols of a word that others may begin with."""
_LONGEST_WORD = 500  # PostgreSQL refuses a word of more than 2,046 bytes

SEARCHED = Computed(
    "array_to_tsvector(ARRAY['v' || replace(vendor_id::text, '-', '')]) "
    "|| to_tsvector('simple'::regconfig, search_text)",
    persisted=True,
)
"""The column `search_vector`: the words of `search_text`, and the vendor as a word of its own."""


def search_index(table: str) -> Index:
    """The index of words; without a pending list, which would be read at every search."""
    name = f"ix_{table}_search"
    return Index(
        name, "search_vector", postgresql_using="gin", postgresql_with={"fastupdate": False}
    )


def normalised(text: str) -> str:
    """One case, ё as е, compatible forms of symbols as one: what people mean by the same."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").strip()


def words(*texts: str | None) -> list[str]:
    """The words of texts without signs between them and without legal forms."""
    joined = normalised(" ".join(text for text in texts if text))[:_MOST_TEXT]
    found = _NO_WORD.sub(" ", joined).split()
    return [word for word in found if word not in _LEGAL_FORMS]


def searched(*texts: str | None) -> str:
    """What a row keeps as its `search_text`."""
    return " ".join(dict.fromkeys(words(*texts)))


def matches(
    column: InstrumentedAttribute[str], vendor_id: object, text: str
) -> ColumnElement[bool] | None:
    """Whether all words of the text begin words of a row; None where the text has no word.

    A word of one or two symbols is only meant as a whole: it begins too many others.
    """
    wanted = [word[:_LONGEST_WORD] for word in words(text)[:_MOST_WORDS]]
    if not wanted:
        return None
    vendor = f"'v{str(vendor_id).replace('-', '')}'"
    query = " & ".join(
        [vendor, *(f"'{word}'{':*' if len(word) >= _SHORTEST else ''}" for word in wanted)]
    )
    return column.op("@@", is_comparison=True)(cast(literal(query), TSQUERY))
