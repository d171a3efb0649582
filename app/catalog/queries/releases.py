"""Reads of releases, their files and their rules, drafts included."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, exists, select
from sqlalchemy.orm import undefer

from app.accounts import queries as accounts
from app.catalog.models import (
    Artifact,
    ArtifactKind,
    CompatibilityRule,
    Extension,
    Release,
    ReleaseStatus,
    RulesVersion,
)
from app.catalog.schemas.releases import FindReleases
from app.catalog.schemas.rules import RuleRow
from app.kit.db import KitSession
from app.kit.paging import NOBODYS, Page, Rows, created_within, newest_first
from app.kit.problems import NotFound
from onec.compatibility import Rule
from onec.version import Version


@dataclass(frozen=True, slots=True)
class Shown:
    """A release with its extension and its files."""

    release: Release
    extension: Extension
    file: Artifact | None
    documents: Sequence[Artifact]


def releases(session: KitSession, vendor_id: uuid.UUID, asked: FindReleases) -> Rows[Shown]:
    """A page of the vendor's releases."""
    query = select(Release).where(Release.vendor_id == vendor_id)
    if asked.extension is not None:
        named = select(Extension.id).where(
            Extension.vendor_id == vendor_id, Extension.code == asked.extension
        )
        query = query.where(Release.extension_id == (session.scalar(named) or NOBODYS))
    return _listed(session, query, vendor_id, asked)


def releases_of(session: KitSession, extension: Extension, asked: FindReleases) -> Rows[Shown]:
    """A page of an extension's releases; what `asked` says of extensions is not looked at."""
    query = select(Release).where(
        Release.vendor_id == extension.vendor_id, Release.extension_id == extension.id
    )
    return _listed(session, query, extension.vendor_id, asked)


def _listed(
    session: KitSession, query: Select[Release], vendor_id: uuid.UUID, asked: FindReleases
) -> Rows[Shown]:
    if asked.status is not None:
        query = query.where(Release.status == asked.status)
    if asked.channel is not None:
        query = query.where(Release.channel == asked.channel)
    zone = accounts.vendor(session, vendor_id).time_zone
    query = created_within(query, Release.created_at, asked, zone)
    found = newest_first(session, query, Release.id, Page.of(asked))
    return Rows(with_files(session, found.rows), found.next_cursor)


def with_files(session: KitSession, releases: Sequence[Release]) -> list[Shown]:
    """Releases with what belongs to them."""
    lines = session.scalars(
        select(Extension).where(Extension.id.in_({row.extension_id for row in releases}))
    )
    extensions = {line.id: line for line in lines}
    files: dict[uuid.UUID, list[Artifact]] = {}
    for artifact in session.scalars(
        select(Artifact)
        .where(Artifact.release_id.in_([row.id for row in releases]))
        .order_by(Artifact.id)
    ):
        files.setdefault(artifact.release_id, []).append(artifact)
    return [_shown(row, extensions[row.extension_id], files.get(row.id, [])) for row in releases]


def _shown(release: Release, extension: Extension, files: Sequence[Artifact]) -> Shown:
    return Shown(
        release,
        extension,
        next((each for each in files if each.kind == ArtifactKind.CFE), None),
        [each for each in files if each.kind == ArtifactKind.DOC],
    )


def extension_of(session: KitSession, release: Release) -> Extension:
    """The line that a release belongs to."""
    return session.get_one(Extension, release.extension_id)


def newest(session: KitSession, extension: Extension) -> Release | None:
    """The release that was made last, in whatever state."""
    return session.scalar(
        select(Release)
        .where(Release.extension_id == extension.id)
        .order_by(Release.id.desc())
        .limit(1)
    )


def has_earlier(session: KitSession, release: Release) -> bool:
    """Whether the extension had a release or a draft before this one was made."""
    others = exists().where(
        Release.extension_id == release.extension_id, Release.created_at < release.created_at
    )
    return bool(session.scalar(select(others)))


def previous(session: KitSession, release: Release) -> Release | None:
    """The one before it by version among those that were published; the highest for a draft
    without a version."""
    query = select(Release).where(
        Release.extension_id == release.extension_id,
        Release.id != release.id,
        Release.status != ReleaseStatus.DRAFT,
    )
    if release.version:
        query = query.where(Release.version_key < release.version_key)
    return session.scalar(query.order_by(Release.version_key.desc()).limit(1))


def highest_published(session: KitSession, release: Release) -> Release | None:
    """The highest version on offer beside a release."""
    return session.scalar(
        select(Release)
        .where(
            Release.extension_id == release.extension_id,
            Release.id != release.id,
            Release.status == ReleaseStatus.PUBLISHED,
        )
        .order_by(Release.version_key.desc())
        .limit(1)
    )


