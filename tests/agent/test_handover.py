"""What a killed agent left lying about is removed by the next changing command, and no more."""

import os
import uuid
from dataclasses import replace

import pytest

from agent import handover
from agent.infobase import HostProcess
from agent.journal import Journal, Operation
from agent.processes import this_process


@pytest.fixture
def left(bench):
    """Puts a file there; its path."""

    def put(*parts):
        path = bench.home.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        return path

    return put


def begun(bench):
    """An operation of this agent, long over."""
    journal = Journal(bench.home / "state.db")
    one = Operation(str(uuid.uuid4()), bench.state["infobase_id"], "", "Х", "{}", "2026-01-01")
    journal.begin(one)
    with journal.transaction() as db:
        db.execute("UPDATE operations SET finished_at = started_at, outcome = 'failed'")
    journal.close()
    return one.id


def test_names_tell_files_of_processes_that_run_no_more(tmp_path):
    me = this_process()
    owners = (me, replace(me, started_at="0 1"), HostProcess(me.pid, ""))
    running, earlier, nobody = (tmp_path / handover.new_name(one) for one in owners)
    other = tmp_path / f"{uuid.uuid4()}.cfe"
    for path in (running, earlier, nobody, other):
        path.touch()
    handover.forget_ownerless(tmp_path)
    assert set(tmp_path.iterdir()) == {running, nobody, other}


def test_every_file_has_a_name_of_its_own_in_ascii():
    names = {handover.new_name(this_process()) for _ in range(3)}
    assert len(names) == 3
    assert all(name.isascii() and " " not in name for name in names)


@pytest.mark.parametrize("command", [("recover",), ("install", "warehouse-helper")])
def test_the_next_changing_command_removes_what_a_killed_one_handed_over(bench, left, command):
    gone = left("handover", handover.new_name(HostProcess(os.getpid(), "0 1")))
    running = left("handover", handover.new_name(this_process()))
    bench.do("check")
    assert gone.exists()  # it changes nothing
    bench.do(*command)
    assert (gone.exists(), running.exists()) == (False, True)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_half_a_copy_of_the_infobase_goes_and_that_of_somebody_else_stays(bench, left, elsewhere):
    bench.do("check")
    folder = ("backups", "infobases")
    if elsewhere:
        folder = ("copies",)
        text = f"[backup]\nfolder = '{bench.home / 'copies'}'\n"
        (bench.home / "agent.toml").write_text(text, "utf-8")
    operation, infobase = begun(bench), bench.state["infobase_id"]
    halves = [left(*folder, infobase, f"{operation}.part.{kind}") for kind in ("dt", "1CD")]
    whole = left(*folder, infobase, f"{operation}.dt")
    of_another_computer = left(*folder, infobase, f"{uuid.uuid4()}.part.dt")
    of_another_infobase = left(*folder, str(uuid.uuid4()), f"{operation}.part.dt")
    bench.do("recover")
    assert not any(path.exists() for path in halves)
    assert all(path.exists() for path in (whole, of_another_computer, of_another_infobase))
