import pytest

from agent.access import ADMINISTRATORS, Access, Entry, readers
from agent.codes import Code
from agent.errors import Failure
from agent.guard import made, require_ours


def test_a_new_folder_is_closed_and_ours(tmp_path):
    home = made(tmp_path / "one" / "home")
    assert home.stat().st_mode & 0o077 == 0
    require_ours(home)


def test_a_folder_that_others_can_write_into_is_refused_with_what_mends_it(tmp_path):
    home = made(tmp_path / "home")
    home.chmod(0o777)
    with pytest.raises(Failure) as failed:
        require_ours(home)
    assert failed.value.code == Code.HOME_UNUSABLE
    assert "podkluch-agent doctor --fix-acl" in failed.value.diagnostics("ru")


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    home = made(tmp_path / "home")
    monkeypatch.setattr("os.geteuid", lambda: home.stat().st_uid + 1)
    with pytest.raises(Failure) as failed:
        require_ours(home)
    assert "belongs to uid" in failed.value.diagnostics("en")


def test_no_command_works_in_such_a_folder(bench):
    bench.home.chmod(0o777)
    ran = bench.run("status", "--json")
    assert ran.result["code"] == "HOME_UNUSABLE"
    assert not (bench.home / "state.db").exists()


def test_who_can_only_read_matters_to_a_machine_wide_seal():
    users = Entry("S-1-5-32-545", 0x1200A9)
    assert readers(Access(ADMINISTRATORS, (users,), is_protected=True), "me") == [users.sid]
    assert readers(Access(ADMINISTRATORS, None, is_protected=True), "me") == ["S-1-1-0"]
    assert readers(Access(ADMINISTRATORS, (), is_protected=True), "me") == []
