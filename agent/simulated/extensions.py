"""РасширенияКонфигурации: the manager of extensions and the extensions themselves."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.codes import Code
from agent.com.dispatch import EMPTY
from agent.infobase import NOT_STORED, Properties
from agent.simulated.broken import BROKEN
from agent.simulated.members import ComObject, always, given, method, prop
from agent.simulated.state import Row, Simulation
from agent.simulated.values import (
    Array,
    BinaryData,
    Protection,
    Structure,
    Uuid,
    Value,
    argument,
    bool_of,
)
from agent.simulated.world import World
from onec.cfe import BadCfe, Cfe, read_cfe
from wire.extensions import Purpose

_APPLIED = ("СеансАктивные", "SessionApplied")
_DISABLED = ("СеансОтключенные", "SessionDisabled")
_DATABASE = ("БазаДанных", "Database")
SOURCES = (_DATABASE, _APPLIED, _DISABLED)
_PURPOSES = {
    Purpose.PATCH: ("Исправление", "Patch"),
    Purpose.CUSTOMIZATION: ("Адаптация", "Customization"),
    Purpose.ADDON: ("Дополнение", "AddOn"),
}
_SCOPES = {
    "InfoBase": ("ИнформационнаяБаза", "InfoBase"),
    "DataSeparation": ("РазделениеДанных", "DataSeparation"),
}
_ID = ("уникальныйидентификатор", "uuid")
_PLACEHOLDER = "Расширение"


def _asked(args: tuple[object, ...]) -> str:
    """The agent's own word for a Получить with these arguments."""
    source, wanted = given(args, 1), given(args, 0)
    if isinstance(source, Value) and not source.is_named(_DATABASE[0]):
        return "presence" if source.is_named(_APPLIED[0]) else ""
    by_id = isinstance(wanted, Structure) and any(key.casefold() in _ID for key in wanted.values)
    return "" if by_id else "extensions"


def _written(args: tuple[object, ...]) -> str:
    return "write" if given(args, 0) not in (None, EMPTY) else "set_properties"


def _put(field: str) -> Callable[..., None]:
    """Sets one property of an extension, of which 1C hears with the write."""

    def put(own: "Extension", value: object) -> None:
        own.wish(**{field: bool_of(own.world, value, 1)})

    return put


class Issue(ComObject):
    """One finding of the check whether an extension can be applied."""

    names = ("ПроблемаПримененияРасширенияКонфигурации", "ConfigurationExtensionApplicationIssue")
    is_plain = True

    def __init__(self, world: World, text: str, *, critical: bool) -> None:
        super().__init__(world)
        self._text, self._critical = text, critical

    @prop("Важность", "Severity")
    def severity(self) -> Value:
        if self._critical:
            return Value(self.world, "Критичная", "Critical")
        return Value(self.world, "Предупреждение", "Warning")

    @prop("Описание", "Description")
    def description(self) -> str:
        return self._text


