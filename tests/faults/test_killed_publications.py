"""kill -9 of a server around every call of its store and every commit while a vendor publishes.

The release is there with all that belongs to it, or it is not there and the vendor repeats what
had no answer; agents that ask another server of the same database notice nothing.
"""

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import count

import httpx2
import pytest
from sqlalchemy import select

from agent.codes import Code
from agent.errors import Failure
from agent.refusals import Reason
from agent.trust import LocalState
from app.audit.models import AuditEvent
from app.catalog.models import Artifact, Release, RulesVersion
from app.delivery.models import Download
from app.kit.clock import utc_now
from app.kit.db import reading
from app.kit.signing.keyring import create_master
from app.kit.storage.port import place
from app.trust import queries as trust
from app.upkeep import repair
from onec.cfe_writer import make_cfe
from tests.factories.automation import a_token
from tests.factories.kit import MASTER, a_kit
from tests.faults.publishing import Installer, Mortals, Program, Watch
from tests.faults.service import ROOT, environment_of

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)
CALLS = {
    "local": (16, {"mkdir", "open", "write", "fsync", "close", "replace", "commit"}),
    "rclone": (10, {"open", "write", "fsync", "close", "PutObject", "HeadObject", "commit"}),
}
"""So many calls at least change something, these among them, or the test is about nothing."""
HARMLESS = ("UPLOAD_UNFINISHED", "FILE_UNREFERENCED")


@pytest.fixture(params=["local", pytest.param("rclone", marks=pytest.mark.s3)])
def kind(request):
    return request.param


@pytest.fixture
def stage(stage, settings_of, kind):
    """The files are in a store of this kind."""
    return replace(stage, kit=a_kit(settings_of(kind)))


@pytest.fixture
def mortals(stage):
    started = Mortals(stage.kit.settings, stage.url)
    yield started
    started.end()


@pytest.fixture
def token(stage):
    with stage.acting() as world:
        return a_token(world.session, world.vendor.id)


@pytest.fixture
def pin(stage):
    with reading(stage.engine, stage.kit) as session:
        return trust.connection_file(session, stage.world.vendor.id)


@pytest.fixture
def installer(stage, mortals, pin, tmp_path):
    """Asks a server of its own over the same database, which nobody kills."""
    stage.redeem(stage.world.code, *stage.coupons())
    url = mortals.start().url
    with Installer.at(url, stage.world.code, tmp_path / "agent", pin) as agent:
        agent.sit()
        yield agent


@pytest.fixture
def watch(installer, pin, stage, tmp_path):
    """An agent that refreshes all the time; it tells the versions of what it sees."""
    folder = tmp_path / "watching"
    with Installer.at(installer.client.server, stage.world.code, folder, pin) as agent:
        state = LocalState(folder / "trust", pin)

        def look() -> int:
            agent.signed("1.0")
            return state.timestamp().version

        yield Watch(look)


def file_of(stage, version):
    """A file whose folder in the store is not made yet, so that each costs as many calls."""
    for number in count():
        data = make_cfe("СкладскойПомощник", f"№ {number}", version, "Вектор", "СП_")
        place_of = stage.kit.settings.artifacts_folder / place(hashlib.sha256(data).hexdigest())
        if not place_of.parent.exists():
            return data
    raise AssertionError


def calls_of_a_publication(server, program, stage):
    """The numbers of the calls by which one publication changes the store and the database."""
    program.publish("1.0", file_of(stage, "1.0"))  # makes what is made only once
    server.doom("never", 0)
    program.publish("1.1", file_of(stage, "1.1"))
    calls = [(number, name) for number, name in enumerate(server.heard(), 1) if name != "stat"]
    names = [name for _, name in calls]
    kind = "rclone" if stage.kit.settings.bucket else "local"
    logger.info("%s: %d calls: %s", kind, len(names), " ".join(names))
    fewest, among_them = CALLS[kind]
    assert len(names) >= fewest
    assert among_them <= set(names)
    assert names.count("commit") == 3
    return [number for number, _ in calls]


