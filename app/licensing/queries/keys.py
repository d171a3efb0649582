"""Reads of keys by their code, and of seats."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, distinct, func, select

from app.catalog.models import Product
from app.kit.db import KitSession, UnitOfWork
from app.kit.problems import NotFound
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementChange,
    EntitlementStatus,
    Infobase,
    InstallationToken,
    KeyStatus,
    LicenseKey,
    LicenseKeyCode,
)
from app.licensing.problems import ActivationNotFound
from wire import codes


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A key by one of its codes; a code with an end in the past was replaced."""

    key: LicenseKey
    expires_at: datetime | None


def by_code(session: KitSession, digest: bytes) -> FoundCode | None:
    """The key of a code, whoever's it is: the code itself is the credential."""
    row = session.execute(
        select(LicenseKey, LicenseKeyCode.expires_at)
        .join(LicenseKeyCode, LicenseKeyCode.key_id == LicenseKey.id)
        .where(LicenseKeyCode.digest == digest)
    ).one_or_none()
    return FoundCode(row[0], row[1]) if row else None


def holds_legacy(session: KitSession) -> bool:
    """Whether this server has taken over a key of another system, whoever's."""
    legacy = LicenseKeyCode.kind == "legacy"
    return session.scalar(select(LicenseKeyCode.id).where(legacy).limit(1)) is not None


def taken_digests(session: KitSession, digests: Collection[bytes]) -> set[bytes]:
    """Those of the digests that are some key's already, whoever's."""
    return set(
        session.scalars(select(LicenseKeyCode.digest).where(LicenseKeyCode.digest.in_(digests)))
    )


