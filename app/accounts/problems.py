"""Refusals about vendors."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class VendorExists(Problem):
    """The slug or the prefix belongs to another vendor of this server."""

    code, title, status = "VENDOR_EXISTS", N_("This slug or prefix is already taken"), 409
    action, step = "fix_input", N_("Choose others: they are one vendor's on this server")


class TokenExpired(Problem):
    """The token's time is over; the vendor makes a new one."""

    code, title, status = "TOKEN_EXPIRED", N_("The token has expired"), 401
    action = "sign_in"


class ScopeMissing(Problem):
    """The token was not given this scope."""

    code, title, status = "SCOPE_MISSING", N_("The token lacks scope {scope}"), 403
    action = "contact_vendor"


class PermissionDenied(Problem):
    """The role does not have this permission."""

    code, title, status = "PERMISSION_DENIED", N_("Missing permission: {permission}"), 403
    action = "contact_vendor"
