"""The connection: the global context of 1C as an external connection shows it."""

from collections.abc import Callable

from agent.com.dispatch import EMPTY
from agent.simulated import metadata
from agent.simulated.extensions import SOURCES, Manager
from agent.simulated.locks import Locker, SessionLock
from agent.simulated.members import ComObject, Member, always, given, method, prop
from agent.simulated.sessions import RunningSession
from agent.simulated.settings import Settings
from agent.simulated.state import Event, Speech
from agent.simulated.values import (
    Array,
    BinaryData,
    Enumeration,
    Protection,
    Structure,
    SystemInfo,
    TypeDescription,
    Uuid,
    Value,
    text_of,
)
from agent.simulated.world import World
from wire.extensions import InfobaseKind

_RIGHTS = {
    "администрированиерасширенийконфигурации": "extensions",
    "configurationextensionsadministration": "extensions",
    "администрирование": "administration",
    "administration": "administration",
    "монопольныйрежим": "administration",
    "exclusivemode": "administration",
    "внешнеесоединение": "",
    "externalconnection": "",
}
_LEVELS = (
    ("Информация", "Information"),
    ("Предупреждение", "Warning"),
    ("Ошибка", "Error"),
    ("Примечание", "Note"),
)
_KEPT_EVENTS = 100


def _structure(world: World, keys: object = "", *values: object) -> Structure:
    return Structure(world, text_of(world, keys, 2), values)


def _type(world: World, name: object) -> TypeDescription:
    return TypeDescription(world, text_of(world, name, 2))


_MAKERS: dict[type[ComObject], Callable[..., ComObject]] = {
    BinaryData: BinaryData.of_file,
    Structure: _structure,
    Array: Array,
    Protection: lambda world, *given: Protection(world, warns=not given),
    SystemInfo: SystemInfo,
    Uuid: lambda world, text: Uuid(world, text_of(world, text, 2)),
    SessionLock: SessionLock,
    TypeDescription: _type,
    metadata.Description: metadata.Description,
}
"""How `NewObject` makes what it can make."""


