"""The check log: what agents were told, kept for support; never in the way of the answer."""

import hashlib
import json
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.kit.clock import local_date
from app.kit.db import Kit, UnitOfWork, new_id, transaction
from app.kit.problems import Problem, plain
from app.kit.telemetry import log
from app.licensing.models import LicenseCheck
from app.licensing.queries.checks import Check, check
from app.licensing.schemas import CheckLicense
from app.licensing.service.keys import InstallerPrincipal

REMEMBERED: Final = 100_000
"""Answers that a process knows to be written: only the first one of a day costs a commit."""
_PART: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agent was told about its infobase, and what it had said of it."""

    kind: Literal["check", "offers"]
    code: str
    valid: bool = False
    infobase_uid: uuid.UUID | None = None
    refusals: Sequence[dict[str, object]] = ()
    facts: dict[str, str | None] = field(default_factory=dict)
    """Columns of the row that describe the infobase."""

    @property
    def answer(self) -> str:
        """A digest of what makes two answers the same."""
        text = json.dumps([self.kind, self.code, plain(self.refusals)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Written:
    """The newest answers that are in the table already."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], None] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, name: tuple[object, ...]) -> bool:
        return name in self._known

    def add(self, name: tuple[object, ...]) -> None:
        """Remembers one; forgets the oldest beyond the limit."""
        with self._lock:
            self._known[name] = None
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


_written = _Written()


def checked(session: UnitOfWork, command: CheckLicense, *, caller: InstallerPrincipal) -> Check:
    """The verdict on a key, which is noted."""
    own = caller.infobase_uid
    found = check(session, command, caller.vendor_id, caller.key_id, own_infobase=own)
    uid = own or (command.infobase.id if command.infobase else None)
    told = Told(kind="check", code=found.code, valid=found.valid, infobase_uid=uid)
    note_afterwards(session, told, caller)
    return found


def note_afterwards(session: UnitOfWork, told: Told, caller: InstallerPrincipal) -> None:
    """Keeps an answer when the transaction at hand is over; once per infobase and local day."""
    zone = accounts.vendor(session, caller.vendor_id).time_zone
    day = local_date(session.now(), zone)
    name = (caller.key_id, told.infobase_uid, day, told.answer)
    if name in _written:
        return
    row = {
        "id": new_id(),
        "vendor_id": caller.vendor_id,
        "created_at": session.now(),
        "key_id": caller.key_id,
        "infobase_uid": told.infobase_uid,
        "day": day,
        "kind": told.kind,
        "answer": told.answer,
        "code": told.code,
        "valid": told.valid,
        "refusals": plain(told.refusals),
        "agent_version": _agent_version(caller.actor.user_agent),
        "ip": caller.actor.ip,
        "request_id": caller.actor.request_id,
        **told.facts,
    }
    session.afterwards.append(partial(_note, session.get_bind(), session.kit, name, row))


def _agent_version(user_agent: str | None) -> str | None:
    """What our own agent says of itself; of another program there is no version to compare."""
    name, _, version = (user_agent or "").partition("/")
    return version if name == "podkluch-agent" and version else None


def _note(
    engine: Engine | Connection, kit: Kit, name: tuple[object, ...], row: dict[str, Any]
) -> None:
    try:
        with transaction(engine, kit) as session:
            session.execute(insert(LicenseCheck).values(row).on_conflict_do_nothing())
    except (Problem, SQLAlchemyError) as error:  # the agent has its answer all the same
        log.warning("check log", error=type(error).__name__)
    else:
        _written.add(name)


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
