"""The verdict on a key: an answer, never an exception."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from app.kit.i18n import Language, fill
from app.kit.problems import Problem
from app.licensing.models import EntitlementStatus
from app.licensing.problems import KeyEmpty, ProductMissing
from app.licensing.queries.facts import Held, ProductFacts, Rights
from app.licensing.queries.status import (
    Status,
    entitlement_status,
    is_good,
    is_usable,
    key_problem,
    key_status,
    refusal_of,
    status_text,
)


@dataclass(frozen=True, slots=True)
class Check:
    """The rights of the key with one verdict over them."""

    rights: Rights
    valid: bool
    code: str
    problem: Problem | None
    deciding: Held | None

    def text(self, language: Language) -> str:
        """The verdict as a sentence for people."""
        if self.problem is not None:
            return fill(self.problem.title, language, self.problem.params)
        if self.deciding is None:
            return ""
        return status_text(Status(self.code), self.deciding, self.rights.today, language)


def check(rights: Rights, products: Sequence[str]) -> Check:
    """Valid: every product asked for is usable; none asked for, at least one in the key is."""
    blocked = key_problem(rights)
    if blocked is not None:
        return _refused(rights, blocked)
    held = [item for item in rights.entitlements if _counts(item)]
    if not held:
        return _refused(rights, KeyEmpty())
    if products:
        return _of_products(rights, products)
    return _over(rights, max(held, key=partial(_strength, rights)))


def pooled_features(rights: Rights) -> dict[str, int | None]:
    """Sums over usable products, by code; no quantity is no limit, or a switch, and wins."""
    pool: dict[str, int | None] = {}
    for item in rights.entitlements:
        if not item.features or not is_usable(rights, item):
            continue
        for feature in item.features:
            held = pool.get(feature.code, 0)
            endless = held is None or feature.quantity is None
            pool[feature.code] = None if endless else (held or 0) + (feature.quantity or 0)
    return dict(sorted(pool.items()))


def trials_available(
    rights: Rights, offered: Iterable[ProductFacts], tried: Collection[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Those of the products offered for a trial that the key may still try out: codes by id."""
    held = {item.product.id for item in rights.entitlements if _counts(item)}
    return {
        product.id: product.code
        for product in offered
        if product.id not in held and product.id not in tried
    }


def key_state(rights: Rights) -> str:
    """The state of a key in lists: what blocks it, KEY_EMPTY, else that of its best product."""
    blocked = key_status(rights)
    if blocked is not None:
        return blocked.value
    held = [item for item in rights.entitlements if _counts(item)]
    if not held:
        return KeyEmpty.code
    return entitlement_status(rights, max(held, key=partial(_strength, rights))).value


def _counts(item: Held) -> bool:
    """A withdrawn product counts as absent."""
    return item.entitlement.status != EntitlementStatus.WITHDRAWN


def _of_products(rights: Rights, products: Sequence[str]) -> Check:
    by_code = {item.product.code: item for item in rights.entitlements}
    for code in products:
        if code not in by_code:
            return _refused(rights, ProductMissing(product=code))
    asked = [by_code[code] for code in products]
    return _over(rights, min(asked, key=partial(_strength, rights)))


def _strength(rights: Rights, item: Held) -> tuple[bool, int]:
    """Statuses stand in their order of precedence, the best one last."""
    status = entitlement_status(rights, item)
    return is_good(status, item), _PLACES[status]


_PLACES = {status: place for place, status in enumerate(Status)}


def _refused(rights: Rights, problem: Problem) -> Check:
    return Check(rights, valid=False, code=problem.code, problem=problem, deciding=None)


def _over(rights: Rights, item: Held) -> Check:
    status = entitlement_status(rights, item)
    problem = refusal_of(status, item)
    return Check(rights, problem is None, status.value, problem, item)
