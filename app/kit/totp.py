"""One-time codes by the clock (RFC 6238): SHA-1, six digits, thirty seconds."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP: Final = 30
DIGITS: Final = 6
SECRET: Final = 20  # bytes: 160 bits, as RFC 4226 recommends
_DRIFT: Final = 1


def new_secret() -> bytes:
    """A secret for one person's authenticator."""
    return secrets.token_bytes(SECRET)


def code_at(secret: bytes, seconds: int, *, digits: int = DIGITS) -> str:
    """The code of an instant, in seconds since 1970."""
    # SHA-1 is what authenticators know; HMAC does not need it to resist collisions (RFC 6194).
    return TOTP(secret, digits, SHA1(), STEP).generate(seconds).decode()  # noqa: S303


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The step that a code belongs to: this one or a neighbour; None if it is wrong."""
    current = int(now.timestamp()) // STEP
    found = None
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step * STEP).encode(), code.encode()):
            found = step
    return found


def in_letters(secret: bytes) -> str:
    """The secret as people type it, base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code holds: `otpauth://totp/…`, as authenticators read it."""
    text = base64.b32encode(secret).decode()
    query = urlencode({"secret": text, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"
