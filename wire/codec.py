"""Message <-> JSON: known members strictly, unknown ones dropped, values never repeated."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    NoReturn,
    Protocol,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)


class Message(Protocol):
    """Any dataclass of this package."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


M = TypeVar("M", bound=Message)
_Reader = Callable[[object, str], object]  # value and its pointer -> what the field holds


class WireError(ValueError):
    """JSON that is not the message expected: where, as an RFC 6901 pointer, and why.

    Neither part holds anything of the input, so both may be logged and shown.
    """

    def __init__(self, pointer: str, why: str) -> None:
        super().__init__(f"{pointer or 'the document'} {why}")
        self.pointer = pointer
        self.why = why


def loads(cls: type[M], data: bytes) -> M:
    """Read a message from UTF-8 JSON, or raise WireError."""
    return from_dict(cls, _parse(data))


def dumps(message: Message) -> bytes:
    """Write a message as compact UTF-8 JSON."""
    text = json.dumps(to_dict(message), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def from_dict(cls: type[M], value: object) -> M:
    """Read a message from parsed JSON, or raise WireError.

    An absent member takes its default; without one it is null, where null is allowed.
    """
    return cast(M, _reader(cls)(value, ""))


def to_dict(message: Message) -> dict[str, object]:
    """Turn a message into plain JSON values, absent ones as null."""
    return {field.name: _plain(getattr(message, field.name)) for field in fields(message)}


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.value if isinstance(value, StrEnum) else value


def _parse(data: bytes) -> object:
    with suppress(ValueError, RecursionError):
        text = data.decode()
        value: object = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        if "\\u" in text:  # an escape can smuggle half a character in, which no file takes
            json.dumps(value, ensure_ascii=False).encode()
        return value
    # not from inside: Python's error holds the whole document and would go along as the context
    raise WireError("", "is not UTF-8 JSON")


def _no_constant(_name: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are Python's, not JSON's


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError
    return number


@cache
def _reader(hint: Any) -> _Reader:
    """Make the reader of one annotation, once."""
    origin = get_origin(hint)
    if origin is not None:
        return _GENERIC[origin](get_args(hint))
    if is_dataclass(hint):
        return _message(cast("type[Message]", hint))
    if issubclass(hint, StrEnum):
        return _choice({member.value: member for member in hint})
    return _SCALARS[hint]


def _message(cls: type[Message]) -> _Reader:
    hints = get_type_hints(cls)
    readers = {field.name: _reader(hints[field.name]) for field in fields(cls)}
    bare = {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}
    nulls = dict.fromkeys(name for name in bare if NoneType in get_args(hints[name]))

    def read(value: object, pointer: str) -> object:
        if not isinstance(value, dict):
            raise WireError(pointer, "must be an object")
        found: dict[str, object] = dict(nulls)
        for name, reader in readers.items():
            if name in value:
                found[name] = reader(value[name], f"{pointer}/{name}")
            elif name in bare and name not in nulls:
                raise WireError(f"{pointer}/{name}", "is missing")
        return cls(**found)

    return read


def _optional(args: tuple[Any, ...]) -> _Reader:
    (some,) = (_reader(arg) for arg in args if arg is not NoneType)
    return lambda value, pointer: None if value is None else some(value, pointer)


def _list(args: tuple[Any, ...]) -> _Reader:
    item = _reader(args[0])

    def read(value: object, pointer: str) -> object:
        if not isinstance(value, list):
            raise WireError(pointer, "must be a list")
        return [item(each, f"{pointer}/{at}") for at, each in enumerate(value)]

    return read


def _dict(args: tuple[Any, ...]) -> _Reader:
    item = _reader(args[1])

    def read(value: object, pointer: str) -> object:
        if not isinstance(value, dict):
            raise WireError(pointer, "must be an object")
        # a free name is input as well: the pointer must not repeat it
        return {name: item(each, f"{pointer}/?") for name, each in value.items()}

    return read


def _choice(members: dict[str, Any]) -> _Reader:
    why = f"must be one of: {', '.join(members)}"

    def read(value: object, pointer: str) -> object:
        if not isinstance(value, str) or value not in members:
            raise WireError(pointer, why)
        return members[value]

    return read


def _scalar(kind: type, why: str) -> _Reader:
    def read(value: object, pointer: str) -> object:
        if type(value) is not kind:  # isinstance would take true for 1
            raise WireError(pointer, why)
        return value

    return read


_GENERIC: dict[object, Callable[[tuple[Any, ...]], _Reader]] = {
    Union: _optional,
    UnionType: _optional,
    list: _list,
    dict: _dict,
    Literal: lambda args: _choice({text: text for text in args}),
}
_SCALARS: dict[object, _Reader] = {
    str: _scalar(str, "must be text"),
    int: _scalar(int, "must be a whole number"),
    bool: _scalar(bool, "must be true or false"),
    object: lambda value, _pointer: value,
}
