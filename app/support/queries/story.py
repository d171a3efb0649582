"""One subject with everything about it: what is known, what is in the way, what happened."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app.accounts import queries as accounts
from app.audit.actor import Subject
from app.coupons import queries as coupons
from app.coupons.models import Coupon
from app.customers import queries as customers
from app.customers.models import Customer
from app.kit.clock import local_date
from app.kit.db import KitSession
from app.kit.networks import kept_of
from app.kit.problems import NotFound
from app.licensing.models import Activation, ActivationStatus, Infobase, LicenseKey
from app.licensing.queries import keys
from app.licensing.queries.keys import Seat
from app.licensing.queries.rights import KeyRights, key_rights, rights_of_keys
from app.support.queries import threads
from app.support.queries.feed import Asker, Feed, feed
from app.support.queries.obstacles import Obstacle, of_rights
from app.support.queries.situation import situation
from app.support.queries.threads import Threads
from app.support.schemas import FindStory, Kind

_MOST_KEYS = 20
_KEYS_OF_INFOBASE = 3
_REQUEST_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The subject of a story with its surroundings, as they are now."""

    kind: Kind
    ident: str
    """How addresses name it."""
    subject: Subject
    """How events of support name it."""
    threads: Threads
    customer: Customer | None = None
    coupon: Coupon | None = None
    coupon_state: str = ""
    infobase: Infobase | None = None
    keys: Sequence[KeyRights] = ()
    seats: Sequence[Seat] = ()
    obstacles: Sequence[Obstacle] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """What the page shows."""

    about: About
    feed: Feed
    retention_days: int
    infobases: Sequence[Infobase] = field(default_factory=list)
    """Those that the lines may be narrowed to."""


def story(
    session: KitSession, vendor_id: uuid.UUID, kind: Kind, ident: str, asked: FindStory
) -> Story:
    """The story of one subject; NOT_FOUND where it is another vendor's or nobody's."""
    found = about(session, vendor_id, kind, ident)
    lines = lines_of(session, vendor_id, found.threads, asked)
    vendor = accounts.vendor(session, vendor_id)
    places = {seat.infobase.id: seat.infobase for seat in found.seats}
    return Story(found, lines, vendor.retention_days, list(places.values()))


def lines_of(session: KitSession, vendor_id: uuid.UUID, of: Threads, asked: FindStory) -> Feed:
    """One page of what happened."""
    vendor = accounts.vendor(session, vendor_id)
    asker = Asker(vendor.id, vendor.time_zone, vendor.retention_days)
    return feed(session, asker, of, asked)


def about(session: KitSession, vendor_id: uuid.UUID, kind: Kind, ident: str) -> About:
    """The subject as it is now."""
    match kind:
        case Kind.REQUEST:
            return _request(vendor_id, ident)
        case Kind.ADDRESS:
            return _address(vendor_id, ident)
    row_id = _uuid(ident)
    made = {
        Kind.KEY: _key,
        Kind.CUSTOMER: _customer,
        Kind.COUPON: _coupon,
        Kind.INFOBASE: _infobase,
        Kind.ACTIVATION: _activation,
    }[kind]
    return made(session, vendor_id, row_id)


def _uuid(ident: str) -> uuid.UUID:
    try:
        return uuid.UUID(ident)
    except ValueError:
        raise NotFound from None


