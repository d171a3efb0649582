"""Keys, tokens and passwords on this computer: a file nobody else can read."""

import base64
import json
import logging
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Protocol

from agent.codes import Code
from agent.errors import Failure, filled
from agent.files import private_folder, write_whole
from agent.locks import held
from agent.logs import hide
from agent.windows import Dpapi, Scope
from wire.problems import Sentence

logger = logging.getLogger(__name__)
Table = dict[str, str]
_TABLES = ("keys", "tokens", "passwords")
_LATER = frozenset({"passwords"})  # a file of an earlier agent lacks these
_DAMAGED = Sentence("файл повреждён", "the file is damaged")
_FOREIGN = Sentence("файл принадлежит другому", "the file belongs to somebody else")
_SEALED = Sentence(
    "его закрыла учётная запись {account}, другая его не откроет: запускайте агент от неё или"
    " переименуйте файл и введите ключ снова",
    "account {account} sealed it and no other one can open it: run the agent as that account, or"
    " rename the file and give the key again",
)
_ENTROPY = 32  # bytes
_LOOSE = stat.S_IRWXG | stat.S_IRWXO
_PATIENCE = 10.0  # seconds; another agent holds the file for milliseconds


class Seal(Protocol):
    """What turns secrets into bytes that only this account (or computer) turns back."""

    @property
    def account(self) -> str:
        """Whose seal it is, for the message that another one gets."""

    def close(self, data: bytes) -> bytes:
        """The sealed bytes."""

    def open(self, data: bytes) -> bytes:
        """The bytes back; raises OSError where the seal is another account's."""


class Vault:
    """Secrets by the server or alias they belong to: one is never shown to another.

    Without a seal the file itself is closed to other users. Several agents may use one vault.
    """

    def __init__(self, path: Path, seal: Seal | None = None) -> None:
        self._path = path
        self._seal = seal
        self._tables = self._read()
        hide(*(secret for table in self._tables.values() for secret in table.values()))

    def key(self, server: str) -> str | None:
        """The licence key kept for this server."""
        return self._tables["keys"].get(server)

    def keep_key(self, server: str, key: str) -> None:
        """Keep the licence key, in place of an earlier one."""
        self._keep("keys", server, key)

    def token(self, server: str, infobase: str, product: str) -> str | None:
        """The installation token of a seat."""
        return self._tables["tokens"].get(_seat(server, infobase, product))

    def keep_token(self, server: str, infobase: str, product: str, token: str) -> None:
        """Keep the installation token of a seat, in place of an earlier one."""
        self._keep("tokens", _seat(server, infobase, product), token)

    def seats(self, infobase: str) -> list[tuple[str, str]]:
        """Server and product of every seat whose token is kept for an infobase."""
        named = (name.split(" ", 2) for name in self._tables["tokens"])
        return [(server, product) for server, owner, product in named if owner == infobase]

    def move_seat(self, server: str, product: str, old: str, new: str) -> None:
        """The seat of one infobase's id is that of another one from now on."""
        token = self.token(server, old, product)
        if token is not None and old != new:
            self._keep("tokens", _seat(server, new, product), token)
            self._change("tokens", _seat(server, old, product), None)

    def password(self, alias: str) -> str | None:
        """The password kept under this name: of an infobase, a cluster or a proxy."""
        return self._tables["passwords"].get(alias)

    def keep_password(self, alias: str, text: str) -> None:
        """Keep a password, in place of an earlier one of that name."""
        self._keep("passwords", alias, text)

    def forget(self, alias: str) -> None:
        """Forget the password of that name; without one this does nothing."""
        if alias in self._tables["passwords"]:
            self._change("passwords", alias, None)

    def _keep(self, table: str, name: str, secret: str) -> None:
        hide(secret)
        if self._tables[table].get(name) != secret:
            self._change(table, name, secret)

    def _change(self, table: str, name: str, secret: str | None) -> None:
        """Change one secret; what another agent wrote meanwhile stays."""
        private_folder(self._path.parent)
        with held(self._path.with_suffix(".lock"), _PATIENCE):
            self._tables = self._read()
            if secret is None:
                self._tables[table].pop(name, None)
            else:
                self._tables[table][name] = secret
            self._write()

    def _write(self) -> None:
        content: dict[str, object] = {"v": 1, **self._tables}
        if self._seal:
            sealed = base64.b64encode(self._seal.close(json.dumps(content).encode())).decode()
            content = {"v": 1, "account": self._seal.account, "sealed": sealed}
        write_whole(self._path, json.dumps(content, ensure_ascii=False, indent=1).encode())

    def _read(self) -> dict[str, Table]:
        if not self._path.exists() and not self._path.is_symlink():
            return {name: {} for name in _TABLES}
        _close_to_others(self._path)
        try:
            content = self._opened(json.loads(self._path.read_bytes()))
            return {name: _table(content, name) for name in _TABLES}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Failure(Code.HOME_UNUSABLE, path=self._path, why=_DAMAGED) from error

    def _opened(self, content: dict[str, object]) -> dict[str, object]:
        """The content itself; a file from before the seal is read as it is."""
        if "sealed" not in content:
            return content
        why = filled(_SEALED, account=content.get("account"))
        if self._seal is None:
            raise Failure(Code.HOME_UNUSABLE, path=self._path, why=why)
        try:
            opened = self._seal.open(base64.b64decode(str(content["sealed"]), validate=True))
        except OSError as error:
            raise Failure(Code.HOME_UNUSABLE, path=self._path, why=why) from error
        inner: dict[str, object] = json.loads(opened)
        return inner


def open_vault(home: Path, scope: Scope = Scope.USER) -> Vault:
    """The vault of the agent's folder, on Windows under a seal of that scope."""
    seal = Dpapi(scope, _entropy(home / "entropy")) if sys.platform == "win32" else None
    return Vault(home / "vault.json", seal)


def _entropy(path: Path) -> bytes:
    """What must be known besides the account; made once, kept where only the agent reads."""
    with held(path.with_suffix(".lock"), _PATIENCE):
        if not path.exists():
            write_whole(path, secrets.token_bytes(_ENTROPY))
        return path.read_bytes()


def _seat(server: str, infobase: str, product: str) -> str:
    return f"{server} {infobase} {product}"


def _table(content: dict[str, object], name: str) -> Table:
    value = content.get(name, {}) if name in _LATER else content[name]
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return {str(key): text for key, text in value.items()}
    raise TypeError("not an object of texts")


def _close_to_others(path: Path) -> None:
    """Mend a looser mode; refuse what others could have put there."""
    if sys.platform == "win32":
        return
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise Failure(Code.HOME_UNUSABLE, path=path, why=_FOREIGN)
    if found.st_mode & _LOOSE:
        logger.warning("vault was open to others (mode %o), closed", stat.S_IMODE(found.st_mode))
        path.chmod(0o600)
