"""Who calls: every route names one of these types in its signature, or says that it is public."""

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from app.kit.db import reading
from app.kit.i18n import Language, negotiate
from app.kit.problems import AuthRequired, Problem, TokenInvalid
from app.licensing.problems import KeyMalformed, KeyNotFound, KeyRevoked
from app.licensing.service import keys
from app.licensing.service.keys import Caller, InstallerPrincipal

_TOKEN = re.compile(r"pk[a-z]_")
_VERDICTS = (KeyMalformed, KeyNotFound, KeyRevoked)


def caller(request: Request) -> Caller:
    """What is known of a request before its credential is looked at."""
    state = request.scope["state"]
    agent = request.headers.get("user-agent", "")[:200]
    agent = "".join(symbol for symbol in agent if symbol.isprintable())
    return Caller(state["address"], agent or None, state["request_id"])


def credential(request: Request) -> str:
    """The bearer credential (RFC 6750 §2.1); cookies and queries are not looked at."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise AuthRequired
    return value.strip()


def _identified(request: Request, value: str, *, takes: tuple[str, ...]) -> InstallerPrincipal:
    token = _TOKEN.match(value)
    if (token.group() if token else "key") not in takes:
        raise TokenInvalid
    state = request.app.state
    # A short transaction of its own, closed before the route's: one request never holds two
    # connections.
    with reading(state.engine, state.kit) as session:
        return keys.identify(session, value, caller(request))


def installer(request: Request) -> InstallerPrincipal:
    """A licence key or an installation token."""
    return _identified(request, credential(request), takes=("key", "pki_"))


def key_holder(request: Request) -> InstallerPrincipal:
    """A licence key only."""
    return _identified(request, credential(request), takes=("key",))


def installation(request: Request) -> InstallerPrincipal:
    """An installation token only."""
    return _identified(request, credential(request), takes=("pki_",))


def maybe_installer(request: Request) -> InstallerPrincipal | Problem:
    """As `installer`, but a bad key is an answer and no error."""
    try:
        return installer(request)
    except _VERDICTS as verdict:
        return verdict


def download_secret(request: Request) -> str:
    """A download secret; whether it opens the file is the verb's to say."""
    value = credential(request)
    if not value.startswith("pkd_"):
        raise TokenInvalid
    return value


def public() -> None:
    """Nobody is asked who they are."""


def language(request: Request) -> Language:
    """The language of texts in the answer."""
    return negotiate(request.headers.get("accept-language"))


Installer = Annotated[InstallerPrincipal, Depends(installer)]
KeyHolder = Annotated[InstallerPrincipal, Depends(key_holder)]
Installation = Annotated[InstallerPrincipal, Depends(installation)]
MaybeInstaller = Annotated[InstallerPrincipal | Problem, Depends(maybe_installer)]
DownloadSecret = Annotated[str, Depends(download_secret)]
Public = Annotated[None, Depends(public)]
LanguageDep = Annotated[Language, Depends(language)]
CallerDep = Annotated[Caller, Depends(caller)]

MARKERS: frozenset[Callable[..., object]] = frozenset(
    {installer, key_holder, installation, maybe_installer, download_secret, public}
)
"""Every route depends on exactly one of these."""
