"""Reads of repositories, their keys and their files."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from app.accounts import queries as accounts
from app.kit.db import KitSession
from app.kit.i18n import N_
from app.kit.problems import NotFound
from app.trust.models import KeyStatus, MetadataRole, TrustKey, TrustMetadata
from app.trust.models import TrustRepository as Repository
from app.trust.problems import TrustNotReady
from app.trust.schemas import KeyRole
from wire.enrolment import Connection, ConnectionVendor, build
from wire.trust import Trust, root_fingerprint

_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_NAME: Final = re.compile(
    r"(?:([1-9][0-9]{0,9})\.(root|targets|releases|online|snapshot)|timestamp)\.json"
)


def repository(session: KitSession, vendor_id: uuid.UUID) -> Repository | None:
    """The vendor's repository, with or without a root."""
    return session.scalar(_fresh(Repository.vendor_id == vendor_id))


def ready_repository(session: KitSession, vendor_id: uuid.UUID) -> Repository:
    """The vendor's repository, or TRUST_NOT_READY while it has no root."""
    found = repository(session, vendor_id)
    if found is None or not found.root_version:
        raise TrustNotReady
    return found


def repository_by_id(session: KitSession, repo_id: str) -> Repository:
    """The repository that a document of a ceremony names."""
    found = session.scalar(_fresh(Repository.repo_id == repo_id))
    if found is None:
        raise NotFound(N_("This server has no repository of this id"))
    return found


def _fresh(condition: ColumnElement[bool]) -> Select[Repository]:
    # Its version decides who publishes next: the session's copy may be older than the row.
    return select(Repository).where(condition).execution_options(populate_existing=True)


def repositories(session: KitSession) -> Sequence[Repository]:
    """Every repository that has a root: what is re-signed daily and watched."""
    return session.scalars(
        select(Repository).where(Repository.root_version > 0).order_by(Repository.id)
    ).all()


def answer(session: KitSession, vendor_id: uuid.UUID) -> Trust | None:
    """What every answer to an agent says of its vendor's repository; None before it has a root."""
    found = session.execute(
        select(Repository.repo_id, Repository.timestamp_version).where(
            Repository.vendor_id == vendor_id, Repository.root_version > 0
        )
    ).one_or_none()
    return Trust(*found) if found else None


def keys(session: KitSession, repository_id: uuid.UUID) -> Sequence[TrustKey]:
    """All keys of a repository, oldest first."""
    return session.scalars(
        select(TrustKey).where(TrustKey.repository_id == repository_id).order_by(TrustKey.id)
    ).all()


def active_keys(session: KitSession, repository_id: uuid.UUID) -> Mapping[KeyRole, TrustKey]:
    """The keys that the present root names."""
    return {
        KeyRole(key.role): key
        for key in keys(session, repository_id)
        if key.status == KeyStatus.ACTIVE
    }


def current(session: KitSession, repository_id: uuid.UUID, role: MetadataRole) -> bytes | None:
    """The newest file of a role."""
    return session.scalar(
        select(TrustMetadata.content)
        .where(TrustMetadata.repository_id == repository_id, TrustMetadata.role == role)
        .order_by(TrustMetadata.version.desc())
        .limit(1)
    )


def content(session: KitSession, repository_id: uuid.UUID, role: str, version: int) -> bytes:
    """One file that is kept, byte for byte."""
    found = session.scalar(
        select(TrustMetadata.content).where(
            TrustMetadata.repository_id == repository_id,
            TrustMetadata.role == role,
            TrustMetadata.version == version,
        )
    )
    if found is None:
        raise NotFound
    return found


class File(NamedTuple):
    """A file that is kept, without its bytes."""

    role: str
    version: int
    sha256: str
    length: int

    @property
    def name(self) -> str:
        """What agents ask for it by; the newest timestamp alone has another name."""
        return f"{self.version}.{self.role}.json"


def files(session: KitSession, repository_id: uuid.UUID) -> Sequence[File]:
    """Everything that is kept."""
    found = session.execute(
        select(
            TrustMetadata.role, TrustMetadata.version, TrustMetadata.sha256, TrustMetadata.length
        )
        .where(TrustMetadata.repository_id == repository_id)
        .order_by(TrustMetadata.role, TrustMetadata.version)
    )
    return [File(*row) for row in found]


def served(session: KitSession, repo_id: str, name: str) -> bytes:
    """The file that agents ask for by this name; whatever else is asked for is not there."""
    asked = _NAME.fullmatch(name)
    if asked is None or not _ID.fullmatch(repo_id):
        raise NotFound
    number, role = asked.groups()
    wanted = (
        TrustMetadata.version == (int(number) if number else Repository.timestamp_version),
        TrustMetadata.role == (role or MetadataRole.TIMESTAMP),
    )
    content = session.scalar(
        select(TrustMetadata.content)
        .join(Repository, Repository.id == TrustMetadata.repository_id)
        .where(Repository.repo_id == repo_id, *wanted)
    )
    if content is None:
        raise NotFound
    return content


def root(session: KitSession, row: Repository) -> dict[str, object]:
    """The present root as its file has it."""
    content = current(session, row.id, MetadataRole.ROOT)
    if content is None:
        raise TrustNotReady
    document: dict[str, object] = json.loads(content)
    return document


class KeptRoot(NamedTuple):
    """One root that agents may have pinned."""

    version: int
    fingerprint: str
    installed_at: datetime


def roots(session: KitSession, repository_id: uuid.UUID) -> Sequence[KeptRoot]:
    """Every root that was ever installed, the first one first."""
    found = session.execute(
        select(TrustMetadata.version, TrustMetadata.content, TrustMetadata.created_at)
        .where(
            TrustMetadata.repository_id == repository_id, TrustMetadata.role == MetadataRole.ROOT
        )
        .order_by(TrustMetadata.version)
    )
    return [KeptRoot(version, root_fingerprint(json.loads(raw)), at) for version, raw, at in found]


def connection_file(session: KitSession, vendor_id: uuid.UUID) -> Connection:
    """What an agent needs to know of server and vendor, the root above all; no key is in it."""
    row = ready_repository(session, vendor_id)
    vendor = accounts.vendor(session, vendor_id)
    return build(
        str(session.kit.settings.public_url).rstrip("/"),
        ConnectionVendor(str(vendor.id), vendor.name),
        row.repo_id,
        root(session, row),
    )
