"""A CSV of codes: of fresh ones, on the disk before the batch is committed."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.coupons.service.exports import CodeRow, write_csv


@dataclass(frozen=True, slots=True)
class CodesFile:
    """Where the codes go; only this user may read it."""

    path: Path

    def write(self, rows: Iterable[CodeRow]) -> None:
        """Codes under another name, safe on the disk; `settle` gives them their own."""
        # Never over an older one: its batch may have been committed when all went wrong.
        descriptor = os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                write_csv(file, rows)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:  # Ctrl+C too: codes of a batch that will not be
            self._aside.unlink()
            raise

    def settle(self) -> None:
        """The batch is committed: the file gets its name."""
        self._aside.rename(self.path)

    @property
    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")
