"""Publications at the same moment come one after the other, and no agent notices."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

from app.audit.actor import SYSTEM
from app.kit.db import Kit, make_engine, reading, transaction
from app.kit.problems import Conflict, NotFound
from app.trust import queries
from app.trust.models import MetadataRole, TrustMetadata, TrustRepository
from app.trust.service.ceremony import first_bundle
from app.trust.service.installing import install
from app.trust.service.publishing import resign, sign_targets
from app.trust.service.repository import Rows as Repository
from app.trust.service.requests import first_request
from tests.factories.trust import Agent, path_of, some_signers, target
from tests.factories.world import make_world
from tests.waiting import PATIENCE

AT_ONCE, ROUNDS = 16, 2


class Committed(FetcherInterface):
    """Reads what is committed at the moment, as a server of its own would."""

    def __init__(self, engine: Engine, kit: Kit) -> None:
        self.engine, self.kit = engine, kit

    def _fetch(self, url: str) -> Iterator[bytes]:
        _, _, repository, _, name = url.split("/")
        try:
            with reading(self.engine, self.kit) as session:
                return iter([queries.served(session, repository, name)])
        except NotFound:
            raise DownloadHTTPError("refused", 404) from None


@pytest.fixture
def engine(clone_database, settings) -> Iterator[Engine]:
    engine = make_engine(clone_database(), settings)
    yield engine
    engine.dispose()


@pytest.fixture
def vendor_id(engine, kit):
    """A vendor with a root, committed."""
    with transaction(engine, kit) as session:
        vendor = make_world(session, root=False).vendor
        request = first_request(session, vendor.id, actor=SYSTEM)
        install(session, first_bundle(request, some_signers(), 1, session.now()), actor=SYSTEM)
    return vendor.id


@pytest.fixture
def agent(engine, kit, vendor_id, tmp_path) -> Agent:
    with reading(engine, kit) as session:
        told = queries.connection_file(session, vendor_id)
    root = json.dumps(told.root).encode()
    return Agent(tmp_path / "agent", Committed(engine, kit), told.repository, root)


def until_done(engine: Engine, kit: Kit, act) -> int:
    """Repeats the whole transaction after each CONFLICT, as clients do; how often that was."""
    for conflicts in range(1_000):
        try:
            with transaction(engine, kit) as session:
                act(session)
        except Conflict:
            continue
        return conflicts
    raise AssertionError("never came through")


def test_parallel_publications_grow_one_by_one_under_the_eyes_of_an_agent(
    engine, kit, vendor_id, agent
):
    gate, over = threading.Barrier(AT_ONCE, timeout=PATIENCE), threading.Event()
    seen: list[int] = []

    def publish(number: int) -> int:
        version = f"2.{number}"
        gate.wait()
        return until_done(
            engine,
            kit,
            lambda session: sign_targets(session, vendor_id, {path_of(version): target(version)}),
        )

    def look() -> None:
        while not over.is_set():
            agent.refreshed()
            seen.append(agent.versions()["timestamp"])

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        watching = pool.submit(look)
        for start in range(0, AT_ONCE * ROUNDS, AT_ONCE):
            list(pool.map(publish, range(start, start + AT_ONCE)))
        over.set()
        watching.result(timeout=PATIENCE)
    assert seen == sorted(seen)
    assert all(agent.sees(f"2.{number}") for number in range(AT_ONCE * ROUNDS))
    with engine.connect() as connection:
        found = connection.execute(
            select(TrustMetadata.role, TrustMetadata.version).order_by(TrustMetadata.created_at)
        ).all()
        claimed = connection.scalar(select(TrustRepository.timestamp_version))
    for role in (MetadataRole.RELEASES, MetadataRole.SNAPSHOT, MetadataRole.TIMESTAMP):
        versions = [version for each, version in found if each == role]
        assert len(set(versions)) == len(versions) == AT_ONCE * ROUNDS + 1
    assert max(version for role, version in found if role == "timestamp") == claimed


def test_who_has_read_before_another_publishes_is_told(engine, kit, vendor_id):
    with transaction(engine, kit) as slow:
        stale = queries.ready_repository(slow, vendor_id)
        with transaction(engine, kit) as quick:
            resign(quick, vendor_id)
        with pytest.raises(Conflict):
            Repository.claim(slow, stale, {})  # what every publication begins with


def publish_and_fail(session, vendor_id) -> None:
    sign_targets(session, vendor_id, {path_of("2.4.0"): target("2.4.0")})
    raise RuntimeError("the release could not be published")


def test_a_publication_that_is_undone_leaves_nothing(engine, kit, vendor_id, agent):
    with engine.connect() as connection:
        before = connection.execute(select(TrustMetadata.role, TrustMetadata.version)).all()
    with pytest.raises(RuntimeError), transaction(engine, kit) as session:
        publish_and_fail(session, vendor_id)
    with engine.connect() as connection:
        assert connection.execute(select(TrustMetadata.role, TrustMetadata.version)).all() == before
    assert agent.sees("2.4.0") is None
