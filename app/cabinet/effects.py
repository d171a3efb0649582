"""What operations do to a key, as people read it: now and then, product by product."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.cabinet.words import CHANNELS
from app.coupons.queries import Names
from app.kit.i18n import N_, Language, fill, translate
from app.kit.web.html import local_date

ADDED, GONE, CHANGED, SAME = N_("added"), N_("taken out"), N_("changes"), N_("stays")
_DONE = {
    ADDED: N_("was added"),
    GONE: N_("was taken out"),
    CHANGED: N_("was changed"),
    SAME: N_("was kept"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A right before and after, in words."""

    label: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        """Whether anything changes."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class EffectRow:
    """A product with what becomes of it, or became: `verdict` and `word` are message ids."""

    product: str
    verdict: str
    cells: Sequence[Cell]
    done: bool = False

    @property
    def word(self) -> str:
        """The verdict, of what was done already in the past tense."""
        return _DONE[self.verdict] if self.done else self.verdict


def effect_rows(
    effects: Iterable[Mapping[str, Any]], names: Names, language: Language, *, done: bool = False
) -> list[EffectRow]:
    """One row per product: what it was before the first operation, what it is after the last."""
    first: dict[str, Mapping[str, Any] | None] = {}
    last: dict[str, Mapping[str, Any] | None] = {}
    for effect in effects:
        first.setdefault(effect["product"], _present(effect["before"]))
        last[effect["product"]] = _present(effect["after"])
    rows = [_row(code, first[code], last[code], names, language) for code in first]
    return [replace(row, done=done) for row in rows]


def _present(snapshot: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Withdrawn and absent are the same."""
    return None if snapshot is None or snapshot["status"] == "withdrawn" else snapshot


def _row(
    code: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    names: Names,
    language: Language,
) -> EffectRow:
    was, becomes = _texts(before, names, language), _texts(after, names, language)
    cells = [Cell(label, was[label], becomes[label]) for label in was]
    return EffectRow(names.product(code), _verdict(before, after), cells)


def _verdict(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    if before is None:
        return SAME if after is None else ADDED
    if after is None:
        return GONE
    return SAME if before == after else CHANGED


def _texts(snapshot: Mapping[str, Any] | None, names: Names, language: Language) -> dict[str, str]:
    if snapshot is None:
        snapshot = {}
    return {
        N_("Term"): _end(snapshot, "valid_until", N_("perpetual"), language),
        N_("Updates until"): _end(snapshot, "updates_until", N_("as the term"), language),
        N_("Seats"): _seats(snapshot, language),
        N_("Features"): _features(snapshot, names),
        N_("Channel"): translate(CHANNELS.get(snapshot.get("channel", ""), ""), language) or "—",
    }


def _end(snapshot: Mapping[str, Any], member: str, endless: str, language: Language) -> str:
    if member not in snapshot:
        return "—"
    end = snapshot[member]
    if end is None:
        return translate(endless, language)
    day = local_date(date.fromisoformat(end), language)
    return fill(N_("until {day}"), language, {"day": day})


def _seats(snapshot: Mapping[str, Any], language: Language) -> str:
    if "seats" not in snapshot:
        return "—"
    seats = snapshot["seats"]
    return translate(N_("no limit"), language) if seats is None else str(seats)


def _features(snapshot: Mapping[str, Any], names: Names) -> str:
    told = [
        names.feature(item["code"]) + (f" × {item['quantity']}" if item["quantity"] else "")
        for item in snapshot.get("features", ())
    ]
    return ", ".join(told) or "—"
