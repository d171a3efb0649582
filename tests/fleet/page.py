"""A page of memory that a test run shares with the servers it has started."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.kit.clock import utc_now
from app.kit.problems import DiskFull, Problem, StorageUnavailable
from tests.factories.clock import HandClock

VARIABLE = "PODKLUCH_TEST_PAGE"
"""Names the file of the page to a server."""
_CELL = struct.Struct("=q")
_CLOCK, _TAKEN_BACK, _STUMBLE = range(3)
FAULTS: tuple[type[Problem], ...] = (DiskFull, StorageUnavailable)
"""What a store can be told to refuse a file with."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Page:
    """Three numbers: what the clock shows, how often data were taken back, and a fault to come."""

    def __init__(self, file: Path) -> None:
        """A file that is not there yet is made; its numbers are 0."""
        if not file.exists():
            file.write_bytes(bytes(mmap.PAGESIZE))
        self.file = file
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), mmap.PAGESIZE)

    def close(self) -> None:
        """Ends this side of it."""
        self._memory.close()

    @property
    def clock(self) -> datetime | None:
        """Where the clock was stopped; None: it runs."""
        ticks = self._read(_CLOCK)
        return _EPOCH + ticks * _TICK if ticks else None

    @clock.setter
    def clock(self, at: datetime | None) -> None:
        self._write(_CLOCK, (at - _EPOCH) // _TICK if at else 0)

    def now(self) -> datetime:
        """The time by this clock."""
        return self.clock or utc_now()

    @property
    def taken_back(self) -> int:
        """Changes whenever data went back to what they were, their versions included."""
        return self._read(_TAKEN_BACK)

    def take_back(self) -> None:
        """Whoever remembers something of the data forgets it."""
        self._write(_TAKEN_BACK, self.taken_back + 1)
        self._write(_STUMBLE, 0)

    def stumble(self, fault: type[Problem]) -> None:
        """The next file meets this fault, on its way into the store or out of it."""
        self._write(_STUMBLE, 1 + FAULTS.index(fault))

    def require_no_stumble(self) -> None:
        """Raises the fault that is due, once."""
        number = self._read(_STUMBLE)
        self._write(_STUMBLE, 0)
        if number:
            raise FAULTS[number - 1](n=10)

    def _read(self, cell: int) -> int:
        return int(_CELL.unpack_from(self._memory, cell * _CELL.size)[0])

    def _write(self, cell: int, number: int) -> None:
        _CELL.pack_into(self._memory, cell * _CELL.size, number)


class SharedClock(HandClock):
    """The hand-set clock of a test, which the servers go by as well."""

    def __init__(self, page: Page) -> None:
        self._page = page
        super().__init__()

    @property
    def at(self) -> datetime | None:
        return self._page.clock

    @at.setter
    def at(self, at: datetime | None) -> None:
        self._page.clock = at
