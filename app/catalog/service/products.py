"""Products, extensions and agreements."""

import uuid

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Eula, Extension, Product
from app.catalog.problems import CodeExists
from app.catalog.schemas.products import CreateExtension, CreateProduct, PublishEula
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.kit.signing import text_digest


def create_product(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateProduct, *, actor: Actor
) -> Product:
    """Something new to sell."""
    term = {"days": command.default_days} if command.default_days else {"perpetual": True}
    product = Product(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        default_term=term,
        **command.model_dump(exclude={"default_days"}),
    )
    _add(session, product)
    audit.record(session, Action.PRODUCT_CREATED, actor=actor, subject=product, code=product.code)
    return product


def create_extension(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateExtension, *, actor: Actor
) -> Extension:
    """A new line of releases behind one of the vendor's products."""
    product = queries.product_by_code(session, vendor_id, command.product)
    extension = Extension(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        product_id=product.id,
        docs_url=str(command.docs_url) if command.docs_url else None,
        **command.model_dump(exclude={"product", "docs_url"}),
    )
    _add(session, extension)
    touch(session, vendor_id)
    audit.record(
        session,
        Action.EXTENSION_CREATED,
        actor=actor,
        subject=extension,
        onec_name=extension.onec_name,
        product=product.code,
    )
    return extension


def publish_eula(
    session: UnitOfWork, vendor_id: uuid.UUID, command: PublishEula, *, actor: Actor
) -> Eula:
    """The product's next agreement, in force from a date (today, unless another is named)."""
    touch(session, vendor_id)  # first, as its lock gives each agreement a number of its own
    product = queries.product_by_code(session, vendor_id, command.product)
    today = local_date(session.now(), accounts.vendor(session, vendor_id).time_zone)
    eula = Eula(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        product_id=product.id,
        number=queries.next_eula_number(session, product.id),
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


def touch(session: UnitOfWork, vendor_id: uuid.UUID) -> None:
    """Says that what an agent may be offered has changed; the row lock orders the versions."""
    session.execute(
        update(Vendor)
        .where(Vendor.id == vendor_id)
        .values(catalogue_version=Vendor.catalogue_version + 1)
        .execution_options(synchronize_session=False)
    )


def _add(session: UnitOfWork, row: Product | Extension) -> None:
    try:
        with session.savepoint():
            session.add(row)
    except IntegrityError:
        raise CodeExists from None
