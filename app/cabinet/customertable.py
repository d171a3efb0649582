"""A table of customers as people paste or send it, line by line."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.kit.i18n import N_, translate
from app.kit.problems import ValidationFailed, command
from app.licensing.schemas.takeover import TakenCustomer
from app.licensing.service.takeover import Remark

COLUMNS: Mapping[str, str] = {
    "company": N_("Company"),
    "inn": N_("INN"),
    "contact_name": N_("Contact"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "tech_email": N_("E-mail for problems and releases"),
    "external_ref1": N_("Code in CRM"),
    "external_ref2": N_("Second code in CRM"),
    "distributor": N_("Distributor"),
    "responsible": N_("Responsible"),
    "tags": N_("Tags"),
    "comment": N_("Note"),
    "license_key": N_("Key"),
}
"""What a column may be called: as the field is, in either language or by its name in the API."""
MOST = 1_000
_NAMES = {
    called.casefold(): name
    for name, label in COLUMNS.items()
    for called in (name, translate(label, "ru"), translate(label, "en"))
}
_EMPTY = ("empty", N_("Choose a file or paste the lines"))
_UNREADABLE = ("unreadable", N_("This is no table in UTF-8 or Windows-1251"))
_TOO_MANY = ("too_many", N_("At most 1,000 lines at once"))


@dataclass(slots=True)
class Table:
    """The sound lines, and what is wrong with the others."""

    lines: list[TakenCustomer] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def text_of(data: bytes) -> str:
    """The text of a file, as table programs write it."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationFailed.at({"/text": _UNREADABLE})


def read(text: str) -> Table:
    """The table that a text holds; the first line names the columns."""
    text = text.lstrip("\ufeff").strip("\r\n")
    if not text.strip():
        raise ValidationFailed.at({"/text": _EMPTY})
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    table = Table()
    try:
        rows = list(_rows(text, delimiter))
    except csv.Error:
        raise ValidationFailed.at({"/text": _UNREADABLE}) from None
    if len(rows) > MOST + 1:
        raise ValidationFailed.at({"/text": _TOO_MANY})
    if not rows:
        raise ValidationFailed.at({"/text": _EMPTY})
    names = _columns(rows[0][1], table)
    for number, cells in rows[1:]:
        _take(table, number, dict(zip(names, cells, strict=False)))
    return table


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of their last line, the empty ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    """Without the mark that keeps table programs from running a cell."""
    marked = cell.startswith(("'=", "'+", "'-", "'@"))
    return cell[1:] if marked else cell.strip()


def _columns(head: Sequence[str], table: Table) -> list[str]:
    names = [_NAMES.get(cell.strip().casefold(), "") for cell in head]
    for cell, name in zip(head, names, strict=True):
        if not name:
            said = N_("This column is not read")
            table.remarks.append(Remark(1, cell.strip()[:50], said, stops=False))
    return names


def _take(table: Table, number: int, cells: Mapping[str, str]) -> None:
    told: dict[str, object] = {name: text for name, text in cells.items() if name and text}
    if "tags" in told:
        told["tags"] = [tag.strip() for tag in cells["tags"].split(",") if tag.strip()]
    try:
        table.lines.append(command(TakenCustomer, told, line=number))
    except ValidationFailed as problem:
        for error in problem.errors:
            name = error["pointer"].strip("/").split("/")[0]
            table.remarks.append(Remark(number, name, error["detail"]))
