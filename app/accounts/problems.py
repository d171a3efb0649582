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


class OtpRequired(Problem):
    """A dangerous act asks for a code that was shown within ten minutes."""

    code, title, status = "OTP_REQUIRED", N_("Confirm with a one-time code"), 403
    action = "sign_in"


class SignInFailed(Problem):
    """No such person, a wrong password, no right to sign in: all look the same."""

    code, title, status = "SIGN_IN_FAILED", N_("Wrong e-mail or password"), 409
    action = "fix_input"


class OtpInvalid(Problem):
    """The code is wrong, too old, or was used before."""

    code, title, status = "OTP_INVALID", N_("Wrong code"), 409
    action = "fix_input"


class LinkInvalid(Problem):
    """The link was used, has run out, or was replaced by a newer one."""

    code, title, status = "LINK_INVALID", N_("The link does not work any more"), 410
    action = "contact_vendor"


class LastOwner(Problem):
    """Somebody has to be able to do everything."""

    code, title, status = "LAST_OWNER", N_("The last owner cannot be removed"), 409


class OwnRole(Problem):
    """Nobody changes the own role, nor locks themselves out."""

    code, title, status = "OWN_ROLE", N_("Another administrator has to do this"), 409


class UserExists(Problem):
    """The person works for this vendor already."""

    code, title, status = "USER_EXISTS", N_("This person is already here"), 409
    action = "fix_input"


class SetupDone(Problem):
    """There is somebody who can sign in and invite others."""

    code, title, status = "SETUP_DONE", N_("The first owner has been made already"), 409


class MailNotConfigured(Problem):
    """The vendor's mail server is not known yet."""

    code, title, status = "MAIL_NOT_CONFIGURED", N_("Mail is not set up: {missing}"), 409
