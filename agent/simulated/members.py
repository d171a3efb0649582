"""IDispatch as 1C does it: members with two names and one number, told apart by kind."""

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

from agent.com.dispatch import GET, METHOD, MISSING, PUT
from agent.simulated import faults
from agent.simulated.world import (
    BAD_ARGUMENT,
    BAD_COUNT,
    BAD_TYPE,
    NOT_A_MEMBER,
    UNKNOWN_NAME,
    World,
    com_failure,
)
from onec.version import Version

Alias = Callable[[tuple[object, ...]], str]  # the agent's own word for a call with these arguments
S = TypeVar("S")
P = ParamSpec("P")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Member:
    """A property or method; `ru` or `en` is empty where it has one name only."""

    ru: str
    en: str
    call: Callable[..., object]
    is_method: bool
    put: Callable[..., object] | None = None
    least: int = 0
    most: int = 0
    alias: Alias | None = None
    since: str = ""  # the platform that brought it
    is_metadata: bool = False  # of the configuration, which has one language

    def named(self, name: str, *, english_only: bool) -> bool:
        """Whether this is its name in any case of letters."""
        russian = not english_only or self.is_metadata
        names = (self.ru if russian else "", self.en)
        return name.casefold() in (each.casefold() for each in names if each)


def method(
    ru: str,
    en: str,
    least: int = 0,
    most: int | None = None,
    *,
    alias: Alias | None = None,
    is_metadata: bool = False,
) -> Callable[[Callable[Concatenate[S, P], object]], Member]:
    """A method of 1C; it takes `least` to `most` arguments."""

    def made(call: Callable[Concatenate[S, P], object]) -> Member:
        return Member(
            ru,
            en,
            call,
            is_method=True,
            least=least,
            most=least if most is None else most,
            alias=alias,
            is_metadata=is_metadata,
        )

    return made


def prop(
    ru: str, en: str, put: Callable[..., object] | None = None, since: str = ""
) -> Callable[[Callable[[Any], object]], Member]:
    """A property of 1C, read only unless something puts it."""

    def made(call: Callable[[Any], object]) -> Member:
        return Member(ru, en, call, is_method=False, put=put, since=since)

    return made


class ComObject:
    """One object handed to the other side; a number is valid for this very handle."""

    names: ClassVar[tuple[str, str]] = ("", "")  # of the type
    is_plain: ClassVar[bool] = False  # a value; faults must name its type too
    _members: ClassVar[tuple[Member, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = (value for value in vars(cls).values() if isinstance(value, Member))
        cls._members = (*cls._members, *own)

    def __init__(self, world: World) -> None:
        self.world = world
        self._ids: dict[str, int] = {}
        self._found: dict[int, Member] = {}

    def GetIDsOfNames(self, lcid: int, name: str, /) -> int:  # noqa: N802 - COM's own name
        """The number of a name, the same for both languages."""
        del lcid
        self._begin("names", name)
        member = self.member(name)
        if member is None:
            raise com_failure(UNKNOWN_NAME)
        number = self._ids.setdefault(member.ru or member.en, 0) or next(_numbers)
        self._ids[member.ru or member.en] = number
        self._found[number] = member
        return number

    def Invoke(  # noqa: N802 - COM's own name
        self,
        dispid: int,
        lcid: int,
        flags: int,
        want_result: int,
        /,
        *args: object,
    ) -> object:
        """Get, put or call, and nothing that could be either."""
        del lcid, want_result
        member = self._found.get(dispid)
        self._begin("invoke", (member.ru or member.en) if member else "?")
        if member is None:
            raise com_failure(NOT_A_MEMBER)
        if flags not in (METHOD, GET, PUT):
            raise com_failure(BAD_ARGUMENT)
        _check_values(args)
        call = self._chosen(member, flags, len(args))
        given = tuple(None if arg is MISSING else arg for arg in args) if flags == PUT else args
        return self._do(member, call, given)

    def member(self, name: str) -> Member | None:
        """What has this name on this platform."""
        state = self.world.state
        platform = Version.parse(state.platform_version)
        for one in self.members():
            if one.since and platform < Version.parse(one.since):
                continue
            if one.named(name, english_only=state.english_names_only):
                return one
        return None

    def members(self) -> Iterable[Member]:
        """All that this object can do."""
        return self._members

    def _chosen(self, member: Member, flags: int, count: int) -> Callable[..., object]:
        if member.is_method is not (flags == METHOD):
            raise com_failure(NOT_A_MEMBER)
        if flags == PUT:
            return member.put or self._read_only(member)
        if not member.least <= count <= member.most:
            raise com_failure(BAD_COUNT)
        return member.call

    def _read_only(self, member: Member) -> Callable[..., object]:
        def refuse(_self: object, _value: object) -> None:
            self.world.refuse("READ_ONLY", name=member.ru or member.en)

        return refuse

    def _do(self, member: Member, call: Callable[..., object], args: tuple[object, ...]) -> object:
        keys = self._keys(member, args)
        fate = faults.take(self.world.store, keys)
        faults.suffer(self.world, fate, "before")
        self.world.effects = fate.effects
        try:
            result = call(self, *args)
        finally:
            self.world.effects = ()
        faults.suffer(self.world, fate, "after")
        return result

    def _keys(self, member: Member, args: tuple[object, ...]) -> faults.Keys:
        members = [name for name in (member.ru, member.en) if name]
        full = [f"{kind}.{name}" for kind in self.names if kind for name in members]
        plain = [] if self.is_plain else members
        alias = member.alias(args) if member.alias else ""
        return faults.Keys(frozenset(one.casefold() for one in (*plain, *full)), alias)

    def _begin(self, what: str, name: str) -> None:
        """Every call takes its time, is noted down, and needs a session."""
        state = self.world.state
        if state.logs_calls:
            self.world.store.note(f"{what} {name}")
        if state.latency_ms:
            time.sleep(state.latency_ms / 1000)
        self.world.require_alive()


def always(word: str) -> Alias:
    """The same word whatever the arguments."""
    return lambda _args: word


def metadata(name: str, value: Callable[[Any], object]) -> Member:
    """A property that the configuration brings, in its own language only."""
    return replace(Member(name, "", value, is_method=False), is_metadata=True)


def given(args: tuple[object, ...], at: int) -> object | None:
    """An argument; None where it was left out."""
    found = args[at] if at < len(args) else None
    return None if found is MISSING else found


def _check_values(args: tuple[object, ...]) -> None:
    """COM carries numbers, texts, objects and nothing; no list and no bytes reach 1C."""
    for at, value in enumerate(args):
        is_object = isinstance(value, ComObject)
        if not is_object and isinstance(value, list | tuple | bytes | dict):
            failure = com_failure(BAD_TYPE)
            failure.argerror = at
            raise failure
