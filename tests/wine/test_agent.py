"""The whole agent in Windows: TLS to the real server, trust, and 1C through real COM."""

import pytest

from tests.simulators.bench import EXTENSION
from tests.wine.windows import CONNECTOR

DONE, RESTART = 0, 3010
NAME = "СкладскойПомощник"


@pytest.fixture(autouse=True, scope="module")
def _published(vendor):
    vendor.publish("2.4.0")


def test_it_checks_lists_and_installs_through_com(computer, vendor):
    checked = computer.run("check")
    assert checked.exit == DONE, checked.out
    assert "БухгалтерияПредприятия" in checked.out
    offered = computer.run("list")
    assert offered.exit == DONE, offered.out
    assert "2.4.0" in offered.out
    installed = computer.install()
    assert installed.result["exit_code"] in {DONE, RESTART}, installed.out
    assert computer.infobase.versions == ["2.4.0"]
    assert computer.infobase.stored == [vendor.cfe("2.4.0").read_bytes()]
    assert computer.infobase.properties()["active"] == "1"
    again = computer.install()
    assert again.result["outcome"] == "noop", again.out
    assert computer.key.encode() not in computer.files()
    assert computer.key.encode("utf-16-le") not in computer.files()


def test_a_server_that_nobody_vouches_for_is_refused(computer, authorities):
    refused = computer.run("check", ca=authorities[1].ca)
    assert (refused.result["exit_code"], refused.result["code"]) == (10, "NETWORK"), refused.out
    assert computer.infobase.calls("connect") == []


@pytest.mark.usefixtures("unregistered")
def test_a_connector_that_nobody_registered_is_named(computer):
    refused = computer.run("check")
    assert (refused.result["exit_code"], refused.result["code"]) == (30, "COM_NOT_REGISTERED")


def test_the_next_release_takes_the_place_of_the_last(computer, vendor):
    computer.infobase.holds(
        "0f2d9c1e-7a4b-4f0e-8f53-1c6f0b7a9d21", vendor.cfe("2.4.0").read_bytes(), safe=0
    )


@pytest.mark.parametrize(
    ("fault", "stored", "exits"),
    [
        ("once Extension.Write before lost", [], {34}),
        ("once Extension.Write after lost", ["2.4.0"], {DONE, RESTART}),
        ("once Extension.Write before crash", [], {34}),
        ("once Extension.Write after crash", ["2.4.0"], {DONE, RESTART}),
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


def test_an_agent_killed_in_a_write_is_mended_by_the_next_one(computer):
    computer.infobase.faults("once Extension.Write after hang 600")
    with computer.start(computer.command("install", EXTENSION, "--yes")) as agent:
        while "Extension.Write" not in computer.infobase.calls():
            assert agent.poll() is None, agent.stderr.read()
        agent.kill()
    ended = computer.install()
    assert ended.result["exit_code"] in {DONE, RESTART}, ended.out
    assert computer.infobase.versions == ["2.4.0"]
    assert computer.infobase.calls().count("Extension.Write") == 1
    assert CONNECTOR
