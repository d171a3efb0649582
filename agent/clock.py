"""The agent's clock: instants as the wire writes them."""

import time
from datetime import UTC, datetime


def wall_clock() -> datetime:
    """The instant, in UTC, as this computer believes it is."""
    return datetime.fromtimestamp(time.time(), UTC)


def utc_now() -> str:
    """The instant as RFC 3339 UTC with milliseconds."""
    return instant(time.time())


def instant(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 UTC with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_time(instant: str) -> str:
    """An instant as the people at this computer read it."""
    return datetime.fromisoformat(instant).astimezone().strftime("%d.%m.%Y %H:%M")


def milliseconds_between(earlier: str, later: str) -> int:
    """How long lies between two instants of this clock; nothing where it was set back."""
    span = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return max(0, round(span.total_seconds() * 1000))


class Timing:
    """How long things take and how to wait; tests put their own in its place."""

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Do nothing for a while."""
        time.sleep(seconds)
