"""The local trust state: whatever became of its files, the next run heals it without a question."""

import shutil
from pathlib import Path

import pytest

from agent.locks import held
from tests.simulators.bench import EXTENSION

FILES = [
    "root.json", "timestamp.json", "snapshot.json", "targets.json", "releases.json",
    "root_history/1.root.json", "root_history/2.root.json",
]  # fmt: skip


def directory(path):
    path.unlink()
    path.mkdir()
    (path / "something").write_text("in the way")


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "garbage": lambda path: path.write_bytes(b"\xff\x00{" * 100),
    "missing": lambda path: path.unlink(),
    "directory": directory,
}


@pytest.fixture
def state(bench, server) -> Path:
    """The folder of a repository that has seen a change of its root."""
    server.sign()
    server.repository.replace("online")
    assert plan(bench).exit == 0
    return bench.home / "trust" / server.repository.id


def plan(bench):
    return bench.do("install", EXTENSION, "--plan-only")


@pytest.mark.fault
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_heals(bench, state, name, damage):
    DAMAGES[damage](state / name)
    ran = plan(bench)
    assert (ran.exit, ran.result["data"]["signature"]["root_version"]) == (0, 2)
    assert not ran.of("question")
    assert {path.name for path in state.glob("*.json")} >= {"timestamp.json", "releases.json"}
    aside = list(state.rglob(f"{Path(name).name}.bad-*"))
    assert len(aside) == (damage == "directory")
    assert bench.install().exit == 0


@pytest.mark.parametrize("place", ["", "root_history", ".."])
@pytest.mark.parametrize("what", ["file", "missing", "link"])
def test_a_damaged_folder_heals(bench, state, place, what, tmp_path):
    folder = (state / place).resolve()
    shutil.rmtree(folder)
    if what == "file":
        folder.write_bytes(b"no folder")
    if what == "link":
        folder.symlink_to(tmp_path)
    assert plan(bench).exit == 0
    assert folder.is_dir()
    assert not folder.is_symlink()
    assert not list(tmp_path.iterdir())


def test_a_lock_that_is_a_folder_heals(bench, state):
    state.with_suffix(".lock").unlink()
    state.with_suffix(".lock").mkdir()
    assert plan(bench).exit == 0


def test_a_link_in_place_of_a_file_is_not_followed(bench, state, tmp_path):
    target = tmp_path / "of-somebody-else"
    target.write_bytes(b"stays")
    (state / "timestamp.json").unlink()
    (state / "timestamp.json").symlink_to(target)
    assert plan(bench).exit == 0
    assert target.read_bytes() == b"stays"
    assert not (state / "timestamp.json").is_symlink()


def test_what_a_killed_run_left_is_cleared_away(bench, state):
    (state / "tmp1234").write_bytes(b"half a file")
    assert plan(bench).exit == 0
    assert not (state / "tmp1234").exists()


def test_a_healed_state_still_refuses_what_is_older_than_announced(bench, server, state):
    old = dict(server.repository.files)
    server.repository.version += 60 * 24
    server.repository.publish()
    server.repository.files = old
    shutil.rmtree(state)
    assert plan(bench).result["code"] == "STALE_MIRROR"


def test_one_process_at_a_time_uses_the_state(bench, state, monkeypatch):
    clock = iter(range(0, 10**9, 10))
    monkeypatch.setattr("agent.clock.Timing.now", lambda _: next(clock))
    with held(state.with_suffix(".lock")):
        ran = plan(bench)
    assert (ran.exit, ran.result["code"]) == (32, "BUSY_LOCAL")


def test_nothing_is_fetched_again_where_nothing_changed(bench, server, state):
    server.requests.clear()
    assert plan(bench).exit == 0
    assert state.is_dir()
    assert server.count("GET tuf") == 2
