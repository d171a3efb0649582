"""What every object of one session shares: the store, the language, and whether it still lives."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn
from weakref import WeakValueDictionary, finalize

from agent.codes import Code, Lang
from agent.com.errors import ComError
from agent.errors import InfobaseError, fill
from agent.infobase import OpenSession
from agent.processes import started_at
from agent.simulated.state import Connected, Simulation, Speech, Store
from agent.simulated.texts import TEXTS, session_list
from onec.version import Version
from wire.extensions import InfobaseKind

UNKNOWN_NAME = 0x80020006
NOT_A_MEMBER = 0x80020003
BAD_COUNT = 0x8002000E
BAD_TYPE = 0x80020005
BAD_ARGUMENT = 0x80070057
DISCONNECTED = 0x80010108
NO_SERVER = 0x800706BA
_STRERRORS = {
    UNKNOWN_NAME: "Unknown name.",
    NOT_A_MEMBER: "Member not found.",
    BAD_COUNT: "Invalid number of parameters.",
    BAD_TYPE: "Type mismatch.",
    BAD_ARGUMENT: "The parameter is incorrect.",
    DISCONNECTED: "The object invoked has disconnected from its clients.",
    NO_SERVER: "The RPC server is unavailable.",
}
_EXCEPTION = 0x80020009
_FAILED = 0x80004005
_RUNTIME = 1001

_LIVE: "WeakValueDictionary[tuple[str, int], World]" = WeakValueDictionary()


class World:
    """One session, or none yet: number 0 is the connector before anybody connects."""

    def __init__(self, store: Store, number: int = 0, user: str = "") -> None:
        self.store, self.number, self.user = store, number, user
        rows = store.read().extensions if number else []
        self.applied = [replace(row) for row in rows if row.properties.active]
        self.disabled = [replace(row) for row in rows if not row.properties.active]
        self.hidden = ""  # what a fault makes of this session's own extensions
        self.effects: tuple[str, ...] = ()  # of the call that runs now
        self.lost: int | None = None
        if number:
            _LIVE[str(store.folder), number] = self
        if number and self.state.leftover_sessions:
            finalize(self, _leave, store, number)  # a killed process never comes there

    @property
    def state(self) -> Simulation:
        """The infobase as it is now."""
        return self.store.read()

    def require_alive(self) -> None:
        """Raise what COM answers when the session is gone."""
        if self.number in self.state.ended:
            is_server = self.state.kind is InfobaseKind.SERVER
            self.lost = NO_SERVER if is_server else DISCONNECTED
        if self.number and self.lost is not None:
            raise com_failure(self.lost)

    def others(self) -> list[OpenSession]:
        """Every session but this one, the SrvrConsole included."""
        state = self.state
        own = [one for one in living(self.store, state) if one.number != self.number]
        return [*state.sessions, *map(shown, own)]

    def in_the_way(self) -> list[OpenSession]:
        """Sessions that keep the infobase from being had alone."""
        return [one for one in self.others() if one.application != "SrvrConsole"]

    def refuse(self, what: str, **params: object) -> NoReturn:
        """1C itself says no, as its runtime does."""
        raise self.failure(self.text(what, **params))

    def failure(self, text: str) -> ComError:
        """An error of 1C's runtime, in any words."""
        source = f"1C:Enterprise {self.state.platform_version}"
        return raised(_RUNTIME, source, text, 0)

    def text(self, what: str, **params: object) -> str:
        """What 1C says to that, in its own language."""
        state = self.state
        known: Mapping[str, object] = {
            "message": state.lock_message,
            "here": state.platform_version,
            "there": state.server_version or "?",
            "sessions": self._session_list() if what == Code.EXCLUSIVE_LOCK else "",
        }
        lang: Lang = "ru" if state.language is Speech.RU else "en"
        return fill(TEXTS[what], lang, **{**known, **params})

    def lose(self, hresult: int = DISCONNECTED) -> None:
        """From now on every call fails."""
        self.lost = hresult

    def _session_list(self) -> str:
        state = self.state
        named = [(one.computer, one.application, one.number) for one in self.in_the_way()]
        version = Version.parse(state.platform_version).parts
        return session_list(named, version, ru=state.language is Speech.RU)


def connector_failure(text: str) -> ComError:
    """An error of the connector itself, which is what refuses a session."""
    return raised(0, "V83.COMConnector.1", text, signed(_FAILED))


def com_failure(hresult: int) -> ComError:
    """COM failed; 1C was not even asked."""
    return ComError(signed(hresult), _STRERRORS.get(hresult, ""), None, None)


def raised(wcode: int, source: str, text: str, scode: int) -> ComError:
    """DISP_E_EXCEPTION as pywin32 shows it."""
    excepinfo = (wcode, source, text, None, 0, scode)
    return ComError(signed(_EXCEPTION), "Exception occurred.", excepinfo, None)


def signed(hresult: int) -> int:
    """pywin32 shows an HRESULT as a signed number of 32 bits."""
    return hresult - (1 << 32) if hresult >> 31 else hresult


def living(store: Store, state: Simulation) -> list[Connected]:
    """Sessions begun through this connector that still count."""
    return [
        one
        for one in state.connected
        if one.number not in state.ended and _lives(store, state, one)
    ]


def shown(one: Connected) -> OpenSession:
    """A session of ours as 1C lists it."""
    return OpenSession("COMConnection", "PODKLUCH", one.user, one.number)


def _lives(store: Store, state: Simulation, one: Connected) -> bool:
    if one.pid == os.getpid():
        runs = (str(store.folder), one.number) in _LIVE
    else:
        runs = started_at(one.pid) == one.started_at
    return runs or state.leftover_sessions


def _leave(store: Store, number: int) -> None:
    with suppress(InfobaseError, OSError), store.change() as state:
        state.connected = [one for one in state.connected if one.number != number]
