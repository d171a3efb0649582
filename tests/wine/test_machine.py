"""DPAPI, mutex, job object, access lists, Event Log, registry views and `doctor` on Windows."""

import json
import os
import signal
import zipfile

import pytest

from tests.waiting import PATIENCE
from tests.wine.windows import BOTH, CONNECTOR, windows_path

SECRET = "тайный-пароль"


def asked(windows, name, *arguments):
    """What a function of tests/wine/machine.py answers in there."""
    command = ["-X", "utf8", "-m", "machine", name, *arguments]
    with windows.popen(command) as process:
        said, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint
    return json.loads(said)


def agent(windows, home, *arguments):
    """The agent itself; its exit code, its findings and all it said."""
    command = ["-m", "agent", *arguments]
    with windows.popen(command, {"PODKLUCH_HOME": windows_path(home)}) as process:
        try:
            said, complaint = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert "Traceback" not in complaint
    return process.returncode, said, complaint


def findings(said):
    return {one["id"]: one for one in json.loads(said.splitlines()[-1])["data"]["checks"]}


@pytest.mark.parametrize("scope", ["user", "machine"])
def test_secrets_are_sealed_and_come_back(windows, tmp_path, scope):
    kept = asked(windows, "vault", windows_path(tmp_path / "дом"), scope)
    assert (kept["password"], kept["hidden"]) == (SECRET, True)
    assert "\\" in kept["account"]


def test_without_the_entropy_the_seal_stays_closed(windows, tmp_path):
    told = asked(windows, "stolen", windows_path(tmp_path / "home"))
    assert told["code"] == "HOME_UNUSABLE"
    assert "учётная запись" in told["text"]


def test_a_second_agent_waits_for_the_mutex_of_the_machine(windows, tmp_path):
    told = asked(windows, "mutexes", windows_path(tmp_path))
    assert told == {"while": "BUSY_LOCAL", "after": "mine"}


def test_the_lock_of_an_infobase_is_a_lock(windows, tmp_path):
    assert asked(windows, "files", windows_path(tmp_path)) == "BUSY_LOCAL"


def test_what_is_in_a_job_ends_with_it(windows):
    assert asked(windows, "jobs") == {"lived": True, "ended": True}


def test_what_is_in_a_job_ends_when_its_owner_is_killed(windows):
    command = ["-X", "utf8", "-m", "machine", "orphan"]
    with windows.popen(command) as parent:
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.communicate(timeout=PATIENCE)
    assert asked(windows, "ended", str(child)) is True


def test_a_folder_is_asked_for_and_closed(windows, tmp_path):
    # Wine makes rights of modes and keeps no list of ours: only that each call is understood
    told = asked(windows, "access", windows_path(tmp_path / "home"))
    assert told["owner"] == told["own"]
    assert told["serious"] == []


@BOTH
def test_windows_says_who_and_where_we_are(windows):
    told = asked(windows, "facts")
    russian = windows.locale.startswith("ru")
    assert (told["pages"]["ansi"], told["pages"]["oem"]) == (
        (1251, 866) if russian else (1252, 437)
    )
    assert told["administrator"] is True
    assert told["clicked"] is False
    assert "\\" in told["account"]


def test_each_event_can_be_written(windows):
    assert asked(windows, "events").endswith("win32evtlog.pyd")


def test_each_root_and_view_of_the_registry_is_read_by_itself(windows):
    told = asked(windows, "registrations")
    expected = {
        "HKCU 64": r"C:\own.dll",
        "HKLM 64": CONNECTOR,
        "HKLM 32": r"C:\windows\narrow.dll",
    }
    # Wine keeps one HKCU for both views, Windows has two
    assert told["found"] == expected | {"HKCU 32": r"C:\own.dll"}
    assert told["after"] == 1
    assert told["machine"] == "x64"


@BOTH
def test_the_doctor_sees_platforms_connector_and_infobase(windows, new_infobase, tmp_path):
    infobase, path = (
        new_infobase("База с пробелами", rights="Администрирование"),
        tmp_path / "п.zip",
    )
    asks = ("--json", "--infobase", infobase.path, "--bundle", windows_path(path))
    code, said, _ = agent(windows, tmp_path / "дом агента", "doctor", *asks)
    found = findings(said)
    assert not [one for one in found.values() if one["verdict"] == "n/a"]
    assert "8.3.24.1" in found["com.platforms"]["text"]
    assert found["com.dll"]["facts"]["machine"] == "x64"
    assert "8.3.24.1" in found["com.version"]["fix"]
    assert found["base.connect"]["facts"]["ms"] > 0
    assert "3.0.150.34" in found["base.configuration"]["text"]
    assert (found["base.rights"]["verdict"], code) == ("fail", 33)
    with zipfile.ZipFile(path) as bundle:
        assert "doctor.json" in bundle.namelist()


@pytest.mark.usefixtures("unregistered")
def test_the_doctor_names_the_line_that_registers(windows, tmp_path):
    code, said, _ = agent(windows, tmp_path / "home", "doctor", "--json")
    found = findings(said)["com.not_registered"]
    assert code == 30
    assert r'System32\regsvr32.exe "C:\Program Files\1cv8\8.3.24.1\bin\comcntr.dll"' in found["fix"]


@BOTH
def test_the_doctor_speaks_russian_into_a_pipe(windows, tmp_path):
    _, said, _ = agent(windows, tmp_path / "home", "doctor", "--lang", "ru")
    assert "ok   Кодовые страницы" in said
