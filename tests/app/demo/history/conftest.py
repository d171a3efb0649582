from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, create_engine

from app.demo.history.load import load
from app.kit.config import Settings
from app.kit.db import Kit
from tests.database import Cluster
from tests.factories.kit import a_kit


@dataclass
class Past:
    """A database with the whole history in it, and the codes of support's stories."""

    engine: Engine
    kit: Kit
    stories: Mapping[str, str]


@pytest.fixture(scope="module")
def past(cluster: Cluster, worker_id: str, tmp_path_factory) -> Iterator[Past]:
    """Lived through once for all tests of a file: it takes its time."""
    url = cluster.clone(f"{worker_id}_history")
    engine = create_engine(url)
    kit = a_kit(Settings(environment="test", data=tmp_path_factory.mktemp("past")))
    with engine.begin() as connection:
        stories = load(connection, kit)
    yield Past(engine, kit, stories)
    engine.dispose()
    cluster.drop(url)


@pytest.fixture
def quietly() -> Callable:
    """How `podkluch check` is watched where nobody looks."""

    @contextmanager
    def watch(_) -> Iterator[Callable[[int], None]]:
        yield lambda _: None

    return watch