def by_token(session: KitSession, digest: bytes) -> tuple[Activation, Infobase, LicenseKey] | None:
    """The activation of an installation token, in whatever state, with its infobase and key."""
    row = session.execute(
        select(Activation, Infobase, LicenseKey)
        .join(InstallationToken, InstallationToken.activation_id == Activation.id)
        .join(Infobase, Infobase.id == Activation.infobase_id)
        .join(Entitlement, Entitlement.id == Activation.entitlement_id)
        .join(LicenseKey, LicenseKey.id == Entitlement.key_id)
        .where(InstallationToken.digest == digest)
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def key_by_id(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> LicenseKey | None:
    """One key of the vendor."""
    return session.scalar(
        select(LicenseKey).where(LicenseKey.vendor_id == vendor_id, LicenseKey.id == key_id)
    )


def license_key(
    session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID, *, locked: bool = False
) -> LicenseKey:
    """One key of the vendor, as it is now."""
    query = select(LicenseKey).where(LicenseKey.vendor_id == vendor_id, LicenseKey.id == key_id)
    if locked:
        query = query.with_for_update(key_share=True)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def active_of(
    session: KitSession,
    vendor_id: uuid.UUID,
    ids: Collection[uuid.UUID],
    *,
    locked: bool = False,
) -> Sequence[LicenseKey]:
    """Those of the ids that are active keys of the vendor, in the order of locks."""
    query = (
        select(LicenseKey)
        .where(
            LicenseKey.vendor_id == vendor_id,
            LicenseKey.id.in_(ids),
            LicenseKey.status == KeyStatus.ACTIVE,
        )
        .order_by(LicenseKey.id)
    )
    if locked:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(query).all()


def of_customers(
    session: UnitOfWork, vendor_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]
) -> Sequence[LicenseKey]:
    """All keys of some customers, oldest first, locked for a change."""
    return session.scalars(
        select(LicenseKey)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.customer_id.in_(customer_ids))
        .order_by(LicenseKey.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


@dataclass(frozen=True, slots=True)
class Weight:
    """How much hangs on some keys: seats that are taken, redemptions that changed their rights."""

    activations: int
    redemptions: int


def weight(session: KitSession, vendor_id: uuid.UUID, key_ids: Sequence[uuid.UUID]) -> Weight:
    """What moves when the keys move."""
    redemptions = (
        select(func.count(distinct(EntitlementChange.cause_id)))
        .join(Entitlement, Entitlement.id == EntitlementChange.entitlement_id)
        .where(
            Entitlement.vendor_id == vendor_id,
            Entitlement.key_id.in_(key_ids),
            EntitlementChange.cause_kind == "redemption",
        )
    )
    taken = seats_taken(session, vendor_id, key_ids)
    return Weight(taken, session.scalar(redemptions) or 0)


def seats_taken(session: KitSession, vendor_id: uuid.UUID, key_ids: Sequence[uuid.UUID]) -> int:
    """How many seats of the keys are taken."""
    seats = select(func.sum(Entitlement.active_count)).where(
        Entitlement.vendor_id == vendor_id, Entitlement.key_id.in_(key_ids)
    )
    return session.scalar(seats) or 0


def entitlement_of(
    session: KitSession, vendor_id: uuid.UUID, entitlement_id: uuid.UUID
) -> tuple[Entitlement, Product]:
    """One product in a key of the vendor, as it is now."""
    row = session.execute(
        select(Entitlement, Product)
        .join(Product, Product.id == Entitlement.product_id)
        .where(Entitlement.vendor_id == vendor_id, Entitlement.id == entitlement_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class Seat:
    """An activation with all that stands around it."""

    activation: Activation
    infobase: Infobase
    entitlement: Entitlement
    product: Product
    key: LicenseKey


def _seats(vendor_id: uuid.UUID) -> Select[Activation, Infobase, Entitlement, Product, LicenseKey]:
    return (
        select(Activation, Infobase, Entitlement, Product, LicenseKey)
        .join(Infobase, Infobase.id == Activation.infobase_id)
        .join(Entitlement, Entitlement.id == Activation.entitlement_id)
        .join(Product, Product.id == Entitlement.product_id)
        .join(LicenseKey, LicenseKey.id == Entitlement.key_id)
        .where(Activation.vendor_id == vendor_id)
        .execution_options(populate_existing=True)
    )


def seat(session: KitSession, vendor_id: uuid.UUID, activation_id: uuid.UUID) -> Seat:
    """One activation of the vendor, in any state."""
    query = _seats(vendor_id).where(Activation.id == activation_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise ActivationNotFound
    return Seat(*row)


def seats_by_id(
    session: KitSession, vendor_id: uuid.UUID, activations: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Seat]:
    """Several activations at once."""
    rows = session.execute(_seats(vendor_id).where(Activation.id.in_(activations)))
    return {row[0].id: Seat(*row) for row in rows}


def seats_of_key(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> list[Seat]:
    """All taken seats of a key, oldest first."""
    query = _seats(vendor_id).where(
        Activation.key_id == key_id, Activation.status == ActivationStatus.ACTIVE
    )
    return [Seat(*row) for row in session.execute(query.order_by(Activation.id))]


def seats_of(
    session: KitSession, vendor_id: uuid.UUID, entitlement_id: uuid.UUID, *, limit: int = 50
) -> Sequence[tuple[Activation, Infobase]]:
    """Who sits on the seats of an entitlement, longest unseen first."""
    rows = session.execute(
        select(Activation, Infobase)
        .join(Infobase, Infobase.id == Activation.infobase_id)
        .where(
            Activation.vendor_id == vendor_id,
            Activation.entitlement_id == entitlement_id,
            Activation.status == ActivationStatus.ACTIVE,
        )
        .order_by(Activation.last_seen_at, Activation.id)
        .limit(limit)
    )
    return [(activation, infobase) for activation, infobase in rows]


def last_seen(
    session: KitSession, vendor_id: uuid.UUID, key_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, datetime]:
    """When an agent of each of the keys was last heard of."""
    rows = session.execute(
        select(Activation.key_id, func.max(Activation.last_seen_at))
        .where(Activation.vendor_id == vendor_id, Activation.key_id.in_(key_ids))
        .group_by(Activation.key_id)
    )
    return {first: second for first, second in rows}  # noqa: C416 - rows are no pairs


def keys_holding(
    session: KitSession, vendor_id: uuid.UUID, products: Collection[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """How many keys hold each of the products, suspended ones too."""
    rows = session.execute(
        select(Entitlement.product_id, func.count())
        .where(
            Entitlement.vendor_id == vendor_id,
            Entitlement.product_id.in_(products),
            Entitlement.status != EntitlementStatus.WITHDRAWN,
        )
        .group_by(Entitlement.product_id)
    )
    return dict.fromkeys(products, 0) | {row[0]: row[1] for row in rows}


def hints(prefix: str, text: str) -> list[str]:
    """The hints that a code with this end may have, ours or another system's."""
    tail = codes.tail(text)
    return [f"{prefix}-…-{tail}", f"…-{tail}"]
