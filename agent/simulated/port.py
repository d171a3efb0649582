"""A small 1C kept in a folder: one infobase, its whole state in `infobase.json`.

Only `configuration` (name, version) and `platform_version` must be there; the rest has defaults:
see `Simulation`. `faults` names calls and what happens to them: a word, for every call, or a list
of words used up one by one, null for a call that succeeds. Calls: connect, facts, extensions,
issues, read, write, set_properties, delete, presence, infobase_id. Words: a code of `_TEXTS`; for
calls that change something also lost_before and lost_after (the connection breaks before or after
the effect), garbled, duplicate, unstored and unset (a broken effect; unset+lost_after is both); for
presence: absent, disabled.
"""

import base64
import hashlib
import stat
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.codes import Code
from agent.errors import InfobaseError, filled
from agent.files import write_whole
from agent.infobase import (
    NOT_STORED,
    InfobaseFacts,
    Issue,
    OpenSession,
    Presence,
    Properties,
    SessionLock,
    StoredExtension,
)
from onec.cfe import BadCfe, Cfe, read_cfe
from wire import codec
from wire.extensions import InfobaseKind, InstalledConfiguration, Purpose
from wire.problems import Sentence

_MINIMUM = (
    '{{"configuration": {{"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}},'
    ' "platform_version": "8.3.25.1286"}}'
)
_NEEDED = Sentence(
    "нужен файл {file} ({why}), самое малое " + _MINIMUM,
    "the file {file} is needed ({why}), at least " + _MINIMUM,
)
_TEXTS = {
    Code.BASE_NOT_FOUND: "Информационная база не обнаружена",
    Code.SERVER_NOT_FOUND: "Сервер 1С:Предприятия не обнаружен",
    Code.AUTH_FAILED: "Идентификация пользователя не выполнена",
    Code.SESSIONS_DENIED: "Начало сеанса с информационной базой запрещено",
    Code.NO_LICENSE: "Не обнаружено свободной лицензии",
    Code.NO_RIGHTS: "Нарушение прав доступа",
    Code.EXCLUSIVE_LOCK: "Ошибка исключительной блокировки информационной базы",
    Code.LOCK_CONFLICT: "Конфликт блокировок при выполнении транзакции",
    Code.BAD_FILE: "Неверный формат хранилища данных",
    Code.DUPLICATE_NAME: "Расширение с таким именем уже существует",
    Code.FROM_MASTER_NODE: "Расширение получено из главного узла",
    Code.CONNECTION_LOST: "Неизвестная ошибка",
}


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
    purpose: Purpose = Purpose.CUSTOMIZATION
    from_master_node: bool = False
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
            properties=self.properties,
        )


@dataclass(slots=True)
class Simulation:
    """What `infobase.json` holds."""

    configuration: InstalledConfiguration
    platform_version: str
    compatibility_mode: str | None = None
    kind: InfobaseKind = InfobaseKind.FILE
    configuration_changed: bool = False
    rights: Rights = field(default_factory=Rights)
    sessions: list[OpenSession] = field(default_factory=list)  # of other people
    issues: list[str] = field(default_factory=list)  # why 1C cannot apply an extension
    extensions: list[Row] = field(default_factory=list)
    infobase_id: str | None = None  # left there by an agent
    session_counter: int = 0
    lock: str | None = None  # its permission code
    has_bsp: bool = False
    faults: dict[str, object] = field(default_factory=dict)

    def row(self, uuid: str) -> Row:
        """The extension that nobody deleted meanwhile."""
        for row in self.extensions:
            if row.uuid == uuid:
                return row
        raise _error(Code.CONNECTION_LOST)

    def own_row(self, uuid: str) -> Row:
        """The same, unless another infobase decides about it."""
        row = self.row(uuid)
        if row.from_master_node:
            raise _error(Code.FROM_MASTER_NODE)
        return row


