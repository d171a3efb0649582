"""The port to 1C as the rest of the agent sees it: each session lives in a child process."""

import hashlib
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Final, TypeVar

from agent import handover
from agent.clock import Timing
from agent.codes import Code
from agent.com.connector import clsid_of
from agent.com.link import ChildLink, Link, Manner, Watch
from agent.com.protocol import MODE, VERSION, Answer, Args, Cluster, ConnectorChoice, File, Opening
from agent.com.timeouts import Timeouts
from agent.errors import InfobaseError
from agent.infobase import (
    HostProcess,
    InfobaseFacts,
    Issue,
    OpenSession,
    Presence,
    Properties,
    SessionLock,
    StoredExtension,
)
from agent.logs import hide
from agent.processes import this_process
from agent.target import Activation, Target
from wire.extensions import InfobaseKind

T = TypeVar("T")
logger = logging.getLogger(__name__)

_PAUSE: Final = 1.0  # seconds that 1C takes to end a session whose process is gone
_LOCALE: Final = "ru_RU"  # in which its errors are known best
_BY_PATH: Final = frozenset({Code.COM_NOT_REGISTERED, Code.COM_VERSION})


@dataclass(frozen=True, slots=True)
class Ways:
    """What sessions need of this computer, besides the infobase."""

    folder: Path  # where files are handed over, an ASCII path closed to other users
    timeouts: Timeouts = field(default_factory=Timeouts)
    watch: Watch = lambda _call, _seconds: None
    find_dll: Callable[[str | None], Path | None] = lambda _platform: None
    link: Callable[[Opening, Manner], Link] = ChildLink
    timing: Timing = field(default_factory=Timing)


