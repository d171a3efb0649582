import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.clock import Timing
from agent.com.direct import DirectLink
from agent.com.remote import Ways
from agent.journal import Journal
from tests.simulators.bench import Bench
from tests.simulators.licence_server import LicenceServer

MEMORY = Path("/dev/shm")  # noqa: S108 - below it each test has a folder of its own


@pytest.fixture
def server() -> Iterator[LicenceServer]:
    with LicenceServer() as running:
        yield running


@pytest.fixture
def bench(server, monkeypatch) -> Iterator[Bench]:
    """Its files are in memory where there is such a place: the agent syncs them very often."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Bench(Path(folder), server, monkeypatch)


@pytest.fixture(autouse=True)
def direct(monkeypatch) -> Callable:
    """Sessions of 1C live in the process of the test, unless it names another link."""
    init = Ways.__init__

    def made(self, *arguments, **named):
        init(self, *arguments, **{"link": DirectLink, **named})

    monkeypatch.setattr(Ways, "__init__", made)
    return init


@pytest.fixture
def distant(bench, direct, monkeypatch) -> Bench:
    """A bench whose sessions of 1C live in child processes, as in real life."""
    monkeypatch.setattr(Ways, "__init__", direct)
    return bench


@pytest.fixture
def entering(monkeypatch) -> Callable[[str, Callable[[], object]], None]:
    """Does something at the moment when the agent enters a state for the first time."""
    enter, planned = Journal.enter, {}

    def noted(journal, operation, state, *detail):
        enter(journal, operation, state, *detail)
        planned.pop(state.value, lambda: None)()

    monkeypatch.setattr(Journal, "enter", noted)
    return planned.__setitem__


@pytest.fixture(autouse=True)
def pauses(monkeypatch) -> list[float]:
    """Nobody waits in these tests; how long the agent would have is written down."""
    waited: list[float] = []
    monkeypatch.setattr(Timing, "sleep", lambda _self, seconds: waited.append(seconds))
    return waited
