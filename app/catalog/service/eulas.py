"""Licence agreements: a product's next one, immutable from the start."""

import uuid

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Eula
from app.catalog.problems import EulaUnchanged
from app.catalog.schemas.eulas import PublishEula
from app.catalog.service.catalogue import touch
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.kit.signing import text_digest


def publish_eula(
    session: UnitOfWork, vendor_id: uuid.UUID, command: PublishEula, *, actor: Actor
) -> Eula:
    """The product's next agreement, in force from a date (today, unless another is named)."""
    touch(session, vendor_id)  # first, as its lock gives each agreement a number of its own
    product = queries.product_by_code(session, vendor_id, command.product)
    last = queries.last_eula(session, product.id)
    if last is not None and not _is_new(command, last):
        raise EulaUnchanged(number=last.number)
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    eula = Eula(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        product_id=product.id,
        number=last.number + 1 if last else 1,
        text_ru=command.text_ru,
        text_en=command.text_en,
        sha256_ru=text_digest(command.text_ru),
        sha256_en=text_digest(command.text_en) if command.text_en else None,
        effective_from=command.effective_from or today,
    )
    session.add(eula)
    audit.record(
        session,
        Action.EULA_PUBLISHED,
        actor=actor,
        subject=eula,
        product=product.code,
        sha256=eula.sha256_ru,
    )
    return eula


def _is_new(command: PublishEula, last: Eula) -> bool:
    """Whether it says anything that the one before it does not; leaving English out says less."""
    if command.text_ru != last.text_ru:
        return True
    return command.text_en is not None and command.text_en != last.text_en
