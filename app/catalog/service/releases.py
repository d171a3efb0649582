"""The life of releases: published for good, paused, rolled out, promoted, withdrawn."""

import uuid

from sqlalchemy import select

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import (
    ArtifactStatus,
    CompatibilityRule,
    Extension,
    Release,
    ReleaseStatus,
)
from app.catalog.problems import (
    ArtifactNameMismatch,
    ReleaseImmutable,
    ReleaseNotReady,
    ReleasePaused,
    ReleaseWithdrawn,
    VersionNeeded,
)
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import (
    ChangeRelease,
    CreateRelease,
    PromoteRelease,
    PublishRelease,
    RaiseRollout,
    WithdrawRelease,
)
from app.catalog.schemas.rules import RuleRow
from app.catalog.service import artifacts, drafts, files
from app.catalog.service.catalogue import announce, touch
from app.catalog.service.states import RESUME_FIRST, in_state
from app.kit.clock import local_date
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import N_
from app.kit.problems import NotFound, ValidationFailed
from app.trust import queries as trust
from app.trust.models import TrustMode, TrustRepository
from app.trust.problems import ReleaseKeyHeld
from onec.compatibility import Effect
from wire.extensions import Channel

_RANKS = {channel: rank for rank, channel in enumerate(Channel)}
CHANGEABLE = frozenset(
    {
        "notes_ru",
        "notes_en",
        "migration_notes_ru",
        "migration_notes_en",
        "post_install_steps_ru",
        "post_install_steps_en",
        "critical",
    }
)
"""What of a published release may change by `amend`."""


def create(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    command: CreateRelease,
    file: bytes,
    *,
    actor: Actor,
) -> Release:
    """A draft from a .cfe: its bytes are kept first, its row names them only afterwards."""
    extension = queries.extension_by_code(session, vendor_id, command.extension)
    parsed = files.read(file, limit=session.kit.settings.upload_max_bytes)
    artifacts.require_name(extension, parsed)
    version = command.version or artifacts.version_of(parsed)
    if version is None:
        raise VersionNeeded
    wanted = command.model_copy(update={"version": version})
    release = drafts.create_draft(session, vendor_id, wanted, actor=actor)
    upload = files.Upload(parsed, session.kit.artifacts.put([file]))
    artifacts.attach(session, vendor_id, release.id, upload, actor=actor)
    return release


def publish(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: PublishRelease | None = None,
    *,
    actor: Actor,
) -> Release:
    """Makes a draft available; from here on its bytes and its version never change."""
    release = _held(session, vendor_id, release_id)
    if release.status == ReleaseStatus.PUBLISHED:
        return release
    if release.status == ReleaseStatus.PAUSED:
        raise ReleasePaused(RESUME_FIRST)
    extension = reads.extension_of(session, release)
    _require_ready(session, extension, release)
    release.status, release.published_by = ReleaseStatus.PUBLISHED, actor.label
    release.published_at = session.now()
    release.rollout_percent = command.rollout_percent if command else 100
    announce(session, release)
    audit.record(
        session,
        Action.RELEASE_PUBLISHED,
        actor=actor,
        subject=release,
        version=release.version,
        rollout_percent=release.rollout_percent,
    )
    return release


def pause(
    session: UnitOfWork, vendor_id: uuid.UUID, release_id: uuid.UUID, *, actor: Actor
) -> Release:
    """Stops offers and downloads from the next request on, for everybody."""
    release = _published(session, vendor_id, release_id)
    if release.status == ReleaseStatus.PUBLISHED:
        release.status, release.paused_at = ReleaseStatus.PAUSED, session.now()
        session.flush()
        touch(session, vendor_id)
        audit.record(session, Action.RELEASE_PAUSED, actor=actor, subject=release)
    return release


def resume(
    session: UnitOfWork, vendor_id: uuid.UUID, release_id: uuid.UUID, *, actor: Actor
) -> Release:
    """Offers a paused release again, to as many infobases as before."""
    release = _published(session, vendor_id, release_id)
    if release.status == ReleaseStatus.PAUSED:
        release.status, release.paused_at = ReleaseStatus.PUBLISHED, None
        session.flush()
        touch(session, vendor_id)
        audit.record(session, Action.RELEASE_RESUMED, actor=actor, subject=release)
    return release


def withdraw(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: WithdrawRelease,
    *,
    actor: Actor,
) -> Release:
    """Takes a release back for good, with a reason for those who have it."""
    release = _held(session, vendor_id, release_id, withdrawn_too=True)
    if release.status == ReleaseStatus.WITHDRAWN:
        return release
    if release.status == ReleaseStatus.DRAFT:
        raise in_state(release)
    back = _way_back(session, release, command.rollback_to_id)
    for name, value in command.model_dump().items():
        setattr(release, name, value)
    release.status, release.withdrawn_at = ReleaseStatus.WITHDRAWN, session.now()
    announce(session, release)
    audit.record(
        session,
        Action.RELEASE_WITHDRAWN,
        actor=actor,
        subject=release,
        reason=command.withdrawn_reason_ru,
        advice=command.advice,
        rollback_to=back.version if back else None,
    )
    return release


def _way_back(
    session: UnitOfWork, release: Release, rollback_to_id: uuid.UUID | None
) -> Release | None:
    """The release to go back to: an earlier one of the same extension that is on offer."""
    if rollback_to_id is None:
        return None
    back = queries.release(session, release.vendor_id, rollback_to_id)
    if back.extension_id != release.extension_id:
        raise NotFound
    if back.status != ReleaseStatus.PUBLISHED or back.version_key >= release.version_key:
        message = N_("Name an earlier release that is published")
        raise ValidationFailed.at({"/rollback_to_id": ("rollback_to_id", message)})
    return back