class Extension(ComObject):
    """One РасширениеКонфигурации as it was when it was fetched; what is put waits for the write."""

    names = ("РасширениеКонфигурации", "ConfigurationExtension")

    def __init__(self, world: World, row: Row, *, is_new: bool = False) -> None:
        super().__init__(world)
        self._row, self._is_new = row, is_new
        self._wanted = row.properties

    def wish(self, **properties: object) -> None:
        """Remember what is to be written."""
        self._wanted = replace(self._wanted, **properties)  # type: ignore[arg-type]

    def _secure(self, value: object) -> None:
        if isinstance(value, str):  # the name of a security profile
            self.wish(safe_mode=True, security_profile=value)
        else:
            self.wish(safe_mode=bool_of(self.world, value, 1), security_profile=None)

    def _protect(self, value: object) -> None:
        if not isinstance(value, Protection):
            self.world.refuse("TYPE", number=1)
        self.wish(unsafe_operation_warnings=value.warns)

    @prop("Имя", "Name")
    def name(self) -> str:
        return self._row.name

    @prop("Синоним", "Synonym")
    def synonym(self) -> str:
        return "" if self._is_new else self._cfe().synonym.get("ru", "")

    @prop("Версия", "Version")
    def version(self) -> str:
        return self._row.version

    @prop("Назначение", "Purpose")
    def purpose(self) -> Value:
        return Value(self.world, *_PURPOSES[self._row.purpose])

    @prop("ОбластьДействия", "Scope")
    def scope(self) -> Value:
        return Value(self.world, *_SCOPES[self._row.scope])

    @prop("УникальныйИдентификатор", "UUID")
    def uuid(self) -> Uuid:
        return Uuid(self.world, self._row.uuid)

    @prop("ХешСумма", "HashSum")
    def hash_sum(self) -> BinaryData:
        return BinaryData(self.world, _token(self._row.hash_sum))

    @prop("ГлавныйУзел", "MasterNode")
    def master_node(self) -> object:
        return Value(self.world, "Главный узел") if self._row.from_master_node else None

    @prop("Активно", "Active", _put("active"))
    def active(self) -> bool:
        return self._wanted.active

    @prop("БезопасныйРежим", "SafeMode", _secure)
    def safe_mode(self) -> bool | str:
        return self._wanted.security_profile or self._wanted.safe_mode

    @prop("ЗащитаОтОпасныхДействий", "UnsafeActionProtection", _protect)
    def protection(self) -> Protection:
        return Protection(self.world, warns=self._wanted.unsafe_operation_warnings)

    @prop(
        "ИспользоватьОсновныеРолиДляВсехПользователей",
        "UseDefaultRolesForAllUsers",
        _put("use_default_roles"),
        since="8.3.15",
    )
    def roles(self) -> bool:
        return self._wanted.use_default_roles

    @prop(
        "ИспользуетсяВРаспределеннойИнформационнойБазе",
        "UsedInDistributedInfoBase",
        _put("used_in_distributed_infobase"),
    )
    def distributed(self) -> bool:
        return self._wanted.used_in_distributed_infobase

    @method("Записать", "Write", 0, 1, alias=_written)
    def write(self, *args: object) -> None:
        data = argument(self.world, args, 0)
        effects = self.world.effects
        changed = self._prepared(data)
        with self.world.store.change() as state:
            self._require_rights(state)
            self._place(state, changed)
            for effect in effects:
                BROKEN[effect](state.extensions, changed)
        self._is_new = False  # but its facts stay what they were until it is fetched anew

    @method("Удалить", "Delete", alias=always("delete"))
    def delete(self) -> None:
        if self._changes_structure(self._stored()) and self.world.in_the_way():
            self.world.refuse(Code.EXCLUSIVE_LOCK)
        with self.world.store.change() as state:
            self._require_rights(state)
            state.extensions.remove(self._own(state))

    @method("ПолучитьДанные", "GetData", alias=always("read"))
    def data(self) -> BinaryData:
        return BinaryData(self.world, base64.b64decode(self._stored().data))

    @method("ПроверитьВозможностьПрименения", "CheckCanApply", 0, 2, alias=always("issues"))
    def issues(self, *args: object) -> Array:
        data, whole = argument(self.world, args, 0), argument(self.world, args, 1)
        cfe = self._parsed(data.data) if isinstance(data, BinaryData) else self._cfe()
        state = self.world.state
        found = [Issue(self.world, f"{cfe.raw.name}: {one}", critical=True) for one in state.issues]
        found += [Issue(self.world, one, critical=False) for one in state.remarks]
        return Array(self.world, found if whole is True else found[:1])

    @method("ИзменяетСтруктуруДанных", "ModifiesDataStructure")
    def structure(self) -> bool:
        return self._changes_structure(self._stored())

    def _prepared(self, data: object) -> Row:
        """What would be stored."""
        if data is None:
            if self._is_new:
                self.world.refuse("NOT_STORED")
            return replace(self._stored(), properties=self._wanted)
        if not isinstance(data, BinaryData):
            self.world.refuse("TYPE", number=1)
        cfe = self._parsed(data.data)
        row = replace(
            self._row,
            name=cfe.raw.name,
            version=cfe.raw.version,
            hash_sum=base64.b64encode(_hash(data.data)).decode(),
            data=base64.b64encode(data.data).decode(),
            sha256=hashlib.sha256(data.data).hexdigest(),
            purpose=Purpose(cfe.purpose_code),
            properties=self._wanted,
        )
        if self._changes_structure(row) and self.world.in_the_way():
            self.world.refuse(Code.EXCLUSIVE_LOCK)
        return row

    def _place(self, state: Simulation, row: Row) -> None:
        same = [one for one in state.extensions if one.name == row.name and one.uuid != row.uuid]
        if same:
            self.world.refuse(Code.DUPLICATE_NAME)
        if self._is_new:
            state.extensions.append(row)
        else:
            state.extensions[state.extensions.index(self._own(state))] = row

    def _require_rights(self, state: Simulation) -> None:
        loosened = not self._wanted.safe_mode and self._row.properties.safe_mode
        may = state.rights.administration or not loosened
        if not (state.rights.extensions and may):
            self.world.refuse(Code.NO_RIGHTS)

    def _own(self, state: Simulation) -> Row:
        """The stored row, unless another infobase decides about it."""
        row = state.row(self._row.uuid) or self.world.refuse("NOT_STORED")
        if row.from_master_node:
            self.world.refuse(Code.FROM_MASTER_NODE)
        return row

    def _stored(self) -> Row:
        return self.world.state.row(self._row.uuid) or self.world.refuse("NOT_STORED")

    def _changes_structure(self, row: Row) -> bool:
        switch = self.world.state.changes_structure
        if switch is not None:
            return switch
        try:
            return read_cfe(base64.b64decode(row.data)).may_change_structure
        except BadCfe:
            return False

    def _cfe(self) -> Cfe:
        return self._parsed(base64.b64decode(self._stored().data))

    def _parsed(self, data: bytes) -> Cfe:
        try:
            return read_cfe(data)
        except BadCfe:
            self.world.refuse(Code.BAD_FILE)


