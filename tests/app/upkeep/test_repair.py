"""Repairs: what is lost is taken away from everybody, what is nobody's is deleted, all is told."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from app.accounts.models import Vendor
from app.audit.models import AuditEvent
from app.catalog.models import Artifact
from app.catalog.service import repairs
from app.catalog.service.files import claim
from app.catalog.service.repairs import repair_files
from app.delivery.models import Download
from app.kit.clock import utc_now
from app.kit.db import make_engine, reading, transaction
from app.kit.problems import Busy, StorageUnavailable
from app.kit.storage import Stored
from app.trust.models import TrustKey
from app.upkeep import health, repair
from tests.factories.kit import a_kit

DAY = timedelta(hours=24)


@pytest.fixture
def files(world, kit, engine):
    """Two releases; the files of both, the younger release's last."""
    with transaction(engine, kit) as session:
        world.session = session
        world.release("2.5.0")
    with engine.connect() as connection:
        found = connection.scalars(select(Artifact.sha256).order_by(Artifact.created_at)).all()
    return [kit.artifacts.path(sha256) for sha256 in found]


@pytest.fixture
def repaired(engine, kit):
    """Repairs and gives the codes of what was done."""

    def run(*, full=False):
        return [done.code for _, done in repair.repair(engine, kit, full=full)]

    return run


def states(engine):
    with engine.connect() as connection:
        return connection.scalars(select(Artifact.status).order_by(Artifact.created_at)).all()


def age(path, by=DAY + timedelta(minutes=1)):
    then = (utc_now() - by).timestamp()
    os.utime(path, (then, then))


def test_a_sound_server_needs_no_repair(files, repaired):
    for path in files:
        age(path)
    assert repaired(full=True) == []
    assert all(path.exists() for path in files)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("missing", "ARTIFACT_MISSING"),
        ("short", "ARTIFACT_LENGTH"),
        ("changed", "ARTIFACT_DAMAGED"),
    ],
)
def test_a_damaged_file_is_quarantined_once(files, repaired, engine, kit, harm, code):
    path, whole, full = files[0], files[0].read_bytes(), harm == "changed"
    with engine.connect() as connection:
        before = connection.scalars(select(Vendor.catalogue_version)).all()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes({"short": whole[:-1], "changed": whole[:-1] + b"\xaa"}[harm])
    assert repaired(full=full) == [code]
    assert states(engine) == ["quarantined", "ready"]
    assert repaired(full=full) == []
    assert repair.attend(engine, kit, full=full) == ""
    with engine.connect() as connection:
        found = select(AuditEvent.data).where(AuditEvent.action == "artifact.quarantined")
        assert connection.scalars(found).all() == [{"reason": code}]
        assert connection.scalars(select(Vendor.catalogue_version)).all() != before


@pytest.mark.parametrize("harm", ["missing", "short", "changed"])
def test_a_file_that_is_back_leaves_the_quarantine(files, repaired, engine, kit, harm):
    path, whole = files[0], files[0].read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes({"short": whole[:-1], "changed": whole[:-1] + b"\xaa"}[harm])
    repaired(full=True)
    assert repaired(full=True) == []  # not while it is damaged
    with engine.connect() as connection:
        before = connection.scalars(select(Vendor.catalogue_version)).all()
    path.write_bytes(whole)
    assert repaired() == []  # not before every byte was read
    assert states(engine) == ["quarantined", "ready"]
    assert repaired(full=True) == ["ARTIFACT_RESTORED"]
    assert repaired(full=True) == []
    assert states(engine) == ["ready", "ready"]
    with reading(engine, kit) as session:
        assert health.quarantined(session).value == 0
    with engine.connect() as connection:
        found = select(AuditEvent.action).where(AuditEvent.action.startswith("artifact.rest"))
        assert connection.scalars(found).all() == ["artifact.restored"]
        assert connection.scalars(select(Vendor.catalogue_version)).all() != before


def test_a_store_that_does_not_answer_restores_nothing(files, repaired, engine, kit, monkeypatch):
    whole = files[0].read_bytes()
    files[0].unlink()
    repaired()
    files[0].write_bytes(whole)

    def silent(*_):
        raise StorageUnavailable from OSError(5, "Input/output error")

    monkeypatch.setattr(kit.artifacts, "read", silent)
    assert repaired(full=True) == []
    assert states(engine) == ["quarantined", "ready"]


