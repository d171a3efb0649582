"""Refusals about customers."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class CustomerBlocked(Problem):
    """None of the customer's keys works until the vendor unblocks it."""

    code, title, status = "CUSTOMER_BLOCKED", N_("The customer is blocked"), 403
    action = "contact_vendor"


class CustomerExists(Problem):
    """`external_ref1` names one customer of a vendor."""

    code, title, status = "CUSTOMER_EXISTS", N_("A customer with this reference exists"), 409
    action = "fix_input"
