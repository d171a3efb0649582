"""What parent and child say to each other: one JSON object per line, secrets on the first only.

The parent writes an Opening, then Orders; the child answers with Events. An order that changes the
infobase is announced by an `enter` right before the change and waits for `{"go": seq}`.
"""

import json
from dataclasses import dataclass, field
from typing import Final, TypeVar

from agent.codes import Code
from agent.errors import InfobaseError
from agent.infobase import (
    InfobaseFacts,
    Issue,
    OpenSession,
    Properties,
    SessionLock,
    StoredExtension,
)
from wire import codec
from wire.extensions import InfobaseKind
from wire.problems import Sentence

MODE: Final = "com-worker"  # the whole command line of a child
VERSION: Final = 1
LONGEST: Final = 1 << 22  # bytes of a line; the bytes of an extension never travel in one
M = TypeVar("M", bound=codec.Message)
_OWN_NAMES = frozenset({"self", "code", "source"})  # of InfobaseError; none of ours is so called


class ProtocolError(Exception):
    """The other side does not speak this protocol; holds nothing of what it said."""


@dataclass(frozen=True, slots=True)
class ConnectorChoice:
    """How to bring the connector of 1C to life."""

    simulated: str | None = None  # the folder of a simulated 1C
    clsid: str = ""
    activation: str = "registry"
    dll: str | None = None  # of the activation `path`


@dataclass(frozen=True, slots=True, repr=False)
class Cluster:
    """The cluster's agent and its administrator."""

    address: str  # tcp://host:1540
    ref: str  # the infobase within it
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Cluster({self.address})"


@dataclass(frozen=True, slots=True, repr=False)
class Opening:
    """The first line: all that the child needs, passwords included; never shown."""

    v: int
    connector: ConnectorChoice
    kind: InfobaseKind
    connection: str | None = None  # a connection string with its secrets
    cluster: Cluster | None = None  # in place of a session; with neither the connector is tried;
    # with both the user of the connection is the infobase's own administrator

    def __repr__(self) -> str:
        return "Opening(…)"


@dataclass(frozen=True, slots=True)
class File:
    """Bytes handed over as a file."""

    path: str
    sha256: str = ""  # empty: the child shall write it


@dataclass(frozen=True, slots=True, repr=False)
class Args:
    """Arguments of a call of the port; each call has some of them."""

    name: str | None = None
    names: list[str] = field(default_factory=list)
    uuid: str = ""
    text: str = ""
    code: str = ""
    number: int = 0
    flag: bool = False
    extension: StoredExtension | None = None
    properties: Properties | None = None
    file: File | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """A call of the port, or the leave to enter a state (`go`)."""

    seq: int = 0
    call: str = ""
    args: Args = field(default_factory=Args)
    go: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call of the port returns; each call has one of them."""

    facts: InfobaseFacts | None = None
    extension: StoredExtension | None = None
    extensions: list[StoredExtension] = field(default_factory=list)
    sessions: list[OpenSession] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lock: SessionLock | None = None
    text: str | None = None
    flag: bool = False
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """An InfobaseError on its way to the parent."""

    code: str
    source: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the child: fact, enter, result or error."""

    ev: str
    seq: int = 0
    state: str = ""  # begun, created, connected; of an enter the state that it enters
    pid: int = 0
    started_at: str = ""
    number: int = 0  # of the session in 1C
    answer: Answer | None = None
    error: Fault | None = None


def line(message: codec.Message) -> bytes:
    """A message as its line; what has its default is left out."""
    plain = _without_defaults(codec.to_dict(message))
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def read_line(kind: type[M], data: bytes) -> M:
    """A message of a line, or ProtocolError."""
    if not data.endswith(b"\n"):
        raise ProtocolError("a line was cut")
    try:
        return codec.loads(kind, data)
    except codec.WireError as error:
        raise ProtocolError(str(error)) from None


def fault_of(error: InfobaseError) -> Fault:
    """The error as it travels; both languages of a sentence do."""
    return Fault(error.code, error.source, {k: _packed(v) for k, v in error.params.items()})


def error_of(fault: Fault) -> InfobaseError:
    """The error that travelled; one of a code that nobody knows is CONNECTOR_ERROR."""
    known = fault.code if fault.code in set(Code) else Code.CONNECTOR_ERROR
    params = {k: _unpacked(v) for k, v in fault.params.items() if k not in _OWN_NAMES}
    return InfobaseError(Code(known), fault.source, **params)


def _without_defaults(plain: object) -> object:
    """Absent members take their defaults; null, empty and false are these defaults here."""
    if isinstance(plain, dict):
        return {
            key: _without_defaults(value)
            for key, value in plain.items()
            if value is not None and value not in ([], {})
        }
    return [_without_defaults(item) for item in plain] if isinstance(plain, list) else plain


def _packed(value: object) -> object:
    if isinstance(value, Sentence):
        return {"ru": value.ru, "en": value.en}
    return value if isinstance(value, str | int) else str(value)


def _unpacked(value: object) -> object:
    if isinstance(value, dict):
        return Sentence(str(value.get("ru", "")), str(value.get("en", "")))
    return value if isinstance(value, str | int) else str(value)
