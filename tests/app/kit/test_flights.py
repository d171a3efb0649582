"""Builds for the event loop: of each kind one at a time, and no caller can harm another."""

import asyncio
from collections.abc import Callable
from threading import Event

import pytest

from app.kit import cache as module
from app.kit.cache import Built, Flights, NewestCache
from app.kit.problems import Busy
from tests.apart import run_apart


class Builder:
    """Counts its builds; each waits until it may go on, or fails."""

    def __init__(self, *, held: bool = False, fails: int = 0) -> None:
        self.begun, self.go_on, self.builds, self.fails = Event(), Event(), 0, fails
        if not held:
            self.go_on.set()

    def __call__(self) -> Built[str]:
        self.builds += 1
        self.begun.set()
        assert self.go_on.wait(60)
        if self.builds <= self.fails:
            raise OSError("no database")
        return Built(2, "two")


class Tower:
    """One process: a cache, and who flies for it."""

    def __init__(self, cache: NewestCache[str] | None = None) -> None:
        self.cache, self.flights = cache or NewestCache[str](10), Flights()

    async def ask(self, build: Callable[[], Built[str]], version: int = 2) -> str:
        return await self.flights.at_least(self.cache, "v", version, build)


async def until(event: Event) -> None:
    assert await asyncio.to_thread(event.wait, 60)


def test_many_at_once_build_one_value_once():
    async def run() -> None:
        tower, build = Tower(), Builder(held=True)
        asking = [asyncio.create_task(tower.ask(build)) for _ in range(64)]
        await until(build.begun)
        build.go_on.set()
        assert set(await asyncio.gather(*asking)) == {"two"}
        assert build.builds == 1

    run_apart(run())


def test_a_caller_that_gives_up_ends_no_build():
    async def run() -> None:
        tower, build = Tower(), Builder(held=True)
        first = asyncio.create_task(tower.ask(build))
        second = asyncio.create_task(tower.ask(build))
        await until(build.begun)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        build.go_on.set()
        assert await second == "two"
        assert build.builds == 1

    run_apart(run())


def test_a_build_that_nobody_waits_for_is_kept_all_the_same():
    async def run() -> None:
        tower, build = Tower(), Builder(held=True)
        only = asyncio.create_task(tower.ask(build))
        await until(build.begun)
        only.cancel()
        with pytest.raises(asyncio.CancelledError):
            await only
        again = asyncio.create_task(tower.ask(build))
        build.go_on.set()
        assert await again == "two"
        assert build.builds == 1

    run_apart(run())


def test_a_failed_build_fails_those_who_waited_and_the_next_one_tries_again():
    async def run() -> None:
        tower, build = Tower(), Builder(held=True, fails=1)
        asking = [asyncio.create_task(tower.ask(build)) for _ in range(8)]
        await until(build.begun)
        build.go_on.set()
        told = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(each) for each in told] == [OSError] * 8
        assert await tower.ask(build) == "two"
        assert build.builds == 2

    run_apart(run())


def test_whoever_waits_too_long_is_told_to_repeat_and_the_build_goes_on(monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)

    async def run() -> None:
        tower, build = Tower(), Builder(held=True)
        with pytest.raises(Busy):
            await tower.ask(build)
        monkeypatch.setattr(module, "WAIT_SECONDS", 60)
        again = asyncio.create_task(tower.ask(build))
        build.go_on.set()
        assert await again == "two"
        assert build.builds == 1

    run_apart(run())


class _Different(NewestCache[str]):
    """The trap: takes whatever is of another version for stale."""

    def fresh(self, key, version):
        held = super().fresh(key, 0)
        return held if held is not None and held.version == version else None


@pytest.mark.parametrize(("kind", "rebuilt"), [(NewestCache[str], 0), (_Different, 1)])
def test_an_older_row_in_flight_does_not_build_again_after_a_swap(kind, rebuilt):
    """One request has read version 1 and is slow; another swaps version 2 in before it compares."""

    async def run() -> None:
        tower, swapped, older = Tower(kind(10)), asyncio.Event(), Builder()
        tower.cache.at_least("v", 1, lambda: Built(1, "one"))

        async def slow() -> str:
            row = 1  # read before the publication
            await swapped.wait()
            again = lambda: Built(row, "one") if older() else None  # noqa: E731
            return await tower.ask(again, row)

        late = asyncio.create_task(slow())
        assert await tower.ask(lambda: Built(2, "two")) == "two"
        swapped.set()
        await late
        assert older.builds == rebuilt

    run_apart(run())


class Impatient(NewestCache[str]):
    """A cache that ends whoever looks into it over and over without a pause."""

    looks = 0

    def fresh(self, key, version):
        self.looks += 1
        assert self.looks < 50
        return super().fresh(key, version)


def test_whoever_needs_more_than_a_build_that_is_just_over_starts_the_next_one(monkeypatch):
    async def run() -> None:
        tower, over = Tower(Impatient(10)), asyncio.Event()

        async def in_thread(work: Callable[[], object]) -> object:
            done = work()
            over.set()  # the later caller goes on after this build, before it is off the list
            return done

        monkeypatch.setattr(module, "run_in_threadpool", in_thread)

        async def later() -> str:
            await over.wait()
            return await tower.ask(lambda: Built(3, "three"), 3)

        second = asyncio.create_task(later())
        await asyncio.sleep(0)
        assert await tower.ask(lambda: Built(2, "two"))
        assert await second == "three"

    run_apart(run())
