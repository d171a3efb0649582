"""One session of 1C over COM: what the port asks for, in 1C's own names.

Call budget, in Invokes of a session: `facts` 10 once, then none; `extensions` see Extensions.find;
`issues` 4, `create` and `replace` 2 to 8 after `issues` of the same bytes, `read` 2,
`refresh_parameters` 2, `presence` 11 to 13, `log_event` 1, `others` 2 + 5 for each session.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from agent.codes import Code
from agent.com import locking, transfer
from agent.com.dispatch import EMPTY, MISSING, Disp
from agent.com.errors import ComError, clean, code_of
from agent.com.extensions import Extensions, listed, text_of
from agent.com.locking import Gate
from agent.errors import InfobaseError, filled
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
from onec.cfe import BadCfe, read_cfe
from wire.extensions import InfobaseKind, Purpose
from wire.problems import Sentence

_REGISTER: Final = "ПараметрыРаботыВерсийРасширений"  # of 1C's own library
_CRITICAL: Final = frozenset({"критичная", "critical"})
_OBJECT, _KEY, _EVENT = "Podkluch", "InfobaseId", "Podkluch"
_GONE: Final = Sentence("расширение {uuid} не найдено", "extension {uuid} is not there")
_NEW: Final = Properties()  # how 1C makes an extension


@dataclass(frozen=True, slots=True)
class Parcel:
    """Bytes on their way into 1C; `path` holds them too, where 1C can open it."""

    data: bytes
    path: Path | None = None

    @property
    def sha256(self) -> str:
        """To know it again."""
        return hashlib.sha256(self.data).hexdigest()


class ComSession:
    """Raises ComError, and InfobaseError for what is no error of COM."""

    def __init__(self, connection: Disp, kind: InfobaseKind, gate: Gate) -> None:
        self.connection = connection
        self._kind = kind
        self._gate = gate
        self._extensions = Extensions(connection)
        self._facts: InfobaseFacts | None = None
        self._metadata_object: Disp | None = None
        self._registers_object: Disp | None = None
        self._draft: Disp | None = None  # a new object, until it is written
        self._binary: tuple[str, Disp] | None = None  # the last parcel, by its SHA-256
        self._number: int | None = None

    @property
    def number(self) -> int:
        """The number of this session in 1C."""
        if self._number is None:
            found = self.connection.call("НомерСеансаИнформационнойБазы")
            self._number = int(found) if isinstance(found, int | float) else 0
        return self._number

    def facts(self) -> InfobaseFacts:
        """Asked of 1C once: nothing of it changes within a session."""
        if self._facts is None:
            self._facts = self._read_facts()
        return self._facts

    def others(self) -> list[OpenSession]:
        """Sessions of other people and programs."""
        rows = listed(self.connection.made("ПолучитьСеансыИнформационнойБазы"))
        found = [self._open(row) for row in rows]
        return [one for one in found if one.number != self.number]

    def extensions(
        self, name: str | None = None, known: StoredExtension | None = None
    ) -> list[StoredExtension]:
        """Those of the database."""
        return self._extensions.find(name, known)

    def present(self, names: list[str]) -> list[str]:
        """Which of these names some extension has."""
        return [name for name in names if self._extensions.is_there(name)]

    def presence(self, extension: StoredExtension) -> Presence:
        """By name, HashSum and scope, as 1C's own library compares."""
        source = self.connection.held("ИсточникРасширенийКонфигурации")
        if self._runs(extension, source.get("СеансАктивные")):
            return Presence.APPLIED
        if self._runs(extension, source.get("СеансОтключенные")):
            return Presence.DISABLED
        return Presence.ABSENT

    def issues(self, name: str, parcel: Parcel) -> list[Issue]:
        """Everything that keeps these bytes from being applied, not only the first of it."""
        item = self._extensions.named(name) or self._new()
        found = item.made("ПроверитьВозможностьПрименения", self._of(parcel), True)  # noqa: FBT003 - 1C's own flag
        return [self._issue(row) for row in listed(found)]

    def read(self, uuid: str, path: Path | None) -> bytes:
        """The bytes; they may pass through `path`."""
        binary = self._there(uuid).made("ПолучитьДанные")
        return transfer.out_of(self.connection, binary, path)

    def create(self, parcel: Parcel, properties: Properties) -> StoredExtension:
        """A new extension; 1C shows placeholders until it is fetched again."""
        item = self._new()
        uuid = self._extensions.uuid(item)
        self._write(item, parcel, properties, _NEW)
        return StoredExtension(
            uuid, "Расширение", "", NOT_STORED, _purpose(parcel.data), properties=properties
        )

    def replace(self, uuid: str, parcel: Parcel, properties: Properties) -> StoredExtension:
        """New bytes into a stored extension; properties that are right are not set again."""
        item, now = self._there(uuid), self._extensions.seen(uuid)
        self._write(item, parcel, properties, now.properties if now else None)
        if now is None:
            now = StoredExtension(uuid, "Расширение", "", NOT_STORED, _purpose(parcel.data))
        return replace(now, version="", hash_sum=NOT_STORED, properties=properties)

    def set_properties(self, uuid: str, properties: Properties) -> None:
        """Properties only: Записать without data."""
        item = self._there(uuid)
        self._extensions.set(item, properties, None)
        self._gate("WRITING")
        item.call("Записать")
        self._extensions.forget()

    def delete(self, uuid: str) -> None:
        """Remove it."""
        item = self._there(uuid)
        self._gate("DELETING")
        item.call("Удалить")
        self._extensions.forget()

    def changes_structure(self, uuid: str) -> bool:
        """Whether it keeps data of its own."""
        return self._there(uuid).call("ИзменяетСтруктуруДанных") is True

    def refresh_parameters(self) -> bool:
        """As 1C's own library does after each change of extensions."""
        if not self.facts().has_bsp:
            return False
        register = self._registers().held(_REGISTER)
        self._gate("REFRESHED")
        register.call("ОбновитьПараметрыРаботыРасширений")
        return True

    def log_event(self, text: str) -> None:
        """An entry of the event log; not being let is no error."""
        with _not_let():
            self.connection.call(
                "ЗаписьЖурналаРегистрации", _EVENT, MISSING, MISSING, MISSING, clean(text)
            )

    def infobase_id(self) -> str | None:
        """For everybody, else of this very user."""
        storage = self.connection.held("ХранилищеОбщихНастроек")
        for user in ((_OBJECT,), ()):
            with _not_let():
                found = storage.call("Загрузить", _OBJECT, _KEY, MISSING, *user)
                if isinstance(found, str) and found:
                    return text_of(found)
        return None

    def keep_infobase_id(self, value: str) -> bool:
        """For everybody, else for this very user."""
        storage = self.connection.held("ХранилищеОбщихНастроек")
        for user in ((_OBJECT,), ()):
            with _not_let():
                storage.call("Сохранить", _OBJECT, _KEY, value, MISSING, *user)
                return True
        return False

    def lock(self, message: str, code: str) -> None:
        """Never without a code: it would lock out the agent itself."""
        if not code:
            raise ValueError("a lock needs a permission code")
        locking.lock(self.connection, self._gate, message, code)

    def unlock(self, code: str) -> None:
        """Let everybody in, where the lock has this code."""
        locking.unlock(self.connection, self._gate, code)

    def session_lock(self) -> SessionLock:
        """Whether new sessions are refused."""
        return locking.seen(self.connection)

    def _read_facts(self) -> InfobaseFacts:
        connection, metadata = self.connection, self._metadata()
        system = connection.new("СистемнаяИнформация")
        return InfobaseFacts(
            kind=self._kind,
            configuration=text_of(metadata.get("Имя")),
            configuration_version=text_of(metadata.get("Версия")),
            platform_version=text_of(system.get("ВерсияПриложения")),
            compatibility_mode=self._mode(metadata),
            configuration_changed=connection.call("КонфигурацияИзменена") is True,
            may_administer_extensions=self._may("АдминистрированиеРасширенийКонфигурации"),
            may_administer=self._may("Администрирование"),
            session_number=self.number,
            has_bsp=self._registers().has(_REGISTER),
        )

    def _mode(self, metadata: Disp) -> str | None:
        mode = metadata.get("РежимСовместимости")
        return None if mode is EMPTY else text_of(self.connection.call("String", mode)) or None

    def _may(self, right: str) -> bool:
        return self.connection.call("ПравоДоступа", right, self._metadata()) is True

    def _metadata(self) -> Disp:
        if self._metadata_object is None:
            self._metadata_object = self.connection.held("Метаданные")
        return self._metadata_object

    def _registers(self) -> Disp:
        if self._registers_object is None:
            self._registers_object = self.connection.held("РегистрыСведений")
        return self._registers_object

    def _new(self) -> Disp:
        if self._draft is None:
            self._draft = self._extensions.manager.made("Создать")
        return self._draft

    def _there(self, uuid: str) -> Disp:
        found = self._extensions.of(uuid)
        if found is None:
            gone = filled(_GONE, uuid=uuid)
            raise InfobaseError(Code.CONNECTOR_ERROR, gone.en, text=gone)
        return found

    def _of(self, parcel: Parcel) -> Disp:
        """1C's object of the bytes; made once for the check and the write."""
        if self._binary is None or self._binary[0] != parcel.sha256:
            binary = transfer.into(self.connection, parcel.data, parcel.path)
            self._binary = (parcel.sha256, binary)
        return self._binary[1]

    def _write(
        self, item: Disp, parcel: Parcel, properties: Properties, now: Properties | None
    ) -> None:
        binary = self._of(parcel)
        self._extensions.set(item, properties, now)
        self._gate("WRITING")
        try:
            item.call("Записать", binary)
        finally:  # whatever became of it, none of these objects is what is stored
            self._extensions.forget()
            self._draft = None

    def _issue(self, row: Disp) -> Issue:
        severity = row.get("Важность")
        if isinstance(severity, Disp):
            severity = self.connection.call("String", severity)
        return Issue(clean(text_of(row.get("Описание"))), text_of(severity).casefold() in _CRITICAL)

    def _runs(self, extension: StoredExtension, source: object) -> bool:
        manager = self._extensions.manager
        array = manager.made("Получить", self._extensions.by_name(extension.name), source)
        for item in listed(array):
            key = (self._extensions.hash_sum(item), self._extensions.scope(item))
            if key == (extension.hash_sum, extension.scope):
                return True
        return False

    def _open(self, row: Disp) -> OpenSession:
        user = row.get("Пользователь")
        name = user.get("Имя") if isinstance(user, Disp) else user
        number = row.get("НомерСеанса")
        return OpenSession(
            application=clean(text_of(row.get("ИмяПриложения"))),
            computer=clean(text_of(row.get("ИмяКомпьютера"))),
            user=clean(text_of(name)),
            number=int(number) if isinstance(number, int | float) else 0,
        )


def _purpose(data: bytes) -> Purpose:
    """As the file says it; 1C decides whether it is one."""
    try:
        return Purpose(read_cfe(data).purpose_code)
    except (BadCfe, ValueError):
        return Purpose.CUSTOMIZATION


@contextmanager
def _not_let() -> Iterator[None]:
    """What 1C refuses to do here is left undone; a lost session is not."""
    try:
        yield
    except ComError as error:
        if code_of(error) in transfer.LOST:
            raise
