"""kill -9 of a worker inside a job and a schedule: another one does both, nothing is stuck."""

import subprocess
import sys
from datetime import timedelta

import pytest

from app.kit.db import transaction
from app.kit.outbox import LOCKED, Job, enqueue, work_off
from app.kit.schedules import AGAIN, Schedule, run_if_due
from tests.factories.clock import HandClock
from tests.factories.kit import a_kit
from tests.faults.service import ROOT

pytestmark = pytest.mark.fault


def test_what_a_killed_worker_was_at_is_done_by_another(stage):
    clock, done = HandClock(), []
    kit = a_kit(stage.kit.settings, clock)
    schedule = Schedule("tidy", timedelta(hours=1), lambda *_: done.append("tidy") or "")
    with transaction(stage.engine, kit) as session:
        job_id = enqueue(session, "note", {})

    def attempt():
        ran = run_if_due(stage.engine, kit, schedule)
        return ran, work_off(stage.engine, kit, {"note": lambda task: done.append(task.id)})

    command = [sys.executable, "-m", "tests.faults.lingering_worker", stage.url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert [worker.stdout.readline() for _ in range(2)] == ["inside\n"] * 2
        assert attempt() == (False, False)
        clock.pass_(seconds=AGAIN.total_seconds() * 100)
        assert not run_if_due(stage.engine, kit, schedule)  # it is alive: the lock is its own
        clock.at = None
        worker.kill()
    assert attempt() == (False, False)
    clock.pass_(seconds=max(AGAIN, LOCKED).total_seconds() + 1)
    assert attempt() == (True, True)
    assert done == ["tidy", job_id]
    assert stage.count(Job) == 0
