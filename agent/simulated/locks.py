"""The lock of sessions: who sets it, and what a refused session reads."""

from agent.codes import Code
from agent.simulated.members import ComObject, prop
from agent.simulated.state import Simulation
from agent.simulated.values import bool_of, text_of
from agent.simulated.world import World


class Locker:
    """Sets and lifts the lock; only a full administrator may."""

    def __init__(self, world: World) -> None:
        self._world = world

    def set(self, code: str | None, message: str) -> None:
        """Refuse new sessions without the code; None lets everybody in."""
        if not self._world.state.rights.administration:
            self._world.refuse(Code.NO_RIGHTS)
        with self._world.store.change() as state:
            state.lock = code
            state.lock_message = message if code is not None else ""


class SessionLock(ComObject):
    """A БлокировкаСеансов; it takes effect when it is given back to 1C."""

    names = ("БлокировкаСеансов", "SessionsLock")
    is_plain = True

    def __init__(self, world: World, state: Simulation | None = None) -> None:
        super().__init__(world)
        self.is_set = state is not None and state.lock is not None
        self.message = state.lock_message if state else ""
        self.code = (state.lock or "") if state else ""
        self._parameter = ""

    def _set(self, value: object) -> None:
        self.is_set = bool_of(self.world, value, 1)

    def _say(self, value: object) -> None:
        self.message = text_of(self.world, value, 1)

    def _let(self, value: object) -> None:
        self.code = text_of(self.world, value, 1)

    def _pass(self, value: object) -> None:
        self._parameter = text_of(self.world, value, 1)

    def _when(self, _value: object) -> None:
        """The lock of the fake begins at once and has no end."""

    @prop("Установлена", "Use", _set)
    def use(self) -> bool:
        return self.is_set

    @prop("Сообщение", "Message", _say)
    def text(self) -> str:
        return self.message

    @prop("КодРазрешения", "KeyCode", _let)
    def key(self) -> str:
        return self.code

    @prop("Параметр", "Parameter", _pass)
    def parameter(self) -> str:
        return self._parameter

    @prop("Начало", "Begin", _when)
    def begin(self) -> None:
        return None

    @prop("Конец", "End", _when)
    def end(self) -> None:
        return None
