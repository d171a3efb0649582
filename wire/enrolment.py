"""The connection file `.podkluch`: where a vendor's server is and by which root it is trusted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wire import codec
from wire.codec import WireError
from wire.trust import read_fingerprint, root_fingerprint

FORMAT: Final = "podkluch-connection"
VERSION: Final = 1
SUFFIX: Final = ".podkluch"
FILE_MAX: Final = 256 * 1024  # bytes

_REPOSITORY = re.compile(r"[A-Za-z0-9_-]{22}")
_TEXT_MAX = 2_048  # symbols
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ConnectionVendor:
    """Whose releases the root vouches for."""

    id: str
    name: str  # for people


@dataclass(frozen=True, slots=True)
class Connection:
    """What an agent needs to trust a vendor through a server that it need not trust."""

    format: str
    v: int
    server: str  # address
    vendor: ConnectionVendor
    repository: str  # id of the vendor's TUF repository
    root_fingerprint: str  # for people; `parse` recomputed it
    root: dict[str, object]  # root.json
    key: str | None = field(default=None, repr=False)  # licence key, where it was asked for


def build(
    server: str,
    vendor: ConnectionVendor,
    repository: str,
    root: Mapping[str, object],
    key: str | None = None,
) -> Connection:
    """The connection to a vendor; WireError for a root that has no fingerprint."""
    return Connection(
        format=FORMAT,
        v=VERSION,
        server=server,
        vendor=vendor,
        repository=repository,
        root_fingerprint=_fingerprint(root),
        root=dict(root),
        key=key,
    )


def parse(data: bytes) -> Connection:
    """Read a connection file, or raise WireError; the fingerprint is that of the root in it."""
    if len(data) > FILE_MAX:
        raise WireError("", "is too large for a connection file")
    connection = codec.loads(Connection, data.removeprefix(_BOM))
    if (connection.format, connection.v) != (FORMAT, VERSION):
        raise WireError("/format", "is no connection file of version 1")
    if not is_repository(connection.repository):
        raise WireError("/repository", "is no id of a repository")
    for pointer, text in (
        ("/server", connection.server),
        ("/vendor/id", connection.vendor.id),
        ("/vendor/name", connection.vendor.name),
    ):
        if not text or len(text) > _TEXT_MAX or not text.isprintable():
            raise WireError(pointer, "must be a line of text")
    if _stated(connection) != _fingerprint(connection.root):
        raise WireError("/root_fingerprint", "is not that of the root")
    return connection


def is_repository(text: str) -> bool:
    """Whether the text is an id of a repository, hence also fit to name a file."""
    return _REPOSITORY.fullmatch(text) is not None


def dumps(connection: Connection) -> bytes:
    """The file's bytes."""
    return codec.dumps(connection)


def _stated(connection: Connection) -> str:
    try:
        return read_fingerprint(connection.root_fingerprint)
    except ValueError:
        raise WireError("/root_fingerprint", "is no fingerprint") from None


def _fingerprint(root: Mapping[str, object]) -> str:
    if not isinstance(root.get("signed"), dict):
        raise WireError("/root", "must have a signed part")
    try:
        return root_fingerprint(root)
    except ValueError:  # a fraction, which nothing signed holds
        raise WireError("/root", "has no canonical form") from None
