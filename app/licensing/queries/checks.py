"""The verdict on a key: an answer, never an exception."""

import uuid
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from app.catalog import queries as catalog
from app.kit.db import KitSession
from app.kit.i18n import Language, fill
from app.kit.problems import Problem
from app.licensing.models import EntitlementStatus, Trial
from app.licensing.problems import KeyEmpty, ProductMissing
from app.licensing.queries.rights import Entitled, KeyRights, key_rights
from app.licensing.queries.status import (
    Status,
    entitlement_status,
    is_usable,
    key_problem,
    key_status,
    refusal,
    status_text,
)
from app.licensing.schemas import CheckLicense


@dataclass(frozen=True, slots=True)
class Check:
    """The rights of the key with one verdict over them."""

    rights: KeyRights
    valid: bool
    code: str
    problem: Problem | None
    deciding: Entitled | None

    def text(self, language: Language) -> str:
        """The verdict as a sentence for people."""
        if self.problem is not None:
            return fill(self.problem.title, language, self.problem.params)
        if self.deciding is None:
            return ""
        return status_text(self.rights, self.deciding, language)


def check(
    session: KitSession,
    command: CheckLicense,
    vendor_id: uuid.UUID,
    key_id: uuid.UUID,
    *,
    own_infobase: uuid.UUID | None = None,
) -> Check:
    """Valid: every product asked for is usable; none asked for, at least one in the key is.

    `own_infobase` is that of a token, which is told of no other.
    """
    uid = own_infobase or (command.infobase.id if command.infobase else None)
    rights = key_rights(session, vendor_id, key_id, infobase_uid=uid)
    blocked = key_problem(rights)
    if blocked is not None:
        return _refused(rights, blocked)
    held = [item for item in rights.entitlements if _counts(item)]
    if not held:
        return _refused(rights, KeyEmpty())
    if command.products:
        return _of_products(rights, command.products)
    return _over(rights, max(held, key=partial(_strength, rights)))


def pooled_features(rights: KeyRights) -> dict[str, int | None]:
    """Sums over usable products, by code; no quantity is no limit, or a switch, and wins."""
    pool: dict[str, int | None] = {}
    for item in rights.entitlements:
        if not is_usable(rights, item):
            continue
        for feature in item.features:
            held = pool.get(feature.code, 0)
            endless = held is None or feature.quantity is None
            pool[feature.code] = None if endless else (held or 0) + (feature.quantity or 0)
    return dict(sorted(pool.items()))


def trials_available(session: KitSession, rights: KeyRights) -> dict[uuid.UUID, str]:
    """Products that the key may still try out without a coupon: codes by id."""
    held = {item.product.id for item in rights.entitlements if _counts(item)}
    tried = select(Trial.product_id).where(
        Trial.vendor_id == rights.vendor.id,
        Trial.key_id == rights.key.id,
        Trial.end_reason.is_distinct_from("reversed"),
    )
    held.update(session.scalars(tried))
    offered = catalog.products_to_try(session, rights.vendor.id)
    return {product.id: product.code for product in offered if product.id not in held}


def key_state(rights: KeyRights) -> str:
    """The state of a key in lists: what blocks it, KEY_EMPTY, else that of its best product."""
    blocked = key_status(rights)
    if blocked is not None:
        return blocked.value
    held = [item for item in rights.entitlements if _counts(item)]
    if not held:
        return KeyEmpty.code
    return entitlement_status(rights, max(held, key=partial(_strength, rights))).value


def _counts(item: Entitled) -> bool:
    """A withdrawn product counts as absent."""
    return item.entitlement.status != EntitlementStatus.WITHDRAWN


def _of_products(rights: KeyRights, products: list[str]) -> Check:
    by_code = {item.product.code: item for item in rights.entitlements}
    for code in products:
        if code not in by_code:
            return _refused(rights, ProductMissing(product=code))
    asked = [by_code[code] for code in products]
    return _over(rights, min(asked, key=partial(_strength, rights)))


def _strength(rights: KeyRights, item: Entitled) -> tuple[bool, int]:
    """Statuses stand in their order of precedence, the best one last."""
    return is_usable(rights, item), list(Status).index(entitlement_status(rights, item))


def _refused(rights: KeyRights, problem: Problem) -> Check:
    return Check(rights, valid=False, code=problem.code, problem=problem, deciding=None)


def _over(rights: KeyRights, item: Entitled) -> Check:
    problem = refusal(rights, item)
    status = entitlement_status(rights, item)
    return Check(rights, problem is None, status.value, problem, item)
