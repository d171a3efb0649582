"""Nobody signs any more: health is red long before an agent notices, and what runs goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from tuf.api.exceptions import ExpiredMetadataError

from app.kit.db import transaction
from app.trust.service.repairs import resign_all
from app.upkeep import health
from tests.factories.calls import Installer

RED_TIMESTAMP, RED_ROOT = timedelta(days=3), timedelta(days=722)
LIFE_OF_TIMESTAMP, LIFE_OF_ROOT = timedelta(days=30), timedelta(days=730)
"""The words of the interface; the numbers are those of the documentation."""


@pytest.fixture
def red(connection, kit):
    """The checks that have failed by the server's clock."""

    def red() -> set[str]:
        with transaction(connection, kit) as session:
            told = health.read(session)
        return {each["check"] for each in told["checks"] if each["state"] == "fail"}

    return red


def signed_ago(trusted, clock, age: timedelta) -> None:
    """The last signature is so old; then nobody did anything."""
    clock.at = datetime.now(UTC) - age
    trusted.publish("2.4.0")
    clock.at = None


@pytest.mark.parametrize("days", [2, 4, 15, 29])
def test_agents_go_on_for_a_month_while_health_is_red_after_three_days(
    trusted, agent, clock, red, days
):
    signed_ago(trusted, clock, timedelta(days=days))
    assert agent().sees("2.4.0")
    assert ("trust_timestamp" in red()) is (timedelta(days=days) > RED_TIMESTAMP)


def test_an_expired_timestamp_stops_updates_alone(trusted, agent, clock, red, client, world):
    someone = Installer(client, world.code)
    before = someone.check().json()
    signed_ago(trusted, clock, LIFE_OF_TIMESTAMP + timedelta(days=1))
    with pytest.raises(ExpiredMetadataError):
        agent().sees("2.4.0")
    assert "trust_timestamp" in red()
    answer = someone.check()
    assert answer.status_code == 200
    assert without_times(answer.json()) == without_times(before)


def without_times(told: dict[str, object]) -> dict[str, object]:
    """A verdict without what differs in each."""
    return {name: value for name, value in told.items() if name not in {"server_time", "trust"}}


def test_a_worker_that_comes_back_signs_at_once(trusted, agent, clock, red, connection, kit):
    signed_ago(trusted, clock, LIFE_OF_TIMESTAMP + timedelta(days=1))
    assert "trust_timestamp" in red()
    resign_all(connection, kit)
    assert "trust_timestamp" not in red()
    assert agent().sees("2.4.0")


def test_a_root_is_red_a_week_before_it_ends(trusted, clock, red):
    begun = clock()
    for age, expected in (
        (RED_ROOT - timedelta(days=1), False),
        (RED_ROOT + timedelta(days=1), True),
    ):
        clock.at = begun + age
        assert ("trust_root" in red()) is expected
        assert age < LIFE_OF_ROOT
    assert trusted.row.root_expires_at - begun <= LIFE_OF_ROOT
