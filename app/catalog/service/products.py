"""Products: what a vendor sells."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Product, ProductStatus, TrialKind
from app.catalog.problems import CodeExists
from app.catalog.schemas.products import CreateProduct, UpdateProduct
from app.catalog.service.catalogue import touch
from app.catalog.service.features import replace_features
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_, Lazy
from app.kit.problems import InUse, NotFound, ValidationFailed


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
    touch(session, vendor_id)
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


def _add(session: UnitOfWork, product: Product) -> None:
    try:
        with session.savepoint():
            session.add(product)
    except IntegrityError:
        raise CodeExists from None
