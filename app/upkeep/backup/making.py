"""Taking a backup beside a running server: one moment of the database, and the files of it."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, func, select, text

from app import __version__
from app.accounts import queries as accounts
from app.audit import queries as audit
from app.catalog.queries.stored import stored_files
from app.catalog.service.files import hold_files
from app.kit import schedules
from app.kit.db import Kit, KitSession, ReadSession, reading, schema_revision, transaction
from app.kit.i18n import Sentence
from app.trust import queries as trust
from app.trust.service.export import export
from app.upkeep.backup import manifest
from app.upkeep.backup.files import carry
from app.upkeep.backup.manifest import Kept, Manifest, Mark
from app.upkeep.backup.place import Place
from app.upkeep.backup.problems import BackupRunning
from app.upkeep.backup.programs import Programs

SCHEDULE: Final = "backup"
PERIOD: Final = timedelta(hours=26)
"""A daily backup that is late by two hours is worth a warning."""
_LOCK: Final = 0x6261636B

Watch = Callable[[Sentence, int | None], AbstractContextManager[Callable[[int], None]]]
"""Told of each stage and its size, if that is known; what it gives hears of the advance."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished backup."""

    folder: Path
    manifest: Manifest
    thinned: int


def take(url: str, engine: Engine, kit: Kit, place: Place, *, keep: int, watch: Watch) -> Taken:
    """Takes a backup; with `keep`, that many stay. Cut at any moment it leaves the older ones.

    BACKUP_RUNNING, PROGRAMS_MISSING, PROGRAM_FAILED, DISK_FULL, STORAGE_UNAVAILABLE.
    """
    with _one_moment(engine, kit) as session:
        part = place.begin()
        try:
            made = _fill(session, url, part, place, watch)
            folder = place.finish(part, made.taken_at)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        thinned = place.thin(keep) if keep else 0
    with transaction(engine, kit) as writing:
        schedules.note_done(writing, SCHEDULE, PERIOD, made.taken_at)
    return Taken(folder, made, thinned)


@contextmanager
def _one_moment(engine: Engine, kit: Kit) -> Iterator[ReadSession]:
    """A transaction that sees one moment; until its end no file is removed as nobody's.

    Files are held before that moment: else one of it might go while its keeper is waited for.
    """
    with reading(engine, kit, patient=True) as holding:
        if not holding.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            raise BackupRunning
        hold_files(holding)
        with reading(engine, kit, patient=True) as session:
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            yield session


def _fill(session: KitSession, url: str, part: Path, place: Place, watch: Watch) -> Manifest:
    taken_at, marks = session.now(), _marks(session)
    version = session.scalars(text("SHOW server_version_num")).one()
    programs = Programs.fitting(int(version) // 10_000)
    dump = part / "database.dump"
    with watch(Sentence("База данных", "Database"), None):
        snapshot = session.scalars(select(func.pg_export_snapshot())).one()
        options = ("--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
        programs.run("pg_dump", url, *options)
    _export(session, part / "trust")
    wanted = [Kept(sha256=sha256, size=size) for sha256, size in stored_files(session)]
    with watch(Sentence("Файлы релизов", "Files of releases"), len(wanted)) as advance:
        carried, lacking = carry(wanted, session.kit.artifacts, place.files, advance)
    made = Manifest(
        program=__version__,
        taken_at=taken_at,
        revision=schema_revision(session) or "",
        postgresql=version,
        masters=[kid.hex() for kid in session.kit.keyring.masters],
        vendors=marks,
        database=manifest.part_of(part, dump),
        trust=[manifest.part_of(part, path) for path in sorted((part / "trust").rglob("*.json"))],
        files=carried,
        lacking=lacking,
    )
    manifest.write(made, part)
    return made


def _marks(session: KitSession) -> Sequence[Mark]:
    """How far each vendor's data go."""
    repositories = {row.vendor_id: row for row in trust.repositories(session)}
    found = []
    for vendor in accounts.vendors(session):
        seq, at = last_event(session, vendor.id)
        mark = Mark(id=vendor.id, slug=vendor.slug, audit_seq=seq, audit_at=at)
        if row := repositories.get(vendor.id):
            mark.repository, mark.root_version = row.repo_id, row.root_version
            mark.timestamp_version = row.timestamp_version
        found.append(mark)
    return found


def last_event(session: KitSession, vendor_id: UUID) -> tuple[int, datetime | None]:
    """Number and time of the last act of a vendor."""
    head = audit.head(session, vendor_id)
    if head is None or not head.seq:
        return 0, None
    return head.seq, audit.event(session, head.vendor_id, head.seq).at


def _export(session: KitSession, folder: Path) -> None:
    """The signed files as agents ask for them: a mirror of them serves, whatever else is lost."""
    folder.mkdir()
    for row in trust.repositories(session):
        export(session, row.vendor_id, folder)
