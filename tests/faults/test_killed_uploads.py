"""kill -9 around every call of the store and every commit of a publication: all or nothing."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import delete, select

from app.catalog.models import Artifact, CompatibilityRule, Release
from app.kit.clock import utc_now
from app.upkeep import repair
from tests.faults.service import ROOT
from tests.faults.uploader import CFE

pytestmark = pytest.mark.fault


def upload(stage, when, place):
    """The process's return code and its last words."""
    command = [sys.executable, "-m", "tests.faults.uploader", stage.url]
    command += [str(stage.kit.settings.data), str(stage.world.vendor.id), when, str(place)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode, done.stdout.strip()


def faults(stage):
    """What is wrong; a file that a killed upload left is none."""
    harmless = ("UPLOAD_UNFINISHED", "FILE_UNREFERENCED")
    return [found for found in stage.contradictions() if not found.startswith(harmless)]


def require_all_or_nothing(stage):
    """After what a start does: a release is published with its file, or a draft, or is not there."""
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
    """As before the upload; what the store holds stays, as an upload again would find it."""
    with stage.engine.begin() as connection:
        for model in (CompatibilityRule, Artifact, Release):
            connection.execute(delete(model))


def test_a_publication_is_killed_at_every_call(stage):
    _, calls = upload(stage, "before", 0)
    assert require_all_or_nothing(stage) == ["published"]
    seen = set()
    places = [*range(1, int(calls) + 1)]
    assert len(places) > 10
    for place in places:
        start_over(stage)
        for digest in stage.kit.artifacts.digests():
            stage.kit.artifacts.remove(digest)
        code, _ = upload(stage, "after", place)
        assert code == -signal.SIGKILL
        seen.add(tuple(require_all_or_nothing(stage)))
    assert seen == {(), ("draft",), ("published",)}


def test_what_killed_uploads_left_is_gone_after_a_day(stage):
    folder = stage.kit.artifacts.folder
    upload(stage, "after", 8)
    left = list((folder / "incoming").iterdir())
    assert len(left) == 1
    then = utc_now().timestamp() - 25 * 3600
    os.utime(left[0], (then, then))
    done = [finding.code for _, finding in repair.repair(stage.engine, stage.kit, full=False)]
    assert done == ["UPLOAD_DISCARDED"]
    assert stage.contradictions() == []
    assert upload(stage, "before", 0)[0] == 0
    assert require_all_or_nothing(stage) == ["published"]
