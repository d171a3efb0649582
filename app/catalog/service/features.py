"""Features, and which products carry them."""

import uuid
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Feature, Product, ProductFeature
from app.catalog.problems import CodeExists
from app.catalog.schemas.features import CreateFeature, UpdateFeature
from app.catalog.schemas.products import FeatureOfProduct
from app.catalog.service.catalogue import touch
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import InUse, NotFound


def create_feature(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateFeature, *, actor: Actor
) -> Feature:
    """A new option that products can carry."""
    feature = Feature(
        id=new_id(), vendor_id=vendor_id, created_at=session.now(), **command.model_dump()
    )
    try:
        with session.savepoint():
            session.add(feature)
    except IntegrityError:
        raise CodeExists from None
    touch(session, vendor_id)
    audit.record(session, Action.FEATURE_CREATED, actor=actor, subject=feature, code=feature.code)
    return feature


def update_feature(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    feature_id: uuid.UUID,
    command: UpdateFeature,
    *,
    version: int,
    actor: Actor,
) -> Feature:
    """Changes or retires a feature; one that a product on sale carries is not retired."""
    feature = queries.feature(session, vendor_id, feature_id)
    session.hold(feature, version)
    given = command.model_dump(exclude_unset=True)
    if given.get("retired") and not feature.retired:
        carriers = queries.carriers(session, feature)
        if carriers:
            raise InUse(where=carriers)
    changes = audit.amend(feature, given)
    session.flush()
    if changes:
        touch(session, vendor_id)
        audit.record(session, Action.FEATURE_UPDATED, actor=actor, subject=feature, **changes)
    return feature


Snapshot = list[dict[str, object]]


def replace_features(
    session: UnitOfWork, product: Product, wanted: Sequence[FeatureOfProduct]
) -> tuple[Snapshot, Snapshot] | None:
    """Makes these the features of a product; what they were and are, or None if they are the same.

    A retired feature stays where it is and goes nowhere new.
    """
    held = {feature.code: link for link, feature in queries.features_of(session, [product.id])}
    known = {row.code: row for row in queries.features(session, product.vendor_id)}
    codes = {row.feature for row in wanted}
    if not {code for code, row in known.items() if not row.retired or code in held} >= codes:
        raise NotFound(N_("There is no feature with this code"))
    before = [_snapshot(code, link) for code, link in sorted(held.items())]
    after = [row.model_dump() for row in sorted(wanted, key=lambda row: row.feature)]
    if before == after:
        return None
    for code in held.keys() - codes:
        session.delete(held[code])
    for row in wanted:
        link = held.get(row.feature) or _new_link(session, product, known[row.feature])
        link.quantity, link.unit, link.multiplied = row.quantity, row.unit, row.multiplied
    flag_modified(product, "name")  # the features belong to the product's version
    session.flush()
    return before, after


def _snapshot(code: str, link: ProductFeature) -> dict[str, object]:
    return {
        "feature": code,
        "quantity": link.quantity,
        "unit": link.unit,
        "multiplied": link.multiplied,
    }


def _new_link(session: UnitOfWork, product: Product, feature: Feature) -> ProductFeature:
    link = ProductFeature(
        id=new_id(),
        vendor_id=product.vendor_id,
        created_at=session.now(),
        product_id=product.id,
        feature_id=feature.id,
    )
    session.add(link)
    return link
