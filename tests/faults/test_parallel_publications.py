"""Sixteen publications of one vendor at once, over two servers, while an agent refreshes."""

import json
import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import httpx2
import pytest
from sqlalchemy import select

from agent.trust import LocalState
from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from app.kit.db import reading
from app.trust import queries as trust
from app.trust.models import MetadataRole, TrustMetadata, TrustRepository
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.world import BUH, bearer
from tests.faults.publishing import EXTENSION, Installer, Watch
from tests.waiting import PATIENCE, until
from wire.trust import target_path

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)
AT_ONCE = 16
COME_AGAIN = {"CONFLICT", "BUSY"}
"""Somebody else was faster, or holds the row for long: the same request is good a moment later."""


@pytest.fixture
def agent(durable_stage, services, tmp_path):
    """Asks the second server; nothing may fail, or have to be asked for twice."""
    [key] = durable_stage.sold(1)
    with reading(durable_stage.engine, durable_stage.kit) as session:
        pin = trust.connection_file(session, durable_stage.world.vendor.id)
    with Installer.at(services[1].url, key, tmp_path / "agent", pin) as agent:
        yield agent


@pytest.fixture
def watch(durable_stage, agent):
    """The agent refreshes ten times a second; it tells the version of each timestamp."""
    with durable_stage.acting() as world:
        world.release("1.0")
    state = LocalState(agent.folder / "trust", agent.pin)

    def look() -> int:
        agent.signed("1.0")
        return state.timestamp().version

    return Watch(look)


def drafts(stage, count):
    """By their version."""
    told = {"extension": EXTENSION, "notes_ru": "Новое", "rules": [BUH]}
    command, made = CreateRelease.model_validate(told), {}
    with stage.acting() as world:
        for version in (f"2.{number}" for number in range(count)):
            file = world.cfe(version)
            draft = releases.create(world.session, world.vendor.id, command, file, actor=SYSTEM)
            made[version] = str(draft.id)
    return made


class Programs:
    """Sixteen programs of the vendor; each of them has to come again until it is done."""

    def __init__(self, services, token):
        self.places = [f"{service.url}{VENDOR_API}/releases" for service in services]
        self.headers, self.told = bearer(token), Counter()
        self.gate = threading.Barrier(AT_ONCE, timeout=PATIENCE)

    def publish(self, numbered):
        number, release = numbered
        with httpx2.Client(headers=self.headers, timeout=60) as http:
            self.gate.wait()
            while True:
                place = self.places[number % len(self.places)]
                answer = http.post(f"{place}/{release}/publish", json={})
                if answer.is_success:
                    return answer.json()["status"]
                self.told[answer.json()["code"]] += 1
                assert answer.json()["code"] in COME_AGAIN, answer.text


@pytest.mark.fault(minutes=2)
def test_publications_at_once_come_one_after_the_other(
    durable_stage, services, agent, watch, rounds
):
    made = drafts(durable_stage, AT_ONCE * rounds(ci=1, campaign=19))
    with durable_stage.acting() as world:
        programs = Programs(services, a_token(world.session, world.vendor.id))
    with watch, ThreadPoolExecutor(AT_ONCE) as pool:
        until(lambda: watch.seen or watch.errors)
        done = list(pool.map(programs.publish, enumerate(made.values())))
        before = len(watch.seen)
        until(lambda: len(watch.seen) > before + 1 or watch.errors)
    logger.info("%d, told to come again: %s", len(done), dict(programs.told))
    assert set(done) == {"published"}
    assert watch.errors == []
    assert watch.seen == sorted(watch.seen)
    require_one_by_one(durable_stage, set(made), watch.seen[-1])
    assert all(agent.signed(version).path == target_path(EXTENSION, version) for version in made)
    assert durable_stage.events("release.published") == len(made) + 1
    assert durable_stage.contradictions() == []


def require_one_by_one(stage, versions, last):
    """Each publication has versions of its own, and names one release more than the one before."""
    with stage.engine.connect() as connection:
        claimed = connection.scalar(select(TrustRepository.timestamp_version))
        found = {
            role: connection.execute(
                select(TrustMetadata.version, TrustMetadata.content)
                .where(TrustMetadata.role == role)
                .order_by(TrustMetadata.version)
            ).all()
            for role in (MetadataRole.RELEASES, MetadataRole.SNAPSHOT, MetadataRole.TIMESTAMP)
        }
    steps = [set(json.loads(content)["signed"]["targets"]) for _, content in found["releases"]]
    assert [len(step) for step in steps] == list(range(len(versions) + 2))
    assert all(step < more for step, more in pairwise(steps))
    assert steps[-1] >= {target_path(EXTENSION, version) for version in versions}
    assert {len(rows) for rows in found.values()} == {len(versions) + 2}  # the root, and 1.0
    assert found[MetadataRole.TIMESTAMP][-1][0] == claimed == last
