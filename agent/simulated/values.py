"""Values of 1C that are objects of COM: enumerations, bytes, structures, arrays, ids."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.com.dispatch import EMPTY
from agent.simulated.members import ComObject, Member, given, method, prop
from agent.simulated.state import Speech
from agent.simulated.world import World


class Value(ComObject):
    """A value with a text of its own, and nothing to get or call."""

    is_plain = True

    def __init__(self, world: World, ru: str, en: str = "") -> None:
        super().__init__(world)
        self.ru, self.en = ru, en or ru

    @property
    def text(self) -> str:
        """What `String(value)` gives."""
        return self.ru if self.world.state.language is Speech.RU else self.en

    def is_named(self, name: str) -> bool:
        """Whether the value is that one, by either of its names."""
        return name in (self.ru, self.en)


class Uuid(Value):
    """A УникальныйИдентификатор."""

    names = ("УникальныйИдентификатор", "UUID")


class Enumeration(ComObject):
    """A system enumeration: its values are its properties."""

    is_plain = True

    def __init__(self, world: World, values: Iterable[tuple[str, str]]) -> None:
        super().__init__(world)
        self._values = tuple(_value(ru, en) for ru, en in values)

    def members(self) -> Iterable[Member]:
        return self._values


class BinaryData(ComObject):
    """ДвоичныеДанные: bytes of a file, or of a Base64 text."""

    names = ("ДвоичныеДанные", "BinaryData")
    is_plain = True

    def __init__(self, world: World, data: bytes) -> None:
        super().__init__(world)
        self.data = data

    @classmethod
    def of_file(cls, world: World, path: object) -> "BinaryData":
        """The bytes of a file that the process of 1C can read."""
        try:
            return cls(world, Path(text_of(world, path, 1)).read_bytes())
        except OSError:
            world.refuse("NO_FILE", path=path)

    @classmethod
    def of_base64(cls, world: World, text: object) -> "BinaryData":
        """The bytes of a Base64 text; 1C, too, passes over line breaks."""
        try:
            return cls(world, base64.b64decode(text_of(world, text, 1)))
        except binascii.Error:
            world.refuse("NO_VALUE")

    @property
    def base64(self) -> str:
        """As Base64Строка gives it: in lines of 76, as MIME has them."""
        return base64.encodebytes(self.data).decode().replace("\n", "\r\n").rstrip()

    @method("Размер", "Size")
    def size(self) -> int:
        return len(self.data)

    @method("Записать", "Write", 1)
    def write(self, path: object) -> None:
        try:
            Path(text_of(self.world, path, 1)).write_bytes(self.data)
        except OSError:
            self.world.refuse("NO_FILE", path=path)


class Structure(ComObject):
    """Структура: keys and values; each key is a property as well."""

    names = ("Структура", "Structure")
    is_plain = True

    def __init__(self, world: World, keys: str = "", values: Sequence[object] = ()) -> None:
        super().__init__(world)
        names = [key.strip() for key in keys.split(",") if key.strip()]
        found = [*values, *[EMPTY] * len(names)]
        self.values = dict(zip(names, found, strict=False))

    def members(self) -> Iterable[Member]:
        own = tuple(_key(key) for key in self.values)
        return (*own, *super().members())

    @method("Количество", "Count")
    def count(self) -> int:
        return len(self.values)

    @method("Вставить", "Insert", 1, 2)
    def insert(self, key: object, value: object = EMPTY) -> None:
        self.values[text_of(self.world, key, 1)] = value


class Array(ComObject):
    """Массив."""

    names = ("Массив", "Array")
    is_plain = True

    def __init__(self, world: World, values: Iterable[object] = ()) -> None:
        super().__init__(world)
        self.values = list(values)

    @method("Количество", "Count")
    def count(self) -> int:
        return len(self.values)

    @method("ВГраница", "UBound")
    def last(self) -> int:
        return len(self.values) - 1

    @method("Получить", "Get", 1)
    def at(self, index: object) -> object:
        if not isinstance(index, int) or not 0 <= index < len(self.values):
            self.world.refuse("NO_VALUE")
        return self.values[index]

    @method("Добавить", "Add", 1)
    def add(self, value: object) -> None:
        self.values.append(value)


class TypeDescription(ComObject):
    """ОписаниеТипов of one type, the way to a type as a value."""

    names = ("ОписаниеТипов", "TypeDescription")
    is_plain = True

    def __init__(self, world: World, type_name: str) -> None:
        super().__init__(world)
        self._type = type_name

    @method("Типы", "Types")
    def types(self) -> Array:
        return Array(self.world, [Value(self.world, self._type)])


class Protection(ComObject):
    """ОписаниеЗащитыОтОпасныхДействий; a new one warns."""

    names = ("ОписаниеЗащитыОтОпасныхДействий", "UnsafeOperationProtectionDescription")
    is_plain = True

    def __init__(self, world: World, *, warns: bool = True) -> None:
        super().__init__(world)
        self.warns = warns

    def _warn(self, value: object) -> None:
        self.warns = bool_of(self.world, value, 1)

    @prop("ПредупреждатьОбОпасныхДействиях", "UnsafeOperationWarnings", _warn)
    def warnings(self) -> bool:
        return self.warns


class SystemInfo(ComObject):
    """СистемнаяИнформация."""

    names = ("СистемнаяИнформация", "SystemInfo")
    is_plain = True

    @prop("ВерсияПриложения", "AppVersion")
    def version(self) -> str:
        return self.world.state.platform_version


def text_of(world: World, value: object, number: int) -> str:
    """A text, or 1C's complaint about parameter `number`."""
    if not isinstance(value, str):
        world.refuse("TYPE", number=number)
    return value


def bool_of(world: World, value: object, number: int) -> bool:
    """A Булево; 1C takes a number for one as well."""
    if not isinstance(value, bool | int):
        world.refuse("TYPE", number=number)
    return bool(value)


def argument(world: World, args: tuple[object, ...], at: int) -> object | None:
    """An optional argument; None where it is left out or Неопределено. NULL is neither."""
    if at < len(args) and args[at] is None:
        world.refuse("TYPE", number=at + 1)
    found = given(args, at)
    return None if found is EMPTY else found


def _value(ru: str, en: str) -> Member:
    return Member(ru, en, lambda own: Value(own.world, ru, en), is_method=False)


def _key(key: str) -> Member:
    def put(own: Structure, value: object) -> None:
        own.values[key] = value

    return Member(key, "", lambda own: own.values[key], is_method=False, put=put, is_metadata=True)
