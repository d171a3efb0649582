"""What is signed of releases: their rows as targets, in the transaction that changes them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.catalog import queries
from app.catalog.models import Artifact, Extension, Release, ReleaseStatus
from app.catalog.queries import releases as reads
from app.catalog.queries.eulas import required_eula
from app.catalog.service.files import read
from app.kit.clock import rfc3339
from app.kit.db import KitSession, UnitOfWork
from app.trust import queries as trust
from app.trust import service
from app.trust.models import TrustMode
from wire.trust import (
    CustomTooLargeError,
    InstallFlag,
    TargetCustom,
    TargetStatus,
    rule_without_defaults,
    target_path,
    write_custom,
)

if TYPE_CHECKING:
    from app.trust.service import Target

_STATUSES: Final = {
    ReleaseStatus.DRAFT: TargetStatus.PUBLISHED,  # as it would be, were it published now
    ReleaseStatus.PUBLISHED: TargetStatus.PUBLISHED,
    ReleaseStatus.PAUSED: TargetStatus.PUBLISHED,  # a pause is the server's own
    ReleaseStatus.WITHDRAWN: TargetStatus.WITHDRAWN,
}


def sign(session: UnitOfWork, releases: Sequence[Release]) -> None:
    """Signs these releases as they are, where this server can.

    Before the first root there is nothing to sign: `sign_all` does it then. What a vendor signs on
    their own computer waits for the next draft, but has to fit into it: a withdrawal must not wait
    for a signature.
    """
    vendor_id = releases[0].vendor_id
    row = trust.repository(session, vendor_id)
    if row is None or not row.root_version:
        return
    targets = targets_of(session, releases)
    if row.mode == TrustMode.MANAGED:
        service.publishing.sign_targets(session, vendor_id, targets)
    else:
        service.publishing.require_room(targets.values())


def sign_all(session: UnitOfWork, vendor_id: uuid.UUID) -> list[str]:
    """Signs what was published and is not signed as it is; the paths of what cannot be signed."""
    row = trust.ready_repository(session, vendor_id)
    if row.mode != TrustMode.MANAGED:
        return []
    waiting = unsigned(session, vendor_id)
    good = signable(waiting)
    if good:
        service.publishing.sign_targets(session, vendor_id, good)
    return sorted(waiting.keys() - good.keys())


def signable(targets: "Mapping[str, Target]") -> "Mapping[str, Target]":
    """Those that say no more than is signed; others are of before there was a root."""
    return {path: target for path, target in targets.items() if _fits(target)}


def unsigned(session: KitSession, vendor_id: uuid.UUID) -> "Mapping[str, Target]":
    """Releases that agents are offered otherwise than they are signed, or unsigned."""
    found = session.scalars(
        select(Release)
        .where(Release.vendor_id == vendor_id, Release.status != ReleaseStatus.DRAFT)
        .order_by(Release.id)
    ).all()
    return service.publishing.unsigned(session, vendor_id, targets_of(session, found))


def is_signed(session: KitSession, release: Release) -> bool:
    """Whether agents find the release signed as it is now."""
    targets = targets_of(session, [release])
    return not service.publishing.unsigned(session, release.vendor_id, targets)


def targets_of(session: KitSession, releases: Iterable[Release]) -> "Mapping[str, Target]":
    """What is to be signed about releases."""
    targets = {}
    for release in releases:
        extension = reads.extension_of(session, release)
        file = queries.artifact_of(session, release.id)
        assert file is not None  # noqa: S101 - a publication asked for one, and it stays
        custom = _custom(session, extension, release, file)
        path = target_path(extension.code, release.version)
        targets[path] = service.Target(file.size, file.sha256, custom)
    return targets


def _custom(
    session: KitSession, extension: Extension, release: Release, file: Artifact
) -> TargetCustom:
    eula = required_eula(session, extension, release)
    back = session.get_one(Release, release.rollback_to_id) if release.rollback_to_id else None
    # What was taken back is installed nowhere: its withdrawal always has room for the way back.
    gone = release.status == ReleaseStatus.WITHDRAWN
    rules = () if gone else reads.rules_of(session, release)
    return TargetCustom(
        ext=extension.code,
        name=extension.onec_name,
        uuid=file.root_uuid or _root_uuid(session, file),
        ver=release.version,
        file_ver=release.file_version,
        channel=release.channel,
        rules_v=release.rules_version,
        rules=[rule_without_defaults(row.rule) for row in rules],
        purpose=file.parsed_purpose,
        published_at=rfc3339(release.published_at or session.now()),
        status=_STATUSES[ReleaseStatus(release.status)],
        flags=[flag for flag in InstallFlag if getattr(release, flag)],
        conflicts=[] if gone else list(release.conflicts_with),
        requires=[] if gone else list(release.requires),
        via=release.min_from_version,
        critical=release.critical,
        eula=eula.sha256_ru if eula else None,
        rollback_to=back.version if back else None,
    )


def _root_uuid(session: KitSession, file: Artifact) -> str:
    """Files of long ago were kept without it: it is read again."""
    data = b"".join(session.kit.artifacts.read(file.sha256))
    return read(data, limit=file.size).root_uuid


def _fits(target: "Target") -> bool:
    try:
        write_custom(target.custom)
    except CustomTooLargeError:
        return False
    return True
