"""Keys and tokens on this computer: a file nobody else can read."""

import json
import logging
import os
import stat
import sys
from pathlib import Path

from agent.codes import Code
from agent.errors import Failure
from agent.files import write_whole
from agent.logs import hide
from wire.problems import Sentence

logger = logging.getLogger(__name__)
_DAMAGED = Sentence("файл повреждён", "the file is damaged")
_FOREIGN = Sentence("файл принадлежит другому", "the file belongs to somebody else")
_LOOSE = stat.S_IRWXG | stat.S_IRWXO


class Vault:
    """Secrets by the server they belong to: one is never shown to another server."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys, self._tokens = self._read()
        hide(*self._keys.values(), *self._tokens.values())

    def key(self, server: str) -> str | None:
        """The licence key kept for this server."""
        return self._keys.get(server)

    def keep_key(self, server: str, key: str) -> None:
        """Keep the licence key, in place of an earlier one."""
        if self._keys.get(server) != key:
            self._keys[server] = key
            self._write()

    def token(self, server: str, infobase: str, product: str) -> str | None:
        """The installation token of a seat."""
        return self._tokens.get(_seat(server, infobase, product))

    def keep_token(self, server: str, infobase: str, product: str, token: str) -> None:
        """Keep the installation token of a seat, in place of an earlier one."""
        hide(token)
        self._tokens[_seat(server, infobase, product)] = token
        self._write()

    def _write(self) -> None:
        content = {"v": 1, "keys": self._keys, "tokens": self._tokens}
        write_whole(self._path, json.dumps(content, ensure_ascii=False, indent=1).encode())

    def _read(self) -> tuple[dict[str, str], dict[str, str]]:
        if not self._path.exists() and not self._path.is_symlink():
            return {}, {}
        _close_to_others(self._path)
        try:
            content = json.loads(self._path.read_bytes())
            return _texts(content["keys"]), _texts(content["tokens"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Failure(Code.HOME_UNUSABLE, path=self._path, why=_DAMAGED) from error


def _seat(server: str, infobase: str, product: str) -> str:
    return f"{server} {infobase} {product}"


def _texts(value: object) -> dict[str, str]:
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return {str(name): text for name, text in value.items()}
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
