"""The whole agent in Windows: TLS to the real server, trust, and 1C through real COM."""

import getpass
import shutil

import pytest

from tests.factories.cfe import good_cfe
from tests.simulators.bench import EXTENSION
from tests.wine.onec import number_of
from tests.wine.windows import BOTH, ENGLISH, RUSSIAN, windows_path

DONE, RESTART, LOST = 0, 3010, 34
OTHERS = {ENGLISH: 0, RUSSIAN: 30}
"""Extensions of other people, in the infobase of each Windows."""
ADDED = frozenset(
    {
        "Connection.AccessRight", "Connection.InfoBaseSessionNumber", "SystemInfo.AppVersion",
        "Metadata.CompatibilityMode", "Connection.ConfigurationChanged",
        "Connection.InformationRegisters", "Extension.UUID", "Connection.String",
    }
)  # fmt: skip
"""Rights, session, platform, modes and the identity of what is written: at most twelve more."""


@pytest.fixture(autouse=True, scope="module")
def _published(vendor):
    for version in ("2.4.0", "2.5.0"):
        vendor.publish(version)


def costs(infobase):
    """Core and additions of the session that wrote last."""
    *_, writing = (calls for calls in infobase.sessions() if "Extension.Write" in calls)
    added = sum(writing[member] for member in ADDED) + 1  # one NewObject is SystemInfo
    added += 2 * (writing["Extension.HashSum"] - 1)
    return writing.total() - added, added


@BOTH
def test_it_checks_lists_installs_updates_goes_back_and_removes(computer, vendor):
    infobase, others = computer.infobase, OTHERS[computer.windows.locale]
    for other in range(others):
        uuid = f"{other:08d}-7a4b-4f0e-8f53-1c6f0b7a9d21"
        infobase.holds(uuid, good_cfe(name=f"Другое{other}"), active=1)
    checked, offered = computer.run("check"), computer.run("list")
    assert (checked.exit, offered.exit) == (DONE, DONE), checked.out + offered.out
    assert "БухгалтерияПредприятия" in checked.out
    assert "2.5.0" in offered.out

    installed = computer.run("install", EXTENSION, "--release", "2.4.0", "--yes")
    assert installed.result["exit_code"] == RESTART, installed.out
    assert vendor.cfe("2.4.0").read_bytes() in infobase.stored
    assert costs(infobase) == (22, 11)

    assert computer.ends("update", EXTENSION, "--yes") == RESTART
    assert vendor.cfe("2.5.0").read_bytes() in infobase.stored
    assert costs(infobase) == (23, 11)

    back = computer.run("rollback", EXTENSION, "--yes")
    assert back.result["exit_code"] in {DONE, RESTART}, back.out
    assert vendor.cfe("2.4.0").read_bytes() in infobase.stored
    assert len(infobase.stored) == others + 1

    gone = computer.run("uninstall", EXTENSION, "--yes")
    assert gone.result["exit_code"] in {DONE, RESTART}, gone.out
    assert len(infobase.stored) == others
    assert infobase.calls().count("Extension.Write") == 3

    kept = computer.files()
    assert len(kept) > 1000
    assert computer.key.encode() not in kept
    assert computer.key.encode("utf-16-le") not in kept


def test_a_server_that_nobody_vouches_for_is_refused(computer, authorities):
    refused = computer.run("install", EXTENSION, "--yes", ca=authorities[1].ca)
    assert (refused.result["exit_code"], refused.result["code"]) == (10, "NETWORK"), refused.out
    assert computer.infobase.stored == []


@pytest.mark.usefixtures("unregistered")
def test_a_connector_that_nobody_registered_is_found_among_the_platforms(computer):
    assert computer.run("check").exit == DONE
    assert computer.infobase.calls("connect")


@pytest.mark.parametrize(
    ("fault", "stored", "exits"),
    [
        ("before lost", [], LOST),
        ("after lost", ["2.5.0"], RESTART),
        ("before crash", [], LOST),
        ("after crash", ["2.5.0"], RESTART),
        ("after hang 600", ["2.5.0"], RESTART),
    ],
)
def test_a_write_that_nobody_answers_for_is_looked_at_and_never_repeated(
    computer, fault, stored, exits
):
    computer.home.mkdir()
    (computer.home / "agent.toml").write_text("[timeouts]\nwrite = 5\n")
    computer.infobase.faults(f"once Extension.Write {fault}")
    ended = computer.install()
    assert ended.result["exit_code"] == exits, ended.out
    assert computer.infobase.versions == stored
    assert computer.infobase.calls().count("Extension.Write") == 1


def test_an_agent_killed_in_a_write_is_mended_by_the_next_one(computer):
    computer.infobase.faults("once Extension.Write after hang 600")
    with computer.start(computer.command("install", EXTENSION, "--yes")) as agent:
        while "Extension.Write" not in computer.infobase.calls():
            assert agent.poll() is None, agent.stderr.read()
        agent.kill()
    ended = computer.install()
    assert ended.result["exit_code"] in {DONE, RESTART}, ended.out
    assert computer.infobase.versions == ["2.5.0"]
    assert computer.infobase.calls().count("Extension.Write") == 1


def test_a_moved_infobase_keeps_its_seat_and_a_copy_takes_its_own(computer, tmp_path):
    infobase, moved, copy = computer.infobase, tmp_path / "Новая папка", tmp_path / "Копия базы"
    added = computer.run("infobases", "add", "Бух", "--connection-string", infobase.path)
    assert added.exit == DONE, added.out
    assert computer.run("activate").exit == DONE
    number = number_of(infobase.folder)

    infobase.folder = infobase.folder.rename(moved)
    place = ("--connection-string", infobase.path)
    followed = computer.run("infobases", "move", "Бух", *place)
    assert followed.result["data"]["infobase"]["id"] == number, followed.out
    assert computer.run("activate").result["outcome"] == "noop"

    shutil.copytree(moved, copy)
    second = ("infobases", "add", "Копия", "--connection-string", windows_path(copy))
    assert computer.run(*second).result["code"] == "CONSENT_REQUIRED"
    assert computer.run(*second, "--copy").exit == DONE
    assert number_of(moved) == number != number_of(copy)


@pytest.fixture
def starter(computer):
    """The folders of 1C's starter: the user's, and everybody's."""
    profile = computer.windows.drive / "users" / getpass.getuser() / "AppData" / "Roaming"
    folders = [place / "1C" for place in (profile, computer.windows.drive / "ProgramData")]
    for folder in folders:
        (folder / "1CEStart").mkdir(parents=True)
    yield [folder / "1CEStart" for folder in folders]
    for folder in folders:
        shutil.rmtree(folder)


def test_the_infobases_of_the_lists_of_1c_are_registered(computer, starter):
    own, common = starter
    rows = '[{0}]\nConnect=File="{1}";\n[На сайте]\nConnect=ws="https://1c.example/b";\n'
    path = computer.infobase.path
    (own / "ibases.v8i").write_text(rows.format("Бухгалтерия", path), "utf-8-sig")
    shared = common / "общие.v8i"
    shared.write_text('[Склад]\nConnect=Srvr="srv-1c";Ref="sklad";\n', "utf-8-sig")
    settings = f"CommonInfoBases={windows_path(shared)}\r\n"
    (common / "1CEStart.cfg").write_text(settings, "utf-16")
    found = computer.run("infobases", "import")
    names = [one["alias"] for one in found.result["data"]["infobases"]]
    assert (found.exit, names) == (DONE, ["Бухгалтерия", "Склад"]), found.out
    assert "На сайте" in found.out
