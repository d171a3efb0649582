"""Refusals about coupons."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class CouponMalformed(Problem):
    """A typo: the check symbols do not agree; decided without a query."""

    code, status, action = "COUPON_MALFORMED", 422, "fix_input"
    title = N_("The coupon is mistyped, check each group")


class CouponNotFound(Problem):
    """Well formed, and no coupon of this vendor."""

    code, title, status = "COUPON_NOT_FOUND", N_("Coupon not found"), 404
    action = "fix_input"


class CouponExhausted(Problem):
    """Every redemption that it had is used."""

    code, status, action = "COUPON_EXHAUSTED", 409, "contact_vendor"
    title = N_("The coupon has been used: {count} of {max}")


class CouponAlreadyRedeemed(Problem):
    """The same customer redeemed it into another key."""

    code, title = "COUPON_ALREADY_REDEEMED", N_("This customer already redeemed it on {date}")
    status = 409


class CouponDisabled(Problem):
    """The vendor disabled it."""

    code, title, status = "COUPON_DISABLED", N_("The coupon is disabled"), 403
    action = "contact_vendor"


class CouponNotStarted(Problem):
    """Its own validity begins later."""

    code, title, status = "COUPON_NOT_STARTED", N_("The coupon starts on {from}"), 403
    action = "wait"


class CouponExpired(Problem):
    """Its own validity is over."""

    code, title, status = "COUPON_EXPIRED", N_("The coupon expired on {until}"), 403
    action = "contact_vendor"


class CouponWrongKey(Problem):
    """It is bound to another key."""

    code, title, status = "COUPON_WRONG_KEY", N_("Issued for another key"), 409
    action = "contact_vendor"


class CouponWrongCustomer(Problem):
    """It is bound to another customer."""

    code, title, status = "COUPON_WRONG_CUSTOMER", N_("Issued for another customer"), 409
    action = "contact_vendor"


class BatchTooLarge(Problem):
    """More coupons at once than the vendor's limit."""

    code, status, action = "COUPON_BATCH_TOO_LARGE", 422, "fix_input"
    title = N_("At most {max} coupons at once")
