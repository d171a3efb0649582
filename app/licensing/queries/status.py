"""The state of a key and of its products: one pure total order of reasons, the first that holds."""

from datetime import date
from enum import StrEnum
from functools import lru_cache

from app.accounts.models import VendorStatus
from app.catalog.models import AfterExpiry
from app.customers.models import CustomerStatus
from app.customers.problems import CustomerBlocked
from app.kit.i18n import N_, Language, fill, fill_plural
from app.kit.problems import Problem
from app.licensing.models import EntitlementStatus, KeyStatus
from app.licensing.problems import (
    EntitlementExpired,
    EntitlementNotStarted,
    EntitlementSuspended,
    EntitlementWithdrawn,
    KeyRevoked,
    KeySuspended,
    TrialExpired,
    VendorSuspended,
)
from app.licensing.queries.facts import EntitlementFacts, Held, Rights


class Status(StrEnum):
    """Everything that can be true of a product in a key, in order of precedence."""

    VENDOR_SUSPENDED = "VENDOR_SUSPENDED"
    CUSTOMER_BLOCKED = "CUSTOMER_BLOCKED"
    KEY_REVOKED = "KEY_REVOKED"
    KEY_SUSPENDED = "KEY_SUSPENDED"
    ENTITLEMENT_WITHDRAWN = "ENTITLEMENT_WITHDRAWN"
    ENTITLEMENT_SUSPENDED = "ENTITLEMENT_SUSPENDED"
    ENTITLEMENT_NOT_STARTED = "ENTITLEMENT_NOT_STARTED"
    ENTITLEMENT_EXPIRED = "ENTITLEMENT_EXPIRED"
    TRIAL_EXPIRED = "TRIAL_EXPIRED"
    EXPIRING = "EXPIRING"
    ACTIVE = "ACTIVE"


_KEY_PROBLEMS: dict[Status, type[Problem]] = {
    Status.VENDOR_SUSPENDED: VendorSuspended,
    Status.CUSTOMER_BLOCKED: CustomerBlocked,
    Status.KEY_REVOKED: KeyRevoked,
    Status.KEY_SUSPENDED: KeySuspended,
}


def key_status(rights: Rights) -> Status | None:
    """What blocks the whole key, or None."""
    if rights.vendor.status == VendorStatus.SUSPENDED:
        return Status.VENDOR_SUSPENDED
    if rights.customer.status == CustomerStatus.BLOCKED:
        return Status.CUSTOMER_BLOCKED
    if rights.key.status == KeyStatus.REVOKED:
        return Status.KEY_REVOKED
    if rights.key.status == KeyStatus.SUSPENDED:
        return Status.KEY_SUSPENDED
    return None


def key_problem(rights: Rights) -> Problem | None:
    """What blocks the whole key, as a verb would raise it, or None."""
    status = key_status(rights)
    return _KEY_PROBLEMS[status]() if status else None


def require_key(rights: Rights) -> None:
    """Raises what blocks the whole key."""
    problem = key_problem(rights)
    if problem is not None:
        raise problem


def entitlement_status(rights: Rights, item: Held) -> Status:
    """The status of one product in the key; total over all states."""
    return key_status(rights) or _own_status(
        item.entitlement, rights.today, rights.vendor.expiring_days
    )


def _own_status(entitlement: EntitlementFacts, today: date, expiring_days: int) -> Status:
    end = entitlement.valid_until
    if entitlement.status == EntitlementStatus.WITHDRAWN:
        return Status.ENTITLEMENT_WITHDRAWN
    if entitlement.status == EntitlementStatus.SUSPENDED:
        return Status.ENTITLEMENT_SUSPENDED
    if entitlement.starts_on > today:
        return Status.ENTITLEMENT_NOT_STARTED
    if end is not None and end < today:
        return Status.TRIAL_EXPIRED if entitlement.is_trial else Status.ENTITLEMENT_EXPIRED
    if end is not None and (end - today).days <= expiring_days:
        return Status.EXPIRING
    return Status.ACTIVE


def is_usable(rights: Rights, item: Held) -> bool:
    """Whether the product may be activated and its covered releases downloaded."""
    return is_good(entitlement_status(rights, item), item)


def is_good(status: Status, item: Held) -> bool:
    """Whether a product of this status may be used."""
    if status is Status.ENTITLEMENT_EXPIRED:
        return item.product.after_expiry == AfterExpiry.KEEP_RELEASES
    return status is Status.ACTIVE or status is Status.EXPIRING


def refusal(rights: Rights, item: Held) -> Problem | None:
    """What keeps the product from being used, as a verb would raise it, or None."""
    return refusal_of(entitlement_status(rights, item), item)


def refusal_of(status: Status, item: Held) -> Problem | None:
    """The same of a product of this status."""
    return None if is_good(status, item) else _refusal(status, item)


def _refusal(status: Status, item: Held) -> Problem:
    name, end = item.product.name, item.entitlement.valid_until
    problem: Problem
    if status is Status.ENTITLEMENT_WITHDRAWN:
        problem = EntitlementWithdrawn(product=name)
    elif status is Status.ENTITLEMENT_SUSPENDED:
        problem = EntitlementSuspended(product=name)
    elif status is Status.ENTITLEMENT_NOT_STARTED:
        problem = _not_started(item)
    elif status is Status.TRIAL_EXPIRED:
        problem = TrialExpired(product=name, until=end)
    elif status is Status.ENTITLEMENT_EXPIRED:
        problem = EntitlementExpired(product=name, until=end)
    else:
        problem = _KEY_PROBLEMS[status]()
    return problem


def _not_started(item: Held) -> Problem:
    problem = EntitlementNotStarted()
    problem.params["from"] = item.entitlement.starts_on  # a keyword of Python, hence no argument
    return problem


def window_end(entitlement: EntitlementFacts) -> date | None:
    """The last day whose releases are covered; None means no end."""
    return entitlement.updates_until or entitlement.valid_until


def is_covered(entitlement: EntitlementFacts, published_on: date) -> bool:
    """Whether a release of that day belongs to the paid updates."""
    end = window_end(entitlement)
    return end is None or published_on <= end


def status_text(status: Status, item: Held, today: date, language: Language) -> str:
    """The status of a product as a sentence for people."""
    end = item.entitlement.valid_until
    if status in (Status.TRIAL_EXPIRED, Status.ENTITLEMENT_EXPIRED):
        return fill(_ended(status, item), language, {"until": end})
    if not is_good(status, item):
        problem = _refusal(status, item)
        return fill(problem.title, language, problem.params)
    days = None if end is None else (end - today).days
    return _running(status, end, days, language, is_trial=item.entitlement.is_trial)


def _ended(status: Status, item: Held) -> str:
    if status is Status.TRIAL_EXPIRED:
        return N_("The trial ended on {until}")
    if item.product.after_expiry == AfterExpiry.BLOCK:
        return N_("The subscription ended on {until}")
    return N_("The subscription ended on {until}, releases up to that date are available")


@lru_cache(1_024)
def _running(
    status: Status, end: date | None, days: int | None, language: Language, *, is_trial: bool
) -> str:
    """Of the same few ends, over and over."""
    if days is None:
        return fill(N_("Perpetual"), language, {})
    if days == 0:
        return fill(N_("Ends today"), language, {})
    if is_trial:
        return fill_plural("Trial: {n} day left", "Trial: {n} days left", days, language)
    if status is Status.EXPIRING:
        return fill_plural("Ends in {n} day", "Ends in {n} days", days, language)
    return fill(N_("Valid until {until}"), language, {"until": end})
