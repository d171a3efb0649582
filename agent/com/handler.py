"""The child's work: a connector, a session or a cluster, and the calls of the port on it."""

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from agent.codes import Code
from agent.com import connector
from agent.com.cluster import ClusterSession
from agent.com.dispatch import Disp
from agent.com.entrance import Account
from agent.com.errors import ComError, Where, infobase_error
from agent.com.files import opened_for_good
from agent.com.locking import Gate
from agent.com.protocol import Answer, Args, File, Opening, ProtocolError
from agent.com.session import ComSession, Parcel
from agent.errors import InfobaseError
from agent.infobase import Properties, StoredExtension
from agent.logs import hide
from onec.connection import ConnectionString, ConnectionStringError, InfobaseKind
from wire.problems import Sentence

_SWAPPED = Sentence("файл подменён после проверки", "the file was swapped after the check")
_PASSING = frozenset({Code.CONNECTION_LOST, Code.LOCK_CONFLICT})
_BITS = struct.calcsize("P") * 8


class Handler:
    """One session from its beginning to its end; raises InfobaseError and ProtocolError only."""

    def __init__(self, opening: Opening, gate: Gate) -> None:
        self._opening = opening
        self._gate = gate
        self._where = _where(opening)
        self._connector: Disp | None = None
        self._session: ComSession | None = None
        self._cluster: ClusterSession | None = None
        self._files: dict[str, BinaryIO] = {}  # handed over; open, so that nobody swaps them

    def create(self) -> None:
        """The connector, before anybody connects."""
        with self._told():
            self._connector = Disp(connector.create(self._opening.connector))

    def connect(self) -> int:
        """Begin the session, or reach the cluster; the session's number, 0 without one."""
        opening, made = self._opening, self._connector
        if made is None:
            raise ProtocolError("connect comes after create")
        with self._told():
            if opening.cluster is not None:
                self._cluster = ClusterSession(made, opening.cluster, _account(opening))
                return 0
            if opening.connection is None:
                return 0  # only the connector was wanted
            connection = made.made("Connect", opening.connection)
            self._where = _where(opening, is_connected=True)
            self._session = ComSession(connection, opening.kind, self._gate)
            return self._session.number

    def handle(self, call: str, args: Args) -> Answer:
        """One call of the port."""
        with self._told():
            if self._cluster is not None:
                return _of_cluster(self._cluster, call, args, self._gate)
            if self._session is None:
                raise ProtocolError("a call comes after connect")
            try:
                return self._called(self._session, call, args)
            except ComError as error:
                told = self._busy(infobase_error(error, self._where))
                raise _unrefreshed(told) if call == "refresh_parameters" else told from error

    def close(self) -> None:
        """Let go of every object; the session ends with the last of them."""
        self._session = self._connector = self._cluster = None
        for file in self._files.values():
            file.close()
        self._files.clear()

    def parcel(self, file: File | None) -> Parcel:
        """What was handed over, checked anew through the one handle that stays open."""
        if file is None:
            raise ProtocolError("a file is missing")
        handle = self._files.get(file.path)
        if handle is None:
            handle = self._files[file.path] = opened_for_good(Path(file.path))
        handle.seek(0)
        data = handle.read()
        is_same = os.path.samestat(os.fstat(handle.fileno()), Path(file.path).stat())
        if not is_same or hashlib.sha256(data).hexdigest() != file.sha256:
            raise InfobaseError(Code.SIGNATURE_BAD, _SWAPPED.en, why=_SWAPPED)
        return Parcel(data, Path(file.path) if self.is_local else None)

    @property
    def is_local(self) -> bool:
        """1C lives in this very process, so that it sees our files."""
        return connector.is_local(self._opening.connector)

    def _called(self, session: ComSession, call: str, args: Args) -> Answer:
        if call in _ACTS:
            _ACTS[call](session, args)
            return Answer()
        if call not in _CALLS:
            raise ProtocolError("an unknown call")
        return _CALLS[call](self, session, args)

    def _busy(self, error: InfobaseError) -> InfobaseError:
        """Whose sessions are in the way, where 1C's own text does not say."""
        told = error.params.get("sessions")
        if error.code != Code.EXCLUSIVE_LOCK or told != Sentence(error.source, error.source):
            return error
        assert self._session is not None  # noqa: S101 - it has just been used
        try:
            names = "; ".join(str(one) for one in self._session.others())
        except ComError:
            return error
        if names:
            error.params["sessions"] = names
        return error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever COM and the disk refuse becomes an error with a code."""
        try:
            yield
        except ComError as error:
            raise infobase_error(error, self._where) from error
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise InfobaseError(Code.CONNECTOR_ERROR, why, text=why) from error


Call = Callable[[Handler, ComSession, Args], Answer]


def _of_cluster(cluster: ClusterSession, call: str, args: Args, gate: Gate) -> Answer:
    match call:
        case "others":
            return Answer(sessions=cluster.sessions())
        case "terminate":
            return Answer(flag=cluster.terminate(args.number))
        case "jobs_denied":
            return Answer(flag=cluster.entrance().jobs_denied)
        case "deny":
            cluster.entrance().shut(gate, args.text, args.code)
        case "allow":
            cluster.entrance().open(gate, args.code, jobs_denied=args.flag)
        case _:
            raise ProtocolError("an unknown call")
    return Answer()


def _account(opening: Opening) -> Account:
    """The infobase's own administrator; the account of Windows where it names no user."""
    if opening.connection is None:
        return Account()
    connection = _parsed(opening.connection)
    hide(connection.password)
    return Account(connection.user, connection.password)


