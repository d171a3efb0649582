"""Products, extensions and agreements."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Eula, Extension, Product, ProductStatus, TrialKind
from app.catalog.problems import CodeExists
from app.catalog.schemas.products import (
    CreateExtension,
    CreateProduct,
    PublishEula,
    UpdateProduct,
)
from app.catalog.service.features import replace_features
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_, Lazy
from app.kit.problems import InUse, NotFound, ValidationFailed
from app.kit.signing import text_digest


def create_product(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateProduct, *, actor: Actor
) -> Product:
    """Something new to sell."""
    _require_products(session, vendor_id, command.ends_trials)
    given = command.model_dump(exclude={"default_term", "features"})
    _require_trial_days(given)
    product = Product(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        default_term=command.default_term.stored(),
        **given,
    )
    _add(session, product)
    replace_features(session, product, command.features)
    audit.record(
        session,
        Action.PRODUCT_CREATED,
        actor=actor,
        subject=product,
        code=product.code,
        features=command.features,
    )
    return product


def update_product(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    product_id: uuid.UUID,
    command: UpdateProduct,
    *,
    version: int,
    actor: Actor,
) -> Product:
    """Changes or archives a product; what keys already hold of it stays theirs."""
    product = queries.product(session, vendor_id, product_id)
    session.hold(product, version)
    given = command.model_dump(exclude_unset=True, exclude={"default_term", "features"})
    if "default_term" in command.model_fields_set:
        given["default_term"] = command.default_term.stored()
    _require_products(session, vendor_id, given.get("ends_trials", ()))
    _settle_trial(product, given)
    archived = _archives(session, product, given)
    try:
        with session.savepoint():
            changes = audit.amend(product, given)
    except IntegrityError:
        raise CodeExists from None
    if "features" in command.model_fields_set:
        changes = _with_features(changes, replace_features(session, product, command.features))
    if changes:
        touch(session, vendor_id)
        action = Action.PRODUCT_ARCHIVED if archived else Action.PRODUCT_UPDATED
        audit.record(session, action, actor=actor, subject=product, **changes)
    return product


def _require_products(session: UnitOfWork, vendor_id: uuid.UUID, codes: Sequence[str]) -> None:
    if not queries.product_names(session, vendor_id).keys() >= set(codes):
        raise NotFound(N_("There is no product with this code"))


def _settle_trial(product: Product, given: dict[str, Any]) -> None:
    """A product without a trial of days has no number of them, whoever leaves it out."""
    kind = given.get("trial_kind", product.trial_kind)
    if kind != TrialKind.CALENDAR_DAYS and product.trial_kind == TrialKind.CALENDAR_DAYS:
        given.setdefault("trial_days", None)
    days = given.get("trial_days", product.trial_days)
    _require_trial_days({"trial_kind": kind, "trial_days": days})


def _require_trial_days(given: Mapping[str, object]) -> None:
    if (given["trial_kind"] == TrialKind.CALENDAR_DAYS) != (given["trial_days"] is not None):
        fault = N_("A trial of calendar days has a number of days; other trials have none")
        raise ValidationFailed.at({"/trial_days": ("trial_days", fault)})


def _archives(session: UnitOfWork, product: Product, given: Mapping[str, object]) -> bool:
    """Whether the change archives the product; an extension that is still offered forbids it."""
    archived = ProductStatus.ARCHIVED
    if given.get("status") != archived or product.status == archived:
        return False
    if queries.offered_extensions(session, product):
        raise InUse(where=Lazy(N_("published extensions")))
    return True


def _with_features(
    changes: dict[str, Any], features: tuple[object, object] | None
) -> dict[str, Any]:
    if features is None:
        return changes
    before, after = features
    return {
        "before": changes.get("before", {}) | {"features": before},
        "after": changes.get("after", {}) | {"features": after},
    }


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
