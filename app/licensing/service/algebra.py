"""The pure algebra of rights: what an operation makes of a product in a key."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.catalog.models import Product
from app.licensing.models import Entitlement, EntitlementStatus
from app.licensing.problems import ProductAlreadyPresent, TermPassed
from app.licensing.schemas import AddProduct, Term
from wire.extensions import Channel


@dataclass(frozen=True, slots=True)
class Rights:
    """A product in a key, as the ledger keeps it before and after each change."""

    status: str
    starts_on: date
    valid_until: date | None
    updates_until: date | None
    seats: int | None
    channel: Channel
    is_trial: bool

    @classmethod
    def of(cls, row: Entitlement) -> "Rights":
        """The rights that an entitlement stores."""
        return cls(
            row.status,
            row.starts_on,
            row.valid_until,
            row.updates_until,
            row.seats,
            Channel(row.channel),
            row.is_trial,
        )

    def snapshot(self) -> dict[str, object]:
        """The rights as JSON, every member present."""
        return {
            "status": self.status,
            "starts_on": self.starts_on.isoformat(),
            "valid_until": _iso(self.valid_until),
            "updates_until": _iso(self.updates_until),
            "seats": self.seats,
            "features": [],
            "channel": self.channel.value,
            "is_trial": self.is_trial,
        }


def add_product(
    rights: Rights | None, operation: AddProduct, product: Product, today: date
) -> Rights:
    """Creates what is absent, makes a trial paid, extends what is paid; never shortens a right."""
    for term in filter(None, (operation.term, operation.updates)):
        if term.until is not None and term.until < today:
            raise TermPassed(until=term.until)
    if rights is None or rights.status == EntitlementStatus.WITHDRAWN:
        return _created(operation, product, today)
    if rights.is_trial:
        return replace(_created(operation, product, today), status=rights.status)
    if operation.if_present == "refuse":
        raise ProductAlreadyPresent(product=product.name)
    return replace(
        rights,
        valid_until=extended(rights.valid_until, operation.term, today),
        updates_until=_updates(rights, operation, today),
        seats=_more(rights.seats, seats(operation, product)),
        channel=max(rights.channel, operation.channel, key=rank),
    )


def rank(channel: str) -> int:
    """How unripe a channel's releases are; 0 for stable."""
    return list(Channel).index(Channel(channel))


def extended(end: date | None, term: Term, today: date) -> date | None:
    """The new end: days from today or from a later end, the later of two dates, or none."""
    if end is None or term.perpetual:
        return None
    if term.until is not None:
        return max(end, term.until)
    return _later(max(today, end), term)


def _created(operation: AddProduct, product: Product, today: date) -> Rights:
    updates = operation.updates
    return Rights(
        status=EntitlementStatus.ACTIVE,
        starts_on=today,
        valid_until=None if operation.term.perpetual else _first_end(operation.term, today),
        updates_until=_first_end(updates, today) if updates else None,
        seats=seats(operation, product),
        channel=operation.channel,
        is_trial=False,
    )


def _first_end(term: Term, today: date) -> date:
    return term.until if term.until is not None else _later(today, term)


def _later(day: date, term: Term) -> date:
    try:
        return day + timedelta(days=term.days or 0)
    except OverflowError:
        # The calendar ends with the year 9999; nobody outlives the cap.
        return date.max


def _updates(rights: Rights, operation: AddProduct, today: date) -> date | None:
    """Updates that follow the term keep following it, unless the operation names their own end."""
    if rights.updates_until is None and operation.updates is None:
        return None
    base = rights.updates_until or rights.valid_until
    return extended(base, operation.updates or operation.term, today)


def seats(operation: AddProduct, product: Product) -> int | None:
    """The seats of an operation, else the product's own by quantity; None is unlimited."""
    if operation.unlimited_seats:
        return None
    if operation.seats is not None:
        return operation.seats
    if product.default_seats is None:
        return None
    return product.default_seats * (operation.quantity if product.seats_multiplied else 1)


def _more(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else max(left, right)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
