"""What was planned to go wrong, call by call."""

import os
import time
from dataclasses import dataclass
from typing import NoReturn

from agent.codes import Code
from agent.simulated.state import Store
from agent.simulated.texts import TEXTS
from agent.simulated.world import (
    DISCONNECTED,
    NO_SERVER,
    World,
    com_failure,
    connector_failure,
)

_OWN = frozenset(
    {
        *("create", "connect", "facts", "extensions", "presence", "issues", "read", "write"),
        *("set_properties", "delete", "infobase_id", "lock", "refresh"),
    }
)
_ANY = "*"
_EFFECTS = frozenset({"garbled", "duplicate", "unstored", "unset", "absent", "disabled"})
_OLD = {"lost_before": "before lost", "lost_after": "after lost"}
_CRASHED = 3


@dataclass(frozen=True, slots=True)
class Keys:
    """How a call can be named: by its member, casefolded, and by the agent's own word."""

    members: frozenset[str]
    alias: str

    def name(self, key: str) -> bool:
        """Whether `key` of the plan means this call."""
        if key in _OWN:
            return key == self.alias
        return key == _ANY or key.casefold() in self.members


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens before or after the effect of a call."""

    when: str
    verb: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """All that happens to one call."""

    acts: tuple[Act, ...] = ()
    effects: tuple[str, ...] = ()


def take(store: Store, keys: Keys) -> Fate:
    """What was planned for this call; a word out of a list is used up."""
    for key, planned in store.read().faults.items():
        if not keys.name(key):
            continue
        word = planned
        if isinstance(planned, list):
            word = planned[0] if planned else None
            _use_up(store, key, planned)
        if word is not None:
            return parse(str(word))
    return Fate()


def parse(word: str) -> Fate:
    """Read a word of the plan; ValueError for one that means nothing."""
    if " fail " in f" {word}":
        return Fate((_act(word),))
    parts = [part.strip() for part in word.split("+")]
    acts = tuple(_act(_OLD.get(part, part)) for part in parts if part not in _EFFECTS)
    return Fate(acts, tuple(part for part in parts if part in _EFFECTS))


def suffer(world: World, fate: Fate, when: str) -> None:
    """Do what was planned for this side of the effect."""
    for act in fate.acts:
        if act.when == when:
            _ACTS[act.verb](world, act.detail)


def _use_up(store: Store, key: str, planned: list[object]) -> None:
    if planned:
        with store.change() as state:
            state.faults[key] = planned[1:]


def _act(text: str) -> Act:
    words = text.split(" ")
    if words[0] == "crash":
        return Act(words[1], "crash")
    when = words.pop(0) if words[0] in ("before", "after") else "before"
    verb, detail = (words or [""])[0], " ".join(words[1:])
    if verb in TEXTS:
        return Act(when, "refuse", verb)
    if verb not in _ACTS:
        raise ValueError(f"a fault cannot be {text!r}")
    return Act(when, verb, detail)


def _refuse(world: World, code: str) -> NoReturn:
    _fail(world, world.text(code))


def _fail(world: World, text: str) -> NoReturn:
    raise world.failure(text) if world.number else connector_failure(text)


def _lose(world: World, _detail: str) -> NoReturn:
    world.lose()
    _refuse(world, Code.CONNECTION_LOST)


def _break(world: World, detail: str) -> NoReturn:
    hresult = int(detail, 16)
    if hresult in (DISCONNECTED, NO_SERVER):
        world.lose(hresult)
    raise com_failure(hresult)


def _hang(_world: World, detail: str) -> None:
    time.sleep(float(detail))


def _crash(_world: World, _detail: str) -> NoReturn:
    os._exit(_CRASHED)  # as a DLL that faults: nothing is cleaned up


_ACTS = {
    "refuse": _refuse,
    "fail": _fail,
    "lost": _lose,
    "com": _break,
    "hang": _hang,
    "crash": _crash,
}
