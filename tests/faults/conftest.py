"""A committed world, and two processes that race in it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import make_engine, require_durable
from app.kit.signing.keyring import create_master
from tests.database import Cluster, private_folder
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.kit import MASTER, a_kit
from tests.faults.middleman import Middleman
from tests.faults.office import Office
from tests.faults.service import ROOT, Service
from tests.faults.stage import Stage
from tests.processes import run_mark
from tests.waiting import PATIENCE

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
    """What became of the calls of one round, in the order of the calls."""

    @property
    def codes(self) -> Counter[str]:
        return Counter(outcome["code"] for outcome in self)

    @property
    def done(self) -> list[dict[str, object]]:
        return [outcome for outcome in self if outcome["code"] == "OK"]

    @property
    def fresh(self) -> list[dict[str, object]]:
        """Those that had an effect; the rest of what was done found it there."""
        return [outcome for outcome in self.done if outcome["fresh"]]

    @property
    def ids(self) -> set[str]:
        """What those who succeeded were given."""
        return {outcome["id"] for outcome in self.done}


class Racers:
    """Two processes that wait for a round."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.racer"]
        self.processes = [
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]

    def race(self, url: str, calls: Sequence[dict[str, str]]) -> Outcomes:
        """Makes the calls at once, half of them from each process."""
        for number, process in enumerate(self.processes):
            self._tell(process, {"url": url, "calls": calls[number::2]})
        assert [self._hear(process) for process in self.processes] == ["ready"] * 2
        for process in self.processes:
            self._tell(process, "go")
        outcomes = Outcomes(calls)
        for number, process in enumerate(self.processes):
            outcomes[number::2] = self._hear(process)
        return outcomes

    def end(self) -> None:
        for process in self.processes:
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0

    @staticmethod
    def _tell(process: subprocess.Popen[str], word: object) -> None:
        process.stdin.write(json.dumps(word) + "\n")
        process.stdin.flush()

    @staticmethod
    def _hear(process: subprocess.Popen[str]) -> object:
        return json.loads(process.stdout.readline())


@pytest.fixture(scope="session")
def racers() -> Iterator[Racers]:
    started = Racers()
    yield started
    started.end()


@pytest.fixture
def race(stage: Stage, racers: Racers) -> Callable[[Sequence[dict[str, str]]], Outcomes]:
    """Makes calls at once over the stage's database."""
    return lambda calls: racers.race(stage.url, calls)


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> Callable[..., int]:
    """How often, or how much: `rounds(ci=100, campaign=1_000)`."""
    profile = pytestconfig.getoption("--fault-profile")
    return lambda **counts: counts[profile]


@pytest.fixture
def wish(stage: Stage) -> Callable[..., dict[str, str]]:
    """Requests for a fresh licence key: the number of the Idempotency-Key, and what differs."""
    with stage.acting() as world:
        token, customer = a_token(world.session, world.vendor.id), str(world.customer.id)

    def wish(key: int, comment: str = "") -> dict[str, str]:
        body = json.dumps({"customer_id": customer, "comment": comment})
        call = {"act": "post", "holder": token, "path": f"{VENDOR_API}/license-keys"}
        return call | {"key": f"K{key}", "body": body}

    return wish


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


@pytest.fixture
def services(
    durable_stage: Stage, service: Service, tmp_path: Path
) -> Iterator[tuple[Service, Service]]:
    """Two processes of it that run over one database and one folder."""
    both = service, Service(durable_stage.url, tmp_path)
    for each in both:
        each.start()
    yield both
    both[1].kill()


@pytest.fixture(scope="module")
def office(
    cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A server for the vendors of one module, not started yet."""
    url = cluster.clone(f"{worker_id}_{next(NUMBERS)}_office")
    with Middleman() as middleman:
        made = Office(url, tmp_path_factory.mktemp("office"), middleman)
        yield made
        made.close()
    cluster.drop(url)
