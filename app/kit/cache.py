"""Values of this process that are rebuilt when what they were made from has a newer version."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

from app.kit.problems import Busy

V = TypeVar("V")
WAIT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Built(Generic[V]):
    """A value, the version of its source that it is at least as new as, and what it weighs."""

    version: int
    value: V
    weight: int = 1


class NewestCache(Generic[V]):
    """Keeps the newest value per key; a stale one is rebuilt by one caller, the others wait.

    A value is replaced only by one of a **greater** version. With "different" instead of
    "greater", a request that read the older row would rebuild what was just rebuilt, its neighbour
    again, and a few publications a second would keep every request rebuilding for ever.
    """

    def __init__(self, limit: int) -> None:
        """`limit` is the total weight above which what was not used for longest is dropped."""
        self._limit = limit
        self._held: OrderedDict[Hashable, Built[V]] = OrderedDict()
        self._building: dict[Hashable, Lock] = {}
        self._guard = Lock()

    def at_least(self, key: Hashable, version: int, build: Callable[[], Built[V]]) -> V:
        """The value of a key, as new as the version or newer; `Busy` if a build takes too long.

        A build that fails fails its caller alone; the next one tries again.
        """
        held = self._fresh(key, version)
        if held is not None:
            return held.value
        turn = self._turn(key)
        if not turn.acquire(timeout=WAIT_SECONDS):
            raise Busy
        try:
            held = self._fresh(key, version) or self._keep(key, build())
        finally:
            turn.release()
        return held.value

    def _fresh(self, key: Hashable, version: int) -> Built[V] | None:
        with self._guard:
            held = self._held.get(key)
            if held is None or held.version < version:
                return None
            self._held.move_to_end(key)
            return held

    def _turn(self, key: Hashable) -> Lock:
        with self._guard:
            return self._building.setdefault(key, Lock())

    def _keep(self, key: Hashable, built: Built[V]) -> Built[V]:
        with self._guard:
            self._held[key] = built
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(e.weight for e in self._held.values()) > self._limit:
                self._held.popitem(last=False)
        return built