def rows_of(stage, version):
    with stage.engine.connect() as connection:
        return connection.execute(
            select(Release.status, Artifact.sha256, Artifact.status)
            .outerjoin(Artifact, Artifact.release_id == Release.id)
            .where(Release.version == version)
        ).all()


def require_all_or_nothing(stage, installer, version, data):
    """In the database, in the store, and for agents; what there is of the release."""
    assert list(repair.repair(stage.engine, stage.kit, full=True)) == []
    found = [each for each in stage.contradictions() if not each.startswith(HARMLESS)]
    assert found == []
    rows = rows_of(stage, version)
    assert len(rows) <= 1
    status, sha256, artifact = rows[0] if rows else ("absent", None, None)
    if sha256 is not None:
        assert artifact == "ready"
        assert b"".join(stage.kit.artifacts.read(sha256)) == data
    if status == "published":
        assert installer.signed(version).sha256 == sha256 == hashlib.sha256(data).hexdigest()
        return status
    with pytest.raises(Failure) as refused:
        installer.signed(version)
    assert (refused.value.code, refused.value.params["reason"]) == (
        Code.SIGNATURE_BAD,
        Reason.TARGET_MISSING,
    )
    return "attached" if sha256 else status


def require_once_each(stage, versions, *, fetched):
    """Nothing is counted twice, whatever was repeated."""
    assert stage.count(Download) == fetched
    for model in (Release, Artifact, RulesVersion):
        assert stage.count(model) == len(versions)
    for action in ("release.created", "artifact.uploaded", "release.published"):
        assert stage.events(action) == len(versions)
        subjects = select(AuditEvent.subject_id).where(AuditEvent.action == action).distinct()
        with stage.engine.connect() as connection:
            assert len(connection.scalars(subjects).all()) == len(versions)


def check(stage):
    """`podkluch check --repair --full`: what it did."""
    environment = environment_of(stage.kit.settings, stage.url)
    command = [sys.executable, "-m", "app.cli", "check", "--repair", "--full", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    told = json.loads(done.stdout)
    assert told["ok"]
    return Counter(each["code"] for each in told["repaired"])


def test_a_publication_killed_at_every_call_is_all_or_nothing(
    stage, mortals, token, installer, watch, rounds
):
    server, seen, versions = mortals.start(), Counter(), ["1.0", "1.1"]
    calls = calls_of_a_publication(server, Program(server.url, token), stage)
    places = [(when, call) for call in calls for when in ("before", "after")]
    places *= rounds(ci=1, campaign=5)
    with watch:
        for number, (when, call) in enumerate(places):
            versions.append(f"2.{number}")
            data = file_of(stage, versions[-1])
            server.doom(when, call)
            with pytest.raises(httpx2.TransportError):
                Program(server.url, token).publish(versions[-1], data)
            assert server.ended() == -signal.SIGKILL
            seen[require_all_or_nothing(stage, installer, versions[-1], data)] += 1
            server = mortals.start()
            release = Program(server.url, token).publish(versions[-1], data)
            assert installer.fetched(versions[-1], release) == data
    logger.info("killed at %d places: %s; %d looks", len(places), dict(seen), len(watch.seen))
    assert set(seen) == {"absent", "draft", "attached", "published"}
    assert watch.errors == []
    assert len(watch.seen) >= 2 * len(places)
    assert watch.seen == sorted(watch.seen)
    require_once_each(stage, versions, fetched=len(places))
    require_swept(stage)


def require_swept(stage):
    """What the killed ones left is gone a day later, and then there is nothing to do."""
    left = list((stage.kit.settings.artifacts_folder / "incoming").iterdir())
    then = utc_now().timestamp() - 25 * 3600
    for path in left:
        os.utime(path, (then, then))
    create_master(stage.kit.settings.master_file, MASTER)
    assert left
    assert check(stage) == {"UPLOAD_DISCARDED": len(left)}
    assert check(stage) == {}
