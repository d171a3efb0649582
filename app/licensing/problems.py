"""Refusals about keys, entitlements and seats."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class KeyMalformed(Problem):
    """A typo: the check symbols do not agree; decided without a query."""

    code, title, status = "KEY_MALFORMED", N_("The licence key is mistyped"), 422
    action = "fix_input"


class KeyNotFound(Problem):
    """Well formed, and no key of this server."""

    code, title, status = "KEY_NOT_FOUND", N_("Licence key not found"), 404
    action = "fix_input"


class KeyEmpty(Problem):
    """A key that nothing was added to yet: a verdict of checks, never raised."""

    code, title, status = "KEY_EMPTY", N_("The key has no products yet; redeem a coupon"), 200
    action = "buy"


class VendorSuspended(Problem):
    """The operator of the server suspended the vendor."""

    code, title, status = "VENDOR_SUSPENDED", N_("The vendor is suspended"), 403
    action = "contact_vendor"


class KeySuspended(Problem):
    """The vendor suspended the key; it can come back."""

    code, title, status = "KEY_SUSPENDED", N_("The key is suspended"), 403
    action = "contact_vendor"


class KeyRevoked(Problem):
    """Revoked for good, or replaced by a rotation."""

    code, title, status = "KEY_REVOKED", N_("The key was revoked or replaced"), 403
    action = "contact_vendor"


class KeyChanged(Problem):
    """The rights moved between the preview and the redemption."""

    code, title, status = "KEY_CHANGED", N_("The key changed, preview again"), 409
    action = "refresh"


class ProductMissing(Problem):
    """The key does not hold the product."""

    code, title, status = "PRODUCT_MISSING", N_("The key has no product {product}"), 403
    action = "buy"


class FeatureRequired(Problem):
    """The key holds the product without an option that the release needs."""

    code, title, status = "FEATURE_REQUIRED", N_("Feature {feature} is required"), 403
    action = "buy"


class EntitlementSuspended(Problem):
    """The vendor suspended this product of the key."""

    code, title, status = "ENTITLEMENT_SUSPENDED", N_("{product} is suspended"), 403
    action = "contact_vendor"


class EntitlementWithdrawn(Problem):
    """The product was taken out of the key."""

    code, title, status = "ENTITLEMENT_WITHDRAWN", N_("{product} was withdrawn"), 403
    action = "contact_vendor"


class EntitlementNotStarted(Problem):
    """The term begins later."""

    code, title, status = "ENTITLEMENT_NOT_STARTED", N_("Starts on {from}"), 403
    action = "wait"


class EntitlementExpired(Problem):
    """The term is over."""

    code, title, status = "ENTITLEMENT_EXPIRED", N_("{product} expired on {until}"), 403
    action = "renew"


class TrialExpired(Problem):
    """The trial is over; what is installed keeps working."""

    code, title, status = "TRIAL_EXPIRED", N_("The trial of {product} ended on {until}"), 403
    action = "buy"


class UpdatesExpired(Problem):
    """The release came out after the end of updates."""

    code, title = "UPDATES_EXPIRED", N_("Updates ended {until}, released {published}")
    status, action = 403, "renew"


class ChannelNotAllowed(Problem):
    """The key takes riper releases only."""

    code, title, status = "CHANNEL_NOT_ALLOWED", N_("Channel {channel} is not allowed"), 403
    action = "contact_vendor"


class SeatLimitReached(Problem):
    """Every seat is taken by another infobase; `seats` lists them."""

    code, title = "SEAT_LIMIT_REACHED", N_("All seats are taken: {used} of {max}")
    status, action = 409, "release_seat"


class ActivationNotFound(Problem):
    """This infobase holds no seat of the product."""

    code, title, status = "ACTIVATION_NOT_FOUND", N_("Activation not found"), 404


class BindingMismatch(Problem):
    """The token belongs to another infobase."""

    code, status, action = "BINDING_MISMATCH", 409, "rebind"
    title = N_("The activation belongs to another infobase; rebind it if the infobase was moved")


class ProductAlreadyPresent(Problem):
    """The operation refuses to extend what is there."""

    code, title, status = "PRODUCT_ALREADY_PRESENT", N_("{product} is already in the key"), 409
    action = "contact_vendor"


class TermPassed(Problem):
    """The date that an operation names lies behind us."""

    code, title, status = "COUPON_TERM_PASSED", N_("The date {until} has passed"), 409
    action = "contact_vendor"


class NotApplicable(Problem):
    """The operation does not suit what the key holds."""

    code, status, action = "COUPON_NOT_APPLICABLE", 409, "contact_vendor"
    title = N_("Operation {operation} does not apply: {why}")


class CouponStale(Problem):
    """The key's products changed after a replacement was made for them."""

    code, title, status = "COUPON_STALE", N_("The key changed after the coupon was made"), 409
    action = "contact_vendor"


class TrialAlreadyUsed(Problem):
    """A trial is given once per key and product."""

    code, title, status = "TRIAL_ALREADY_USED", N_("The trial of {product} was already used"), 409
    action = "buy"


class TrialNotOffered(Problem):
    """The product has nothing to try without a coupon."""

    code, title, status = "TRIAL_NOT_OFFERED", N_("{product} has no trial"), 409
    action = "buy"


class TrialNotNeeded(Problem):
    """The product is there already."""

    code, title, status = "TRIAL_NOT_NEEDED", N_("{product} is already in the key"), 409


class SeatsBelowUsed(Problem):
    """Fewer seats than infobases that sit on them; `seats_list` names those."""

    code, title = "SEATS_BELOW_USED", N_("{used} in use, cannot keep {seats}")
    status, action = 409, "release_seat"


class TransferQuotaExceeded(Problem):
    """Seats were moved as often as the product allows in thirty days."""

    code, title = "TRANSFER_QUOTA_EXCEEDED", N_("No transfers left until {available_at}")
    status, action = 409, "contact_vendor"


class InfobaseAlreadyActivated(Problem):
    """The infobase that a seat is to be moved to has one of its own."""

    code, status, action = "INFOBASE_ALREADY_ACTIVATED", 409, "release_seat"
    title = N_("This infobase already holds a seat of {product}")


class KeyCodeExists(Problem):
    """An imported code that somebody has already."""

    code, title, status = "KEY_CODE_EXISTS", N_("This key already exists"), 409
    action = "fix_input"


class LaterChanges(Problem):
    """Rights were changed again since; those changes have to be taken back first."""

    code, title, status = "REDEMPTION_NOT_LAST", N_("Reverse later changes first"), 409


class NoEffect(Problem):
    """Not one operation would change anything."""

    code, title, status = "COUPON_NO_EFFECT", N_("The coupon changes nothing"), 409
