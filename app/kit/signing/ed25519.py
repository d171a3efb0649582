"""Ed25519 keys of TUF: seeds of ours, and public keys of others that are safe to believe."""

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey

SEED: Final = 32  # bytes; a public key has as many
_PROOF: Final = b"podkluch-pop-v1"
_PRIME: Final = 2**255 - 19
_SIGN_OF_X: Final = 1 << 255
_SMALL: Final = frozenset(
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
"""Ordinates of the points of order 1, 2, 4 and 8: anybody can sign for them."""


class WeakKeyError(ValueError):
    """A public key that no honest owner has, or that its bearer could not sign with."""


class WrongPassphraseError(ValueError):
    """The passphrase does not open the file, or the file holds no key."""


def new_seed() -> bytes:
    """A private key: 32 random bytes (RFC 8032 §5.1.5)."""
    return secrets.token_bytes(SEED)


def signer_of(seed: bytes) -> CryptoSigner:
    """What signs with this seed; its key id is the one that TUF derives from the public part."""
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(seed))


def public_of(seed: bytes) -> bytes:
    """The public part of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def key_of(public: bytes) -> SSlibKey:
    """A public key as TUF names it, or WeakKeyError.

    The library would verify by every key refused here, some of which need no private part.
    """
    ordinate = int.from_bytes(public, "little") & ~_SIGN_OF_X
    if len(public) != SEED or ordinate in _SMALL or ordinate >= _PRIME:
        raise WeakKeyError
    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(public))


def prove(seed: bytes, repository: str, challenge: bytes) -> bytes:
    """A signature that shows that the bearer of a public key holds its private part."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(_proven(repository, challenge))


def require_proof(public: bytes, proof: bytes, repository: str, challenge: bytes) -> SSlibKey:
    """The key, if whoever sent it can sign with it; WeakKeyError otherwise."""
    key = key_of(public)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(proof, _proven(repository, challenge))
    except InvalidSignature:
        raise WeakKeyError from None
    return key


def to_pem(seed: bytes, passphrase: str) -> bytes:
    """PKCS#8, encrypted by the passphrase."""
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
    )


def from_pem(data: bytes, passphrase: str) -> bytes:
    """The seed of an encrypted file, or WrongPassphraseError."""
    try:
        key = load_pem_private_key(data, passphrase.encode())
    except (ValueError, TypeError):
        raise WrongPassphraseError from None
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongPassphraseError
    return key.private_bytes_raw()


def to_text(value: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes again, or ValueError."""
    return base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True)


def _proven(repository: str, challenge: bytes) -> bytes:
    return _PROOF + repository.encode() + challenge
