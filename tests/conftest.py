"""The test run: options, one PostgreSQL for all workers, the walls, and the closing lines."""

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app.kit.config import Settings
from tests import database, network, processes, s3
from tests.capabilities import Chosen, Tally, select
from tests.database import Cluster
from tests.faults.figures import Record, recorder
from tests.fleet.counting import Ways, label
from tests.looked import Looked
from tests.s3 import SettingsOf
from tests.sampling import samples_of

CLUSTER = pytest.StashKey[Cluster]()
STACK = pytest.StashKey[ExitStack]()
TALLY = pytest.StashKey[Tally]()
LOOKED = pytest.StashKey[Looked]()
WAYS = pytest.StashKey[Ways]()
NUMBERS = count(1)
# On a busy machine a slow example is no fault of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="no faults, S3 and long runs, and a sample of cases"
    )
    parser.addoption("--wine", action="store_true", help="the tests under Wine, and only those")
    parser.addoption(
        "--fleet",
        action="store_true",
        help="requests of tests/app/api go through nginx to two processes on PostgreSQL and S3",
    )
    parser.addoption(
        "--fault-profile",
        choices=("ci", "campaign"),
        default="ci",
        help="campaign: many more rounds of each race and histories of a key",
    )
    parser.addoption("--figures", metavar="FILE", help="write down there what tests measure")
    parser.addoption(
        "--screenshots", metavar="FOLDER", help="make the pictures of the documentation there"
    )


def chosen(config: pytest.Config) -> Chosen:
    """What the command line says of capabilities."""
    return Chosen(
        fast=config.getoption("--fast"),
        wine=config.getoption("--wine"),
        build="wine_build" in config.option.markexpr,
    )


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[STACK] = ExitStack()
    if threading.current_thread() is threading.main_thread():
        # A shell's background job ignores Ctrl+C, and so would every process that a test starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if not is_worker(config):
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # an ordered end as well
    if is_worker(config):
        return
    processes.run_mark()
    config.stash[TALLY] = Tally(chosen(config), names_samples=config.get_verbosity() > 0)
    config.stash[LOOKED] = Looked()
    config.stash[WAYS] = Ways()
    config.pluginmanager.register(config.stash[TALLY])
    config.pluginmanager.register(config.stash[WAYS])
    config.pluginmanager.register(config.stash[LOOKED])


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[STACK].close()


def shared_cluster(config: pytest.Config) -> Cluster:
    """The run's one server: the workers' is started and ended by the process that leads them."""
    if is_worker(config):
        return Cluster(**config.workerinput["cluster"])
    if CLUSTER not in config.stash:
        config.stash[CLUSTER] = config.stash[STACK].enter_context(database.cluster())
    return config.stash[CLUSTER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["cluster"] = asdict(shared_cluster(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Every worker has collected the same."""
    node.config.stash[TALLY].samples = getattr(node, "workeroutput", {}).get("samples", [])


@pytest.hookimpl(trylast=True)  # when -k and -m have selected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    removed = select(items, chosen(config))
    if config.getoption("--fleet"):
        label(items)
    samples = samples_of(items, removed) if config.getoption("--fast") else []
    if is_worker(config):
        config.workeroutput["samples"] = samples
    else:
        config.stash[TALLY].samples = samples
    if removed:
        config.hook.pytest_deselected(items=removed)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """What is imported and collected stays to the end, so no search for garbage looks at it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session):
    """After pytest's own summary: end the server, look for leftovers, say what ran."""
    result = yield
    if is_worker(session.config):
        return result
    session.config.stash[STACK].close()
    tally, left = session.config.stash[TALLY], processes.left_behind()
    looked = session.config.stash[LOOKED]
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    for line in (
        ()
        if session.config.option.collectonly
        else (
            *tally.lines(),
            *looked.lines(),
            *session.config.stash[WAYS].lines(),
            *(f"STILL RUNNING: {process}" for process in left),
        )
    ):
        reporter.write_line(line)
    if (tally.skipped or left) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    with network.loopback_only():
        yield


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Record:
    """Writes down what this test measures: `figures("publish_500", 81.5, of=1)`."""
    file = request.config.getoption("--figures")
    return recorder(Path(file) if file else None, request.node.nodeid)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    return shared_cluster(pytestconfig)


@pytest.fixture(scope="session")
def database_url(cluster: Cluster, worker_id: str) -> str:
    """This worker's own migrated database; tests leave it as they found it."""
    return cluster.clone(worker_id)


@pytest.fixture
def clone_database(cluster: Cluster, worker_id: str) -> Iterator[Callable[[], str]]:
    """Makes migrated databases that one test may commit to; they are dropped after it."""
    made: list[str] = []

    def clone() -> str:
        made.append(cluster.clone(f"{worker_id}_{next(NUMBERS)}"))
        return made[-1]

    yield clone
    for url in made:
        cluster.drop(url)


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of the run's S3 server of a kind, started when it is first asked for."""
    with ExitStack() as stack:
        known: dict[str, str] = {}

        def endpoint(kind: str) -> str:
            if kind not in known:
                started = s3.server(kind, tmp_path_factory.mktemp(kind))
                known[kind] = stack.enter_context(started)
            return known[kind]

        yield endpoint


@pytest.fixture(scope="session")
def settings_of(
    s3_endpoint: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> SettingsOf:
    """Settings by the kind of store: `local`, `rclone` or `moto`, each time a fresh one."""

    def make(kind: str, **more: object) -> Settings:
        folder = tmp_path_factory.mktemp("data")
        if kind == "local":
            return Settings(environment="test", data=folder, **more)
        return s3.bucket_of(s3_endpoint(kind), folder, **more)

    return make