class Application(ComObject):
    """What `Connect` returns."""

    names = ("ВнешнееСоединение", "ExternalConnection")

    def members(self) -> tuple[Member, ...]:
        modules = metadata.MODULES if self.world.state.has_bsp else ()
        return (*self._members, *modules)

    @method("", "NewObject", 1, 20)
    def new(self, name: object, *args: object) -> object:
        wanted = text_of(self.world, name, 1)
        make = self._maker(wanted.casefold())
        if make is None:
            self.world.refuse("NO_TYPE", name=wanted)
        try:
            return make(self.world, *args)
        except TypeError:
            self.world.refuse("NO_VALUE")

    def _maker(self, wanted: str) -> Callable[..., ComObject] | None:
        """How an object of that type is made; None where this platform has no such type."""
        state = self.world.state
        for kind, make in _MAKERS.items():
            known = kind.names[1:] if state.english_names_only else kind.names
            absent = kind is metadata.Description and not state.has_configuration_description
            if wanted in [one.casefold() for one in known] and not absent:
                return make
        return None

    @prop("РасширенияКонфигурации", "ConfigurationExtensions")
    def extensions(self) -> Manager:
        return Manager(self.world)

    @prop("ИсточникРасширенийКонфигурации", "ConfigurationExtensionsSource")
    def sources(self) -> Enumeration:
        return Enumeration(self.world, SOURCES)

    @prop("УровеньЖурналаРегистрации", "EventLogLevel")
    def levels(self) -> Enumeration:
        return Enumeration(self.world, _LEVELS)

    @prop("Метаданные", "Metadata")
    def configuration(self) -> metadata.Metadata:
        return metadata.Metadata(self.world)

    @prop("РегистрыСведений", "InformationRegisters")
    def registers(self) -> metadata.Registers:
        return metadata.Registers(self.world)

    @prop("ХранилищеОбщихНастроек", "CommonSettingsStorage")
    def settings(self) -> Settings:
        return Settings(self.world)

    @method("Строка", "String", 1)
    def string(self, value: object) -> str:
        if isinstance(value, Value):
            return value.text
        if isinstance(value, bool):
            russian = self.world.state.language is Speech.RU
            return ("Да" if value else "Нет") if russian else ("Yes" if value else "No")
        if isinstance(value, ComObject):
            return value.names[0]
        return "" if value is EMPTY or value is None else str(value)

    @method("Base64Значение", "Base64Value", 1)
    def of_base64(self, text: object) -> BinaryData:
        return BinaryData.of_base64(self.world, text)

    @method("Base64Строка", "Base64String", 1)
    def to_base64(self, data: object) -> str:
        if not isinstance(data, BinaryData):
            self.world.refuse("TYPE", number=1)
        return data.base64

    @method("XMLЗначение", "XMLValue", 2)
    def of_xml(self, kind: object, text: object) -> BinaryData:
        if not isinstance(kind, Value) or kind.ru.casefold() not in [
            name.casefold() for name in BinaryData.names
        ]:
            self.world.refuse("TYPE", number=1)
        return BinaryData.of_base64(self.world, text)

    @method("XMLСтрока", "XMLString", 1)
    def to_xml(self, value: object) -> str:
        return value.base64 if isinstance(value, BinaryData) else str(value)

    @method("ПравоДоступа", "AccessRight", 2, 5)
    def right(self, name: object, kind: object, *_more: object) -> bool:
        if not isinstance(kind, metadata.Metadata):
            self.world.refuse("TYPE", number=2)
        field = _RIGHTS.get(text_of(self.world, name, 1).casefold())
        if field is None:
            self.world.refuse("NO_VALUE")
        return bool(getattr(self.world.state.rights, field)) if field else True

    @method("КонфигурацияИзменена", "ConfigurationChanged", alias=always("facts"))
    def is_changed(self) -> bool:
        return self.world.state.configuration_changed

    @method("НомерСеансаИнформационнойБазы", "InfoBaseSessionNumber")
    def number(self) -> int:
        return self.world.number

    @method("ПолучитьСеансыИнформационнойБазы", "GetInfoBaseSessions")
    def sessions(self) -> Array:
        world = self.world
        own = RunningSession(world, "COMConnection", "PODKLUCH", world.user, world.number)
        others = [
            RunningSession(world, one.application, one.computer, one.user, one.number)
            for one in world.others()
        ]
        return Array(world, [own, *others])

    @method("ИмяПользователя", "UserName")
    def user(self) -> str:
        return self.world.user

    @method("СтрокаСоединенияИнформационнойБазы", "InfoBaseConnectionString")
    def place(self) -> str:
        state = self.world.state
        if state.kind is InfobaseKind.FILE:
            return f'File="{self.world.store.folder}";'
        return f'Srvr="{state.cluster.server}";Ref="{state.cluster.ref}";'

    @method("ПолучитьБлокировкуСеансов", "GetSessionsLock")
    def lock(self) -> SessionLock:
        return SessionLock(self.world, self.world.state)

    @method("УстановитьБлокировкуСеансов", "SetSessionsLock", 1, alias=always("lock"))
    def set_lock(self, lock: object) -> None:
        if not isinstance(lock, SessionLock):
            self.world.refuse("TYPE", number=1)
        code = lock.code if lock.is_set else None
        Locker(self.world).set(code, lock.message)

    @method("ЗаписьЖурналаРегистрации", "WriteLogEvent", 1, 6)
    def log(self, *args: object) -> None:
        name, level, comment = (given(args, at) for at in (0, 1, 4))
        shown = level.text if isinstance(level, Value) else ""
        with self.world.store.change() as state:
            event = Event(text_of(self.world, name, 1), shown, str(comment or ""))
            state.events = [*state.events, event][-_KEPT_EVENTS:]
