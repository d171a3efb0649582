"""Time zones to choose from, read from their files once."""

import builtins
from datetime import UTC, datetime

from app.cabinet.zones import RUSSIAN, zones

WINTER, SUMMER = (datetime(2026, month, 15, tzinfo=UTC) for month in (1, 7))


def test_those_of_russia_come_first_and_each_once():
    names = [name for name, _ in zones(WINTER, "ru")]
    assert names[: len(RUSSIAN)] == list(RUSSIAN)
    assert len(names) == len(set(names)) > len(RUSSIAN)


def test_a_distance_is_the_one_of_today():
    winter, summer = (dict(zones(now, "en"))["Europe/Berlin"] for now in (WINTER, SUMMER))
    assert (winter, summer) == ("Europe/Berlin (UTC+1)", "Europe/Berlin (UTC+2)")
    assert dict(zones(WINTER, "en"))["Asia/Kathmandu"].endswith("(UTC+5:45)")


def test_the_files_of_zones_are_read_once_in_a_process(monkeypatch):
    zones(WINTER, "ru")

    def refuse(*told):
        raise AssertionError(told)

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr("importlib.resources.files", refuse)
    monkeypatch.setattr("zoneinfo.available_timezones", refuse)
    monkeypatch.setattr("app.cabinet.zones.ZoneInfo", refuse)
    assert zones(SUMMER, "ru")
