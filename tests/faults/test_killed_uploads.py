"""kill -9 around every call of the store and every commit of a publication: all or nothing."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from itertools import count

import pytest
from sqlalchemy import delete, select

from app.catalog.models import Artifact, CompatibilityRule, Release, RulesVersion
from app.kit.clock import utc_now
from app.upkeep import repair
from tests.faults.service import ROOT
from tests.faults.uploader import CFE
from tests.waiting import PATIENCE

pytestmark = pytest.mark.fault


@pytest.fixture
def upload(stage):
    """Uploads and publishes in a process; whether it was killed at that call."""
    command = [sys.executable, "-m", "tests.faults.uploader", stage.url]
    command += [str(stage.kit.settings.data), str(stage.world.vendor.id)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:

        def run(when, place):
            process.stdin.write(f"{when} {place}\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            assert code in {0, -signal.SIGKILL}
            return code != 0

        yield run
        process.stdin.close()
        assert process.wait(timeout=PATIENCE) == 0


def faults(stage):
    """What is wrong; a file that a killed upload left is none."""
    harmless = ("UPLOAD_UNFINISHED", "FILE_UNREFERENCED")
    return [found for found in stage.contradictions() if not found.startswith(harmless)]


def require_all_or_nothing(stage):
    """After what a start does: the release is published, a draft, or not there; with its file."""
    store = stage.kit.artifacts
    repair.at_start(stage.engine, stage.kit)
    assert faults(stage) == []
    with stage.engine.connect() as connection:
        rows = connection.execute(
            select(Release.status, Artifact.sha256, Artifact.status).outerjoin(
                Artifact, Artifact.release_id == Release.id
            )
        ).all()
    assert len(rows) <= 1
    for release, sha256, artifact in rows:
        assert release in {"draft", "published"}
        assert artifact == "ready"
        assert b"".join(store.read(sha256)) == CFE
    for digest in store.digests():
        assert b"".join(store.read(digest)) == CFE
    return [row[0] for row in rows]


def start_over(stage):
    """As before the first upload."""
    with stage.engine.begin() as connection:
        for model in (CompatibilityRule, RulesVersion, Artifact, Release):
            connection.execute(delete(model))
    shutil.rmtree(stage.kit.artifacts.folder, ignore_errors=True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_publication_is_killed_at_every_call(stage, upload, when):
    seen = Counter()
    for place in count(1):
        start_over(stage)
        killed = upload(when, place)
        seen[tuple(require_all_or_nothing(stage))] += 1
        if not killed:
            break
    assert seen.keys() == {(), ("draft",), ("published",)}
    assert place > 20


def test_a_retry_after_a_kill_succeeds_and_leaves_nothing_behind(stage, upload):
    incoming = stage.kit.artifacts.folder / "incoming"
    place = next(place for place in count(1) if upload("after", place) and any_in(incoming))
    [left] = incoming.iterdir()
    then = utc_now().timestamp() - 25 * 3600
    os.utime(left, (then, then))
    done = [finding.code for _, finding in repair.repair(stage.engine, stage.kit, full=False)]
    assert (done, any_in(incoming)) == (["UPLOAD_DISCARDED"], False)
    assert stage.contradictions() == []
    assert not upload("after", 0)
    assert require_all_or_nothing(stage) == ["published"]
    assert place > 1


def any_in(folder):
    return folder.is_dir() and any(folder.iterdir())
