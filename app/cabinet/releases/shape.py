"""The editor's form as rules: rows of fields on one side, typed rules on the other."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.cabinet import formrows
from app.cabinet.formrows import Row
from app.catalog.schemas.rules import RuleRow
from app.catalog.schemas.rulesets import ReplaceRules
from app.kit.problems import ValidationFailed, command
from app.kit.web.forms import Fields, tried

PREFIX = "rules"
_TEXTS = (
    "effect",
    "configuration_name",
    "version_from",
    "version_to",
    "tested_to",
    "min_compatibility_mode",
    "infobase_kind",
    "note",
)
_LISTS = ("excluded", "platform_min")
_BETWEEN = re.compile(r"[,;\s]+")
_POINTER = re.compile(r"/rules/(\d+)(?:/([a-z_]+))?(?:/.*)?")
NEW_ROW: Row = {"effect": ["allow"], "editions": ["prof"], "infobase_kind": ["any"]}


def rows_of(fields: Fields) -> list[Row]:
    """The rules as they were typed."""
    return list(fields.rows(PREFIX))


def documents(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rules as JSON has them, still unchecked."""
    return [_document(row) for row in rows]


def _document(row: Row) -> dict[str, Any]:
    told: dict[str, Any] = {name: _one(row, name) for name in _TEXTS if _one(row, name)}
    told |= {name: list(_parts(_one(row, name))) for name in _LISTS}
    spans = _one(row, "platform_excluded")
    told["platform_excluded"] = [
        _span(part) for part in re.split(r"[,;\n]+", spans) if part.strip()
    ]
    return told | {"editions": list(row.get("editions", ()))}


def _one(row: Row, name: str) -> str:
    values = row.get(name, ())
    return values[-1].strip() if values else ""


def _parts(text: str) -> Iterator[str]:
    return (part for part in _BETWEEN.split(text) if part)


def _span(text: str) -> dict[str, str]:
    """`8.3.21 - 8.3.22.1850` as it is meant; one version or branch is both of its ends."""
    first, _, last = re.sub(r"[–—]|\.\.\.?|…", "-", text).partition("-")
    first, last = first.strip(), last.strip()
    return {"from": first.removesuffix(".*"), "to": last or first}


def checked(rows: Sequence[Row], **more: object) -> ReplaceRules:
    """The rules as a command; errors point at the fields of the form."""
    try:
        return command(ReplaceRules, {"rules": documents(rows)}, **more)
    except ValidationFailed as problem:
        raise relocated(problem) from None


def single(row: Row) -> RuleRow | None:
    """One rule, if nothing is wrong with it."""
    found, _ = tried(lambda: command(RuleRow, _document(row)))
    return found


def relocated(problem: ValidationFailed) -> ValidationFailed:
    """Errors of rules as errors of the fields that they were typed into."""
    for error in problem.errors:
        found = _POINTER.fullmatch(error["pointer"])
        if found:
            error["pointer"] = f"/{PREFIX}-{found[1]}-{found[2] or 'configuration_name'}"
    return problem


def moved(rows: Sequence[Row], act: str) -> list[Row]:
    """The rows after one of the buttons beside them."""
    return formrows.moved(rows, act, NEW_ROW)


def flat(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Rows as fields of a form."""
    return formrows.flat(rows, PREFIX)


def as_row(rule: RuleRow) -> Row:
    """A rule as the editor shows it."""
    kept = rule.document()
    row = {name: [str(kept[name])] for name in _TEXTS if kept[name] is not None}
    row |= {
        name: ["\n".join(kept[name]) if name == "excluded" else "; ".join(kept[name])]
        for name in _LISTS
    }
    spans = (f"{span['from']} - {span['to']}" for span in kept["platform_excluded"])
    row["platform_excluded"] = ["; ".join(spans)]
    return row | {"editions": [str(each) for each in kept["editions"]]}