def raise_rollout(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: RaiseRollout,
    *,
    actor: Actor,
) -> Release:
    """Gives a release to more infobases; to stop its spread it is paused."""
    release = _published(session, vendor_id, release_id)
    if release.status == ReleaseStatus.PAUSED:
        raise ReleasePaused(RESUME_FIRST)
    if command.rollout_percent < release.rollout_percent:
        hint = N_("The share only grows; a pause stops the release for everybody")
        raise ReleaseImmutable(hint, field="rollout_percent")
    changes = audit.amend(release, command.model_dump())
    if changes:
        session.flush()
        touch(session, vendor_id)
        action = Action.RELEASE_ROLLOUT_CHANGED
        audit.record(session, action, actor=actor, subject=release, **changes)
    return release


def promote(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: PromoteRelease,
    *,
    actor: Actor,
) -> Release:
    """Moves a release to a calmer channel."""
    release = _published(session, vendor_id, release_id)
    if _RANKS[command.channel] > _RANKS[Channel(release.channel)]:
        hint = N_("A release only moves to a calmer channel")
        raise ReleaseImmutable(hint, field="channel")
    changes = audit.amend(release, {"channel": command.channel.value})
    if changes:
        announce(session, release)
        audit.record(session, Action.RELEASE_PROMOTED, actor=actor, subject=release, **changes)
    return release


def amend(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    command: ChangeRelease,
    *,
    version: int,
    actor: Actor,
) -> Release:
    """Changes what is said of a published release; RELEASE_IMMUTABLE names anything else."""
    release = _published(session, vendor_id, release_id, version=version)
    given = command.model_dump(exclude_unset=True)
    for field, value in given.items():
        if field not in CHANGEABLE and getattr(release, field) != value:
            raise ReleaseImmutable(field=field)
    if given.get("notes_ru") == "":
        message = N_("A published release has notes in Russian")
        raise ValidationFailed.at({"/notes_ru": ("too_short", message)})
    changes = audit.amend(release, given)
    if changes:
        if given.get("critical") is not None:
            announce(session, release)
        else:
            session.flush()
            touch(session, vendor_id)
        audit.record(session, Action.RELEASE_UPDATED, actor=actor, subject=release, **changes)
    return release


def _held(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    *,
    version: int | None = None,
    withdrawn_too: bool = False,
) -> Release:
    release = queries.release(session, vendor_id, release_id)
    session.hold(release, version)
    if release.status == ReleaseStatus.WITHDRAWN and not withdrawn_too:
        raise ReleaseWithdrawn(reason=release.withdrawn_reason)
    return release


def _published(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    release_id: uuid.UUID,
    *,
    version: int | None = None,
) -> Release:
    """The release, locked, once published and not withdrawn."""
    release = _held(session, vendor_id, release_id, version=version)
    if release.status == ReleaseStatus.DRAFT:
        raise in_state(release)
    return release


def _require_ready(session: UnitOfWork, extension: Extension, release: Release) -> None:
    if require_whole(session, extension, release).mode == TrustMode.VENDOR_HELD:
        raise ReleaseKeyHeld


def require_whole(session: UnitOfWork, extension: Extension, release: Release) -> TrustRepository:
    """Where a draft that lacks nothing is to be signed; RELEASE_NOT_READY names what it lacks."""
    missing = [*_missing_of_file(session, extension, release), *_missing_words(session, release)]
    repository = trust.repository(session, release.vendor_id)
    if repository is None or not repository.root_version:
        hint = N_("The vendor has no root of trust yet: `podkluch trust init` makes it")
        raise ReleaseNotReady(hint, missing=[*missing, "trust"])
    if missing:
        raise ReleaseNotReady(missing=missing)
    return repository


def lacking(session: KitSession, extension: Extension, release: Release) -> list[str]:
    """All that a draft still lacks for its publication, for people who are about to do it."""
    try:
        missing = _missing_of_file(session, extension, release)
    except ArtifactNameMismatch:
        missing = ["name"]
    repository = trust.repository(session, release.vendor_id)
    if repository is None or not repository.root_version:
        missing = [*missing, "trust"]
    elif repository.mode == TrustMode.VENDOR_HELD:
        missing = [*missing, "held"]
    return [*missing, *_missing_words(session, release)]


def _missing_of_file(session: KitSession, extension: Extension, release: Release) -> list[str]:
    file = queries.artifact_of(session, release.id)
    if file is None or file.status != ArtifactStatus.READY:
        return ["artifact"]
    if file.parsed_name != extension.onec_name:
        raise ArtifactNameMismatch(found=file.parsed_name, expected=extension.onec_name)
    return [] if file.parsed_version == release.file_version else ["file_version"]


def _missing_words(session: KitSession, release: Release) -> list[str]:
    missing = [name for name in ("version", "notes_ru") if not getattr(release, name)]
    if not _allows_anything(session, release):
        missing.append("rules")
    if release.eula_id is not None:
        zone = accounts.vendor(session, release.vendor_id).time_zone
        eula = queries.eula(session, release.vendor_id, release.eula_id)
        if eula.effective_from > local_date(session.now(), zone):
            missing.append("eula")
    return missing


def _allows_anything(session: KitSession, release: Release) -> bool:
    rows = session.scalars(
        select(CompatibilityRule.rule).where(
            CompatibilityRule.release_id == release.id,
            CompatibilityRule.rules_version == release.rules_version,
        )
    )
    return any(RuleRow.model_validate(row).effect is Effect.ALLOW for row in rows)