def rules_of(session: KitSession, release: Release) -> Sequence[CompatibilityRule]:
    """The current rules of a release, in their order."""
    return session.scalars(
        select(CompatibilityRule)
        .where(
            CompatibilityRule.release_id == release.id,
            CompatibilityRule.rules_version == release.rules_version,
        )
        .order_by(CompatibilityRule.number)
    ).all()


def rules_of_many(
    session: KitSession, releases: Sequence[Release]
) -> dict[uuid.UUID, list[CompatibilityRule]]:
    """The current rules of some releases, each in their order."""
    found: dict[uuid.UUID, list[CompatibilityRule]] = {}
    rows = session.scalars(
        select(CompatibilityRule)
        .join(
            Release,
            (Release.id == CompatibilityRule.release_id)
            & (Release.rules_version == CompatibilityRule.rules_version),
        )
        .where(CompatibilityRule.release_id.in_([row.id for row in releases]))
        .order_by(CompatibilityRule.number)
    )
    for row in rows:
        found.setdefault(row.release_id, []).append(row)
    return found


def compiled_rules(session: KitSession, releases: Sequence[Release]) -> dict[uuid.UUID, list[Rule]]:
    """The same, ready to judge by; a release without rules has an empty list."""
    found = rules_of_many(session, releases)
    return {
        release.id: [
            RuleRow.model_validate(row.rule).compiled() for row in found.get(release.id, ())
        ]
        for release in releases
    }


def rules_versions(session: KitSession, release: Release) -> Sequence[RulesVersion]:
    """Every set of rules that a release had, the newest first."""
    return session.scalars(
        select(RulesVersion)
        .where(RulesVersion.release_id == release.id)
        .order_by(RulesVersion.rules_version.desc())
        .limit(100)
    ).all()


def earlier_published(session: KitSession, release: Release) -> Sequence[Release]:
    """Releases below this one that are on offer: what people may be sent back to."""
    return session.scalars(
        select(Release)
        .where(
            Release.extension_id == release.extension_id,
            Release.status == ReleaseStatus.PUBLISHED,
            Release.version_key < release.version_key,
        )
        .order_by(Release.version_key.desc())
        .limit(100)
    ).all()


def published_beside(session: KitSession, release: Release) -> Sequence[Release]:
    """The other releases of its extension that are on offer."""
    return session.scalars(
        select(Release).where(
            Release.extension_id == release.extension_id,
            Release.id != release.id,
            Release.status == ReleaseStatus.PUBLISHED,
        )
    ).all()


def product_id_of(release: Release) -> ScalarSelect[uuid.UUID]:
    """The product behind a release, inside a query."""
    query = select(Extension.product_id).where(Extension.id == release.extension_id)
    return query.scalar_subquery()


def of_version(session: KitSession, extension_id: uuid.UUID, version: str) -> Release | None:
    """The extension's release of a version, however it was typed."""
    key = Version.parse(version).key
    return session.scalar(
        select(Release).where(Release.extension_id == extension_id, Release.version_key == key)
    )


def rules_version_of(session: KitSession, release: Release) -> RulesVersion | None:
    """Who made the current rules of a release, and why."""
    return session.scalar(
        select(RulesVersion).where(
            RulesVersion.release_id == release.id,
            RulesVersion.rules_version == release.rules_version,
        )
    )


def file_with_contents(session: KitSession, release: Release | None) -> Artifact | None:
    """The .cfe of a release with the objects that were read from it."""
    if release is None:
        return None
    return session.scalar(
        select(Artifact)
        .where(Artifact.release_id == release.id, Artifact.kind == ArtifactKind.CFE)
        .options(undefer(Artifact.contents))
        .execution_options(populate_existing=True)
    )


def documents(session: KitSession, release: Release) -> Sequence[Artifact]:
    """What there is to read about a release."""
    return session.scalars(
        select(Artifact)
        .where(Artifact.release_id == release.id, Artifact.kind == ArtifactKind.DOC)
        .order_by(Artifact.id)
    ).all()


def document(session: KitSession, release: Release, document_id: uuid.UUID) -> Artifact:
    """One document of a release."""
    found = session.scalar(
        select(Artifact).where(
            Artifact.release_id == release.id,
            Artifact.kind == ArtifactKind.DOC,
            Artifact.id == document_id,
        )
    )
    if found is None:
        raise NotFound
    return found


def release_with(session: KitSession, extension: Extension, sha256: str) -> Release | None:
    """Which release of an extension has these bytes."""
    return session.scalar(
        select(Release)
        .join(Artifact, Artifact.release_id == Release.id)
        .where(
            Artifact.extension_id == extension.id,
            Artifact.sha256 == sha256,
            Artifact.kind == ArtifactKind.CFE,
        )
    )