class Manager(ComObject):
    """РасширенияКонфигурации."""

    names = ("РасширенияКонфигурации", "ConfigurationExtensions")

    @method("Создать", "Create")
    def create(self) -> Extension:
        row = Row(str(uuid.uuid4()), _PLACEHOLDER, "", NOT_STORED, "", properties=Properties())
        return Extension(self.world, row, is_new=True)

    @method("Получить", "Get", 0, 2, alias=_asked)
    def get(self, *args: object) -> Array:
        wanted, source = argument(self.world, args, 0), argument(self.world, args, 1)
        for at, (one, kind) in enumerate(((wanted, Structure), (source, Value))):
            if one is not None and not isinstance(one, kind):
                self.world.refuse("TYPE", number=at + 1)
        fields = self._filter(wanted)
        rows = [
            row
            for row in self._rows(source)
            if all(getattr(row, field).casefold() == value for field, value in fields.items())
        ]
        return Array(self.world, [Extension(self.world, row) for row in rows])

    @method("ПроверитьВозможностьПримененияВсех", "CheckCanApplyAll")
    def issues(self) -> Array:
        state = self.world.state
        return Array(self.world, [Issue(self.world, one, critical=True) for one in state.issues])

    def _rows(self, source: Any) -> list[Row]:
        world = self.world
        if source is None or source.is_named(_DATABASE[0]):
            return [replace(row) for row in world.state.extensions]
        if source.is_named(_APPLIED[0]):
            world.hidden = "".join(world.effects[:1])
            return [] if world.hidden else world.applied
        if world.hidden == "absent":
            return []
        return world.state.extensions if world.hidden else world.disabled

    def _filter(self, wanted: Any) -> dict[str, str]:
        """The filter as names of our own; a NULL is of no type that fits."""
        found = {}
        for key, value in wanted.values.items() if wanted else ():
            if key.casefold() in ("имя", "name") and isinstance(value, str):
                found["name"] = value.casefold()
            elif key.casefold() in _ID and isinstance(value, Uuid):
                found["uuid"] = value.ru.casefold()
            else:
                self.world.refuse("TYPE", number=1)
        return found


def _token(hash_sum: str) -> bytes:
    """The twenty bytes; a text that is no Base64 stands for itself."""
    try:
        return base64.b64decode(hash_sum, validate=True)
    except binascii.Error:
        return hash_sum.encode()


def _hash(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()  # any twenty bytes will do
