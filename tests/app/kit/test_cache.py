"""The cache of what is rebuilt by version."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from app.kit import cache as module
from app.kit.cache import Built, NewestCache
from app.kit.problems import Busy


def never() -> Built[str]:
    raise AssertionError("was built")


def test_a_value_as_new_as_asked_is_not_built_again():
    cache = NewestCache[str](10)
    assert cache.at_least("v", 3, lambda: Built(3, "three")) == "three"
    assert cache.at_least("v", 3, never) == "three"
    assert cache.at_least("v", 2, never) == "three"  # an older row in flight changes nothing


def test_a_newer_version_is_built_and_kept():
    cache = NewestCache[str](10)
    cache.at_least("v", 1, lambda: Built(1, "one"))
    assert cache.at_least("v", 2, lambda: Built(5, "five")) == "five"
    assert cache.at_least("v", 4, never) == "five"


def test_many_at_once_build_one_value_once():
    cache, built, start = NewestCache[str](10), [], Barrier(16)

    def build() -> Built[str]:
        built.append(1)
        return Built(1, "one")

    def ask(_number: int) -> str:
        start.wait()
        return cache.at_least("v", 1, build)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {"one"}
    assert len(built) == 1


class _Different(NewestCache[str]):
    """The trap: rebuilds whatever is of another version."""

    def fresh(self, key, version):
        held = self._held.get(key)
        return held if held is not None and held.version == version else None


@pytest.mark.parametrize(("kind", "rebuilt"), [(NewestCache[str], 0), (_Different, 1)])
def test_an_older_row_read_before_a_swap_does_not_rebuild_after_it(kind, rebuilt):
    cache, builds = kind(10), []
    older_row = 1  # read by a request before the publication
    cache.at_least("v", 2, lambda: Built(2, "two"))  # another request meets version 2 first

    def rebuild() -> Built[str]:
        builds.append(1)
        return Built(2, "two")

    assert cache.at_least("v", older_row, rebuild) == "two"
    assert len(builds) == rebuilt  # the naive one builds again, and so would its neighbour


def test_a_failed_build_fails_its_caller_and_the_next_one_tries_again():
    cache = NewestCache[str](10)

    def broken() -> Built[str]:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - nothing to match
        cache.at_least("v", 1, broken)
    assert cache.at_least("v", 1, lambda: Built(1, "one")) == "one"


def test_whoever_waits_too_long_for_a_build_is_told_to_repeat(monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    cache, begun, go_on = NewestCache[str](10), Event(), Event()

    def slow() -> Built[str]:
        begun.set()
        go_on.wait()
        return Built(1, "one")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.at_least, "v", 1, slow)
        begun.wait()
        with pytest.raises(Busy):
            cache.at_least("v", 1, never)
        assert cache.at_least("other", 1, lambda: Built(1, "own")) == "own"
        go_on.set()
        assert first.result() == "one"


def test_what_was_not_used_for_longest_goes_first():
    cache = NewestCache[str](10)
    cache.at_least("a", 1, lambda: Built(1, "a", weight=4))
    cache.at_least("b", 1, lambda: Built(1, "b", weight=4))
    cache.at_least("a", 1, never)
    cache.at_least("c", 1, lambda: Built(1, "c", weight=4))
    assert cache.at_least("a", 1, never) == "a"
    assert cache.at_least("b", 1, lambda: Built(1, "b again", weight=4)) == "b again"


def test_one_value_above_the_limit_is_kept_alone():
    cache = NewestCache[str](10)
    cache.at_least("big", 1, lambda: Built(1, "big", weight=99))
    assert cache.at_least("big", 1, never) == "big"