class SimulatedInfobase:
    """The infobase in `folder`; whatever it holds outlives this process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder.absolute() / "infobase.json"

    @property
    def place(self) -> str:
        return f"simulated:{self._file.parent}"

    @property
    def label(self) -> str:
        return self._file.parent.name

    def prepare(self) -> None:
        self.load()

    def connect(self, access_code: str | None = None) -> "SimulatedSession":
        lock = self.load().lock
        if lock is not None and lock != access_code:
            raise _error(Code.SESSIONS_DENIED)
        return SimulatedSession(self)

    def terminate(self, number: int) -> bool:
        state = self.load()
        state.sessions = [one for one in state.sessions if one.number != number]
        self.save(state)
        return state.kind is InfobaseKind.SERVER

    def load(self) -> Simulation:
        """Read the state, or raise BASE_NOT_FOUND with what the file must hold."""
        try:
            return codec.loads(Simulation, self._file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except (OSError, codec.WireError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            ref = filled(_NEEDED, file=self._file, why=why)
            raise InfobaseError(Code.BASE_NOT_FOUND, str(why), ref=ref) from error

    def save(self, state: Simulation) -> None:
        """Write the state, all or nothing, for those who could read it before."""
        mode = stat.S_IMODE(self._file.stat().st_mode)
        write_whole(self._file, codec.dumps(state), mode)

    def fault(self, call: str) -> str | None:
        """What happens to this call; a word out of a list is used up."""
        state = self.load()
        planned = state.faults.get(call)
        if not isinstance(planned, list):
            return None if planned is None else str(planned)
        word = planned.pop(0) if planned else None
        self.save(state)
        return None if word is None else str(word)


class SimulatedSession:
    """One session: what it runs with was fixed when it began."""

    def __init__(self, infobase: SimulatedInfobase) -> None:
        self._infobase = infobase
        self._is_open = True
        self._meet("connect")
        state = infobase.load()
        state.session_counter += 1
        infobase.save(state)
        self._number = state.session_counter
        self._running = {row.uuid: row for row in state.extensions if row.properties.active}

    def facts(self) -> InfobaseFacts:
        self._meet("facts")
        state = self._infobase.load()
        return InfobaseFacts(
            kind=state.kind,
            configuration=state.configuration.name,
            configuration_version=state.configuration.version,
            platform_version=state.platform_version,
            compatibility_mode=state.compatibility_mode,
            configuration_changed=state.configuration_changed,
            may_administer_extensions=state.rights.extensions,
            may_administer=state.rights.administration,
            session_number=self._number,
            has_bsp=state.has_bsp,
        )

    def others(self) -> list[OpenSession]:
        return self._infobase.load().sessions

    def extensions(
        self, name: str | None = None, known: StoredExtension | None = None
    ) -> list[StoredExtension]:
        del known  # nothing is spared where nothing costs
        self._meet("extensions")
        rows = self._infobase.load().extensions
        return [row.stored() for row in rows if name is None or row.name == name]

    def present(self, names: list[str]) -> list[str]:
        there = {row.name for row in self._infobase.load().extensions}
        return [name for name in names if name in there]

    def presence(self, extension: StoredExtension) -> Presence:
        word = self._meet("presence", passing=(Presence.ABSENT, Presence.DISABLED))
        if word:
            return Presence(word)
        running = self._running.get(extension.uuid)
        if running and running.hash_sum == extension.hash_sum:
            return Presence.APPLIED
        return Presence.ABSENT if extension.properties.active else Presence.DISABLED

    def issues(self, name: str, data: bytes) -> list[Issue]:
        self._meet("issues")
        _parse(data)
        return [Issue(f"{name}: {text}", critical=True) for text in self._infobase.load().issues]

    def read(self, uuid: str) -> bytes:
        self._meet("read")
        return base64.b64decode(self._infobase.load().row(uuid).data)

    def create(self, data: bytes, properties: Properties) -> StoredExtension:
        row = _row(str(uuid.uuid4()), data, properties)

        def change(state: Simulation) -> None:
            if any(other.name == row.name for other in state.extensions):
                raise _error(Code.DUPLICATE_NAME)
            state.extensions.append(row)

        self._write(data, change)
        # 1C shows these placeholders until the object is fetched anew
        return StoredExtension(row.uuid, "Расширение", "", NOT_STORED, properties=properties)

    def replace(self, uuid: str, data: bytes, properties: Properties) -> StoredExtension:
        row = _row(uuid, data, properties)
        before = self._infobase.load().row(uuid).stored()

        def change(state: Simulation) -> None:
            state.extensions[state.extensions.index(state.own_row(uuid))] = row

        self._write(data, change)
        return replace(before, properties=properties)  # the rest is what it was, until fetched

    def set_properties(self, uuid: str, properties: Properties) -> None:
        def change(state: Simulation) -> None:
            state.own_row(uuid).properties = properties

        self._change("set_properties", change)

    def delete(self, uuid: str) -> None:
        def change(state: Simulation) -> None:
            state.extensions.remove(state.own_row(uuid))

        self._change("delete", change)

    @property
    def process(self) -> None:
        return None

    def changes_structure(self, uuid: str) -> bool:
        data = base64.b64decode(self._infobase.load().row(uuid).data)
        return _parse(data).may_change_structure

    def refresh_parameters(self) -> bool:
        self._meet("refresh")
        return self._infobase.load().has_bsp

    def lock(self, message: str, code: str) -> None:
        self._set_lock(code)
        del message

    def unlock(self) -> None:
        self._set_lock(None)

    def session_lock(self) -> SessionLock:
        return SessionLock(self._infobase.load().lock is not None)

    def log_event(self, text: str) -> None:
        del text

    def infobase_id(self) -> str | None:
        self._meet("infobase_id")
        return self._infobase.load().infobase_id

    def keep_infobase_id(self, value: str) -> bool:
        self._meet("infobase_id")
        state = self._infobase.load()
        state.infobase_id = value
        self._infobase.save(state)
        return True

    def close(self) -> None:
        self._is_open = False

    def _set_lock(self, code: str | None) -> None:
        self._meet("lock")
        state = self._infobase.load()
        state.lock = code
        self._infobase.save(state)

    def _write(self, data: bytes, change: Callable[[Simulation], None]) -> None:
        if _parse(data).may_change_structure and self.others():
            raise self._busy()
        self._change("write", change)

    def _change(self, call: str, change: Callable[[Simulation], None]) -> None:
        """Do it, or what the fault of this call makes of it."""
        words = (self._meet(call, passing=_EFFECTS) or "").split("+")
        state = self._infobase.load()
        if not state.rights.extensions:
            raise _error(Code.NO_RIGHTS)
        change(state)
        for word in words:
            if word in _BROKEN:
                _BROKEN[word](state.extensions)
        self._infobase.save(state)
        if _LOST_AFTER in words:
            raise self._lost()

    def _meet(self, call: str, passing: tuple[str, ...] = ()) -> str | None:
        """Raise the fault of this call; words in `passing` are for the caller to act on."""
        if not self._is_open:
            raise _error(Code.CONNECTION_LOST)
        word = self._infobase.fault(call)
        if word is None or word.split("+")[0] in passing:
            return word
        if word == "lost_before":
            raise self._lost()
        raise self._busy() if word == Code.EXCLUSIVE_LOCK else _error(Code(word))

    def _lost(self) -> InfobaseError:
        self._is_open = False
        return _error(Code.CONNECTION_LOST)

    def _busy(self) -> InfobaseError:
        names = "; ".join(str(one) for one in self.others())
        return _error(Code.EXCLUSIVE_LOCK, sessions=names or "?")


def _garble(rows: list[Row]) -> None:
    rows[-1].version = "0"


def _duplicate(rows: list[Row]) -> None:
    rows.append(replace(rows[-1], uuid=str(uuid.uuid4())))


def _unstore(rows: list[Row]) -> None:
    rows[-1].hash_sum = NOT_STORED


def _unset(rows: list[Row]) -> None:
    rows[-1].properties = Properties()


_LOST_AFTER = "lost_after"
_BROKEN = {
    "garbled": _garble,
    "duplicate": _duplicate,
    "unstored": _unstore,
    "unset": _unset,
}
_EFFECTS = (_LOST_AFTER, *_BROKEN)


def _error(code: Code, **params: object) -> InfobaseError:
    text = _TEXTS[code]
    return InfobaseError(code, text, **{"why": text, "text": text, "ref": text, **params})


def _parse(data: bytes) -> Cfe:
    try:
        return read_cfe(data)
    except BadCfe as error:
        raise _error(Code.BAD_FILE) from error


def _row(uuid: str, data: bytes, properties: Properties) -> Row:
    cfe = _parse(data)
    hash_sum = hashlib.sha1(data, usedforsecurity=False).digest()  # any 20 bytes will do
    return Row(
        uuid=uuid,
        name=cfe.raw.name,
        version=cfe.raw.version,
        hash_sum=base64.b64encode(hash_sum).decode(),
        data=base64.b64encode(data).decode(),
        purpose=Purpose(cfe.purpose_code),
        properties=properties,
    )
