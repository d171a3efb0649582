"""A clock that is wrong is named with its difference, and nothing is taken for expired by it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from agent.clock import instant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_AGENT = {
    "an hour behind": -HOUR,
    "an hour ahead": HOUR,
    "25 hours behind": -25 * HOUR,
    "25 hours ahead": 25 * HOUR,
    "400 days behind": -400 * DAY,
    "29 days ahead": 29 * DAY,
}
OF_SERVER = {"two hours ahead": 2 * HOUR, "two hours behind": -2 * HOUR}

pytestmark = pytest.mark.fault


@pytest.fixture
def signed(server):
    """A server that has signed by the right time."""
    server.sign()
    server.time_said = instant(datetime.now(UTC).timestamp())
    return server


def differs(bench) -> dict[str, object]:
    """What doctor says of the clocks."""
    ran = bench.run("doctor", "--json", "--server", bench.server.url)
    [found] = [check for check in ran.result["data"]["checks"] if check["id"] == "server.clock"]
    return found


@pytest.mark.parametrize("step", OF_AGENT)
def test_an_agent_with_a_wrong_clock_installs_and_doctor_names_it(bench, signed, step):
    with time_machine.travel(datetime.now(UTC) + OF_AGENT[step], tick=True):
        ran = bench.install()
        assert ran.exit == 0, ran.result
        assert bench.do("status").exit == 0
        told = differs(bench)
    assert told["verdict"] == "warn"
    assert abs(seconds_of(told) - OF_AGENT[step].total_seconds()) < 1_000
    assert len(signed.reports) == 1


def seconds_of(told: dict[str, object]) -> int:
    """The number in the sentence."""
    return int(str(told["text"]).rsplit(maxsplit=2)[1])


def test_a_year_ahead_is_named_instead_of_an_expiry_to_wonder_about(bench, signed):
    with time_machine.travel(datetime.now(UTC) + 400 * DAY, tick=True):
        ran = bench.install()
        told = differs(bench)
    assert (ran.exit, ran.result["data"]["reason"]) == (20, "METADATA_EXPIRED")
    assert "Часы компьютера отличаются от времени сервера на 400 дн." in ran.result["text"]
    assert "установленные расширения продолжают работать" in ran.result["text"]
    assert "лиценз" not in ran.result["text"].lower()
    assert told["verdict"] == "warn"
    assert bench.extensions() == []
    assert signed.count("POST downloads") == 0
    assert bench.install().exit == 0, "with the right time nothing is left of it"


@pytest.mark.parametrize("step", OF_SERVER)
def test_a_server_with_a_wrong_clock_is_named_and_obeyed(bench, server, step):
    server.sign()
    server.time_said = instant((datetime.now(UTC) + OF_SERVER[step]).timestamp())
    assert bench.install().exit == 0
    told = differs(bench)
    assert told["verdict"] == "warn"
    assert abs(seconds_of(told) + OF_SERVER[step].total_seconds()) < 1_000
    assert bench.do("check").exit == 0


@pytest.mark.usefixtures("signed")
def test_no_right_of_a_key_is_judged_by_the_clock_of_this_computer(bench):
    """The licence says until when; only the server says whether that is over."""
    for step in (-400 * DAY, -25 * HOUR, 25 * HOUR, 400 * DAY):
        with time_machine.travel(datetime.now(UTC) + step, tick=True):
            ran = bench.do("check")
        assert ran.exit == 0, ran.result
