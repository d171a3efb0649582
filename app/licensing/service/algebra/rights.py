"""Values that operations work on: rights, trials, and the facts of products."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.catalog.models import TrialKind
from app.licensing.models import EntitlementStatus
from app.licensing.schemas import Term
from wire.extensions import Channel

Features = tuple[tuple[str, int | None], ...]
"""(feature, quantity) sorted by feature; no quantity is a switch, or no limit."""


@dataclass(frozen=True, slots=True)
class Rights:
    """A product in a key, as the ledger keeps it before and after each change."""

    status: str
    starts_on: date
    valid_until: date | None
    updates_until: date | None
    seats: int | None
    features: Features
    channel: Channel
    is_trial: bool

    def snapshot(self) -> dict[str, object]:
        """The rights as JSON, every member present."""
        return {
            "status": str(self.status),
            "starts_on": self.starts_on.isoformat(),
            "valid_until": _iso(self.valid_until),
            "updates_until": _iso(self.updates_until),
            "seats": self.seats,
            "features": [{"code": code, "quantity": number} for code, number in self.features],
            "channel": self.channel.value,
            "is_trial": self.is_trial,
        }

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> "Rights":
        """The rights that a snapshot of the ledger holds."""
        return cls(
            status=snapshot["status"],
            starts_on=date.fromisoformat(snapshot["starts_on"]),
            valid_until=_date(snapshot["valid_until"]),
            updates_until=_date(snapshot["updates_until"]),
            seats=snapshot["seats"],
            features=tuple((item["code"], item["quantity"]) for item in snapshot["features"]),
            channel=Channel(snapshot["channel"]),
            is_trial=snapshot["is_trial"],
        )

    @property
    def is_present(self) -> bool:
        """A withdrawn product counts as absent."""
        return self.status != EntitlementStatus.WITHDRAWN


@dataclass(frozen=True, slots=True)
class TrialState:
    """A trial of a product: once per key, unless it was reversed."""

    started_on: date
    days: int
    ended_on: date | None = None
    end_reason: str | None = None

    def snapshot(self) -> dict[str, object]:
        """The trial as JSON, every member present."""
        return {
            "started_on": self.started_on.isoformat(),
            "days": self.days,
            "ended_on": _iso(self.ended_on),
            "end_reason": self.end_reason,
        }

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> "TrialState":
        """The trial that a recorded effect holds."""
        return cls(
            date.fromisoformat(snapshot["started_on"]),
            snapshot["days"],
            _date(snapshot["ended_on"]),
            snapshot["end_reason"],
        )


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """How much of a feature one of a product brings, and whether it grows with the quantity."""

    quantity: int | None
    multiplied: bool


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What operations need to know of a product."""

    code: str
    name: str
    default_seats: int | None = None
    seats_multiplied: bool = True
    features: Mapping[str, FeatureFacts] = field(default_factory=dict)
    trial_kind: str = TrialKind.NONE
    trial_days: int | None = None
    ends_trials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyState:
    """All products of a key and the trials that it has had."""

    rights: Mapping[str, Rights] = field(default_factory=dict)
    trials: Mapping[str, TrialState] = field(default_factory=dict)

    def present(self, product: str) -> Rights | None:
        """The product in the key, unless it was withdrawn."""
        found = self.rights.get(product)
        return found if found is not None and found.is_present else None

    def snapshot(self) -> dict[str, dict[str, object]]:
        """All present products as JSON: what a replacement was made for."""
        return {
            code: rights.snapshot()
            for code, rights in sorted(self.rights.items())
            if rights.is_present
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What one operation makes of one product."""

    product: str
    before: Rights | None
    after: Rights
    trial_before: TrialState | None = None
    trial_after: TrialState | None = None

    @property
    def applied(self) -> bool:
        """False where nothing changes."""
        return self.before != self.after or self.trial_before != self.trial_after


def extended(end: date | None, term: Term, today: date) -> date | None:
    """The new end: days from today or from a later end, the later of two dates, or none."""
    if end is None or term.perpetual:
        return None
    if term.until is not None:
        return max(end, term.until)
    return later(max(today, end), term.days or 0)


def first_end(term: Term, today: date) -> date | None:
    """The end of a term that begins today."""
    if term.perpetual:
        return None
    return term.until if term.until is not None else later(today, term.days or 0)


def later(day: date, days: int) -> date:
    """A day so many days on; the calendar ends with the year 9999, and so does the term."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def rank(channel: str) -> int:
    """How unripe a channel's releases are; 0 for stable."""
    return list(Channel).index(Channel(channel))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
