"""Secrets of our own making: how they are drawn and what of them is kept."""

import hashlib
import secrets


def new_secret(prefix: str) -> str:
    """A bearer secret of 256 random bits: `pki_…`, `pkd_…`; shown once, never stored."""
    return prefix + secrets.token_urlsafe(32)


def lookup_digest(secret: str) -> bytes:
    """What the database keeps of a code or a token.

    A plain SHA-256 is enough because the input has at least 90 random bits: there is nothing
    to guess that a pepper or a slow hash would protect.
    """
    return hashlib.sha256(secret.encode()).digest()


def text_digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, lower-case hex: what an accepted agreement is tied to."""
    return hashlib.sha256(text.encode()).hexdigest()
