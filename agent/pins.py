"""Pinned roots: by what the releases of each vendor are trusted on this computer."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata
from tuf.api.metadata import Root as TufRoot

from agent.codes import Code
from agent.errors import Failure
from agent.files import private_folder, write_whole
from agent.refusals import Reason, refused
from wire import enrolment
from wire.codec import WireError
from wire.enrolment import Connection
from wire.problems import Sentence
from wire.trust import fingerprint

_DAMAGED = Sentence(
    "файл закреплённого корня повреждён, закрепите корень заново: trust pin ФАЙЛ.podkluch",
    "the file of the pinned root is damaged, pin the root again: trust pin FILE.podkluch",
)


@dataclass(frozen=True, slots=True)
class Root:
    """One version of a vendor's root."""

    raw: bytes
    version: int
    fingerprint: str
    expires: datetime


def read_root(raw: bytes) -> Root:
    """A root.json; RepositoryError if it is none, or does not sign itself."""
    metadata = Metadata[TufRoot].from_bytes(raw)
    signed = metadata.signed
    if signed.type != TufRoot.type:
        raise RepositoryError("no root")
    signed.verify_delegate(TufRoot.type, metadata.signed_bytes, metadata.signatures)
    return Root(raw, signed.version, fingerprint(metadata.signed_bytes), signed.expires)


def root_of(connection: Connection) -> Root:
    """The root that a connection carries; RepositoryError if it is none."""
    return read_root(json.dumps(connection.root).encode())


def newest_root(pinned: Root, history: Path) -> Root:
    """The last root of the chain that begins at the pinned one, as far as `history` keeps it."""
    current = pinned
    while True:
        try:
            following = read_root((history / f"{current.version + 1}.root.json").read_bytes())
            trusted = Metadata[TufRoot].from_bytes(current.raw).signed
            new = Metadata[TufRoot].from_bytes(following.raw)
            trusted.verify_delegate(TufRoot.type, new.signed_bytes, new.signatures)
        except (OSError, RepositoryError):
            return current
        if following.version != current.version + 1:
            return current
        current = following


class Pins:
    """The folder of pinned roots, one connection for each repository; none holds a key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, repository: str) -> Connection | None:
        """The pinned connection of a repository; HOME_UNUSABLE if its file is damaged."""
        path = self._path(repository)
        return _read(path) if path.exists() else None

    def all(self) -> list[Connection]:
        """Every pinned connection."""
        paths = sorted(self._folder.glob(f"*{enrolment.SUFFIX}"))
        return [_read(path) for path in paths]

    def keep(self, connection: Connection) -> None:
        """Pin the root of a connection for its repository."""
        private_folder(self._folder)
        data = enrolment.dumps(replace(connection, key=None))
        write_whole(self._path(connection.repository), data)

    def _path(self, repository: str) -> Path:
        if not enrolment.is_repository(repository):
            raise refused(Reason.METADATA_INVALID)
        return self._folder / f"{repository}{enrolment.SUFFIX}"


def _read(path: Path) -> Connection:
    try:
        return enrolment.parse(path.read_bytes())
    except (OSError, WireError) as error:
        raise Failure(Code.HOME_UNUSABLE, path=path, why=_DAMAGED) from error
