"""Who calls: every route names one of these types in its signature, or says that it is public."""

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Query, Request

from app.accounts.problems import PermissionDenied, ScopeMissing, TokenExpired
from app.accounts.schemas import PERMISSIONS, Permission
from app.accounts.service import tokens
from app.accounts.service.tokens import Principal
from app.audit.actor import Caller
from app.kit import idempotency, throttle
from app.kit.asgi import user_agent
from app.kit.db import reading
from app.kit.i18n import Language, negotiate
from app.kit.paging import LIMIT_MAX
from app.kit.problems import (
    AuthRequired,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    TokenInvalid,
)
from app.licensing.problems import KeyNotFound
from app.licensing.service import keys
from app.licensing.service.keys import InstallerPrincipal

_VERSION = re.compile('"([0-9]{1,18})"')
_TOKEN = re.compile(r"pk[a-z]_")


def caller(request: Request) -> Caller:
    """What is known of a request before its credential is looked at."""
    state = request.scope["state"]
    return Caller(state["address"], user_agent(request), state["request_id"], state["client"])


def credential(request: Request) -> str:
    """The bearer credential (RFC 6750 §2.1); cookies and queries are not looked at."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise AuthRequired
    return value.strip()


def is_token(value: str) -> bool:
    """Whether a credential is a token of some kind, and no licence key."""
    return _TOKEN.match(value) is not None


def _identified(request: Request, value: str, *, takes: tuple[str, ...]) -> InstallerPrincipal:
    token = _TOKEN.match(value)
    if (token.group() if token else "key") not in takes:
        raise TokenInvalid
    state = request.app.state
    # Short transactions of their own, closed before the route's: one request never holds two
    # connections.
    try:
        with reading(state.engine, state.kit) as session:
            found = keys.identify(session, value, caller(request))
    except KeyNotFound:
        throttle.count(state.engine, state.kit, throttle.UNKNOWN_KEY, throttle.network.get())
        raise
    holder = f"activation:{found.activation_id}" if found.activation_id else f"key:{found.key_id}"
    request.scope["state"][idempotency.PRINCIPAL] = holder
    return found


def installer(request: Request) -> InstallerPrincipal:
    """A licence key or an installation token."""
    return _identified(request, credential(request), takes=("key", "pki_"))


def key_holder(request: Request) -> InstallerPrincipal:
    """A licence key only."""
    return _identified(request, credential(request), takes=("key",))


def installation(request: Request) -> InstallerPrincipal:
    """An installation token only."""
    return _identified(request, credential(request), takes=("pki_",))


def download_secret(request: Request) -> str:
    """A download secret; whether it opens the file is the verb's to say."""
    value = credential(request)
    if not value.startswith("pkd_"):
        raise TokenInvalid
    return value


class Scoped:
    """An API token with one permission: of its scopes, and of its role.

    Where the state of a resource decides between two, either opens the route, and the handler
    asks again with `require`.
    """

    def __init__(self, permission: Permission, *, other: Permission | None = None) -> None:
        self.permission, self.other = permission, other

    def __call__(self, request: Request) -> Principal:
        """The principal behind the token; SCOPE_MISSING or PERMISSION_DENIED otherwise."""
        value = credential(request)
        if not value.startswith("pkt_"):
            raise TokenInvalid
        state = request.app.state
        with reading(state.engine, state.kit) as session:
            principal = tokens.identify(session, value, caller(request))
        request.scope["state"][idempotency.PRINCIPAL] = f"token:{principal.actor.id}"
        if self.other is None or not _may(principal, self.other):
            require(principal, self.permission)
        return principal


def require(principal: Principal, permission: Permission) -> None:
    """Refuses a token that lacks the scope, or whose role lacks the permission."""
    if permission not in principal.permissions:
        raise ScopeMissing(scope=permission.value)
    if permission not in PERMISSIONS[principal.role]:
        raise PermissionDenied(permission=permission.value)


def _may(principal: Principal, permission: Permission) -> bool:
    return permission in principal.permissions and permission in PERMISSIONS[principal.role]


def sees_contacts(principal: Principal) -> bool:
    """Whether the role may see how to reach customers and partners; no scope is needed for it."""
    return Permission.CONTACTS_READ in PERMISSIONS[principal.role]


def require_contacts(principal: Principal) -> None:
    """Who may not see contacts may not guess them by a filter either."""
    if not sees_contacts(principal):
        raise PermissionDenied(permission=Permission.CONTACTS_READ.value)


def public() -> None:
    """Nobody is asked who they are."""


def language(request: Request) -> Language:
    """The language of texts in the answer."""
    return negotiate(request.headers.get("accept-language"))


Installer = Annotated[InstallerPrincipal, Depends(installer)]
KeyHolder = Annotated[InstallerPrincipal, Depends(key_holder)]
Installation = Annotated[InstallerPrincipal, Depends(installation)]
DownloadSecret = Annotated[str, Depends(download_secret)]
Public = Annotated[None, Depends(public)]
LanguageDep = Annotated[Language, Depends(language)]
Credential = Annotated[str, Depends(credential)]
CallerDep = Annotated[Caller, Depends(caller)]

PageLimit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
IfMatch = Annotated[str | None, Header(alias="If-Match")]


def row_version(if_match: str | None) -> int:
    """The version that a change builds on, from a strong tag (RFC 9110 §13.1.1)."""
    if if_match is None:
        raise PreconditionRequired
    tag = _VERSION.fullmatch(if_match.strip())
    if tag is None:
        raise PreconditionFailed
    return int(tag[1])


TOKEN_REFUSALS: tuple[type[Problem], ...] = (
    AuthRequired,
    TokenInvalid,
    TokenExpired,
    ScopeMissing,
    PermissionDenied,
)
"""What a route that asks for a `Scoped` token may refuse before anything else."""

E = TypeVar("E", bound=Callable[..., object])


def finds_out(marker: Callable[..., object]) -> Callable[[E], E]:
    """Says of a route that it finds out itself who calls, as the marker would."""

    def mark(endpoint: E) -> E:
        setattr(endpoint, CALLER, marker)
        return endpoint

    return mark


CALLER = "__caller__"
MARKERS: frozenset[Callable[..., object]] = frozenset(
    {installer, key_holder, installation, download_secret, public}
)
"""Every route depends on exactly one of these, or on one `Scoped`, or `finds_out` by itself."""
