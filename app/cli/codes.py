"""A CSV of fresh codes, which exist nowhere else: on the disk before the batch is committed."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.coupons.schemas import GenerateCoupons
from app.coupons.service.batches import GeneratedBatch

_COLUMNS: Final = (
    "code",
    "description",
    "valid_until",
    "max_redemptions",
    "batch",
    "invoice",
    "comment",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CodesFile:
    """Where the codes go; only this user may read it."""

    path: Path

    def write(self, made: GeneratedBatch, wanted: GenerateCoupons, description: str) -> None:
        """Codes under another name, safe on the disk; `settle` gives them their own."""
        common = (description, wanted.valid_until, wanted.max_redemptions, wanted.name)
        rows = ((code, *common, wanted.invoice_number, wanted.comment) for code in made.codes)
        # Never over an older one: its batch may have been committed when all went wrong.
        descriptor = os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file, delimiter=";")
            table.writerows([_COLUMNS, *([_harmless(cell) for cell in row] for row in rows)])
            file.flush()
            os.fsync(file.fileno())

    def settle(self) -> None:
        """The batch is committed: the file gets its name."""
        self._aside.rename(self.path)

    @property
    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")


def _harmless(cell: object) -> str:
    """A table program would run a cell that begins like a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
