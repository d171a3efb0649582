"""Метаданные, and what 1C's own library brings into a configuration that has it."""

from collections.abc import Iterable

from agent.simulated.locks import Locker
from agent.simulated.members import ComObject, Member, always, metadata, method, prop
from agent.simulated.values import BinaryData, Value, text_of
from agent.simulated.world import World
from onec.cfe import BadCfe, read_cfe

_REGISTER = "ПараметрыРаботыВерсийРасширений"
_CONNECTIONS = "СоединенияИБ"


def _described(name: str) -> Member:
    return metadata(name, lambda own: Value(own.world, name))


class Collection(ComObject):
    """Objects of metadata of one kind."""

    is_plain = True

    def __init__(self, world: World, *names: str) -> None:
        super().__init__(world)
        self._names = names if world.state.has_bsp else ()

    def members(self) -> Iterable[Member]:
        own = (_described(name) for name in self._names)
        return (*own, *self._members)

    @method("Найти", "Find", 1)
    def find(self, name: object) -> object:
        wanted = text_of(self.world, name, 1).casefold()
        found = [one for one in self._names if one.casefold() == wanted]
        return Value(self.world, found[0]) if found else None


class Metadata(ComObject):
    """Метаданные of the configuration."""

    names = ("ОбъектМетаданныхКонфигурация", "ConfigurationMetadataObject")

    @prop("Имя", "Name")
    def name(self) -> str:
        return self.world.state.configuration.name

    @prop("Версия", "Version")
    def version(self) -> str:
        return self.world.state.configuration.version

    @prop("РежимСовместимости", "CompatibilityMode")
    def mode(self) -> Value:
        mode = self.world.state.compatibility_mode
        if mode is None:
            return Value(self.world, "НеИспользовать", "DontUse")
        return Value(self.world, mode, mode.replace("Версия", "Version"))

    @prop("РегистрыСведений", "InformationRegisters")
    def registers(self) -> Collection:
        return Collection(self.world, _REGISTER)

    @prop("ОбщиеМодули", "CommonModules")
    def modules(self) -> Collection:
        return Collection(self.world, _CONNECTIONS)


class Register(ComObject):
    """РегистрыСведений.ПараметрыРаботыВерсийРасширений with the method of its module."""

    @method("ОбновитьПараметрыРаботыРасширений", "", alias=always("refresh"), is_metadata=True)
    def refresh(self) -> None:
        with self.world.store.change() as state:
            state.refreshes += 1


class Registers(ComObject):
    """РегистрыСведений, the managers."""

    def members(self) -> Iterable[Member]:
        own = (metadata(_REGISTER, lambda self: Register(self.world)),)
        return own if self.world.state.has_bsp else ()


class Connections(ComObject):
    """The common module СоединенияИБ."""

    @method("УстановитьБлокировкуСоединений", "", 0, 2, alias=always("lock"), is_metadata=True)
    def lock(self, message: object = "", code: object = "") -> bool:
        texts = [text_of(self.world, one, at) for at, one in ((1, message), (2, code))]
        Locker(self.world).set(texts[1], texts[0])
        return True

    @method("РазрешитьРаботуПользователей", "", alias=always("lock"), is_metadata=True)
    def unlock(self) -> bool:
        Locker(self.world).set(None, "")
        return True


class Description(ComObject):
    """ОписаниеКонфигурации: what a file of a configuration or an extension says of itself."""

    names = ("ОписаниеКонфигурации", "ConfigurationDescription")
    is_plain = True

    def __init__(self, world: World, data: object) -> None:
        super().__init__(world)
        if not isinstance(data, BinaryData):
            world.refuse("TYPE", number=2)
        try:
            self._cfe = read_cfe(data.data)
        except BadCfe:
            world.refuse("BAD_FILE")

    @prop("Имя", "Name")
    def name(self) -> str:
        return self._cfe.raw.name

    @prop("Версия", "Version")
    def version(self) -> str:
        return self._cfe.raw.version


MODULES = (metadata(_CONNECTIONS, lambda own: Connections(own.world)),)
