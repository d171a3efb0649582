"""Who looks at a page: every route names one of these types in its signature.

    @router.get("/license-keys")
    def keys(viewer: Annotated[Viewer, Depends(Signed(Permission.KEYS_READ))], …)

The dependency reads in transactions of its own, which are closed before the route opens its one.
Routes of pages are `FormRoute`s, which have read the form before anybody asks for it.
The viewer is also `request.state.viewer`, for what renders refusals.
"""

from typing import Annotated

from fastapi import Depends, Request

from app.accounts.problems import OtpInvalid, PermissionDenied
from app.accounts.schemas import FRESH, Permission
from app.accounts.service import second_factors, viewers
from app.accounts.service.viewers import HalfSignedIn, MembershipView, VendorView, Viewer
from app.audit.actor import Caller
from app.cabinet import cookies
from app.cabinet.interruptions import (
    Carried,
    CodeFirst,
    FreshCodeFirst,
    NothingFirst,
    SecondFactorFirst,
    SignInFirst,
)
from app.kit.asgi import user_agent
from app.kit.i18n import N_
from app.kit.problems import Conflict, RateLimited
from app.kit.telemetry import redact
from app.kit.web.forms import Fields, fields_of
from app.kit.web.origin import SAFE, require_own

__all__ = ["HalfSignedIn", "MembershipView", "Signed", "SignedIn", "VendorView", "Viewer"]

OTP_FIELD = "otp_code"
"""The field in which the page of a fresh code sends it, beside the carried ones."""
VENDOR_FIELD = "vendor_id"
"""The field in which every form says for which vendor it was made."""


def caller(request: Request) -> Caller:
    """What is known of a request before its cookie is looked at."""
    state = request.scope["state"]
    return Caller(state["address"], user_agent(request), state["request_id"], state["client"])


class Signed:
    """Somebody signed in, with a permission if one is named.

    `other`: either permission opens the route, and the handler asks again with `require`.
    `fresh`: whether a code shown within ten minutes is needed; unsaid, it is for what changes
    something by one of the permissions in FRESH.
    `unprepared`: also for people who still have to set up their second factor.
    `elsewhere`: the form is no matter of the current vendor's, as the switch between vendors
    and what people set for themselves.
    """

    def __init__(
        self,
        permission: Permission | None = None,
        *,
        other: Permission | None = None,
        fresh: bool | None = None,
        unprepared: bool = False,
        elsewhere: bool = False,
    ) -> None:
        self.permission, self.other, self.fresh = permission, other, fresh
        self.unprepared, self.elsewhere = unprepared, elsewhere

    def __call__(self, request: Request) -> Viewer:
        """The viewer; otherwise an interruption, CSRF_FAILED or PERMISSION_DENIED."""
        require_own(request)
        fields = fields_of(request)
        viewer = _known(request, fields)
        request.state.viewer = viewer
        if viewer.must_set_up and not self.unprepared:
            raise SecondFactorFirst(viewer=viewer)
        if self.permission is not None and not (self.other and viewer.may(self.other)):
            require(viewer, self.permission)
        if not self.elsewhere and request.method not in SAFE:
            _require_same_vendor(viewer, fields)
        if self._needs_fresh(request):
            viewer = require_fresh(request, viewer)
        return viewer

    def _needs_fresh(self, request: Request) -> bool:
        if self.fresh is None:
            return request.method not in SAFE and self.permission in FRESH
        return self.fresh


def require(viewer: Viewer, permission: Permission) -> None:
    """Refuses a viewer whose role lacks the permission."""
    if not viewer.may(permission):
        raise PermissionDenied(permission=permission.value)


def require_fresh(request: Request, viewer: Viewer) -> Viewer:
    """The viewer, if the second factor was shown a short while ago, or with this form.

    For handlers that learn only from the data that the act is a dangerous one.
    """
    state, fields = request.app.state, fields_of(request)
    if not state.kit.settings.totp_required or viewer.is_fresh(state.kit.clock()):
        return viewer
    if not viewer.has_second_factor or not fields.has(OTP_FIELD):
        raise FreshCodeFirst(carried(fields), viewer)
    try:
        code = fields.text(OTP_FIELD)
        viewer = second_factors.show_again(state.engine, state.kit, viewer, code)
    except (OtpInvalid, RateLimited) as wrong:
        raise FreshCodeFirst(carried(fields), viewer, wrong=wrong) from None
    request.state.viewer = viewer
    return viewer


def whoever(request: Request) -> Viewer | None:
    """The viewer of a page that is open to anybody, if somebody is signed in."""
    found = _identified(request)
    return found if isinstance(found, Viewer) else None


def _known(request: Request, fields: Fields) -> Viewer:
    found = _identified(request)
    if found is None:
        raise SignInFirst(carried(fields, tell_secrets=False))
    if isinstance(found, HalfSignedIn):
        raise CodeFirst
    return found


def _identified(request: Request) -> Viewer | HalfSignedIn | None:
    state, secret = request.app.state, cookies.read(request)
    return viewers.identify(state.engine, state.kit, secret, caller(request)) if secret else None


def _require_same_vendor(viewer: Viewer, fields: Fields) -> None:
    told = [value for name, value in fields.pairs if name == VENDOR_FIELD]
    if not told:
        raise Conflict(N_("The form does not say for which vendor it is. Reload the page."))
    if any(value != str(viewer.vendor_id) for value in told):
        raise Conflict(N_("You switched to another vendor. Go back and repeat."))


def carried(fields: Fields, *, tell_secrets: bool = True) -> Carried:
    """The fields of a form that may be sent again: no passwords, no one-time codes, no files.

    Without `tell_secrets` no licence keys and coupons either: somebody else may sit there now.
    """
    return tuple(
        (name, value) for name, value in fields.shown() if tell_secrets or redact(value) == value
    )


def visitor(request: Request) -> None:
    """Anybody: pages before signing in; what they send comes from a page of ours."""
    require_own(request)


def half_signed_in(request: Request) -> HalfSignedIn:
    """Somebody whose password was right and whose code is still to come."""
    require_own(request)
    found = _identified(request)
    if isinstance(found, Viewer):
        raise NothingFirst
    if found is None:
        raise SignInFirst
    return found


SignedIn = Annotated[Viewer, Depends(Signed())]
"""Anybody who is signed in, whatever the role."""
Visitor = Annotated[None, Depends(visitor)]
AwaitingCode = Annotated[HalfSignedIn, Depends(half_signed_in)]
MARKERS = frozenset({visitor, half_signed_in})
"""Every page depends on exactly one of these, or on one `Signed`."""
