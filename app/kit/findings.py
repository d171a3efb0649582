"""What an examination of stored data finds: facts that contradict a rule."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.kit.i18n import Sentence

Tick = Callable[[], None]
"""Hears of every row or file that was looked at."""


class Weight(StrEnum):
    """Whether something is wrong, or merely left lying about."""

    FAULT = "fault"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction, named so that a person finds the row or the file."""

    code: str
    subject: str
    text: Sentence
    vendor_id: uuid.UUID | None = None
    weight: Weight = Weight.FAULT


def untold() -> None:
    """The tick of a caller who watches nothing."""
