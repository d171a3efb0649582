"""Broken effects of a write: what a fault leaves of what was stored."""

import uuid
from dataclasses import replace

from agent.infobase import NOT_STORED, Properties
from agent.simulated.state import Row


def _garble(_rows: list[Row], row: Row) -> None:
    row.version = "0"


def _duplicate(rows: list[Row], row: Row) -> None:
    rows.append(replace(row, uuid=str(uuid.uuid4())))


def _unstore(_rows: list[Row], row: Row) -> None:
    row.hash_sum = NOT_STORED


def _unset(_rows: list[Row], row: Row) -> None:
    row.properties = Properties()


BROKEN = {
    "garbled": _garble,
    "duplicate": _duplicate,
    "unstored": _unstore,
    "unset": _unset,
}
