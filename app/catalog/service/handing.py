"""Releases whose key is on the vendor's own computer: handed out to be signed, and taken back."""

import uuid
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Extension, Release, ReleaseStatus
from app.catalog.queries import releases as reads
from app.catalog.service import signing
from app.catalog.service.catalogue import touch
from app.catalog.service.releases import require_whole
from app.catalog.service.states import in_state
from app.kit.db import UnitOfWork
from app.kit.i18n import N_
from app.trust import service
from app.trust.problems import PublishStale, TrustDocumentInvalid
from app.trust.schemas import ReleasesDraft
from wire.trust import TargetCustom, parse_target_path


def hand_out(
    session: UnitOfWork, vendor_id: uuid.UUID, drafts: Collection[uuid.UUID]
) -> ReleasesDraft:
    """All releases as they are now, and these drafts as if published, for `podkluch sign`.

    Nothing changes by it; RELEASE_NOT_READY names what a draft lacks.
    """
    wanted = [queries.release(session, vendor_id, release_id) for release_id in drafts]
    for release in wanted:
        if release.status != ReleaseStatus.DRAFT:
            raise in_state(release)
        require_whole(session, reads.extension_of(session, release), release)
    waiting = signing.signable(signing.unsigned(session, vendor_id))
    return service.held.draft(
        session, vendor_id, {**waiting, **signing.targets_of(session, wanted)}
    )


def take_back(
    session: UnitOfWork, vendor_id: uuid.UUID, paper: ReleasesDraft, *, actor: Actor
) -> list[Release]:
    """Publishes what came back signed; the drafts among it are published in the same moment.

    PUBLISH_STALE if a release, or what was published, is not any more as it was handed out.
    """
    published = list(_published(session, vendor_id, paper, actor))
    session.flush()
    changed = {change.path for change in service.held.accept(session, vendor_id, paper)}
    if changed & signing.unsigned(session, vendor_id).keys():
        raise PublishStale
    touch(session, vendor_id)
    for release in published:
        told = {"version": release.version, "rollout_percent": release.rollout_percent}
        audit.record(session, Action.RELEASE_PUBLISHED, actor=actor, subject=release, **told)
    return published


def _published(
    session: UnitOfWork, vendor_id: uuid.UUID, paper: ReleasesDraft, actor: Actor
) -> Iterator[Release]:
    """The drafts that a paper adds, published at the time that was signed; locked before all."""
    for path, custom in sorted(service.held.added(paper).items()):
        release = _release(session, vendor_id, path)
        session.hold(release)
        if release.status != ReleaseStatus.DRAFT:
            continue  # one of before the key was the vendor's: its signature is all that it lacks
        require_whole(session, reads.extension_of(session, release), release)
        release.status, release.published_by = ReleaseStatus.PUBLISHED, actor.label
        release.published_at = _when(custom)
        yield release


def _release(session: UnitOfWork, vendor_id: uuid.UUID, path: str) -> Release:
    place = parse_target_path(path)
    found = session.scalar(
        select(Release)
        .join(Extension, Extension.id == Release.extension_id)
        .where(
            Release.vendor_id == vendor_id,
            Release.version == place.version,
            Extension.code == place.extension,
        )
    )
    if found is None:
        raise TrustDocumentInvalid(N_("no release of this server: {path}"), path=path)
    return found


def _when(custom: TargetCustom) -> datetime:
    try:
        told = datetime.fromisoformat(custom.published_at)
    except ValueError:
        raise TrustDocumentInvalid(N_("it names no instant of a publication")) from None
    if told.tzinfo is None:
        raise TrustDocumentInvalid(N_("it names no instant of a publication"))
    return told