def _key(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> About:
    now = situation(session, key_rights(session, vendor_id, key_id))
    return About(
        kind=Kind.KEY,
        ident=str(key_id),
        subject=now.rights.key.subject,
        threads=threads.of_keys(session, vendor_id, [key_id]),
        customer=now.rights.customer,
        keys=[now.rights],
        seats=now.seats,
        obstacles=now.obstacles,
    )


def _customer(session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> About:
    customer = customers.customer(session, vendor_id, customer_id)
    newest = session.scalars(
        select(LicenseKey.id)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id == customer_id)
        .order_by(LicenseKey.id.desc())
        .limit(_MOST_KEYS)
    ).all()
    rights = rights_of_keys(session, vendor_id, newest)
    held = [rights[each] for each in newest]
    # Of several keys only what each says by itself: their infobases are in their own stories.
    alone = [each for one in held for each in of_rights(one)] if len(held) > 1 else None
    now = situation(session, held[0]) if len(held) == 1 else None
    return About(
        kind=Kind.CUSTOMER,
        ident=str(customer_id),
        subject=customer.subject,
        threads=threads.of_customer(session, vendor_id, customer_id),
        customer=customer,
        keys=held,
        seats=now.seats if now else (),
        obstacles=now.obstacles if now else alone or (),
    )


def _coupon(session: KitSession, vendor_id: uuid.UUID, coupon_id: uuid.UUID) -> About:
    coupon = coupons.coupon(session, vendor_id, coupon_id)
    zone = accounts.vendor(session, vendor_id).time_zone
    return About(
        kind=Kind.COUPON,
        ident=str(coupon_id),
        subject=coupon.subject,
        threads=threads.of_coupon(session, vendor_id, coupon_id),
        coupon=coupon,
        coupon_state=coupons.state_of(coupon, local_date(session.now(), zone)),
    )


def _infobase(session: KitSession, vendor_id: uuid.UUID, infobase_id: uuid.UUID) -> About:
    row = session.scalar(
        select(Infobase).where(Infobase.vendor_id == vendor_id, Infobase.id == infobase_id)
    )
    if row is None:
        raise NotFound
    of = threads.of_infobase(session, vendor_id, row.id, row.uid)
    return _at_infobase(session, row, Kind.INFOBASE, row.subject, of)


def _activation(session: KitSession, vendor_id: uuid.UUID, activation_id: uuid.UUID) -> About:
    seat = keys.seat(session, vendor_id, activation_id)
    of = threads.of_activation(session, vendor_id, activation_id)
    return _at_infobase(session, seat.infobase, Kind.ACTIVATION, seat.activation.subject, of)


def _at_infobase(
    session: KitSession, row: Infobase, kind: Kind, subject: Subject, of: Threads
) -> About:
    """What holds at one infobase, for the keys that have or had a seat there."""
    keys_here = _keys_at(session, row)[:_KEYS_OF_INFOBASE]
    rights = rights_of_keys(session, row.vendor_id, keys_here)
    found = [situation(session, rights[key_id], only=row) for key_id in keys_here]
    return About(
        kind=kind,
        ident=str(subject.id),
        subject=subject,
        threads=of,
        customer=found[0].rights.customer if found else None,
        infobase=row,
        keys=[one.rights for one in found],
        seats=[seat for one in found for seat in one.seats],
        obstacles=[each for one in found for each in one.obstacles],
    )


def _keys_at(session: KitSession, row: Infobase) -> list[uuid.UUID]:
    """Keys with a seat at the infobase, those that have it still first."""
    rows = session.execute(
        select(Activation.key_id, Activation.status)
        .where(Activation.vendor_id == row.vendor_id, Activation.infobase_id == row.id)
        .order_by(Activation.id.desc())
        .limit(_MOST_KEYS)
    ).all()
    taken = [key_id for key_id, status in rows if status == ActivationStatus.ACTIVE]
    return list(dict.fromkeys([*taken, *(key_id for key_id, _ in rows)]))


def _request(vendor_id: uuid.UUID, request_id: str) -> About:
    if len(request_id) > _REQUEST_MAX:
        raise NotFound
    return _told_apart(vendor_id, Kind.REQUEST, request_id, Threads(request_id=request_id))


def _address(vendor_id: uuid.UUID, text: str) -> About:
    network = kept_of(text)
    if network is None:
        raise NotFound
    ident = str(network.network_address)
    return _told_apart(vendor_id, Kind.ADDRESS, ident, Threads(network=str(network)))


def _told_apart(vendor_id: uuid.UUID, kind: Kind, ident: str, of: Threads) -> About:
    """A subject without a row: its id in events is made of its text."""
    row_id = uuid.uuid5(vendor_id, f"{kind.value}:{ident}")
    subject = Subject(vendor_id, kind.value, row_id, of.network or ident)
    return About(
        kind=kind,
        ident=ident,
        subject=subject,
        threads=Threads(
            subjects=[(kind.value, row_id)], request_id=of.request_id, network=of.network
        ),
    )
