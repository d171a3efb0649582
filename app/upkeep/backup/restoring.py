"""Putting a backup into an empty database, or files and versions behind a recovered one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, text

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog.service.catalogue import leap
from app.kit.db import Kit, UnitOfWork, reading, transaction
from app.kit.i18n import Sentence
from app.kit.migrate import MigrationError, is_known, upgrade
from app.kit.signing.keyring import CannotOpenError
from app.trust import queries as trust
from app.trust.schemas import TrustBundle
from app.trust.service.installing import install
from app.trust.service.publishing import republish
from app.upkeep.backup import unfinished
from app.upkeep.backup.files import bring_back, damaged
from app.upkeep.backup.making import Watch, last_event
from app.upkeep.backup.manifest import Kept, is_whole
from app.upkeep.backup.place import Backup
from app.upkeep.backup.problems import (
    BackupDamaged,
    BackupOfOtherMaster,
    BackupTooNew,
    DatabaseIsEmpty,
    DatabaseNotEmpty,
    RestoreUnfinished,
)
from app.upkeep.backup.programs import Programs

_TOLD: Final = 5
"""So many damaged files are named."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a restoration differs from the ordinary one."""

    keep_database: bool = False
    """PostgreSQL has recovered the database itself; the backup gives the files."""
    bundles: Sequence[TrustBundle] = ()
    """What ROOT signed since the backup was taken."""
    skip_damaged: bool = False
    other_master: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """How far one vendor's data go now."""

    slug: str
    zone: str
    seq: int
    at: datetime | None
    unsigned: bool
    """Its keys are sealed by a MASTER that is not here: ROOT has to name others."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration did."""

    files: int
    damaged: Sequence[Kept]
    vendors: Sequence[Returned]


class Restoration:
    """One backup on its way into one database; done again after a cut, it goes on."""

    def __init__(self, url: str, engine: Engine, kit: Kit, backup: Backup, wish: Wish) -> None:
        self._url, self._engine, self._kit = url, engine, kit
        self._backup, self._wish = backup, wish

    def run(self, watch: Watch, *, actor: Actor) -> Restored:
        """Everything that may be refused is refused before anything is written."""
        told = self._backup.manifest
        if not is_known(self._url, told.revision):
            raise BackupTooNew(found=f"{told.program}, {told.revision}")
        self._require_master()
        is_begun, has_dump = self._require_place()
        programs = Programs.fitting(self._server())
        lost = self._require_whole(watch)
        if not is_begun:
            unfinished.mark(self._engine, self._kit, self._backup.name)
        good = [file for file in told.files if file not in lost]
        with watch(Sentence("Файлы релизов", "Files of releases"), len(good)) as advance:
            brought = bring_back(good, self._backup.files, self._kit.artifacts, advance)
        with watch(Sentence("База данных", "Database"), None):
            if not has_dump:
                options = ("--single-transaction", "--no-owner", "--no-privileges")
                programs.run("pg_restore", self._url, *options, self._backup.dump)
            self._upgrade()
        with transaction(self._engine, self._kit) as session:
            vendors = self._finish(session, actor=actor)
        return Restored(brought, lost, vendors)

    def _require_master(self) -> None:
        lost = [each for each in self._backup.manifest.masters if not self._knows(each)]
        if lost and not self._wish.other_master:
            raise BackupOfOtherMaster(kids=", ".join(lost))

    def _knows(self, kid: str) -> bool:
        return bytes.fromhex(kid) in self._kit.keyring.masters

    def _upgrade(self) -> None:
        try:
            upgrade(self._url)
        except MigrationError as error:
            raise BackupTooNew(found=str(error)) from None

    def _require_place(self) -> tuple[bool, bool]:
        """Whether a cut restoration goes on here, and whether the database has its data already.

        Its dump comes in one transaction: where anything is, everything is.
        """
        begun, empty = unfinished.state(self._engine, self._kit)
        if begun not in (None, self._backup.name):
            raise RestoreUnfinished(backup=begun)
        if begun is None and empty is self._wish.keep_database:
            raise DatabaseIsEmpty if empty else DatabaseNotEmpty
        return begun is not None, not empty

    def _server(self) -> int:
        with reading(self._engine, self._kit) as session:
            return int(session.scalars(text("SHOW server_version_num")).one()) // 10_000

    def _require_whole(self, watch: Watch) -> Sequence[Kept]:
        """Every byte is compared; the damaged files of releases that the wish does without."""
        told, folder = self._backup.manifest, self._backup.folder
        with watch(Sentence("Сверка копии", "Comparing the backup"), len(told.files)) as advance:
            bad = [part.name for part in (told.database, *told.trust) if not is_whole(folder, part)]
            lost = damaged(told.files, self._backup.files, advance)
        if lost and not self._wish.skip_damaged:
            bad += [f"{file.sha256[:12]}…" for file in lost]
        if bad:
            raise BackupDamaged(files=", ".join(bad[:_TOLD]) + ", …" * (len(bad) > _TOLD))
        return lost

    def _finish(self, session: UnitOfWork, *, actor: Actor) -> Sequence[Returned]:
        """Versions beyond all lost ones, roots, signatures; its commit lets the server start."""
        leap(session)
        for bundle in self._wish.bundles:
            install(session, bundle, actor=actor)
        returned = []
        for vendor in accounts.vendors(session):
            seq, at = last_event(session, vendor.id)
            unsigned = not _signed(session, vendor.id)
            returned.append(Returned(vendor.slug, vendor.time_zone, seq, at, unsigned))
            told = {"taken_at": self._backup.manifest.taken_at, "seq": seq}
            audit.record(session, Action.VENDOR_RESTORED, actor=actor, subject=vendor, **told)
        unfinished.unmark(session)
        return returned


def _signed(session: UnitOfWork, vendor_id: UUID) -> bool:
    """Publishes anew what agents know in later versions; False where MASTER opens no keys."""
    row = trust.repository(session, vendor_id)
    if row is not None and row.root_version:
        try:
            republish(session, vendor_id)
        except CannotOpenError:
            return False
    return True
