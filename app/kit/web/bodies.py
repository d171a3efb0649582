"""Bodies and addresses as browsers send them, refused before anything is done with them."""

import re
from collections import Counter
from collections.abc import Iterable

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from app.kit.fields import is_text, text_of
from app.kit.i18n import N_
from app.kit.problems import NotFound, Problem, UnsupportedMedia, ValidationFailed

ROW = re.compile(r"([a-z_]+)-(\d{1,4})-([a-z_]+)(?:-(.+))?")
"""The name of a field in a row: prefix, number, field, and what tells it from others there."""
Parts = list[tuple[str, UploadFile | str]]
_MOST_FIELDS, _LARGEST = 1_000, 1 << 20
_WITH_ROWS = 5_000  # a row of rules has more than ten fields
_MEDIA = (b"application/x-www-form-urlencoded", b"multipart/form-data")
_MOST_ROWS = 300
_CHARSETS = (b"utf-8", b"utf8")
_ONCE_MORE = N_("Go back, reload the page and send the form once more")
_NO_TEXT = ("control_characters", N_("Control characters are not allowed"))


class FormBroken(Problem):
    """A form whose parts cannot be told from each other, or that has too many of them."""

    code, title, status = "FORM_BROKEN", N_("The form arrived damaged"), 400
    action = "fix_input"


class FormTooLong(Problem):
    """More rows than a person fills in, each of which costs a while to check and to draw."""

    code, title, status = "FORM_TOO_LONG", N_("The form has too many rows"), 422
    action = "fix_input"


def require_address(request: Request) -> None:
    """Refuses what stands in no address of ours, and no query could look for."""
    if not all(is_text(str(value)) for value in request.path_params.values()):
        raise NotFound
    for name, value in request.query_params.multi_items():
        if not is_text(name + value):
            raise ValidationFailed.at({f"/{name}" if is_text(name) else "/?": _NO_TEXT})


async def items_of(request: Request) -> Parts:
    """The fields of a form as they came; nobody has been asked yet who sends it."""
    media, told = parse_options_header(request.headers.get("content-type", ""))
    if media not in _MEDIA and request.headers.get("content-length", "0") != "0":
        raise UnsupportedMedia
    # Others decode slowly, or to halves of characters.
    if told.get(b"charset", b"utf-8").lower() not in _CHARSETS:
        raise UnsupportedMedia
    try:
        sent = await request.form(max_files=10, max_fields=_WITH_ROWS, max_part_size=_LARGEST)
    except HTTPException:  # the parser's own, whose texts are about its limits
        raise FormBroken(_ONCE_MORE) from None
    items = sent.multi_items()
    _require_few(name for name, _ in items)
    return items


def as_text(items: Parts) -> Parts:
    """What of the values may be put into a page and a query."""
    return [
        (name, value if isinstance(value, UploadFile) else text_of(value)) for name, value in items
    ]


def require_text(items: Parts) -> None:
    """Refuses what no keyboard types and no database keeps, in names, values and file names."""
    for name, value in items:
        text = value if isinstance(value, str) else value.filename or ""
        if not is_text(name):
            raise ValidationFailed.at({"/?": _NO_TEXT})
        if not is_text(text):
            raise ValidationFailed.at({f"/{name}": _NO_TEXT})


def _require_few(names: Iterable[str]) -> None:
    found = [ROW.fullmatch(name) for name in names]
    if found.count(None) > _MOST_FIELDS:  # beside the rows, which have a limit of their own
        raise FormBroken(_ONCE_MORE)
    rows = Counter(prefix for prefix, _ in {(part[1], part[2]) for part in found if part})
    if max(rows.values(), default=0) > _MOST_ROWS:
        raise FormTooLong(N_("At most {n} rows fit into one form"), n=_MOST_ROWS)