class ComInfobase:
    """An infobase behind COM, or behind the simulated 1C: the port Infobase."""

    def __init__(self, target: Target, ways: Ways, cluster: Cluster | None = None) -> None:
        self._target = target
        self._ways = ways
        self._cluster = cluster
        self._choice: ConnectorChoice | None = None  # the one that worked
        self._left_at: float | None = None
        hide(target.connection.password, cluster.password if cluster else "")

    @property
    def place(self) -> str:
        """Where it is; holds neither user nor password."""
        if self._target.simulated is not None:
            return f"simulated:{self._target.simulated.absolute()}"
        connection = self._target.connection
        return str(replace(connection, user="", password="", access_code="", locale=""))

    @property
    def label(self) -> str:
        """As people call it; else its name on the server, or the name of its folder."""
        if self._target.label:
            return self._target.label
        connection = self._target.connection
        return connection.ref or connection.file.replace("\\", "/").rstrip("/").split("/")[-1]

    def prepare(self) -> None:
        """Make a connector and let it go; raises InfobaseError where there is none."""
        self._linked(None, None).close()

    def connect(self, access_code: str | None = None) -> "ComConnection":
        """A session in a child process of its own."""
        self._rest()
        hide(access_code or "")
        connection = self._target.connection
        text = replace(
            connection,
            access_code=access_code or connection.access_code,
            locale=connection.locale or _LOCALE,
        ).reveal()
        return ComConnection(self._linked(text, None), self._ways.folder, self._left)

    def terminate(self, number: int) -> bool:
        """End a session through the cluster; False where none is configured or it refuses."""
        if self._cluster is None:
            return False
        try:
            return self._administer("terminate", Args(number=number)).flag
        except InfobaseError as error:
            logger.warning("session %s was not ended: %s %s", number, error.code, error.source)
            return False

    def jobs_denied(self) -> bool | None:
        """Whether scheduled jobs do not run; None where no cluster is configured or it refuses."""
        if self._cluster is None:
            return None
        try:
            return self._administer("jobs_denied", Args()).flag
        except InfobaseError as error:
            logger.warning("the lock is not the cluster's: %s %s", error.code, error.source)
            return None

    def deny(self, message: str, code: str) -> None:
        """Keep sessions without the code and scheduled jobs out, through the cluster."""
        hide(code)
        self._administer("deny", Args(text=message, code=code))

    def allow(self, code: str, *, jobs_denied: bool) -> None:
        """Let everybody in, through the cluster, and jobs run if they did."""
        hide(code)
        self._administer("allow", Args(code=code, flag=jobs_denied))

    def _administer(self, call: str, args: Args) -> Answer:
        """A call of the cluster, in a child of its own."""
        if self._cluster is None:
            raise InfobaseError(Code.SERVER_NOT_FOUND, "no cluster is named", srv="tcp://?:1540")
        link = self._linked(self._target.connection.reveal(), self._cluster)
        try:
            return link.ask(call, args)
        finally:
            link.close()

    def _linked(self, connection: str | None, cluster: Cluster | None) -> Link:
        """A child by the registry, and by path where that cannot do and a DLL fits."""
        choice = self._choice or self._first_choice()
        try:
            return self._tried(choice, connection, cluster)
        except InfobaseError as error:
            other = self._second_choice(choice, error)
            if other is None:
                raise self._named(error) from error.__cause__
            logger.warning("%s: %s, now by path", error.code, error.source)
        return self._tried(other, connection, cluster)

    def _tried(
        self, choice: ConnectorChoice, connection: str | None, cluster: Cluster | None
    ) -> Link:
        kind = InfobaseKind(self._target.connection.kind.value)
        opening = Opening(VERSION, choice, kind, connection, cluster)
        manner = Manner(self._ways.timeouts, self._ways.watch)
        try:
            link = self._ways.link(opening, manner)
        except InfobaseError as error:
            narrow = narrow_host() if error.code == Code.COM_BITNESS else None
            if narrow is None:
                raise
            link = self._ways.link(opening, replace(manner, command=(str(narrow), MODE)))
        self._choice = choice
        return link

    def _first_choice(self) -> ConnectorChoice:
        target = self._target
        if target.simulated is not None:
            return ConnectorChoice(simulated=str(target.simulated.absolute()))
        if target.activation is Activation.PATH:
            dll = self._ways.find_dll(target.platform)
            if dll is None:
                raise InfobaseError(Code.COM_DLL_MISSING, "comcntr.dll")
            return ConnectorChoice(None, clsid_of(target.platform), Activation.PATH, str(dll))
        return ConnectorChoice(None, clsid_of(target.platform), Activation.REGISTRY)

    def _second_choice(
        self, first: ConnectorChoice, error: InfobaseError
    ) -> ConnectorChoice | None:
        is_auto = self._target.activation is Activation.AUTO and first.simulated is None
        if not is_auto or first.activation == Activation.PATH or error.code not in _BY_PATH:
            return None
        # the server's own build, where its refusal names it
        named = error.params.get("b") if error.code == Code.COM_VERSION else None
        wanted = self._target.platform or (str(named) if named not in (None, "?") else None)
        dll = self._ways.find_dll(wanted)
        if dll is None:
            return None
        # …/8.3.25.1286/bin/comcntr.dll
        build = wanted or PureWindowsPath(dll).parent.parent.name
        return ConnectorChoice(None, clsid_of(build), Activation.PATH, str(dll))

    def _named(self, error: InfobaseError) -> InfobaseError:
        """The file to be registered, where this computer has one."""
        if error.code == Code.COM_NOT_REGISTERED:
            dll = self._ways.find_dll(self._target.platform)
            error.params.update({"dll": str(dll)} if dll else {})
        return error

    def _rest(self) -> None:
        """Let 1C notice that the session before is gone."""
        if self._left_at is not None and self._target.simulated is None:
            left = self._left_at + _PAUSE - self._ways.timing.now()
            if left > 0:
                self._ways.timing.sleep(left)

    def _left(self) -> None:
        self._left_at = self._ways.timing.now()


