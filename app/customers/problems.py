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


class CustomerArchived(Problem):
    """Archived or merged into another one; nothing new is begun with it."""

    code, title, status = "CUSTOMER_ARCHIVED", N_("The customer is archived"), 409


class DistributorExists(Problem):
    """`external_guid` names one distributor of a vendor."""

    code, status, action = "DISTRIBUTOR_EXISTS", 409, "fix_input"
    title = N_("A distributor with this external id exists")


class EmailMissing(Problem):
    """There is nobody to write to."""

    code, title, status = "EMAIL_MISSING", N_("The customer has no e-mail address"), 409
    action = "fix_input"


class CustomerAlike(Problem):
    """Another customer has the same INN or e-mail; a person has to say that it is another one."""

    code, status, action = "CUSTOMER_ALIKE", 409, "fix_input"
    title = N_("There is a customer like this already")