def test_a_file_whose_row_goes_away_meanwhile_stops_no_repair(files, engine, kit, monkeypatch):
    files[0].unlink()
    damaged = repairs.damaged

    def slow(session, **how):
        yield from list(damaged(session, **how))
        with engine.begin() as connection:
            row = delete(Artifact).where(Artifact.sha256 == files[0].name)
            connection.execute(delete(Download))
            connection.execute(row)

    monkeypatch.setattr(repairs, "damaged", slow)
    assert [done.code for _, done in repair.repair(engine, kit, full=False)] == []
    assert states(engine) == ["ready"]


def test_changed_bytes_of_the_same_length_need_the_full_repair(files, repaired, engine):
    files[0].write_bytes(bytes(files[0].stat().st_size))
    assert repaired() == []
    assert states(engine) == ["ready", "ready"]


def test_a_store_that_is_empty_is_rather_not_mounted(files, repaired, engine, kit):
    for path in files:
        path.unlink()
    assert repaired() == []
    assert states(engine) == ["ready", "ready"]
    assert repair.attend(engine, kit) == "ARTIFACT_MISSING"


def test_a_store_that_does_not_answer_quarantines_nothing(files, engine, kit, monkeypatch):
    def silent(*_):
        raise StorageUnavailable from OSError(5, "Input/output error")

    monkeypatch.setattr(kit.artifacts, "size", silent)
    assert [code for _, code in repair.repair(engine, kit, full=False)] == []
    assert states(engine) == ["ready", "ready"]
    assert repair.attend(engine, kit) == "ARTIFACT_UNREADABLE"
    assert files


def test_what_is_nobody_s_is_deleted_after_a_day(files, repaired, kit):
    orphan = kit.artifacts.path(kit.artifacts.put([b"nobody's"]).sha256)
    half = kit.artifacts.folder / "incoming" / "half"
    half.write_bytes(b"ha")
    for path in (orphan, half, *files):
        age(path, DAY - timedelta(minutes=1))
    assert repaired() == []
    for path in (orphan, half, *files):
        age(path)
    assert repaired() == ["UPLOAD_DISCARDED", "FILE_REMOVED"]
    assert [path.exists() for path in (orphan, half, *files)] == [False, False, True, True]
    assert repaired() == []


def test_a_file_that_is_being_published_is_not_removed(world, repaired, kit, engine, settings):
    stored = kit.artifacts.put([b"nobody's yet"])
    age(kit.artifacts.path(stored.sha256))
    url = engine.url.render_as_string(hide_password=False)
    with transaction(engine, kit) as session:
        claim(session, stored)
        hurried = make_engine(url, settings)
        with hurried.connect() as connection:
            waiting = f"SELECT pg_try_advisory_xact_lock({0x61727466})"
            assert connection.scalar(text(waiting)) is False
        hurried.dispose()
    assert repaired() == ["FILE_REMOVED"]
    with pytest.raises(Busy), transaction(engine, kit) as session:
        claim(session, stored)
    assert world


@pytest.mark.s3
@pytest.mark.parametrize("kind", ["rclone", "moto"])
def test_a_bucket_too_is_asked_whether_the_file_is_there(world, engine, clock, settings_of, kind):
    kit = a_kit(settings_of(kind), clock)
    stored = kit.artifacts.put([b"nobody's yet"])
    clock.pass_(days=2)
    assert [done.code for done in repair_files(engine, kit, full=False)] == ["FILE_REMOVED"]
    with pytest.raises(Busy), transaction(engine, kit) as session:
        claim(session, stored)
    with transaction(engine, kit) as session:
        claim(session, kit.artifacts.put([b"nobody's yet"]))
    assert world


def test_bytes_of_another_length_cannot_be_claimed(world, kit, engine):
    stored = kit.artifacts.put([b"these"])
    with pytest.raises(Busy), transaction(engine, kit) as session:
        claim(session, Stored(stored.sha256, 4))
    assert world


def test_a_server_starts_though_its_store_does_not_answer(files, engine, kit, monkeypatch):
    def silent(*_):
        raise StorageUnavailable

    monkeypatch.setattr(kit.artifacts, "unfinished", silent)
    repair.at_start(engine, kit)
    assert files


def test_timestamps_that_nobody_signed_for_a_day_are_signed_anew(world, repaired, kit, clock):
    del world, kit
    clock.pass_(hours=23)
    assert repaired() == []
    clock.pass_(hours=1)
    assert repaired() == ["TRUST_RESIGNED"] * 2
    assert repaired() == []


def test_a_key_that_does_not_open_keeps_no_server_from_starting(world, engine, kit, clock):
    del world
    with engine.begin() as connection:
        connection.execute(update(TrustKey).values(sealed_private=b"spoilt"))
    clock.pass_(days=1)
    repair.at_start(engine, kit)
    assert repair.attend(engine, kit) == ""
