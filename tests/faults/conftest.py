"""A committed world, and two processes that race in it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import make_engine, require_durable
from app.kit.signing.keyring import create_master
from tests.database import Cluster, private_folder
from tests.factories.kit import MASTER, a_kit
from tests.faults.service import ROOT, Service
from tests.faults.stage import Stage
from tests.processes import run_mark

NUMBERS = count(1)


@pytest.fixture
def stage(clone_database: Callable[[], str], tmp_path: Path) -> Iterator[Stage]:
    """A database of this test's own with a vendor in it."""
    settings = Settings(environment="test", data=tmp_path)
    url = clone_database()
    engine = make_engine(url, settings)
    yield Stage.set(url, engine, a_kit(settings))
    engine.dispose()


class Outcomes(list):
    """What became of the calls of one round."""

    @property
    def codes(self) -> Counter[str]:
        return Counter(outcome["code"] for outcome in self)

    @property
    def done(self) -> list[dict[str, object]]:
        return [outcome for outcome in self if outcome["code"] == "OK"]


@pytest.fixture(scope="session")
def racers() -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes that wait for a round."""
    command = [sys.executable, "-m", "tests.faults.racer"]
    started = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    yield started
    for racer in started:
        racer.communicate(timeout=60)
        assert racer.returncode == 0


@pytest.fixture
def race(stage: Stage, racers) -> Callable[[list[dict[str, str]]], Outcomes]:
    """Makes calls at once from two processes, half of them each."""

    def run(calls: list[dict[str, str]]) -> Outcomes:
        for number, racer in enumerate(racers):
            told = {"url": stage.url, "calls": calls[number::2]}
            racer.stdin.write(json.dumps(told) + "\n")
            racer.stdin.flush()
        return Outcomes(
            outcome for racer in racers for outcome in json.loads(racer.stdout.readline())
        )

    return run


@pytest.fixture(scope="session")
def durable_cluster() -> Iterator[Cluster]:
    """A PostgreSQL that keeps what it acknowledges, as a server of ours demands."""
    with private_folder() as folder, embedded.start(folder / "postgres") as server:
        cluster = Cluster(server.url, f"podkluch_fault_{run_mark()}")
        cluster.make_template()
        yield cluster


@pytest.fixture
def durable_stage(durable_cluster: Cluster, tmp_path: Path) -> Iterator[Stage]:
    """A database of this test's own in it, with a vendor."""
    settings = Settings(environment="development", data=tmp_path)
    url = durable_cluster.clone(f"{next(NUMBERS)}")
    engine = make_engine(url, settings)
    require_durable(engine, settings)
    yield Stage.set(url, engine, a_kit(settings))
    engine.dispose()
    durable_cluster.drop(url)


@pytest.fixture
def service(durable_stage: Stage, tmp_path: Path) -> Iterator[Service]:
    """The server over that database, not started yet; its MASTER is that of the stage."""
    create_master(tmp_path / "keys" / "master", MASTER)
    made = Service(durable_stage.url, tmp_path)
    yield made
    made.kill()
