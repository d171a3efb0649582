"""Passwords: hashed by Argon2id (RFC 9106), compared at the same cost for everybody."""

import secrets
import threading
import unicodedata
from functools import cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from app.kit.config import Settings

SHORTEST: Final = 12
LONGEST: Final = 128
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hash takes its memory: a flood of sign-ins must not take all of it."""


class _Cost(NamedTuple):
    iterations: int
    memory: int  # KiB


_COST = _Cost(2, 19_456)  # about 40 ms and 19 MiB
_TEST_COST = _Cost(1, 8_192)
_LENGTH: Final = 32
_SALT: Final = 16


def hashed(password: str, settings: Settings) -> str:
    """What is kept of a password: a PHC string with its own cost and salt."""
    cost = _cost(settings)
    kdf = Argon2id(
        salt=secrets.token_bytes(_SALT),
        length=_LENGTH,
        iterations=cost.iterations,
        lanes=1,
        memory_cost=cost.memory,
    )
    with _AT_ONCE:
        return kdf.derive_phc_encoded(_bytes(password))


def is_right(password: str, kept: str | None, settings: Settings) -> bool:
    """Whether the password is the one; without anything kept it costs the same and is wrong."""
    phc = kept or _nobodys(settings)
    with _AT_ONCE:
        try:
            Argon2id.verify_phc_encoded(_bytes(password), phc)
        except InvalidKey:
            return False
    return kept is not None


def is_outdated(kept: str, settings: Settings) -> bool:
    """Whether it was hashed at another cost than passwords are now."""
    cost = _cost(settings)
    return f"$m={cost.memory},t={cost.iterations},p=1$" not in kept


def _cost(settings: Settings) -> _Cost:
    return _TEST_COST if settings.environment == "test" else _COST


@cache
def _nobodys(settings: Settings) -> str:
    return hashed(secrets.token_urlsafe(), settings)


def _bytes(password: str) -> bytes:
    """One password, however a keyboard composes its letters."""
    return unicodedata.normalize("NFC", password)[: 4 * LONGEST].encode()
