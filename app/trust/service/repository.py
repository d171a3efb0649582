"""A TUF repository whose files are rows: each edit is a new version, signed and inserted."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from securesystemslib.signer import Signer
from sqlalchemy import delete, func, insert, select, update
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.repository import Repository

from app.kit.db import UnitOfWork
from app.kit.problems import Conflict
from app.trust import queries
from app.trust.models import MetadataRole, TrustMetadata, TrustRepository
from app.trust.service.layout import LIFETIMES, Compact, next_version

KEPT_VERSIONS: Final = 10
KEPT: Final = timedelta(days=7)  # an agent may be in the middle of a refresh
_IN_SNAPSHOT: Final = (MetadataRole.TARGETS, MetadataRole.RELEASES, MetadataRole.ONLINE)
_EMPTY: Final = {
    MetadataRole.ROOT: Root,
    MetadataRole.TARGETS: Targets,
    MetadataRole.RELEASES: Targets,
    MetadataRole.ONLINE: Targets,
    MetadataRole.SNAPSHOT: Snapshot,
    MetadataRole.TIMESTAMP: Timestamp,
}


class Rows(Repository):
    """One transaction over a vendor's repository; whoever makes it has claimed the next version."""

    def __init__(
        self,
        session: UnitOfWork,
        row: TrustRepository,
        signers: Mapping[MetadataRole, Signer],
        ahead: timedelta = timedelta(),
    ) -> None:
        self.session, self.row, self.signers, self._ahead = session, row, signers, ahead
        self._open: dict[MetadataRole, Metadata[Any]] = {}

    @classmethod
    def claim(
        cls,
        session: UnitOfWork,
        row: TrustRepository,
        signers: Mapping[MetadataRole, Signer],
        ahead: timedelta = timedelta(),
    ) -> "Rows":
        """The right to publish next, which one of parallel transactions gets; else CONFLICT.

        `ahead` numbers the files as if it were that much later.
        """
        now = session.now()
        claimed = session.change(
            update(TrustRepository)
            .where(
                TrustRepository.id == row.id,
                TrustRepository.timestamp_version == row.timestamp_version,
            )
            .values(
                timestamp_version=next_version(row.timestamp_version, now + ahead),
                timestamp_signed_at=now,
            )
        )
        if claimed != 1:
            raise Conflict
        session.refresh(row)
        return cls(session, row, signers, ahead)

    def open(self, role: str) -> Metadata[Any]:
        """The newest file of a role, as this transaction has it; unsigned if there is none."""
        name = MetadataRole(role)
        if name not in self._open:
            content = queries.current(self.session, self.row.id, name)
            empty = Metadata(_EMPTY[name](expires=self.session.now()))
            self._open[name] = Metadata.from_bytes(content) if content else empty
        return self._open[name]

    def close(self, role: str, md: Metadata[Any]) -> None:
        """Signs the next version of a role that has a key here, and keeps it."""
        name, now = MetadataRole(role), self.session.now()
        if name is MetadataRole.TIMESTAMP:
            md.signed.version = self.row.timestamp_version  # as it was claimed
        else:
            previous = md.signed.version if md.signatures else 0
            md.signed.version = next_version(previous, now + self._ahead)
        md.signed.expires = now + LIFETIMES[name]
        md.sign(self.signers[name])
        self.keep(name, md)

    def keep(self, role: MetadataRole, md: Metadata[Any]) -> None:
        """Inserts a signed file, and lets go of those that nobody asks for any more."""
        content = md.to_bytes(Compact())
        self.session.execute(
            insert(TrustMetadata).values(
                repository_id=self.row.id,
                role=role,
                version=md.signed.version,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                length=len(content),
                created_at=self.session.now(),
            )
        )
        self._open[role] = md
        if role is not MetadataRole.ROOT:
            self._sweep(role)

    def publish(self) -> None:
        """A snapshot of what changed, and the timestamp that points at it."""
        self.do_snapshot()
        self.do_timestamp(force=True)

    @property
    def targets_infos(self) -> dict[str, MetaFile]:
        """The versions that a snapshot names."""
        return {f"{role}.json": MetaFile(self.open(role).signed.version) for role in _IN_SNAPSHOT}

    @property
    def snapshot_info(self) -> MetaFile:
        """The version that a timestamp names."""
        return MetaFile(self.open(MetadataRole.SNAPSHOT).signed.version)

    def _sweep(self, role: MetadataRole) -> None:
        of_role = (TrustMetadata.repository_id == self.row.id, TrustMetadata.role == role)
        newest = (
            select(TrustMetadata.version)
            .where(*of_role)
            .order_by(TrustMetadata.version.desc())
            .limit(KEPT_VERSIONS)
            .subquery()
        )
        self.session.execute(
            delete(TrustMetadata)
            .where(
                *of_role,
                TrustMetadata.created_at < self.session.now() - KEPT,
                TrustMetadata.version < select(func.min(newest.c.version)).scalar_subquery(),
            )
            .execution_options(synchronize_session=False)
        )