def _read(handler: Handler, session: ComSession, args: Args) -> Answer:
    if args.file is None:
        raise ProtocolError("a file is missing")
    path = Path(args.file.path)
    data = session.read(args.uuid, path if handler.is_local else None)
    path.write_bytes(data)
    return Answer(file=File(args.file.path, hashlib.sha256(data).hexdigest()))


def _properties(args: Args) -> Properties:
    if args.properties is None:
        raise ProtocolError("properties are missing")
    return args.properties


def _extension(args: Args) -> StoredExtension:
    if args.extension is None:
        raise ProtocolError("an extension is missing")
    return args.extension


_CALLS: dict[str, Call] = {
    "facts": lambda _h, s, _a: Answer(facts=s.facts()),
    "others": lambda _h, s, _a: Answer(sessions=s.others()),
    "extensions": lambda _h, s, a: Answer(extensions=s.extensions(a.name, a.extension)),
    "present": lambda _h, s, a: Answer(names=s.present(a.names)),
    "presence": lambda _h, s, a: Answer(text=s.presence(_extension(a)).value),
    "issues": lambda h, s, a: Answer(issues=s.issues(a.name or "", h.parcel(a.file))),
    "read": _read,
    "create": lambda h, s, a: Answer(extension=s.create(h.parcel(a.file), _properties(a))),
    "replace": lambda h, s, a: Answer(
        extension=s.replace(a.uuid, h.parcel(a.file), _properties(a))
    ),
    "changes_structure": lambda _h, s, a: Answer(flag=s.changes_structure(a.uuid)),
    "refresh_parameters": lambda _h, s, _a: Answer(flag=s.refresh_parameters()),
    "session_lock": lambda _h, s, _a: Answer(lock=s.session_lock()),
    "infobase_id": lambda _h, s, _a: Answer(text=s.infobase_id()),
    "keep_infobase_id": lambda _h, s, a: Answer(flag=s.keep_infobase_id(a.text)),
}

_ACTS: dict[str, Callable[[ComSession, Args], None]] = {
    "set_properties": lambda s, a: s.set_properties(a.uuid, _properties(a)),
    "delete": lambda s, a: s.delete(a.uuid),
    "lock": lambda s, a: s.lock(a.text, a.code),
    "unlock": lambda s, a: s.unlock(a.code),
    "log_event": lambda s, a: s.log_event(a.text),
}


def _unrefreshed(error: InfobaseError) -> InfobaseError:
    """1C's own library did not take note; what passes by itself stays what it is."""
    if error.code in _PASSING:
        return error
    return InfobaseError(Code.BSP_REFRESH_FAILED, error.source, why=error.source)


def _where(opening: Opening, *, is_connected: bool = False) -> Where:
    """What errors may name of the connection; its secrets go to the mask of the log."""
    cluster = opening.cluster
    if cluster is not None:
        hide(cluster.password)
        where = Where(srv=cluster.address, ref=cluster.ref)
    elif opening.connection is not None:
        connection = _parsed(opening.connection)
        hide(connection.password, connection.access_code)
        is_file = connection.kind is InfobaseKind.FILE
        ref = connection.file if is_file else f"{connection.server}\\{connection.ref}"
        where = Where(srv=connection.server, ref=ref)
    else:
        where = Where()
    dll = opening.connector.dll or where.dll
    return replace(where, bits=_BITS, dll=dll, is_connected=is_connected)


def _parsed(text: str) -> ConnectionString:
    try:
        return ConnectionString.parse(text)
    except ConnectionStringError as error:
        raise ProtocolError(str(error)) from None
