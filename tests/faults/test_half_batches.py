"""Half a batch of coupons never exists, whatever ends its making in the middle."""

import os
import signal
import subprocess
import sys
from itertools import chain, repeat

import pytest
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEvent
from app.coupons.models import Coupon, CouponBatch
from app.kit.signing.keyring import create_master
from tests.factories.kit import MASTER
from tests.faults.service import ROOT
from tests.waiting import PATIENCE
from wire import codes

pytestmark = pytest.mark.fault


@pytest.fixture
def generating(stage, tmp_path):
    """`podkluch coupon generate` of 3,000 coupons into a file, begun and held after 1,000."""
    create_master(tmp_path / "master", MASTER)
    environment = os.environ | {
        "PODKLUCH_ENVIRONMENT": "test",
        "PODKLUCH_DATABASE_URL": stage.url,
        "PODKLUCH_DATA": str(tmp_path),
        "PODKLUCH_MASTER_KEY_FILE": str(tmp_path / "master"),
    }
    told = ("--product", "warehouse-helper", "--count", "3000", "--out", str(tmp_path / "out.csv"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.held_command", "coupon", "generate", *told],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - a runner in the background ignores SIGINT
    )
    assert process.stderr.readline() == "1000\n"
    yield process
    process.kill()
    process.communicate()


def interruptible():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def nothing_was_made(stage, tmp_path):
    made = [stage.count(CouponBatch), stage.count(Coupon), stage.events("coupon_batch.generated")]
    return made == [0, 0, 0] and list(tmp_path.glob("out.csv*")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_in_the_middle_leaves_no_coupon_and_no_file(stage, generating, tmp_path, number):
    generating.send_signal(number)
    generating.communicate(timeout=PATIENCE)
    assert generating.returncode != 0
    assert nothing_was_made(stage, tmp_path)
    assert stage.contradictions() == []


def test_without_a_signal_the_same_command_makes_the_whole_batch(stage, generating, tmp_path):
    generating.communicate("\n\n\n", timeout=PATIENCE)
    assert generating.returncode == 0
    assert (stage.count(CouponBatch), stage.count(Coupon)) == (1, 3_000)
    assert len((tmp_path / "out.csv").read_text("utf-8").splitlines()) == 3_001
    assert stage.count(AuditEvent, AuditEvent.action == "coupon_batch.generated") == 1


def test_an_error_in_the_middle_leaves_no_coupon(stage, tmp_path, monkeypatch):
    same = codes.new_code(codes.CodeKind.COUPON, "DEMO")
    fresh = [codes.new_code(codes.CodeKind.COUPON, "DEMO") for _ in range(1_500)]
    drawn = chain(fresh, repeat(same))  # the last ones collide
    monkeypatch.setattr(codes, "new_code", lambda *_: next(drawn))
    with pytest.raises(IntegrityError):
        stage.coupons(3_000)
    assert nothing_was_made(stage, tmp_path)
