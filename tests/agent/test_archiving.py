"""The copy of the whole infobase within an operation: under the lock, where there is one."""

import json

import pytest

from agent.archive import back_up_infobase
from agent.codes import Code
from agent.errors import Failure
from tests.simulators.bench import EXTENSION
from tests.simulators.designer import FakeDesigner

STATES = ("LOCKED", "BACKED_UP", "WRITING", "UNLOCKED")


@pytest.fixture
def designer(bench, tmp_path):
    """Copies are made by Designer; a permission code may be on its command line."""
    made = FakeDesigner(tmp_path)
    settings(bench, "dumpib", f"designer = {json.dumps(str(made.path))}", ALLOWED)
    return made


ALLOWED = "allow_password_on_cmdline = true"


def settings(bench, mode, *lines):
    bench.home.mkdir(exist_ok=True)
    text = "\n".join([f'backup_mode = "{mode}"', "[backup]", *lines])
    (bench.home / "agent.toml").write_text(f"{text}\n", "utf-8")


@pytest.fixture
def copying(bench, monkeypatch):
    """The lock at the moments when a copy is made."""
    (bench.base / "1Cv8.1CD").write_bytes(b"1CDBMSV8" + bytes(100))
    seen = []

    def noted(*given):
        seen.append(bench.state.get("lock"))
        return back_up_infobase(*given)

    monkeypatch.setattr("agent.archiving.back_up_infobase", noted)
    return seen


def states(ran):
    return [one["state"] for one in ran.of("step") if one["state"] in STATES]


@pytest.mark.parametrize("mode", ["ask", "terminate"])
def test_a_copy_of_the_file_is_made_while_nobody_is_let_in(bench, copying, mode):
    settings(bench, "file_copy")
    ran = bench.install("--lock-mode", mode)
    assert (ran.exit, states(ran)) == (0, ["LOCKED", "BACKED_UP", "WRITING", "UNLOCKED"])
    assert len(copying[0]) == 16
    assert bench.state["lock"] is None


def test_designer_makes_it_under_the_lock_with_its_code(bench, copying, designer):
    ran = bench.install("--lock-mode", "ask")
    assert (ran.exit, bench.state["lock"]) == (0, None)
    assert designer.seen[designer.seen.index("/UC") + 1] == copying[0]
    assert copying[0] not in ran.out + ran.err


@pytest.mark.usefixtures("copying")
def test_a_code_that_nobody_may_see_makes_no_copy_and_everybody_is_let_in(bench, designer):
    settings(bench, "dumpib", f"designer = {json.dumps(str(designer.path))}")
    ran = bench.install("--lock-mode", "ask")
    assert (ran.exit, ran.result["code"]) == (34, "BACKUP_FAILED")
    assert "allow_password_on_cmdline" in ran.result["text"]
    assert (designer.seen, bench.state["lock"], bench.extensions()) == (None, None, [])


@pytest.mark.parametrize("kind", ["server", "file"])
def test_a_copy_that_fails_lets_everybody_in(bench, copying, designer, kind):
    bench.write(kind=kind)
    designer.tell(code=1, result="1", out="нет места")
    ran = bench.install("--lock-mode", "ask")
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (34, "BACKUP_FAILED", False)
    assert len(copying[0]) == 16
    assert (bench.state["lock"], bench.extensions()) == (None, [])
    assert not bench.state["cluster"]["scheduled_jobs_denied"]


def test_a_full_disk_under_the_lock_lets_everybody_in(bench, copying, monkeypatch):
    def full(*_):
        copying.append(bench.state["lock"])
        raise Failure(Code.DISK_FULL, disk="D", n=1)

    settings(bench, "file_copy")
    monkeypatch.setattr("agent.archiving.back_up_infobase", full)
    ran = bench.install("--lock-mode", "ask")
    assert (ran.result["code"], len(copying[0]), bench.state["lock"]) == ("DISK_FULL", 16, None)


@pytest.mark.parametrize(("mode", "lock"), [("file_copy", "none"), ("none", "ask"),
                                            ("confirm", "ask")])  # fmt: skip
def test_without_both_nobody_is_kept_out(bench, copying, mode, lock):
    settings(bench, mode)
    ran = bench.install("--lock-mode", lock, "--yes")
    assert (ran.exit, states(ran)) == (0, ["BACKED_UP", "WRITING"])
    assert set(copying) <= {None}


def test_a_removal_is_preceded_by_a_copy_under_the_lock_too(bench, copying):
    bench.install()
    settings(bench, "file_copy")
    assert bench.do("uninstall", EXTENSION, "--lock-mode", "ask").exit == 0
    assert len(copying[-1]) == 16
    assert bench.state["lock"] is None
