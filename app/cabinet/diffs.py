"""What an event changed: field, what it was, what it became; and the rest that it tells."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.customers.schemas import without_contacts


@dataclass(frozen=True, slots=True)
class Change:
    """One field; None was not there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """An event's data, ready to be shown."""

    changes: list[Change]
    facts: list[tuple[str, str]]


def told(data: Mapping[str, Any], *, contacts: bool) -> Told:
    """The data of an event; without contacts for those who may not see them."""
    shown: Mapping[str, Any] = data if contacts else without_contacts(dict(data))
    before, after = shown.get("before"), shown.get("after")
    pairs = [(before, after)] if "before" in shown or "after" in shown else []
    changes = [change for old, new in pairs for change in _changes(old, new)]
    listed = shown.get("changes")
    if isinstance(listed, Mapping):
        changes += [_named(name, each) for name, each in listed.items()]
    facts = [
        (name, text_of(value))
        for name, value in shown.items()
        if name not in {"before", "after", "changes"} and value not in (None, "", [], {})
    ]
    return Told(changes, facts)


def _named(name: str, change: object) -> Change:
    if isinstance(change, Mapping):
        return Change(name, _or_none(change.get("before")), _or_none(change.get("after")))
    return Change(name, None, _or_none(change))


def _changes(before: object, after: object, name: str = "") -> Iterator[Change]:
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else {}
        new = after if isinstance(after, Mapping) else {}
        for each in dict.fromkeys([*old, *new]):
            path = f"{name}.{each}" if name else str(each)
            yield from _changes(old.get(each), new.get(each), path)
    elif before != after:
        yield Change(name or "—", _or_none(before), _or_none(after))


def _or_none(value: object) -> str | None:
    return None if value is None else text_of(value)


def text_of(value: object) -> str:
    """A value of an event's data as people read it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
