"""What the simulated 1C keeps: one infobase, its whole state in one JSON file."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from agent.codes import Code
from agent.errors import InfobaseError, filled
from agent.files import write_whole
from agent.infobase import OpenSession, Properties, StoredExtension
from wire import codec
from wire.extensions import InfobaseKind, InstalledConfiguration, Purpose
from wire.problems import Sentence

FILE = "infobase.json"
_MARK = b"\xef\xbb\xbf"  # what an editor may put before UTF-8
_MINIMUM = (
    '{{"configuration": {{"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}},'
    ' "platform_version": "8.3.25.1286"}}'
)
_NEEDED = Sentence(
    "нужен файл {file} ({why}), самое малое " + _MINIMUM,
    "the file {file} is needed ({why}), at least " + _MINIMUM,
)


class Speech(StrEnum):
    """The language 1C's own texts are in."""

    RU = "ru"
    EN = "en"


@dataclass(slots=True)
class Rights:
    """What the 1C user may do."""

    extensions: bool = True
    administration: bool = True


@dataclass(slots=True)
class Row:
    """An extension with its bytes, Base64."""

    uuid: str
    name: str
    version: str
    hash_sum: str
    data: str
    sha256: str = ""  # of the bytes as 1C read them; empty where it did not
    purpose: Purpose = Purpose.CUSTOMIZATION
    from_master_node: bool = False
    scope: str = "InfoBase"
    properties: Properties = field(default_factory=Properties)

    def stored(self) -> StoredExtension:
        """The same without the bytes."""
        return StoredExtension(
            uuid=self.uuid,
            name=self.name,
            version=self.version,
            hash_sum=self.hash_sum,
            purpose=self.purpose,
            from_master_node=self.from_master_node,
            scope=self.scope,
            properties=self.properties,
        )


@dataclass(slots=True)
class Connected:
    """A session that somebody began through the connector, and the process that did."""

    number: int
    pid: int
    user: str = ""
    started_at: str = ""  # the process, to tell it from a later one of that number


@dataclass(slots=True)
class Event:
    """An entry of 1C's event log."""

    name: str
    level: str
    comment: str


@dataclass(slots=True)
class Account:
    """A name and its password; no name asks for none."""

    user: str = ""
    password: str = ""


@dataclass(slots=True)
class Cluster:
    """The cluster of a server infobase: its address and its administrator."""

    server: str = "localhost"
    ref: str = "base"
    administrator: Account = field(default_factory=Account)
    scheduled_jobs_denied: bool = False
    denied_to: str = ""  # until when the lock holds, ISO 8601 without a zone; empty: for ever


@dataclass(slots=True)
class Simulation:
    """What `infobase.json` holds; only the first two must be there."""

    configuration: InstalledConfiguration
    platform_version: str
    compatibility_mode: str | None = None
    kind: InfobaseKind = InfobaseKind.FILE
    configuration_changed: bool = False
    rights: Rights = field(default_factory=Rights)
    sessions: list[OpenSession] = field(default_factory=list)  # of other people
    issues: list[str] = field(default_factory=list)  # why 1C cannot apply an extension
    remarks: list[str] = field(default_factory=list)  # what it finds besides, not critical
    extensions: list[Row] = field(default_factory=list)
    infobase_id: str | None = None  # left there by an agent
    session_counter: int = 0
    lock: str | None = None  # its permission code
    lock_message: str = ""
    has_bsp: bool = False
    refreshes: int = 0  # how often 1C's own library took note of changed extensions
    faults: dict[str, object] = field(default_factory=dict)

    language: Speech = Speech.RU
    english_names_only: bool = False  # a platform without the Russian names of its members
    account: Account = field(default_factory=Account)
    cluster: Cluster = field(default_factory=Cluster)
    server_version: str | None = None  # where it is not that of the platform here
    licenses: int | None = None  # how many sessions may run at once; None is enough for all
    settings: dict[str, str] = field(default_factory=dict)  # "user/object/key" to value
    settings_refused: list[str] = field(default_factory=list)  # users, "*" for everybody
    changes_structure: bool | None = None  # of every extension; None is as its file says
    has_configuration_description: bool = False  # the type ОписаниеКонфигурации
    leftover_sessions: bool = False  # a killed process leaves its session behind
    connected: list[Connected] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)  # sessions that an administrator ended
    events: list[Event] = field(default_factory=list)
    latency_ms: int = 0  # of every call
    logs_calls: bool = False  # names of members, in calls.log beside this file

    def row(self, uuid: str) -> Row | None:
        """The extension, unless somebody deleted it meanwhile."""
        return next((row for row in self.extensions if row.uuid == uuid), None)


class Store:
    """The state of one infobase on the disk; whatever it holds outlives this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._file = self.folder / FILE
        self._bytes = b""
        self._state: Simulation | None = None

    def read(self) -> Simulation:
        """The state as it is now, to be looked at only; BASE_NOT_FOUND with what is needed."""
        data = self._data()
        if self._state is None or data != self._bytes:
            self._state, self._bytes = self._parsed(data), data
        return self._state

    @contextmanager
    def change(self) -> Iterator[Simulation]:
        """The state to be changed; kept all or nothing, and not at all after an error."""
        state = self._parsed(self._data())
        yield state
        self._keep(state)

    def note(self, line: str) -> None:
        """One more line of the log of calls."""
        with (self.folder / "calls.log").open("a", encoding="utf-8", newline="\n") as log:
            log.write(f"{line}\n")

    def _keep(self, state: Simulation) -> None:
        """Write it for those who could read it before."""
        mode = stat.S_IMODE(self._file.stat().st_mode)
        write_whole(self._file, codec.dumps(state), mode)

    def _data(self) -> bytes:
        try:
            return self._file.read_bytes().removeprefix(_MARK)
        except OSError as error:
            raise self._unfit(error.strerror or "?") from error

    def _parsed(self, data: bytes) -> Simulation:
        try:
            return codec.loads(Simulation, data)
        except codec.WireError as error:
            raise self._unfit(str(error)) from error

    def _unfit(self, why: str) -> InfobaseError:
        return InfobaseError(
            Code.BASE_NOT_FOUND, why, ref=filled(_NEEDED, file=self._file, why=why)
        )
