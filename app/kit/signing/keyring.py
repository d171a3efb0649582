"""MASTER: the one secret of a server; it seals what must be readable again later."""

import base64
import binascii
import os
import secrets
import stat
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kit.i18n import Sentence
from app.kit.problems import SecretUnreadable

Purpose = Literal["seal", "totp", "trust", "idempotency", "throttle"]
SECRET = 32  # bytes of a MASTER and of every key derived from it
_FORMAT, _KID, _NONCE, _TAG = b"\x01", 4, 12, 16


class MasterKeyError(Exception):
    """There is no usable MASTER: the server does not start; code and text are for its operator."""

    def __init__(self, code: str, ru: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.text = code, Sentence(ru, en)


class CannotOpenError(Exception):
    """A sealed value that this keyring does not open; nothing of it is repeated."""


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """MASTER in memory: its first secret seals, every one of them opens."""

    masters: Mapping[bytes, bytes]
    """Secrets by their kid, the current one first."""

    @classmethod
    def of(cls, *masters: bytes) -> Self:
        """A keyring of these secrets, the current one first."""
        return cls({kid_of(master): master for master in masters})

    @classmethod
    def read(cls, path: Path) -> Self:
        """The keyring of a MASTER file, or MasterKeyError."""
        try:
            mode, text = path.stat().st_mode, path.read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            raise MasterKeyError(
                "MASTER_KEY_MISSING",
                f"Нет секрета MASTER ({path}): `podkluch master new` или `master restore`",
                f"There is no MASTER ({path}): `podkluch master new` or `master restore`",
            ) from None
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise MasterKeyError(
                "MASTER_KEY_EXPOSED",
                f"Секрет MASTER читают другие пользователи: `chmod 600 {path}`",
                f"Other users can read MASTER: `chmod 600 {path}`",
            )
        found = [_secret(line) for line in text.splitlines()]
        good = [master for master in found if master is not None]
        if not good or len(good) < len(found):
            line = found.index(None) + 1 if found else 1
            raise MasterKeyError(
                "MASTER_KEY_DAMAGED",
                f"Секрет MASTER повреждён ({path}, строка {line}); его вернут слова",
                f"MASTER is damaged ({path}, line {line}); its words bring it back",
            )
        return cls.of(*good)

    @property
    def current_kid(self) -> str:
        """The name of the secret that seals, in hex."""
        return next(iter(self.masters)).hex()

    def subkey(self, purpose: Purpose, kid: bytes | None = None) -> bytes:
        """The key of one purpose (HKDF-SHA256, RFC 5869, no salt); of the current secret."""
        master = self.masters[kid or next(iter(self.masters))]
        return _derived(master, purpose, SECRET)

    def seal(self, purpose: Purpose, plaintext: bytes, aad: bytes) -> bytes:
        """`0x01 ‖ kid ‖ nonce ‖ AES-256-GCM`; only whoever names the same `aad` opens it."""
        kid, nonce = next(iter(self.masters)), secrets.token_bytes(_NONCE)
        cipher = AESGCM(self.subkey(purpose, kid))
        return _FORMAT + kid + nonce + cipher.encrypt(nonce, plaintext, aad)

    def open(self, purpose: Purpose, sealed: bytes, aad: bytes) -> bytes:
        """The plaintext, or CannotOpenError."""
        head, body = sealed[: 1 + _KID + _NONCE], sealed[1 + _KID + _NONCE :]
        kid, nonce = head[1 : 1 + _KID], head[1 + _KID :]
        if head[:1] != _FORMAT or len(body) < _TAG:
            raise CannotOpenError("no sealed value, or a truncated one")
        if kid not in self.masters:
            raise CannotOpenError(f"sealed under MASTER {kid.hex()}, which is not in the file")
        try:
            return AESGCM(self.subkey(purpose, kid)).decrypt(nonce, body, aad)
        except InvalidTag:
            raise CannotOpenError("damaged, or sealed for another row or purpose") from None

    def seal_code(self, vendor_id: uuid.UUID, row_id: uuid.UUID, code: str) -> bytes:
        """The copy of a code that its own row keeps and no other row opens."""
        return self.seal("seal", code.encode(), f"{vendor_id}:{row_id}".encode())

    def open_code(self, vendor_id: uuid.UUID, row_id: uuid.UUID, sealed: bytes) -> str:
        """The code that a row keeps, or CannotOpenError."""
        return self.open("seal", sealed, f"{vendor_id}:{row_id}".encode()).decode()

    def reveal_code(self, vendor_id: uuid.UUID, row_id: uuid.UUID, sealed: bytes | None) -> str:
        """The code for a person who may see it, or the refusal SecretUnreadable."""
        if sealed is None:  # made before codes were kept sealed
            raise SecretUnreadable
        try:
            return self.open_code(vendor_id, row_id, sealed)
        except CannotOpenError:
            raise SecretUnreadable from None


def create_master(path: Path, master: bytes | None = None) -> bytes:
    """Writes a MASTER file that only its owner reads; returns the secret, to be shown as words.

    The secret is fresh unless one is given. FileExistsError if there is a file: it may be the
    only key to what was sealed.
    """
    master = master or secrets.token_bytes(SECRET)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        text = base64.urlsafe_b64encode(master).decode().rstrip("=")
        file.write(f"{kid_of(master).hex()} {text}\n")
        file.flush()
        os.fsync(file.fileno())  # its words are shown only once, and only of what is kept
    return master


def kid_of(master: bytes) -> bytes:
    """The name of a secret, derived from it: words bring back both."""
    return _derived(master, "kid", _KID)


def _derived(master: bytes, purpose: str, length: int) -> bytes:
    info = f"podkluch/v1/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master)


def _secret(line: str) -> bytes | None:
    kid, _, text = line.partition(" ")
    try:
        master = base64.b64decode(f"{text}=", altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return master if len(master) == SECRET and kid_of(master).hex() == kid else None
