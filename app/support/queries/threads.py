"""Which rows tell the story of a subject: what events speak of, who acted, which log entries."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CompoundSelect, Select, Uuid, cast, literal, null, select, union_all

from app.coupons.models import Coupon, Redemption
from app.delivery.models import Download, EulaAcceptance
from app.kit.db import KitSession
from app.licensing.models import Activation, Entitlement, LicenseKey, Trial

_MOST = 200
"""Of each kind of thing around a subject, the newest."""
_MOST_KEYS = 50
_NO_ID = cast(null(), Uuid())


@dataclass(frozen=True, slots=True)
class Threads:
    """Where to look: each of these leads over an index of its own."""

    subjects: Sequence[tuple[str, uuid.UUID]] = ()
    """(kind, id) as events name what they are about."""
    actors: Sequence[uuid.UUID] = ()
    """Keys whose agents acted."""
    redemptions: Sequence[str] | None = None
    """Of a coupon that many used, only these; None does not ask."""
    keys: Sequence[uuid.UUID] = ()
    """Whose answers the check log holds."""
    infobases: Sequence[uuid.UUID] = ()
    """The agents' own ids."""
    request_id: str | None = None
    network: str | None = None


def of_keys(session: KitSession, vendor_id: uuid.UUID, key_ids: Sequence[uuid.UUID]) -> Threads:
    """Everything about some keys: their products, seats, trials and redeemed coupons."""
    held = (Entitlement.vendor_id == vendor_id, Entitlement.key_id.in_(key_ids))
    seats = select(literal("activation"), Activation.id, _NO_ID).where(
        Activation.vendor_id == vendor_id, Activation.key_id.in_(key_ids)
    )
    trials = select(literal("trial"), Trial.id, _NO_ID).where(
        Trial.vendor_id == vendor_id, Trial.key_id.in_(key_ids)
    )
    redeemed = select(literal("coupon"), Redemption.coupon_id, Redemption.id).where(
        Redemption.vendor_id == vendor_id, Redemption.key_id.in_(key_ids)
    )
    rows = session.execute(
        _together(
            select(literal("entitlement"), Entitlement.id, _NO_ID).where(*held).limit(_MOST),
            seats.order_by(Activation.id.desc()).limit(_MOST),
            trials.limit(_MOST),
            redeemed.order_by(Redemption.id.desc()).limit(_MOST),
        )
    ).all()
    subjects = [("license_key", key_id) for key_id in key_ids]
    return Threads(
        subjects=subjects + [(kind, row_id) for kind, row_id, _ in rows],
        actors=key_ids,
        redemptions=[str(redemption) for _, _, redemption in rows if redemption is not None],
        keys=key_ids,
    )


def of_customer(session: KitSession, vendor_id: uuid.UUID, customer_id: uuid.UUID) -> Threads:
    """The customer and all that happened to the newest of its keys."""
    keys = session.scalars(
        select(LicenseKey.id)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id == customer_id)
        .order_by(LicenseKey.id.desc())
        .limit(_MOST_KEYS)
    ).all()
    found = of_keys(session, vendor_id, keys)
    return replace(found, subjects=[("customer", customer_id), *found.subjects])


def of_coupon(session: KitSession, vendor_id: uuid.UUID, coupon_id: uuid.UUID) -> Threads:
    """The coupon and the batch it was made in."""
    batch_id = session.scalars(
        select(Coupon.batch_id).where(Coupon.vendor_id == vendor_id, Coupon.id == coupon_id)
    ).one()
    return Threads(subjects=[("coupon", coupon_id), ("coupon_batch", batch_id)])


def of_infobase(
    session: KitSession, vendor_id: uuid.UUID, infobase_id: uuid.UUID, uid: uuid.UUID
) -> Threads:
    """The infobase, its seats, what it accepted and fetched."""
    seats = select(Activation.id).where(
        Activation.vendor_id == vendor_id, Activation.infobase_id == infobase_id
    )
    seats = seats.order_by(Activation.id.desc()).limit(_MOST)
    accepted = select(literal("eula_acceptance"), EulaAcceptance.id, _NO_ID).where(
        EulaAcceptance.vendor_id == vendor_id, EulaAcceptance.infobase_id == infobase_id
    )
    rows = session.execute(
        _together(
            select(literal("activation"), seats.subquery().c.id, _NO_ID),
            accepted.limit(_MOST),
            _fetched(vendor_id, seats),
        )
    ).all()
    subjects = [("infobase", infobase_id), *((kind, row_id) for kind, row_id, _ in rows)]
    return Threads(subjects=subjects, infobases=[uid])


def of_activation(session: KitSession, vendor_id: uuid.UUID, activation_id: uuid.UUID) -> Threads:
    """One seat and what was fetched for it."""
    seat = select(literal(activation_id, Uuid()).label("id"))
    rows = session.execute(_fetched(vendor_id, seat)).all()
    fetched = [(kind, row_id) for kind, row_id, _ in rows]
    return Threads(subjects=[("activation", activation_id), *fetched])


def _fetched(vendor_id: uuid.UUID, seats: Select[uuid.UUID]) -> Select[str, uuid.UUID, Any]:
    return (
        select(literal("download"), Download.id, _NO_ID)
        .where(Download.vendor_id == vendor_id, Download.activation_id.in_(seats))
        .order_by(Download.id.desc())
        .limit(_MOST)
    )


def _together(*parts: Select[Any, Any, Any]) -> CompoundSelect[Any, Any, Any]:
    return union_all(*(part.subquery().select() for part in parts))
