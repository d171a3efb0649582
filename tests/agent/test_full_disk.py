"""A disk that is full while a release arrives: said, nothing half there, and no restart needed."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.factories.cfe import good_cfe
from tests.simulators.exchange import Release

pytestmark = pytest.mark.fault
ROOM = 1 << 20


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file of this process may grow beyond it: the system refuses as a full volume does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_cache_is_told_and_needs_no_repair(bench, server, pytestconfig):
    many = {"ci": 3, "campaign": 10}[pytestconfig.getoption("--fault-profile")]
    server.releases = [Release(data=good_cfe(pad_entries=6_000))]
    assert len(server.releases[0].data) > 2 * ROOM
    for number in range(many):
        with room(ROOM + number * ROOM // many):
            ran = bench.install()
        assert (ran.exit, ran.result["code"]) == (34, "DISK_FULL")
        assert ran.result["changed"] is False
        assert bench.extensions() == []
        assert not list((bench.home / "cache").rglob("*.cfe"))
    assert bench.install().exit == 0
    [(_, _, data)] = bench.extensions()
    assert data == server.releases[0].data
