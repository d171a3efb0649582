"""Whole infobases are kept before a change: by Designer, as a file, by somebody's program."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent.archive import Job, back_up_infobase
from agent.designer import fit_designer
from agent.errors import Failure
from agent.infobase import OpenSession
from agent.pe import Machine
from agent.platforms import Platform
from agent.policies import BackupMode, BackupSettings, wants_own_copy
from agent.target import Target
from onec.connection import ConnectionString
from tests.simulators.designer import FakeDesigner

SECRET = "Пароль-Конфигуратора"


@pytest.fixture
def designer(tmp_path):
    return FakeDesigner(tmp_path)


@pytest.fixture
def settings(designer):
    return BackupSettings(designer=designer.path, timeout=60.0)


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "База 1С"
    folder.mkdir()
    (folder / "1Cv8.1CD").write_bytes(b"1CDBMSV8" + bytes(3_000_000))
    return folder


@pytest.fixture
def target(base):
    return Target(ConnectionString(file=str(base)))


@pytest.fixture
def job(tmp_path):
    job = Job(tmp_path / "копии", "id-1", "op-1", "Бухгалтерия", list, lambda *_: None, list)
    job.folder.mkdir()
    return job


def refusal(target, mode, settings, job):
    with pytest.raises(Failure) as failed:
        back_up_infobase(target, mode, settings, job)
    assert list(job.folder.rglob("*.dt")) + list(job.folder.rglob("*.1CD")) == []
    return failed.value


@pytest.mark.parametrize("mode", [BackupMode.NONE, BackupMode.CONFIRM])
def test_a_policy_without_a_program_makes_nothing(target, settings, job, mode):
    assert back_up_infobase(target, mode, settings, job) is None
    assert list(job.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "required", "asked"),
    [
        ("none", False, False), ("none", True, True), ("confirm", False, True),
        ("confirm", True, True), ("dumpib", True, False), ("file_copy", True, False),
        ("command", True, False), ("dumpib", False, False),
    ],
)  # fmt: skip
def test_a_person_is_asked_where_nobody_else_makes_the_copy(mode, required, asked):
    assert wants_own_copy(BackupMode(mode), is_required=required) is asked


# Designer


def test_designer_dumps_a_file_infobase(target, settings, job, designer, base):
    made = back_up_infobase(target, BackupMode.DUMPIB, settings, job)
    assert made.path == job.folder / "id-1" / "op-1.dt"
    assert (made.size, made.path.stat().st_mode & 0o777) == (108, 0o600)
    given = designer.seen
    assert given[:3] == ["DESIGNER", "/F", str(base)]
    assert given[3:7] == [
        "/DisableStartupDialogs", "/DisableStartupMessages", "/DumpIB",
        str(made.path.with_suffix(".part.dt")),
    ]  # fmt: skip
    assert [given[7], given[9]] == ["/Out", "/DumpResult"]
    assert not Path(given[8]).exists()


def test_designer_enters_a_server_as_the_user_only_where_that_may_be_seen(settings, job, designer):
    at = ConnectionString(server="srv:1641", ref="acc", user="Админ", password=SECRET)
    failed = refusal(Target(at), BackupMode.DUMPIB, settings, job)
    assert "allow_password_on_cmdline" in failed.diagnostics("ru")
    assert designer.seen is None
    allowed = replace(settings, allow_password_on_cmdline=True)
    assert back_up_infobase(Target(at), BackupMode.DUMPIB, allowed, job)
    assert designer.seen[1:8] == ["/S", "srv:1641\\acc", "/N", "Админ", "/WA-", "/P", SECRET]


def test_a_permission_code_is_a_secret_too(target, settings, job, designer):
    coded = replace(job, access_code="ABCD1234")
    assert "ABCD1234" not in refusal(target, BackupMode.DUMPIB, settings, coded).diagnostics("ru")
    back_up_infobase(
        target, BackupMode.DUMPIB, replace(settings, allow_password_on_cmdline=True), coded
    )
    assert designer.seen[3:5] == ["/UC", "ABCD1234"]


@pytest.mark.parametrize(
    "told",
    [
        {"code": 1, "result": "0"}, {"code": 101, "result": "1"}, {"code": 0, "result": "1"},
        {"code": 0, "result": None}, {"code": 0, "result": ""}, {"writes": False},
        {"code": 101, "result": None, "out": None}, {"code": 0, "result": "0 ошибок"},
    ],
)  # fmt: skip
def test_only_both_zeros_and_a_file_are_success(target, settings, job, designer, told):
    designer.tell(**told)
    failed = refusal(target, BackupMode.DUMPIB, settings, job)
    assert (failed.code, failed.exit) == ("BACKUP_FAILED", 34)
    assert "ничего не объяснил" in failed.diagnostics("ru")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251", "utf-8"])
def test_what_designer_said_is_told_in_either_encoding(target, settings, job, designer, encoding):
    said = 'Ошибка блокировки. Pwd="x1y2z3";'
    designer.tell(code=1, result="1", out=said, encoding=encoding)
    text = refusal(target, BackupMode.DUMPIB, settings, job).diagnostics("ru")
    assert "Ошибка блокировки" in text
    assert "x1y2z3" not in text


def test_one_that_does_not_end_is_killed(target, settings, job, designer):
    designer.tell(hangs=True)
    hurried = replace(settings, timeout=2.0)
    assert "не закончила за 2 с" in refusal(
        target, BackupMode.DUMPIB, hurried, job
    ).diagnostics("ru")  # fmt: skip


def test_one_that_is_not_there_is_named(target, settings, job, tmp_path):
    gone = replace(settings, designer=tmp_path / "нет" / "1cv8.exe")
    assert "1cv8.exe" in refusal(target, BackupMode.DUMPIB, gone, job).diagnostics("ru")
    none = replace(settings, designer=None)
    assert "нет Конфигуратора" in refusal(target, BackupMode.DUMPIB, none, job).diagnostics("ru")


def build(version, designer="1cv8.exe"):
    path = Path(version, designer) if designer else None
    return Platform(version, Path(version), Machine.X64, None, path)


def test_a_server_wants_its_own_build_and_a_folder_takes_the_newest():
    builds = [build("8.3.26.1"), build("8.3.25.2", None), build("8.3.25.1")]
    assert fit_designer(builds, "8.3.25.1", exactly=True) == Path("8.3.25.1/1cv8.exe")
    assert fit_designer(builds, "8.3.25.2", exactly=False) == Path("8.3.26.1/1cv8.exe")
    assert fit_designer(builds, None, exactly=False) == Path("8.3.26.1/1cv8.exe")
    with pytest.raises(Failure) as failed:
        fit_designer(builds, "8.3.25.2", exactly=True)
    assert "8.3.25.2" in failed.value.diagnostics("ru")


# A copy of the file


def test_a_file_infobase_is_copied_with_progress(target, settings, job, base):
    shown = []
    told = replace(job, progress=lambda *done: shown.append(done))
    made = back_up_infobase(target, BackupMode.FILE_COPY, settings, told)
    assert made.path.read_bytes() == (base / "1Cv8.1CD").read_bytes()
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert shown[-1] == (made.size, made.size)
    assert len(shown) == 3


def test_copies_go_where_the_settings_say(target, settings, job, tmp_path):
    elsewhere = replace(settings, folder=tmp_path / "диск D")
    made = back_up_infobase(target, BackupMode.FILE_COPY, elsewhere, job)
    assert made.path == tmp_path / "диск D" / "id-1" / "op-1.1CD"


def test_twice_its_size_must_be_free(target, settings, job, monkeypatch):
    free = shutil.disk_usage(job.folder)._replace(free=5_000_000)
    monkeypatch.setattr("agent.archive.shutil.disk_usage", lambda _: free)
    failed = refusal(target, BackupMode.FILE_COPY, settings, job)
    assert (failed.code, "6000016" in failed.diagnostics("ru")) == ("DISK_FULL", True)


def test_a_file_somebody_works_on_is_not_copied(target, settings, job):
    anna = OpenSession("1CV8C", "PC-7", "Анна", 3)
    seen = iter([[], [anna]])
    for others in (lambda: [anna], lambda: next(seen)):
        failed = refusal(target, BackupMode.FILE_COPY, settings, replace(job, others=others))
        assert "PC-7, Анна" in failed.diagnostics("ru")


def test_a_file_that_changes_under_the_copy_is_no_copy(target, settings, job, base):
    def meddle(*_):
        with (base / "1Cv8.1CD").open("ab") as file:
            file.write(b"x")

    failed = refusal(target, BackupMode.FILE_COPY, settings, replace(job, progress=meddle))
    assert "изменили" in failed.diagnostics("ru")


def test_there_must_be_a_file_to_copy(settings, job, base):
    server = Target(ConnectionString(server="s", ref="r"))
    assert "dumpib" in refusal(server, BackupMode.FILE_COPY, settings, job).diagnostics("ru")
    (base / "1Cv8.1CD").unlink()
    gone = Target(ConnectionString(file=str(base)))
    assert "1Cv8.1CD" in refusal(gone, BackupMode.FILE_COPY, settings, job).diagnostics("ru")


# The customer's program


def command(settings, *words):
    return replace(settings, command=(sys.executable, "-c", *words))


def test_a_program_of_the_customer_is_told_which_infobase(target, settings, job, tmp_path):
    code = "import sys; open(sys.argv[2], 'w').write(sys.argv[1])"
    own = command(settings, code, "база {infobase}; rm -rf /", str(tmp_path / "seen"))
    made = back_up_infobase(target, BackupMode.COMMAND, own, job)
    assert (made.mode, made.path) == (BackupMode.COMMAND, None)
    assert (tmp_path / "seen").read_text() == "база Бухгалтерия; rm -rf /"


def test_a_program_that_fails_stops_the_change_and_its_words_are_told(target, settings, job):
    own = command(settings, "print('нет места Pwd=abc;'); raise SystemExit(7)")
    text = refusal(target, BackupMode.COMMAND, own, job).diagnostics("ru")
    assert ("кодом 7" in text, "нет места" in text, "abc" in text) == (True, True, False)


def test_a_program_that_does_not_end_is_killed(target, settings, job):
    own = replace(command(settings, "import time; time.sleep(600)"), timeout=1.0)
    assert "за 1 с" in refusal(target, BackupMode.COMMAND, own, job).diagnostics("ru")


def test_without_a_program_there_is_no_copy(target, settings, job):
    assert "command" in refusal(target, BackupMode.COMMAND, settings, job).diagnostics("ru")
