"""The ledger of accepted agreements, tied to the text's hash."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.models import Action
from app.catalog import queries as catalog
from app.catalog.models import Eula
from app.delivery.models import EulaAcceptance
from app.delivery.problems import DigestMismatch, EulaOutdated
from app.delivery.schemas import AcceptEula
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.licensing.models import Infobase
from app.licensing.problems import ActivationNotFound
from app.licensing.queries.rights import key_rights
from app.licensing.queries.status import require_key
from app.licensing.service.keys import InstallerPrincipal


@dataclass(frozen=True, slots=True)
class Accepted:
    """The acceptance on record, and whether it was made just now."""

    acceptance: EulaAcceptance
    created: bool


def accept(session: UnitOfWork, command: AcceptEula, *, caller: InstallerPrincipal) -> Accepted:
    """Records that exactly this text was agreed to; again is the first acceptance."""
    rights = key_rights(session, caller.vendor_id, caller.key_id, infobase_uid=command.infobase.id)
    require_key(rights)
    caller.require_infobase(command.infobase.id)
    if rights.infobase is None:
        raise ActivationNotFound
    eula = catalog.eula(session, caller.vendor_id, command.eula_id)
    _require_current(session, eula, command)
    found = _insert(session, eula, rights.infobase, command, caller)
    acceptance = session.get(EulaAcceptance, found) if found else None
    if acceptance is None:
        return Accepted(_existing(session, eula, rights.infobase, caller), created=False)
    audit.record(
        session,
        Action.EULA_ACCEPTED,
        actor=caller.actor,
        subject=acceptance,
        eula=eula.id,
        number=eula.number,
        sha256=command.sha256,
        infobase=rights.infobase.label,
    )
    return Accepted(acceptance, created=True)


def _require_current(session: UnitOfWork, eula: Eula, command: AcceptEula) -> None:
    texts = {"ru": eula.sha256_ru, "en": eula.sha256_en}
    if texts[command.locale] != command.sha256:
        raise DigestMismatch
    today = local_date(session.now(), accounts.vendor(session, eula.vendor_id).time_zone)
    current = catalog.current_eulas(session, eula.vendor_id, today).get(eula.product_id)
    if current is not None and current.number > eula.number:
        raise EulaOutdated(number=current.number)


def _insert(
    session: UnitOfWork,
    eula: Eula,
    infobase: Infobase,
    command: AcceptEula,
    caller: InstallerPrincipal,
) -> uuid.UUID | None:
    statement = (
        insert(EulaAcceptance)
        .values(
            id=new_id(),
            vendor_id=eula.vendor_id,
            created_at=session.now(),
            eula_id=eula.id,
            key_id=caller.key_id,
            infobase_id=infobase.id,
            customer_id=caller.customer_id,
            locale=command.locale,
            text_sha256=command.sha256,
            accepted_by=command.accepted_by,
            ip=caller.actor.ip,
            agent_version=command.agent_version,
        )
        .on_conflict_do_nothing(index_elements=["eula_id", "key_id", "infobase_id"])
        .returning(EulaAcceptance.id)
    )
    return session.insert_once(statement)


def _existing(
    session: UnitOfWork, eula: Eula, infobase: Infobase, caller: InstallerPrincipal
) -> EulaAcceptance:
    return session.scalars(
        select(EulaAcceptance).where(
            EulaAcceptance.vendor_id == eula.vendor_id,
            EulaAcceptance.eula_id == eula.id,
            EulaAcceptance.key_id == caller.key_id,
            EulaAcceptance.infobase_id == infobase.id,
        )
    ).one()
