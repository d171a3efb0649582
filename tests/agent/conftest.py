from collections.abc import Iterator

import pytest

from agent.clock import Timing
from tests.simulators.bench import Bench
from tests.simulators.licence_server import LicenceServer


@pytest.fixture
def server() -> Iterator[LicenceServer]:
    with LicenceServer() as running:
        yield running


@pytest.fixture
def bench(tmp_path, server, monkeypatch) -> Bench:
    return Bench(tmp_path, server, monkeypatch)


@pytest.fixture(autouse=True)
def pauses(monkeypatch) -> list[float]:
    """Nobody waits in these tests; how long the agent would have is written down."""
    waited: list[float] = []
    monkeypatch.setattr(Timing, "sleep", lambda _self, seconds: waited.append(seconds))
    return waited
