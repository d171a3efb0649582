"""`state.db`: every step is written down before it is done, and stays through a power cut."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent.clock import utc_now
from agent.codes import Code
from agent.errors import Failure
from agent.infobase import StoredExtension
from agent.locks import held
from agent.schema import STEPS
from agent.spelling import place_key
from wire import codec
from wire.reports import Outcome

_RECENT = 100
_PATIENCE = 10.0  # seconds; others hold the file for milliseconds
_TELLING = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED, Outcome.ROLLED_BACK})


class State(StrEnum):
    """Where an operation is; entered before the work of that name begins."""

    PLANNED = "PLANNED"
    AUTHORIZED = "AUTHORIZED"
    DOWNLOADED = "DOWNLOADED"
    FILE_VERIFIED = "FILE_VERIFIED"
    HOST_READY = "HOST_READY"
    CONNECTED = "CONNECTED"
    PROBED = "PROBED"
    PRECHECKED = "PRECHECKED"
    BACKED_UP = "BACKED_UP"
    LOCKED = "LOCKED"  # only where users must leave first
    WRITING = "WRITING"
    WRITTEN = "WRITTEN"
    REREAD_OK = "REREAD_OK"
    REFRESHED = "REFRESHED"  # only where 1C's own library keeps parameters of extensions
    UNLOCKED = "UNLOCKED"  # follows LOCKED, whatever happened between
    VERIFIED_NEW_SESSION = "VERIFIED_NEW_SESSION"
    INSPECTING = "INSPECTING"
    ROLLING_BACK = "ROLLING_BACK"
    REPORTED = "REPORTED"  # this and the rest are ends
    FAILED = "FAILED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


@dataclass(frozen=True, slots=True)
class Operation:
    """One attempt to change an infobase; `plan` is agent.plan.Plan as JSON."""

    id: str
    infobase: str
    server: str
    onec_name: str
    plan: str
    started_at: str
    finished_at: str | None = None
    outcome: str | None = None
    code: str | None = None
    found: str | None = None  # the extension as found at the end, as JSON


@dataclass(frozen=True, slots=True)
class Step:
    """One state an operation entered; `detail` holds what later steps need from it."""

    state: State
    entered_at: str
    left_at: str | None
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """Which release a HashSum of 1C stands for, learnt when it was written."""

    release_id: str
    version: str  # the vendor's order of releases
    artifact_sha256: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How an operation ended."""

    state: State
    outcome: Outcome
    code: str | None
    found: StoredExtension | None


