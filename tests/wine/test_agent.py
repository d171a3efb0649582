"""The whole agent in Windows: TLS to the real server, trust, and 1C through real COM."""

import pytest

from tests.simulators.bench import EXTENSION

DONE, RESTART = 0, 3010
RUSSIAN = pytest.mark.parametrize("windows", ["ru_RU.UTF-8"], indirect=True)
"""Of what no language decides: once is enough."""


@pytest.fixture(autouse=True, scope="module")
def _published(vendor):
    for version in ("2.4.0", "2.5.0"):
        vendor.publish(version)


def test_it_checks_lists_installs_updates_goes_back_and_removes(computer, vendor):
    checked, offered = computer.run("check"), computer.run("list")
    assert (checked.exit, offered.exit) == (DONE, DONE), checked.out + offered.out
    assert "БухгалтерияПредприятия" in checked.out
    assert "2.5.0" in offered.out
    infobase, first, second = computer.infobase, vendor.cfe("2.4.0"), vendor.cfe("2.5.0")
    for act, stored in (
        (("install", EXTENSION, "--release", "2.4.0", "--yes"), [first]),
        (("update", EXTENSION, "--yes"), [second]),
        (("rollback", EXTENSION, "--yes"), [first]),
        (("uninstall", EXTENSION, "--yes"), []),
    ):
        ended = computer.run(*act)
        assert ended.result["exit_code"] in {DONE, RESTART}, ended.out
        assert infobase.stored == [path.read_bytes() for path in stored]
    assert infobase.read("settings.txt").startswith("Podkluch\tPodkluch\tInfobaseId\t")
    assert infobase.calls().count("Extension.Write") == 3


def test_the_key_is_kept_where_nobody_reads_it(computer):
    assert computer.run("check").exit == DONE
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


@RUSSIAN
@pytest.mark.parametrize(
    ("fault", "stored", "exits"),
    [
        ("once Extension.Write before lost", [], {34}),
        ("once Extension.Write after lost", ["2.5.0"], {DONE, RESTART}),
        ("once Extension.Write before crash", [], {34}),
        ("once Extension.Write after crash", ["2.5.0"], {DONE, RESTART}),
    ],
)
def test_a_write_that_nobody_answers_for_is_looked_at_and_never_repeated(
    computer, fault, stored, exits
):
    computer.infobase.faults(fault)
    ended = computer.install()
    assert ended.result["exit_code"] in exits, ended.out
    assert computer.infobase.versions == stored
    assert computer.infobase.calls().count("Extension.Write") == 1


@RUSSIAN
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
