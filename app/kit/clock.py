"""The one place that reads the wall clock, so that a test can freeze it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
_FIRST, _LAST = date.min + timedelta(days=1), date.max - timedelta(days=1)
"""Days whose ends are instants in UTC too, wherever they are counted."""


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def local_date(at: datetime, zone: str) -> date:
    """The calendar date of an instant in a vendor's IANA time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The instant at which a calendar day begins in a time zone."""
    return datetime.combine(max(day, _FIRST), time.min, ZoneInfo(zone))


def day_end(day: date, zone: str) -> datetime:
    """The instant at which the next calendar day begins in a time zone."""
    return day_start(min(day, _LAST) + timedelta(days=1), zone)


def rfc3339(at: datetime) -> str:
    """An instant as programs read it: RFC 3339, UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