class Journal:
    """The agent's memory; one writer at a time, a commit is on the disk."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            self._prepare(path)
        except (sqlite3.Error, OSError) as error:
            self._db.close()
            raise Failure(Code.HOME_UNUSABLE, path=path, why=str(error)) from error
        except Failure:
            self._db.close()
            raise

    def _prepare(self, path: Path) -> None:
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA synchronous = FULL")  # WAL alone loses commits in a power cut
        self._db.execute("PRAGMA foreign_keys = ON")
        if self._version() > len(STEPS):
            raise sqlite3.DatabaseError("made by a newer agent")
        if self._version() < len(STEPS):
            with held(path.with_suffix(".lock"), _PATIENCE):  # SQLite itself waits for no WAL
                self._bring_up()

    def _bring_up(self) -> None:
        """The tables of this version; of agents that start at once the first one makes them."""
        self._db.execute("PRAGMA journal_mode = WAL")
        with self.transaction() as db:
            for step in STEPS[self._version() :]:
                for statement in step.split(";\n"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(STEPS)}")

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(version)

    def close(self) -> None:
        """End the use of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; on the disk when the block is left."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Read; `query` is one of ours."""
        return self._db.execute(query, values).fetchall()

    # Infobases

    def infobase_at(self, place: str) -> str | None:
        """The id of the infobase known there."""
        wanted = place_key(place)
        rows = self.rows("SELECT id, place FROM infobases")
        return next((row["id"] for row in rows if place_key(row["place"]) == wanted), None)

    def place_of(self, infobase: str) -> str | None:
        """Where the infobase of that id is; None where nobody knows it, or it has left."""
        query = "SELECT place FROM infobases WHERE id = ? AND place NOT LIKE 'gone:%'"
        found = self.rows(query, infobase)
        return found[0]["place"] if found else None

    def rename_infobase(self, old: str, new: str) -> None:
        """What is written about one id belongs to another one from now on."""
        with self.transaction() as db:
            db.execute("UPDATE operations SET infobase = ? WHERE infobase = ?", (new, old))
            db.execute("UPDATE consents SET infobase = ? WHERE infobase = ?", (new, old))
            db.execute("UPDATE registered SET infobase = ? WHERE infobase = ?", (new, old))
            db.execute("UPDATE infobases SET place = 'gone:' || id WHERE id = ?", (old,))

    def know_infobase(self, infobase: str, place: str, label: str) -> None:
        """Remember that this infobase is at this place, and no other one is."""
        there = self.infobase_at(place)
        if there == infobase:
            return
        with self.transaction() as db:
            # what was known there keeps its history, but is there no more
            db.execute("UPDATE infobases SET place = 'gone:' || id WHERE id = ?", (there,))
            db.execute(
                "INSERT INTO infobases VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET place = excluded.place, label = excluded.label",
                (infobase, place, label, utc_now()),
            )

    # Operations

    def begin(self, operation: Operation) -> None:
        """Write an operation down before anything of it is done."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO operations (id, infobase, server, onec_name, plan, started_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    operation.id,
                    operation.infobase,
                    operation.server,
                    operation.onec_name,
                    operation.plan,
                    operation.started_at,
                ),
            )
            _enter(db, operation.id, State.PLANNED, {})

    def enter(self, operation: str, state: State, detail: dict[str, object] | None = None) -> None:
        """Write down that the work of `state` begins; call it before that work."""
        with self.transaction() as db:
            _enter(db, operation, state, detail or {})

    def note(self, operation: str, **detail: object) -> None:
        """Add to the step being done what a later step or a recovery needs."""
        with self.transaction() as db:
            db.execute(
                "UPDATE steps SET detail = json_patch(detail, ?) WHERE operation = ?"
                " AND seq = (SELECT max(seq) FROM steps WHERE operation = ?)",
                (json.dumps(detail, ensure_ascii=False), operation, operation),
            )

    def end(self, db: sqlite3.Connection, operation: str, ending: Ending) -> None:
        """Write down how it ended, inside the caller's transaction."""
        _enter(db, operation, ending.state, {})
        found = codec.dumps(ending.found).decode() if ending.found else None
        db.execute(
            "UPDATE operations SET finished_at = ?, outcome = ?, code = ?, found = ? WHERE id = ?",
            (utc_now(), ending.outcome.value, ending.code, found, operation),
        )

    def knows(self, operation: str) -> bool:
        """Whether an operation of this id was begun here."""
        return bool(self.rows("SELECT 1 FROM operations WHERE id = ?", operation))

    def unfinished(self, infobase: str) -> list[Operation]:
        """Operations that were interrupted, oldest first."""
        return self._operations("infobase = ? AND finished_at IS NULL", infobase)

    def is_cut_off(self) -> bool:
        """Whether any operation was interrupted, on whatever infobase."""
        return bool(self._operations("finished_at IS NULL"))

    def recent(self, infobase: str | None) -> list[Operation]:
        """The last operations on an infobase, or on all, oldest first."""
        if infobase is None:
            return self._operations("1")[-_RECENT:]
        return self._operations("infobase = ?", infobase)[-_RECENT:]

    def history(self, infobase: str) -> list[Operation]:
        """Every operation on an infobase that ended, oldest first."""
        return self._operations("infobase = ? AND finished_at IS NOT NULL", infobase)

    def settled(self, infobase: str) -> dict[str, Operation]:
        """By the extension's name in 1C, the last operation that tells what is there since."""
        told = [one for one in self.history(infobase) if one.outcome in _TELLING or one.found]
        return {one.onec_name: one for one in told}

    def _operations(self, where: str, *values: object) -> list[Operation]:
        # in the order of writing: a clock that is set back must turn nothing round
        query = f"SELECT * FROM operations WHERE {where} ORDER BY rowid"  # noqa: S608 - our own text
        return [Operation(**dict(row)) for row in self.rows(query, *values)]

    def steps(self, operation: str) -> list[Step]:
        """The states an operation entered, in order."""
        rows = self.rows("SELECT * FROM steps WHERE operation = ? ORDER BY seq", operation)
        return [
            Step(State(row["state"]), row["entered_at"], row["left_at"], json.loads(row["detail"]))
            for row in rows
        ]

    # What was learnt

    def learn_release(self, hash_sum: str, release: KnownRelease) -> None:
        """Remember which release shows this HashSum."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO releases VALUES (?, ?, ?, ?)",
                (hash_sum, release.release_id, release.version, release.artifact_sha256),
            )

    def release_of(self, hash_sum: str) -> KnownRelease | None:
        """The release that shows this HashSum, if we ever wrote it."""
        found = self.rows(
            "SELECT release_id, version, artifact_sha256 FROM releases WHERE hash_sum = ?", hash_sum
        )
        return KnownRelease(**dict(found[0])) if found else None

    def consent(self, operation: Operation, kind: str, subject: str, given_by: str) -> None:
        """Keep who agreed to what."""
        values = (operation.id, operation.infobase, operation.onec_name, kind, subject, given_by)
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO consents VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, utc_now())
            )

    def consents_of(self, operation: str) -> list[str]:
        """What somebody agreed to for this operation."""
        query = "SELECT kind FROM consents WHERE operation = ? ORDER BY kind"
        return [row["kind"] for row in self.rows(query, operation)]

    def tick(self, operation: str, step: int, done_by: str) -> None:
        """Keep who did which step, counted from 1, of those that were left to people."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO ticks VALUES (?, ?, ?, ?)",
                (operation, step, done_by, utc_now()),
            )

    def ticked(self, operation: str) -> set[int]:
        """The steps of an operation that people have done, counted from 1."""
        rows = self.rows("SELECT step FROM ticks WHERE operation = ?", operation)
        return {row["step"] for row in rows}

    def consented(self, infobase: str, onec_name: str, kind: str) -> bool:
        """Whether somebody agreed to this for an extension of an infobase."""
        query = "SELECT 1 FROM consents WHERE infobase = ? AND onec_name = ? AND kind = ?"
        return bool(self.rows(query, infobase, onec_name, kind))


def _enter(db: sqlite3.Connection, operation: str, state: State, detail: dict[str, object]) -> None:
    now = utc_now()
    db.execute(
        "UPDATE steps SET left_at = ? WHERE operation = ? AND left_at IS NULL", (now, operation)
    )
    db.execute(
        "INSERT INTO steps (operation, seq, state, entered_at, detail) SELECT ?,"
        " (SELECT count(*) FROM steps WHERE operation = ?), ?, ?, ?",
        (operation, operation, state.value, now, json.dumps(detail, ensure_ascii=False)),
    )
