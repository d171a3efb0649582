"""Instants and days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.kit.clock import day_end, day_start, local_date, rfc3339, utc_now


def test_now_is_an_instant_in_utc():
    assert utc_now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("hour", "zone", "day"),
    [
        (20, "Europe/Moscow", date(2026, 11, 22)),
        (21, "Europe/Moscow", date(2026, 11, 23)),
        (13, "Asia/Kamchatka", date(2026, 11, 23)),
        (1, "America/New_York", date(2026, 11, 21)),
        (23, "UTC", date(2026, 11, 22)),
    ],
)
def test_the_day_is_that_of_the_vendor(hour, zone, day):
    assert local_date(datetime(2026, 11, 22, hour, tzinfo=UTC), zone) == day


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "2026-11-22T09:00:00.000Z"),
        (datetime(2026, 11, 22, 9, 0, 0, 999_999, tzinfo=UTC), "2026-11-22T09:00:00.999Z"),
        (
            datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=3))),
            "2026-11-22T09:00:00.000Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_programs_read_instants_in_one_form(at, expected):
    assert rfc3339(at) == expected


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Pacific/Kiritimati", "America/New_York"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_every_day_are_instants_in_utc_too(day, zone):
    assert day_start(day, zone).astimezone(UTC) <= day_end(day, zone).astimezone(UTC)