class ComConnection:
    """One session: the port Session, each call of it a line to the child and back."""

    def __init__(self, link: Link, folder: Path, left: Callable[[], None]) -> None:
        self._link = link
        self._folder = folder
        self._left = left
        self._handed: dict[str, File] = {}  # by SHA-256
        self._is_open = True

    @property
    def process(self) -> HostProcess | None:
        """The child; None where the handler runs in this very process."""
        return self._link.process

    @property
    def number(self) -> int:
        """Of this session in 1C, known as soon as it began."""
        return self._link.number

    def facts(self) -> InfobaseFacts:
        return _there(self._ask("facts").facts)

    def others(self) -> list[OpenSession]:
        return self._ask("others").sessions

    def extensions(
        self, name: str | None = None, known: StoredExtension | None = None
    ) -> list[StoredExtension]:
        return self._ask("extensions", Args(name=name, extension=known)).extensions

    def present(self, names: list[str]) -> list[str]:
        return self._ask("present", Args(names=names)).names if names else []

    def presence(self, extension: StoredExtension) -> Presence:
        return Presence(_there(self._ask("presence", Args(extension=extension)).text))

    def issues(self, name: str, data: bytes) -> list[Issue]:
        return self._ask("issues", Args(name=name, file=self._hand_over(data))).issues

    def read(self, uuid: str) -> bytes:
        path = self._new_path()
        try:
            file = _there(self._ask("read", Args(uuid=uuid, file=File(str(path)))).file)
            data = path.read_bytes()
        except OSError as error:
            why = error.strerror or "?"
            raise InfobaseError(Code.BACKUP_FAILED, why, why=why) from error
        finally:
            path.unlink(missing_ok=True)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise InfobaseError(Code.BACKUP_FAILED, "SHA-256", why="SHA-256")
        return data

    def create(self, data: bytes, properties: Properties) -> StoredExtension:
        args = Args(properties=properties, file=self._hand_over(data))
        return _there(self._ask("create", args).extension)

    def replace(self, uuid: str, data: bytes, properties: Properties) -> StoredExtension:
        args = Args(uuid=uuid, properties=properties, file=self._hand_over(data))
        return _there(self._ask("replace", args).extension)

    def set_properties(self, uuid: str, properties: Properties) -> None:
        self._ask("set_properties", Args(uuid=uuid, properties=properties))

    def delete(self, uuid: str) -> None:
        self._ask("delete", Args(uuid=uuid))

    def changes_structure(self, uuid: str) -> bool:
        return self._ask("changes_structure", Args(uuid=uuid)).flag

    def refresh_parameters(self) -> bool:
        return self._ask("refresh_parameters").flag

    def lock(self, message: str, code: str) -> None:
        self._ask("lock", Args(text=message, code=code))

    def unlock(self, code: str) -> None:
        self._ask("unlock", Args(code=code))

    def session_lock(self) -> SessionLock:
        return _there(self._ask("session_lock").lock)

    def log_event(self, text: str) -> None:
        self._ask("log_event", Args(text=text))

    def infobase_id(self) -> str | None:
        return self._ask("infobase_id").text

    def keep_infobase_id(self, value: str) -> bool:
        return self._ask("keep_infobase_id", Args(text=value)).flag

    def close(self) -> None:
        """End the session and take back what was handed over; a second time does nothing."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._link.close()
        finally:
            self._left()
            for file in self._handed.values():
                with suppress(OSError):
                    Path(file.path).unlink(missing_ok=True)

    def _ask(self, call: str, args: Args | None = None) -> Answer:
        if not self._is_open:
            raise InfobaseError(Code.CONNECTION_LOST, "the session was closed")
        return self._link.ask(call, args or Args())

    def _hand_over(self, data: bytes) -> File:
        """The bytes in a file of their own, written once for the check and the write."""
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._handed:
            path = self._new_path()
            try:
                with os.fdopen(
                    os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
                ) as file:
                    file.write(data)
            except OSError:
                path.unlink(missing_ok=True)  # half a file is in nobody's way on a full disk
                raise
            self._handed[sha256] = File(str(path), sha256)
        return self._handed[sha256]

    def _new_path(self) -> Path:
        return self._folder / handover.new_name(this_process())


def _there(value: T | None) -> T:
    """What such an answer always has; a child of another build may not give it."""
    if value is None:
        why = "an answer without its value"
        raise InfobaseError(Code.UNEXPECTED, why, why=why, log="agent.log")
    return value


def narrow_host() -> Path | None:
    """The 32-bit host beside the program, if it was installed."""
    if not getattr(sys, "frozen", False):
        return None
    path = Path(sys.executable).with_name("comhost32.exe")
    return path if path.exists() else None
