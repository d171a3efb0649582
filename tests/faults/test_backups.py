"""Backups of a server at work, and agents that have seen more than a restored one knows."""

import threading
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.audit.actor import SYSTEM
from app.catalog.service.files import exclude_claims
from app.kit.db import make_engine
from app.kit.signing.keyring import create_master
from app.upkeep.backup import making
from app.upkeep.backup.making import take
from app.upkeep.backup.place import Backup, Place
from app.upkeep.backup.problems import BackupRunning
from app.upkeep.backup.restoring import Restoration, Wish
from tests.factories.copies import emptied
from tests.factories.kit import MASTER, a_kit
from tests.faults.office import FIRST, SECOND
from tests.faults.stage import Stage

pytestmark = pytest.mark.fault
THIRD = "2.6.0"


def unseen(*_):
    return nullcontext(lambda _: None)


@contextmanager
def writing(stage):
    """A vendor who publishes all the time; tells how many releases came out."""
    over, done = threading.Event(), []

    def publish() -> None:
        for number in count():
            if over.is_set():
                return
            with stage.acting() as world:
                done.append(world.release(f"1.{number}").version)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


@pytest.mark.s3
@pytest.mark.parametrize("kind", ["local", "moto"])
def test_a_backup_under_writes_lacks_no_file_of_any_row(
    stage, settings_of, clone_database, tmp_path, kind
):
    kit = a_kit(settings_of(kind))
    create_master(kit.settings.master_file, MASTER)
    stage = replace(stage, kit=kit)
    place = Place.prepared(tmp_path / "copies", kit.settings)
    found = []
    with writing(stage) as done:
        while len(done) < 12 or len(found) < 3:
            seen = len(done)
            found.append(take(stage.url, stage.engine, kit, place, keep=0, watch=unseen))
            assert len(found[-1].manifest.files) >= seen
            assert found[-1].manifest.lacking == []
    for taken in (found[0], found[-1]):
        url, other = emptied(clone_database()), a_kit(settings_of("local"))
        engine = make_engine(url, other.settings)
        work = Restoration(url, engine, other, Backup(taken.folder), Wish())
        [vendor] = work.run(unseen, actor=SYSTEM).vendors
        assert vendor.seq == taken.manifest.vendors[0].audit_seq
        assert Stage(url, engine, other, stage.world).contradictions() == []
        engine.dispose()


def remove_files(session):
    """What a repair does before it deletes a file of no row."""
    session.execute(text("SET LOCAL lock_timeout = '100ms'"))
    exclude_claims(session)


def test_files_of_its_moment_stay_until_a_backup_has_them(stage):
    with making._one_moment(stage.engine, stage.kit):
        with pytest.raises(OperationalError, match="lock timeout"):
            stage.do(remove_files)
        with pytest.raises(BackupRunning), making._one_moment(stage.engine, stage.kit):
            pass
    stage.do(remove_files)


@pytest.fixture
def vendor(office):
    """One of this test's own, whose first release is out, on a server that runs."""
    if not office.service.starts:
        office.start()
    made = office.vendor()
    made.publish(FIRST)
    return made


def restored(office, copies, *options):
    """The server is gone with its database and comes back from the backup."""
    office.service.kill()
    office.engine.dispose()
    emptied(office.url)
    done = office.podkluch("restore", copies, *options)
    assert done["check"]["ok"]
    office.start()
    return done


def require_version(computer, version):
    ran = computer.install()
    assert ran.result["outcome"].startswith("done"), ran.result
    assert ran.result["data"]["signature_verified"]
    assert computer.versions() == [version]


def test_agents_that_saw_more_go_on(office, vendor, tmp_path):
    computer = vendor.computer()
    require_version(computer, FIRST)
    office.podkluch("backup", tmp_path / "copies")
    vendor.publish(SECOND)
    require_version(computer, SECOND)
    done = restored(office, tmp_path / "copies")
    assert vendor.slug in {each["slug"] for each in done["vendors"]}
    vendor.publish(THIRD)
    require_version(computer, THIRD)


def test_agents_that_saw_a_newer_root_go_on(office, vendor, tmp_path):
    computer, bundle = vendor.computer(), tmp_path / "bundle.json"
    require_version(computer, FIRST)
    office.podkluch("backup", tmp_path / "copies")
    vendor.trust("request", "--out", tmp_path / "request")
    asked = ("--request", tmp_path / "request", "--keys", vendor.medium)
    office.podkluch("trust", "renew", *asked, "--out", bundle)
    office.podkluch("trust", "install", bundle)
    vendor.publish(SECOND)
    require_version(computer, SECOND)
    restored(office, tmp_path / "copies", "--root", bundle)
    assert vendor.trust("status")["root_version"] == 2
    vendor.publish(THIRD)
    require_version(computer, THIRD)
