"""Values of this process that are rebuilt when what they were made from has a newer version."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final, Generic, TypeVar

from starlette.concurrency import run_in_threadpool

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
        held = self.fresh(key, version)
        if held is not None:
            return held.value
        turn = self._turn(key)
        if not turn.acquire(timeout=WAIT_SECONDS):
            raise Busy
        try:
            held = self.fresh(key, version) or self._keep(key, build())
        finally:
            turn.release()
        return held.value

    def fresh(self, key: Hashable, version: int) -> Built[V] | None:
        """What is kept, if it is as new as the version or newer."""
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


class Flights:
    """Builds under way for one event loop: of each kind one at a time, whoever waits for it.

    They run in threads, and go on when a caller gives up.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[object]] = {}

    async def at_least(
        self, cache: NewestCache[V], key: Hashable, version: int, build: Callable[[], Built[V]]
    ) -> V:
        """As the cache's own, without holding a thread while others build."""
        held = cache.fresh(key, version)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while held is None:
                    await asyncio.shield(self._flight(cache, key, version, build))
                    held = cache.fresh(key, version)
        except TimeoutError:
            raise Busy from None
        return held.value

    def _flight(
        self, cache: NewestCache[V], key: Hashable, version: int, build: Callable[[], Built[V]]
    ) -> asyncio.Task[object]:
        flight = self._under_way.get(key)
        # One that is over, but not off the list yet, would be awaited for ever without a pause.
        if flight is None or flight.done():
            work = run_in_threadpool(partial(cache.at_least, key, version, build))
            flight = self._under_way[key] = asyncio.create_task(work)
            flight.add_done_callback(partial(self._landed, key))
        return flight

    def _landed(self, key: Hashable, flight: asyncio.Task[object]) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]
        if not flight.cancelled():
            flight.exception()  # its waiters have it, if there are any left
