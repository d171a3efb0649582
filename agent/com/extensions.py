"""Extensions of an infobase as objects of COM: found, read and set with few calls.

Each value costs a round trip, 80 ms over a slow line. Reading an extension whole takes 18 to 19
calls, so what is known already is not asked again: see `Extensions.find`.
"""

from dataclasses import replace
from typing import Final

from agent.com.dispatch import EMPTY, Disp
from agent.com.errors import harmless
from agent.com.transfer import base64_of
from agent.infobase import NOT_STORED, Properties, StoredExtension
from wire.extensions import Purpose

_ROLES: Final = "ИспользоватьОсновныеРолиДляВсехПользователей"  # from 8.3.15
_DISTRIBUTED: Final = "ИспользуетсяВРаспределеннойИнформационнойБазе"
_PURPOSES: Final = {
    "исправление": Purpose.PATCH,
    "patch": Purpose.PATCH,
    "дополнение": Purpose.ADDON,
    "addon": Purpose.ADDON,
}
_SCOPES: Final = {"разделениеданных": "DataSeparation", "dataseparation": "DataSeparation"}


class Extensions:
    """The manager of extensions; remembers the objects it met, until something is written."""

    def __init__(self, connection: Disp) -> None:
        self._connection = connection
        self._manager: Disp | None = None
        self._filters: dict[str, Disp] = {}
        self._met: dict[str, Disp] = {}  # by UUID
        self._seen: dict[str, StoredExtension] = {}  # the same, as they were read
        self._named: dict[str, Disp | None] = {}  # by name; None: looked for, and absent

    @property
    def manager(self) -> Disp:
        """РасширенияКонфигурации, asked for once."""
        if self._manager is None:
            self._manager = self._connection.held("РасширенияКонфигурации")
        return self._manager

    def find(self, name: str | None, known: StoredExtension | None = None) -> list[StoredExtension]:
        """All extensions (18 calls for each), or those of that name (4 calls, and the reading).

        With `known` one is read in 3 calls, if it still has that HashSum; after a write, with
        what the write returned, in 6: version, HashSum, Active and SafeMode are fetched anew.
        """
        array = self.manager.made("Получить", *([self.by_name(name)] if name else []))
        items = listed(array)
        self._forget(name)
        if name and len(items) == 1 and known is not None:
            return [self._compared(items[0], name, known)]
        found = [self._whole(item) for item in items]
        if name:
            self._named[name] = items[0] if len(items) == 1 else None
        return found

    def is_there(self, name: str) -> bool:
        """Whether there is one of that name; 3 calls."""
        array = self.manager.made("Получить", self.by_name(name))
        return array.call("Количество") != 0

    def named(self, name: str) -> Disp | None:
        """The object of that name, out of what this session met where it met it."""
        if name not in self._named:
            items = listed(self.manager.made("Получить", self.by_name(name)))
            self._named[name] = items[0] if len(items) == 1 else None
        return self._named[name]

    def of(self, uuid: str) -> Disp | None:
        """The object of that UUID; 5 calls where this session has not met it."""
        if uuid not in self._met:
            key = self._connection.new("УникальныйИдентификатор", uuid)
            wanted = self._connection.new("Структура", "УникальныйИдентификатор", key)
            for item in listed(self.manager.made("Получить", wanted)):
                self._met[uuid] = item
        return self._met.get(uuid)

    def seen(self, uuid: str) -> StoredExtension | None:
        """How this session read it last."""
        return self._seen.get(uuid)

    def by_name(self, name: str) -> Disp:
        """A filter for `Получить`, made once."""
        if name not in self._filters:
            self._filters[name] = self._connection.new("Структура", "Имя", name)
        return self._filters[name]

    def forget(self) -> None:
        """After a write every object is stale; filters are not."""
        self._met.clear()
        self._seen.clear()
        self._named.clear()

    def hash_sum(self, item: Disp) -> str:
        """1C's opaque token of the bytes; 2 calls."""
        value = item.get("ХешСумма")
        if not isinstance(value, Disp):
            return NOT_STORED
        return harmless(base64_of(self._connection, value))

    def scope(self, item: Disp) -> str:
        """InfoBase or DataSeparation; 2 calls."""
        return _SCOPES.get(self._text(item, "ОбластьДействия"), "InfoBase")

    def uuid(self, item: Disp) -> str:
        """Known before the first write already; 2 calls."""
        return text_of(self._connection.call("String", item.get("УникальныйИдентификатор")))

    def set(self, item: Disp, wanted: Properties, now: Properties | None) -> None:
        """Properties in the order of 1C's own library; `now` spares those that are right.

        SafeMode is set always: a new object has it on, whatever the platform shows.
        """
        item.put("БезопасныйРежим", wanted.security_profile or wanted.safe_mode)
        if now is None or now.unsafe_operation_warnings != wanted.unsafe_operation_warnings:
            protection = self._connection.new("ОписаниеЗащитыОтОпасныхДействий")
            protection.put("ПредупреждатьОбОпасныхДействиях", wanted.unsafe_operation_warnings)
            item.put("ЗащитаОтОпасныхДействий", protection)
        self._set_if(item, _ROLES, wanted.use_default_roles, now.use_default_roles if now else None)
        self._set_if(
            item,
            _DISTRIBUTED,
            wanted.used_in_distributed_infobase,
            now.used_in_distributed_infobase if now else None,
        )
        if now is None or now.active != wanted.active:
            item.put("Активно", wanted.active)

    def _set_if(self, item: Disp, name: str, wanted: bool, now: bool | None) -> None:  # noqa: FBT001 - the values of a property
        if now != wanted and item.has(name):
            item.put(name, wanted)

    def _forget(self, name: str | None) -> None:
        if name is None:
            self.forget()
        else:
            self._named.pop(name, None)

    def _compared(self, item: Disp, name: str, known: StoredExtension) -> StoredExtension:
        """What is known of it, with what may have changed since."""
        found = self.hash_sum(item)
        if known.hash_sum == NOT_STORED:
            one = self._reread(item, replace(known, name=name, hash_sum=found))
        elif found == known.hash_sum:
            one = known
        else:
            return self._whole(item)
        self._met[one.uuid], self._seen[one.uuid] = item, one
        self._named[name] = item
        return one

    def _reread(self, item: Disp, written: StoredExtension) -> StoredExtension:
        safe_mode, profile = _safe_mode(item.get("БезопасныйРежим"))
        properties = replace(
            written.properties,
            active=_true(item.get("Активно")),
            safe_mode=safe_mode,
            security_profile=profile,
        )
        return replace(written, version=text_of(item.get("Версия")), properties=properties)

    def _whole(self, item: Disp) -> StoredExtension:
        safe_mode, profile = _safe_mode(item.get("БезопасныйРежим"))
        protection = item.get("ЗащитаОтОпасныхДействий")
        one = StoredExtension(
            uuid=self.uuid(item),
            name=text_of(item.get("Имя")),
            version=text_of(item.get("Версия")),
            hash_sum=self.hash_sum(item),
            purpose=_PURPOSES.get(self._text(item, "Назначение"), Purpose.CUSTOMIZATION),
            from_master_node=item.get("ГлавныйУзел") is not EMPTY,
            scope=self.scope(item),
            properties=Properties(
                active=_true(item.get("Активно")),
                safe_mode=safe_mode,
                security_profile=profile,
                unsafe_operation_warnings=not isinstance(protection, Disp)
                or _true(protection.get("ПредупреждатьОбОпасныхДействиях")),
                # without the property nobody gets the roles of an extension by themselves
                use_default_roles=item.has(_ROLES) and _true(item.get(_ROLES)),
                used_in_distributed_infobase=item.has(_DISTRIBUTED)
                and _true(item.get(_DISTRIBUTED)),
            ),
        )
        self._met[one.uuid], self._seen[one.uuid] = item, one
        return one

    def _text(self, item: Disp, name: str) -> str:
        """A value of an enumeration as 1C writes it, casefolded and without spaces."""
        written = self._connection.call("String", item.get(name))
        return "".join(text_of(written).casefold().split())


def listed(array: Disp) -> list[Disp]:
    """The items of a Массив; one call, and one for each."""
    return [array.made("Получить", at) for at in range(count(array))]


def count(array: Disp) -> int:
    """How many items a Массив has."""
    found = array.call("Количество")
    return int(found) if isinstance(found, int | float) else 0


def _safe_mode(value: object) -> tuple[bool, str | None]:
    """On or off, and the security profile that 1C may hold in its place."""
    if isinstance(value, bool):
        return value, None
    return (True, text_of(value)) if isinstance(value, str) and value else (bool(value), None)


def _true(value: object) -> bool:
    return value is True


def text_of(value: object) -> str:
    """A text that 1C holds, without what could harm a console; nothing for other values."""
    return harmless(value) if isinstance(value, str) else ""
