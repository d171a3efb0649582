"""The check log: what agents were told, kept for support; never in the way of the answer."""

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

from psycopg import DatabaseError
from psycopg.types.json import Jsonb
from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.kit.clock import local_date
from app.kit.db import UnitOfWork, new_id
from app.kit.pool import Statements
from app.kit.problems import Problem
from app.kit.telemetry import log
from app.licensing.models import LicenseCheck
from app.licensing.service.keys import InstallerPrincipal

_ROWS: Final = 1 << 16
_TAG, _ROW = 8, 32
"""Bytes. Four tags to a row: of 100,000 names one in fifty is forgotten before its row is full."""
_PART: Final = 1_000
FACTS: Final = (
    "configuration_name",
    "configuration_version",
    "platform_version",
    "infobase_kind",
)
COLUMNS: Final = (
    "id",
    "vendor_id",
    "created_at",
    "key_id",
    "infobase_uid",
    "day",
    "kind",
    "answer",
    "code",
    "valid",
    "refusals",
    "agent_version",
    "ip",
    "request_id",
    *FACTS,
)
_PLACES: Final = ", ".join(f"${number}" for number in range(1, len(COLUMNS) + 1))
INSERT: Final = "INSERT INTO license_checks ({}) VALUES ({}) ON CONFLICT DO NOTHING".format(  # noqa: S608 - names from this file
    ", ".join(COLUMNS), _PLACES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agent was told about its infobase, and what it had said of it."""

    kind: Literal["check", "offers"]
    code: str
    valid: bool = False
    infobase_uid: uuid.UUID | None = None
    refusals: Sequence[bytes] = ()
    """Objects of JSON."""
    facts: Callable[[], dict[str, str | None]] = dict
    """Columns of the row that describe the infobase."""

    @property
    def answer(self) -> str:
        """A digest of what makes two answers the same."""
        return _digest(self.kind, self.code, *self.refusals)


@lru_cache(4_096)
def _digest(kind: str, code: str, *refusals: bytes) -> str:
    """Of the same few answers, over and over."""
    told = b"".join((kind.encode(), code.encode(), *refusals))
    return hashlib.sha256(told).hexdigest()[:16]


class Written:
    """The newest answers that are in the table already: only the first one of a day is a commit.

    They take two megabytes from the first to the last. What is forgotten is inserted once more, to
    no effect; that two of them are taken for one happens once in 2^60.
    """

    def __init__(self) -> None:
        self._rows = bytearray(_ROWS * _ROW)

    def __contains__(self, name: bytes) -> bool:
        begin = _row_of(name)
        return self._rows.find(name[-_TAG:], begin, begin + _ROW) >= 0

    def add(self, name: bytes) -> None:
        """Remembers one as the newest of its row; the oldest there is forgotten."""
        begin = _row_of(name)
        self._rows[begin : begin + _ROW] = name[-_TAG:] + self._rows[begin : begin + _ROW - _TAG]


def _row_of(name: bytes) -> int:
    return int.from_bytes(name[:4], "big") % _ROWS * _ROW


def name_of(key_id: uuid.UUID, infobase_uid: uuid.UUID | None, day: date, answer: str) -> bytes:
    """What makes two rows the same: one is kept per infobase, the vendor's day and answer."""
    where = infobase_uid.bytes if infobase_uid else b""
    return hashlib.blake2b(
        b"%b %b %d %b" % (key_id.bytes, where, day.toordinal(), answer.encode()), digest_size=16
    ).digest()


async def note(
    statements: Statements, told: Told, *, caller: InstallerPrincipal, at: datetime, day: date
) -> bool:
    """Keeps an answer, unless it is kept already; whether it is now. The check never fails."""
    row = _row(told, caller, at, day)
    row["refusals"] = Jsonb(row["refusals"])
    try:
        await statements.write(INSERT, [row[column] for column in COLUMNS])
    except (Problem, DatabaseError) as error:  # the agent has its answer all the same
        log.warning("check log", error=type(error).__name__)
        return False
    return True


def keep(session: UnitOfWork, told: Told, *, caller: InstallerPrincipal) -> None:
    """The same in a transaction at hand, for answers that were never sent."""
    day = local_date(session.now(), accounts.vendor(session, caller.vendor_id).time_zone)
    row = _row(told, caller, session.now(), day)
    session.execute(insert(LicenseCheck).values(row).on_conflict_do_nothing())


def _row(told: Told, caller: InstallerPrincipal, at: datetime, day: date) -> dict[str, Any]:
    return dict.fromkeys(FACTS) | {
        "id": new_id(),
        "vendor_id": caller.vendor_id,
        "created_at": at,
        "key_id": caller.key_id,
        "infobase_uid": told.infobase_uid,
        "day": day,
        "kind": told.kind,
        "answer": told.answer,
        "code": told.code,
        "valid": told.valid,
        "refusals": [json.loads(each) for each in told.refusals],
        "agent_version": _agent_version(caller.actor.user_agent),
        "ip": caller.actor.ip,
        "request_id": caller.actor.request_id,
        **told.facts(),
    }


def _agent_version(user_agent: str | None) -> str | None:
    """What our own agent says of itself; of another program there is no version to compare."""
    name, _, version = (user_agent or "").partition("/")
    return version if name == "podkluch-agent" and version else None


def forget_old(session: UnitOfWork) -> int:
    """Rows that the vendors' retention is over for; how many, a part at a time."""
    table = LicenseCheck.__table__
    assert isinstance(table, Table)  # noqa: S101 - mapped to a table, not to a query
    gone = 0
    for vendor_id, days in session.execute(select(Vendor.id, Vendor.retention_days)).all():
        before = session.now() - timedelta(days=days)
        old = (
            select(table.c.id)
            .where(table.c.vendor_id == vendor_id, table.c.created_at < before)
            .order_by(table.c.created_at, table.c.id)
            .limit(_PART)
            .with_for_update(skip_locked=True)
        )
        gone += session.change(delete(table).where(table.c.id.in_(old)))
    return gone
