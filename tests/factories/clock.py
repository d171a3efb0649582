"""A clock that tests hold in their hand."""

from datetime import UTC, date, datetime, timedelta

from app.kit.clock import utc_now

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)
"""Noon of that day in Moscow, the vendor's own time zone."""


class HandClock:
    """Tells the real time until it is set; then it stands still."""

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or utc_now()

    def pass_(self, **span: float) -> None:
        """Lets so much time pass: `days=1`, `hours=24`."""
        self.at = self() + timedelta(**span)

    def turn_to(self, day: date) -> None:
        """Noon of a day in Moscow."""
        self.at = NOON + (day - TODAY)


def day(shift: int) -> date:
    """A day so many days from today."""
    return TODAY + timedelta(days=shift)
