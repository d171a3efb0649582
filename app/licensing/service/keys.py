"""Issuing keys, and who a licence key or an installation token is."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor, ActorKind, Caller
from app.audit.models import Action
from app.customers import queries as customers
from app.kit import throttle
from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import TokenInvalid
from app.kit.signing import lookup_digest
from app.licensing.models import LicenseKey, LicenseKeyCode
from app.licensing.problems import BindingMismatch, KeyMalformed, KeyNotFound, KeyRevoked
from app.licensing.queries import keys
from app.licensing.schemas import IssueKey
from wire import codes

TOKEN_PREFIX = "pki_"  # noqa: S105 - the visible kind of an installation token


@dataclass(frozen=True, slots=True)
class InstallerPrincipal:
    """An agent: by its licence key, or by the token of one activation."""

    vendor_id: uuid.UUID
    key_id: uuid.UUID
    customer_id: uuid.UUID
    actor: Actor
    activation_id: uuid.UUID | None = None
    infobase_id: uuid.UUID | None = None
    infobase_uid: uuid.UUID | None = None

    def require_infobase(self, uid: uuid.UUID | None) -> None:
        """A key may speak of any infobase, a token only of its own."""
        if self.infobase_uid not in (None, uid):
            raise BindingMismatch


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh key with its full code, which exists nowhere else."""

    key: LicenseKey
    code: str


def issue(
    session: UnitOfWork, vendor_id: uuid.UUID, command: IssueKey, *, actor: Actor
) -> IssuedKey:
    """A new, empty key; its code is kept as a digest, a hint and a sealed copy."""
    vendor = accounts.vendor(session, vendor_id)
    customer = customers.open_customer(session, vendor_id, command.customer_id)
    code = codes.new_code(codes.CodeKind.KEY, vendor.prefix)
    key = LicenseKey(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        customer_id=customer.id,
        hint=code.hint,
        comment=command.comment,
    )
    session.add(key)
    session.flush()
    session.add(code_row(session, key, code))
    audit.record(
        session,
        Action.LICENSE_KEY_ISSUED,
        actor=actor,
        subject=key,
        customer=customer.company,
    )
    return IssuedKey(key, code.text)


def code_row(
    session: UnitOfWork, key: LicenseKey, code: codes.Code, kind: str = "native"
) -> LicenseKeyCode:
    """A code as the database keeps it: what finds it, what people see of it, a sealed copy."""
    row_id = new_id()
    return LicenseKeyCode(
        id=row_id,
        vendor_id=key.vendor_id,
        created_at=session.now(),
        key_id=key.id,
        digest=code.digest,
        hint=code.hint,
        kind=kind,
        cipher=session.kit.keyring.seal_code(key.vendor_id, row_id, code.text),
    )


def identify(session: KitSession, credential: str, caller: Caller) -> InstallerPrincipal:
    """The agent behind a credential; what the key may do is decided by the verbs."""
    if credential.startswith(TOKEN_PREFIX):
        return _by_token(session, credential, caller)
    return _by_key(session, credential, caller)


def read_key(text: str) -> codes.Code:
    """The key as typed by a person, normalised; a typo is found without a look-up."""
    try:
        return codes.normalise(text, codes.CodeKind.KEY)
    except codes.MalformedCodeError as error:
        if error.given is None:
            raise KeyMalformed from None
        detail = N_("This is a coupon; redeem it into a licence key")
        raise KeyMalformed(detail, given=error.given.value) from None


def digests(text: str) -> Iterator[bytes]:
    """What a credential may be found by, likeliest first: as ours, else as another system's."""
    malformed: KeyMalformed | None = None
    try:
        yield read_key(text).digest
    except KeyMalformed as error:
        malformed = error
    try:
        yield codes.normalise_legacy(text).digest
    except codes.MalformedCodeError:
        if malformed is not None:
            raise malformed from None


def _look_up(session: KitSession, text: str) -> keys.FoundCode | None:
    """The key of a code as typed: one of ours, else one taken over from another system.

    While there are such, what has their shape is well-formed; without one it is a typo.
    """
    try:
        found = keys.by_code(session, read_key(text).digest)
    except KeyMalformed as malformed:
        legacy = _legacy(session, text)
        found = keys.by_code(session, legacy.digest) if legacy else None
        if found is None and (legacy is None or "given" in malformed.params):
            raise
        return found
    if found is None and (legacy := _legacy(session, text)) is not None:
        return keys.by_code(session, legacy.digest)
    return found


def _legacy(session: KitSession, text: str) -> codes.Code | None:
    try:
        code = codes.normalise_legacy(text)
    except codes.MalformedCodeError:
        return None
    return code if keys.holds_legacy(session) else None


def find(session: KitSession, vendor_id: uuid.UUID, text: str) -> LicenseKey | None:
    """The vendor's key of a code as typed, current or replaced; another vendor's does not exist."""
    found = _look_up(session, text)
    return found.key if found is not None and found.key.vendor_id == vendor_id else None


def on_behalf(
    session: UnitOfWork, vendor_id: uuid.UUID, text: str, *, actor: Actor
) -> InstallerPrincipal:
    """The holder of one of the vendor's keys, for whom somebody else acts; a guess is counted."""
    found = _look_up(session, text)
    if found is None or found.key.vendor_id != vendor_id:
        throttle.count_afterwards(session, throttle.UNKNOWN_KEY, throttle.network.get())
        raise KeyNotFound
    if found.expires_at is not None and found.expires_at <= session.now():
        raise KeyRevoked
    return InstallerPrincipal(vendor_id, found.key.id, found.key.customer_id, actor)


def _by_key(session: KitSession, text: str, caller: Caller) -> InstallerPrincipal:
    found = _look_up(session, text)
    if found is None:
        raise KeyNotFound
    if found.expires_at is not None and found.expires_at <= session.now():
        raise KeyRevoked
    key = found.key
    return InstallerPrincipal(key.vendor_id, key.id, key.customer_id, installer(key, caller))


def _by_token(session: KitSession, token: str, caller: Caller) -> InstallerPrincipal:
    found = keys.by_token(session, lookup_digest(token))
    if found is None:
        raise TokenInvalid
    activation, infobase, key = found
    return InstallerPrincipal(
        key.vendor_id,
        key.id,
        key.customer_id,
        installer(key, caller),
        activation.id,
        infobase.id,
        infobase.uid,
    )


def installer(key: LicenseKey, caller: Caller) -> Actor:
    """Whoever holds a key's credential, as events name it."""
    return Actor(
        ActorKind.INSTALLER,
        key.hint,
        id=key.id,
        ip=caller.ip,
        user_agent=caller.user_agent,
        request_id=caller.request_id,
    )
