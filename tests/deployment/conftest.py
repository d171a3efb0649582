"""The shipped topology, once for each process of the tests."""

from collections.abc import Iterator

import pytest

from tests.deployment.client import Client
from tests.deployment.topology import Topology, topology


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    """All services of docker-compose.yml, running."""
    with topology(tmp_path_factory.mktemp("shipped")) as running:
        yield running


@pytest.fixture(scope="session")
def client(shipped: Topology, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client with a seat and the right to a large release, which was published through nginx."""
    with Client.of(shipped, tmp_path_factory.mktemp("client")) as made:
        yield made
