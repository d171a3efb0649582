"""The verdict on a key: an answer, never an exception."""

import uuid
from dataclasses import dataclass

from app.kit.db import KitSession
from app.kit.i18n import Language, fill
from app.kit.problems import Problem
from app.licensing.models import EntitlementStatus
from app.licensing.problems import KeyEmpty, ProductMissing
from app.licensing.queries.rights import Entitled, KeyRights, key_rights
from app.licensing.queries.status import (
    entitlement_status,
    is_usable,
    key_problem,
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
    session: KitSession, command: CheckLicense, vendor_id: uuid.UUID, key_id: uuid.UUID
) -> Check:
    """Valid: every product asked for is usable; none asked for, at least one in the key is."""
    uid = command.infobase.id if command.infobase else None
    rights = key_rights(session, vendor_id, key_id, infobase_uid=uid)
    blocked = key_problem(rights)
    if blocked is not None:
        return Check(rights, valid=False, code=blocked.code, problem=blocked, deciding=None)
    held = [item for item in rights.entitlements if _counts(item)]
    if command.products:
        return _of_products(rights, command.products)
    if not held:
        empty = KeyEmpty()
        return Check(rights, valid=False, code=empty.code, problem=empty, deciding=None)
    best = next((item for item in held if is_usable(rights, item)), None)
    return _over(rights, best or held[0])


def _counts(item: Entitled) -> bool:
    """A withdrawn product counts as absent."""
    return item.entitlement.status != EntitlementStatus.WITHDRAWN


def _of_products(rights: KeyRights, products: list[str]) -> Check:
    by_code = {item.product.code: item for item in rights.entitlements}
    verdict: Check | None = None
    for code in products:
        item = by_code.get(code)
        if item is None:
            missing = ProductMissing(product=code)
            return Check(rights, valid=False, code=missing.code, problem=missing, deciding=None)
        verdict = _over(rights, item)
        if not verdict.valid:
            return verdict
    assert verdict is not None  # noqa: S101 - the caller has products
    return verdict


def _over(rights: KeyRights, item: Entitled) -> Check:
    problem = refusal(rights, item)
    status = entitlement_status(rights, item)
    return Check(rights, problem is None, status.value, problem, item)
