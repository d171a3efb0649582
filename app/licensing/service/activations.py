"""Binding an entitlement to an infobase: one seat each, and never a second one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.audit.models import Action
from app.catalog import queries as catalog
from app.kit.db import UnitOfWork, new_id
from app.kit.problems import Problem
from app.kit.signing import lookup_digest, new_secret
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementStatus,
    Infobase,
    InstallationToken,
)
from app.licensing.problems import ProductMissing, SeatLimitReached
from app.licensing.queries.keys import seats_of
from app.licensing.queries.rights import Entitled, KeyRights, key_rights
from app.licensing.queries.status import refusal, require_key
from app.licensing.schemas import Activate, Configuration
from app.licensing.service.keys import TOKEN_PREFIX, InstallerPrincipal

MAX_TOKENS = 5


@dataclass(frozen=True, slots=True)
class Activated:
    """The seat, the fresh token of this installation, and how full the entitlement is."""

    activation: Activation
    infobase: Infobase
    product: str
    token: str
    created: bool
    seats_max: int | None
    seats_used: int


def activate(session: UnitOfWork, command: Activate, *, caller: InstallerPrincipal) -> Activated:
    """Takes a seat; the same infobase again gets its own seat and a new token."""
    rights = key_rights(session, caller.vendor_id, caller.key_id)
    try:
        item = _usable(session, rights, command.product)
        infobase = remember_infobase(session, caller.vendor_id, command)
        activation_id, created = _seat(session, rights, item, infobase, command)
    except Problem as problem:
        problem.denied = audit.denial(
            session,
            Action.ACTIVATION_CREATED,
            actor=caller.actor,
            subject=rights.key,
            problem=problem,
            product=command.product,
            infobase=command.infobase.label,
        )
        raise
    activation = session.get_one(Activation, activation_id, populate_existing=True)
    token = _fresh_token(session, activation)
    audit.record(
        session,
        Action.ACTIVATION_CREATED,
        actor=caller.actor,
        subject=activation,
        key=rights.key.hint,
        product=command.product,
        infobase=infobase.label,
        repeated=not created,
    )
    used = session.scalar(
        select(Entitlement.active_count).where(Entitlement.id == item.entitlement.id)
    )
    return Activated(
        activation, infobase, command.product, token, created, item.entitlement.seats, used or 0
    )


def _usable(session: UnitOfWork, rights: KeyRights, product_code: str) -> Entitled:
    require_key(rights)
    product = catalog.find_product(session, rights.vendor.id, product_code)
    item = rights.of_product(product.id) if product else None
    if item is None:
        raise ProductMissing(product=product.name if product else None)
    problem = refusal(rights, item)
    if problem is not None:
        raise problem
    return item


def remember_infobase(session: UnitOfWork, vendor_id: uuid.UUID, command: Activate) -> Infobase:
    """The infobase of an agent's description, made or brought up to date."""
    configuration = command.configuration or Configuration(name="", version="")
    facts = {
        "label": command.infobase.label,
        "kind": command.infobase.kind,
        "configuration_name": configuration.name or None,
        "configuration_version": configuration.version or None,
        "platform_version": command.platform_version,
        "agent_version": command.agent_version,
        "last_seen_at": session.now(),
    }
    statement = (
        insert(Infobase)
        .values(
            id=new_id(),
            vendor_id=vendor_id,
            uid=command.infobase.id,
            created_at=session.now(),
            **facts,
        )
        .on_conflict_do_update(index_elements=["vendor_id", "uid"], set_=_told(facts))
        .returning(Infobase.id)
    )
    infobase_id = session.scalars(statement).one()
    return session.get_one(Infobase, infobase_id, populate_existing=True)


def _told(facts: Mapping[str, object]) -> dict[str, object]:
    """What an agent is silent about stays as it was last told."""
    return {name: value for name, value in facts.items() if value is not None}


def _seat(
    session: UnitOfWork, rights: KeyRights, item: Entitled, infobase: Infobase, command: Activate
) -> tuple[uuid.UUID, bool]:
    entitlement, seen = item.entitlement, session.now()
    statement = (
        insert(Activation)
        .values(
            id=new_id(),
            vendor_id=entitlement.vendor_id,
            created_at=seen,
            entitlement_id=entitlement.id,
            key_id=entitlement.key_id,
            product_id=entitlement.product_id,
            infobase_id=infobase.id,
            machine=command.machine,
            windows_user=command.windows_user,
            status=ActivationStatus.ACTIVE,
            last_seen_at=seen,
        )
        .on_conflict_do_nothing(
            index_elements=["entitlement_id", "infobase_id"],
            # Literally: when a prepared statement gets a generic plan, which it does after some
            # runs on a connection, PostgreSQL does not match a parameter with the predicate.
            index_where=text("status = 'active'"),
        )
        .returning(Activation.id)
    )
    while (activation_id := session.insert_once(statement)) is None:
        standing = _refresh(session, entitlement, infobase, command)
        if standing is not None:
            return standing, False
        # It was there and has been given back since: there is room for a new one.
    _take_seat(session, rights, item, infobase)
    return activation_id, True


def _refresh(
    session: UnitOfWork, entitlement: Entitlement, infobase: Infobase, command: Activate
) -> uuid.UUID | None:
    statement = (
        update(Activation)
        .where(
            Activation.entitlement_id == entitlement.id,
            Activation.infobase_id == infobase.id,
            Activation.status == ActivationStatus.ACTIVE,
        )
        .values(
            machine=command.machine,
            windows_user=command.windows_user,
            last_seen_at=session.now(),
        )
        .returning(Activation.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(statement).one_or_none()


def _take_seat(session: UnitOfWork, rights: KeyRights, item: Entitled, infobase: Infobase) -> None:
    taken = session.change(
        update(Entitlement)
        .where(
            Entitlement.id == item.entitlement.id,
            Entitlement.status == EntitlementStatus.ACTIVE,
            Entitlement.seats.is_(None) | (Entitlement.active_count < Entitlement.seats),
        )
        .values(active_count=Entitlement.active_count + 1)
        .execution_options(synchronize_session=False)
    )
    if taken != 1:
        # Not always for want of seats: what was read before may have changed since.
        session.refresh(item.entitlement)
        raise refusal(rights, item) or _seats_full(session, item, infobase)


def _seats_full(session: UnitOfWork, item: Entitled, refused: Infobase) -> Problem:
    entitlement = item.entitlement
    seats = [
        {
            "activation_id": activation.id,
            "label": infobase.label,
            "machine": activation.machine,
            "last_seen_at": activation.last_seen_at,
        }
        for activation, infobase in seats_of(session, entitlement.vendor_id, entitlement.id)
        if infobase is not refused  # its row stands until this transaction is undone
    ]
    return SeatLimitReached(
        product=item.product.code, max=entitlement.seats, used=entitlement.active_count, seats=seats
    )


def _fresh_token(session: UnitOfWork, activation: Activation) -> str:
    token = new_secret(TOKEN_PREFIX)
    session.add(
        InstallationToken(
            id=new_id(),
            vendor_id=activation.vendor_id,
            created_at=session.now(),
            activation_id=activation.id,
            digest=lookup_digest(token),
        )
    )
    session.flush()
    newest = (
        select(InstallationToken.id)
        .where(InstallationToken.activation_id == activation.id)
        .order_by(InstallationToken.id.desc())
        .limit(MAX_TOKENS)
    )
    session.execute(
        delete(InstallationToken)
        .where(
            InstallationToken.activation_id == activation.id,
            InstallationToken.id.not_in(newest.scalar_subquery()),
        )
        .execution_options(synchronize_session=False)
    )
    return token
