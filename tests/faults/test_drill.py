"""The rehearsal that everybody can run, and recovery to a moment by PostgreSQL's own means."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.drill.archive import Archive
from app.drill.problems import DrillFailed
from app.drill.server import Server
from app.drill.trade import Trade
from app.kit import postgres
from app.kit.db import reading
from app.kit.migrate import upgrade
from app.kit.signing.keyring import create_master
from app.upkeep import health
from tests.database import private_folder
from tests.faults.service import ROOT
from tests.waiting import until

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)
STEPS = ["server", "archive", "backup", "work", "disaster", "master", "dump", "wal", "files"]


def test_the_drill_brings_everything_back(rounds, figures):
    for _ in range(rounds(ci=1, campaign=5)):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "drill", "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        found = told["figures"]
        logger.info("drill: %s", found)
        assert [step["step"] for step in told["steps"]] == STEPS
        assert found["operations"] >= 200
        assert found["lost_by_wal"] == 0
        assert found["lost_by_dump"] >= found["operations"]
        figures("restore_drill", max(found["restored_by_dump"], found["restored_by_wal"]) / 60)


@pytest.fixture
def folder():
    """Where `nobody`, who runs PostgreSQL for root, gets through."""
    with private_folder() as place:
        yield place


def place_for(data: Path) -> Path:
    """An empty folder for a recovered database, where a server looks for it."""
    data.mkdir()
    made = postgres.make_folder("postgres-", data)
    (data / "postgres").symlink_to(made)
    return made


def test_the_database_goes_back_to_any_moment(folder):
    master = folder / "master"
    create_master(master)
    with Archive(folder) as archive:
        with Server(folder / "server", folder / "files", master) as server:
            upgrade(server.url)
            trade = Trade(server)
            archive.begin(server)
            kept, before = trade.sell(), server.state()
            [(moment,)] = server.execute("SELECT clock_timestamp()::text")
            lost = trade.sell()
            server.destroy()
        data = place_for(folder / "then")
        archive.recover(data, moment)
        with Server(folder / "then", folder / "files", master) as server:
            assert server.state() == before
            assert has_key(server, kept)
            assert trade.is_redeemed(server, kept)
            assert not has_key(server, lost)
        with pytest.raises(DrillFailed, match="DRILL_FAILED") as again:
            archive.recover(data)
        assert "nothing is overwritten" in again.value.params["what"]
        with pytest.raises(DrillFailed) as early:
            archive.recover(place_for(folder / "early"), "2020-01-01 00:00:00+00")
        assert "no base backup" in early.value.params["what"]
        with pytest.raises(DrillFailed) as late:
            archive.recover(place_for(folder / "late"), "2099-01-01 00:00:00+00")
        assert "recovery target" in late.value.params["what"]


def has_key(server, sale) -> bool:
    statement = f"SELECT count(*) FROM license_keys WHERE id = '{sale.key_id}'"  # noqa: S608 - an id of ours
    return server.execute(statement) == [(1,)]


def watched(server):
    with reading(server.engine, server.kit) as session:
        return health.wal_archive(session)


def test_the_receiver_is_watched(folder):
    create_master(folder / "master")
    with Server(folder / "server", folder / "files", folder / "master") as server:
        assert watched(server).state is health.State.OK
        wanted = server.settings.model_copy(update={"wal_archive": True})
        server.kit = replace(server.kit, settings=wanted)
        assert watched(server).state is health.State.FAIL
        with Archive(folder) as archive:
            archive.begin(server)
            seen = watched(server)
            assert (seen.state, type(seen.value)) == (health.State.OK, float)
        until(lambda: not server.execute("SELECT 1 FROM pg_replication_slots WHERE active"))
        assert watched(server).value == "no receiver"
        assert watched(server).state is health.State.FAIL
