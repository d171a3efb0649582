"""Explicit IDispatch: property or method is always said, and nothing else reaches COM."""

import logging
from collections import Counter
from datetime import datetime
from enum import Enum
from typing import Final, Protocol, TypeGuard

from agent.com.errors import (
    DISP_E_EXCEPTION,
    DISP_E_MEMBERNOTFOUND,
    DISP_E_TYPEMISMATCH,
    DISP_E_UNKNOWNNAME,
    ComError,
)
from agent.com.names import TYPES, english

logger = logging.getLogger(__name__)

METHOD: Final = 1
GET: Final = 2
PUT: Final = 4
_ABSENT = frozenset({DISP_E_MEMBERNOTFOUND, DISP_E_UNKNOWNNAME})
_INT64 = range(-(1 << 63), 1 << 63)


class Sentinel(Enum):
    """Values that COM has and Python has not."""

    EMPTY = "empty"  # VT_EMPTY, Неопределено
    MISSING = "missing"  # an optional argument left out

    def __repr__(self) -> str:
        return self.name


EMPTY: Final = Sentinel.EMPTY
MISSING: Final = Sentinel.MISSING


class Raw(Protocol):
    """One COM object, in the shape of pywin32's PyIDispatch; raises ComError."""

    def GetIDsOfNames(self, lcid: int, name: str, /) -> int:  # noqa: N802 - COM's own name
        """The number of a member's name."""

    def Invoke(  # noqa: N802 - COM's own name
        self,
        dispid: int,
        lcid: int,
        flags: int,
        want_result: bool,  # noqa: FBT001 - as pywin32 has it
        /,
        *args: object,
    ) -> object:
        """Get, put or call a member."""


class Tally:
    """How often members were looked up and invoked; names only, never a value."""

    def __init__(self) -> None:
        self.invokes: Counter[str] = Counter()
        self.lookups: Counter[str] = Counter()
        self.is_english = False  # a Russian name was unknown, its English twin was not

    def invoked(self, name: str) -> None:
        """One Invoke."""
        self.invokes[name] += 1
        logger.debug("invoke %s", name)

    def looked_up(self, name: str) -> None:
        """One GetIDsOfNames."""
        self.lookups[name] += 1


class Disp:
    """A COM object of 1C by its Russian names; what it returns as an object is one as well."""

    def __init__(self, raw: Raw, tally: Tally | None = None) -> None:
        self.raw = raw
        self.tally = tally or Tally()
        self._dispids: dict[str, int] = {}  # of this handle: two types may share no number

    def get(self, name: str) -> object:
        """The value of a property."""
        return self._invoke(name, GET)

    def put(self, name: str, value: object) -> None:
        """Set a property."""
        self._invoke(name, PUT, value)

    def call(self, name: str, *args: object) -> object:
        """Call a method."""
        return self._invoke(name, METHOD, *args)

    def held(self, name: str) -> "Disp":
        """The object that a property holds."""
        return _object(self.get(name), name)

    def made(self, name: str, *args: object) -> "Disp":
        """The object that a method returns."""
        return _object(self.call(name, *args), name)

    def new(self, kind: str, *args: object) -> "Disp":
        """A new object of 1C; the type has two names, `NewObject` itself has one."""
        names = (TYPES[kind], kind) if self.tally.is_english else (kind, TYPES[kind])
        try:
            return self.made("NewObject", names[0], *args)
        except ComError as error:
            if error.hresult != DISP_E_EXCEPTION:
                raise
        return self.made("NewObject", names[1], *args)

    def has(self, name: str) -> bool:
        """Whether there is such a member; costs no Invoke."""
        try:
            self._dispid(name)
        except ComError as error:
            if error.hresult in _ABSENT:
                return False
            raise
        return True

    def __repr__(self) -> str:
        return "Disp(…)"

    def _invoke(self, name: str, flags: int, *args: object) -> object:
        plain = [unwrapped(arg) for arg in args]
        dispid = self._dispid(name)
        try:
            return self._once(name, dispid, flags, plain)
        except ComError as error:
            other = self._other(name, dispid) if error.hresult in _ABSENT else None
            if other is None:
                raise
            result = self._once(name, other, flags, plain)
            self._dispids[name] = other
            return result

    def _once(self, name: str, dispid: int, flags: int, args: list[object]) -> object:
        self.tally.invoked(name)
        try:
            found = self.raw.Invoke(dispid, 0, flags, flags != PUT, *args)
        except ComError as error:
            error.member = name
            raise
        return self._wrapped(found)

    def _wrapped(self, value: object) -> object:
        if value is None:  # VT_EMPTY and VT_NULL both come like that
            return EMPTY
        if isinstance(value, tuple):  # a SAFEARRAY, which only the cluster's objects give
            return tuple(self._wrapped(item) for item in value)
        return Disp(value, self.tally) if is_raw(value) else value

    def _dispid(self, name: str) -> int:
        known = self._dispids.get(name)
        if known is not None:
            return known
        second = english(name)
        names = [name, second] if second else [name]
        if self.tally.is_english:
            names.reverse()
        found = self._first(names, name)
        self._dispids[name] = found
        return found

    def _first(self, spellings: list[str], name: str) -> int:
        """The number of the first spelling that this platform knows."""
        *others, last = spellings
        for spelling in others:
            try:
                return self._look_up(spelling, name)
            except ComError as error:
                if error.hresult not in _ABSENT:
                    raise
        found = self._look_up(last, name)
        self.tally.is_english = self.tally.is_english or (bool(others) and last != name)
        return found

    def _other(self, name: str, dispid: int) -> int | None:
        """The number of the English name, where it is another one."""
        second = english(name)
        if second is None:
            return None
        try:
            found = self._look_up(second, name)
        except ComError as error:
            if error.hresult in _ABSENT:
                return None
            raise
        return None if found == dispid else found

    def _look_up(self, spelling: str, name: str) -> int:
        self.tally.looked_up(name)
        try:
            return self.raw.GetIDsOfNames(0, spelling)
        except ComError as error:
            error.member = name
            raise


def _object(value: object, name: str) -> Disp:
    if isinstance(value, Disp):
        return value
    error = ComError(DISP_E_TYPEMISMATCH, f"{name}: {type(value).__name__}")
    error.member = name
    raise error


def is_raw(value: object) -> TypeGuard[Raw]:
    """Whether a result is an object of COM."""
    return hasattr(value, "Invoke") and hasattr(value, "GetIDsOfNames")


def unwrapped(value: object) -> object:
    """What may travel to COM; TypeError for the rest, None above all: COM makes it a NULL."""
    if isinstance(value, Disp):
        return value.raw
    if isinstance(value, bool | str | Sentinel):  # bool first: Python takes it for an int
        return value
    if isinstance(value, int) and value in _INT64:
        return value
    if isinstance(value, datetime) and value.tzinfo is None:  # a DATE of COM knows no zone
        return value
    raise TypeError(f"{type(value).__name__} cannot be given to 1C")
