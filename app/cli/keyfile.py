"""A CSV of keys of another system: read by its header, brought within one transaction."""

import csv
import io
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from app.audit.actor import Actor
from app.cli.files import read_text
from app.customers import queries as customers
from app.kit.db import UnitOfWork
from app.kit.i18n import N_, Sentence
from app.kit.problems import NotFound, ValidationFailed, command
from app.licensing.problems import KeyCodeExists
from app.licensing.schemas import ImportKeys
from app.licensing.service.imports import import_keys

_COLUMNS: Final = frozenset({"code", "customer", "comment"})
_NEEDED: Final = frozenset({"code", "customer"})
_AT_ONCE: Final = 1_000
_NO_CUSTOMER: Final = ("no_customer", N_("There is no customer with this id or reference"))

_RAGGED: Final = ("cells", N_("The line has another number of cells than the heading"))

Row = dict[str, str]
Line = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The rows that say something, each with the number of its line."""

    lines: Sequence[Line]

    @classmethod
    def read(cls, path: Path) -> Self:
        """A table with `;`, `,` or tabs between cells, as programs of all countries write it."""
        text = read_text(path)
        head = text.partition("\n")[0]
        delimiter = max(";,\t", key=head.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            [(_, names), *lines] = [(reader.line_num, cells) for cells in reader if any(cells)]
        except (csv.Error, ValueError):
            raise _unreadable(path) from None
        if not _COLUMNS >= set(names) >= _NEEDED or len(set(names)) < len(names) or not lines:
            raise _unreadable(path)
        ragged = {f"/line/{number}": _RAGGED for number, cells in lines if len(cells) != len(names)}
        if ragged:
            raise ValidationFailed.at(ragged)
        return cls([(number, dict(zip(names, cells, strict=True))) for number, cells in lines])

    def bring(self, session: UnitOfWork, vendor_id: uuid.UUID, *, actor: Actor) -> int:
        """Imports all rows or, by the caller's transaction, none; how many there were."""
        owners = self._owners(session, vendor_id)
        for start in range(0, len(self.lines), _AT_ONCE):
            part = self.lines[start : start + _AT_ONCE]
            told = [
                {
                    "code": row["code"],
                    "customer_id": owners[row["customer"]],
                    "comment": row.get("comment", ""),
                }
                for _, row in part
            ]
            with _by_line([number for number, _ in part]):
                import_keys(session, vendor_id, command(ImportKeys, keys=told), actor=actor)
        return len(self.lines)

    def _owners(self, session: UnitOfWork, vendor_id: uuid.UUID) -> dict[str, uuid.UUID]:
        """The customers that the file names; whoever is missing is told with the line."""
        found, faults = {}, {}
        for number, row in self.lines:
            name = row["customer"]
            try:
                if name not in found:
                    found[name] = customers.customer_by_reference(session, vendor_id, name).id
            except NotFound:
                faults[f"/line/{number}/customer"] = _NO_CUSTOMER
        if faults:
            raise ValidationFailed.at(faults)
        return found


@contextmanager
def _by_line(numbers: Sequence[int]) -> Iterator[None]:
    """Turns places in the list, which nobody sees, into lines of the file."""
    try:
        yield
    except ValidationFailed as problem:
        for error in problem.errors:
            _, _, place, member = error["pointer"].split("/", 3)
            error["pointer"] = f"/line/{numbers[int(place)]}/{member}"
        raise
    except KeyCodeExists as problem:
        places = problem.params.get("keys")
        if not isinstance(places, list):
            raise
        lines = [numbers[place] for place in places]
        raise KeyCodeExists(N_("Lines of the file: {lines}"), lines=lines) from None


def _unreadable(path: Path) -> ValidationFailed:
    why = Sentence(
        f"{path.name}: нужна таблица с заголовком code;customer;comment, comment необязателен",
        f"{path.name}: a table headed code;customer;comment is needed, comment is optional",
    )
    return ValidationFailed("{why}", why=why)
