"""The right to fetch one artifact for a day; every right behind it is checked anew each time."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import update

from app.audit import service as audit
from app.audit.models import Action
from app.catalog.models import Artifact, ArtifactStatus
from app.catalog.problems import ArtifactQuarantined
from app.delivery.models import Download, DownloadStatus
from app.delivery.problems import DigestMismatch, NotCompatible
from app.delivery.queries import downloads as queries
from app.delivery.queries.acceptances import agreements
from app.delivery.queries.availability import Asked
from app.delivery.queries.catalogue import Catalogue, PublishedRelease, published
from app.delivery.queries.decide import Row, judge
from app.delivery.queries.examining import Examined
from app.delivery.schemas import CompleteDownload, IssueDownload
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import Sentence
from app.kit.problems import NotFound, Problem
from app.kit.signing import lookup_digest, new_secret
from app.licensing.problems import ActivationNotFound
from app.licensing.queries.rights import KeyRights, key_rights
from app.licensing.queries.status import require_key
from app.licensing.service.keys import InstallerPrincipal
from onec.compatibility import Verdict
from onec.reasons import sentence

SECRET_PREFIX = "pkd_"  # noqa: S105 - the visible kind of a download secret
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh download with its secret, which exists nowhere else."""

    download: Download
    artifact: Artifact
    secret: str
    target: str


def file_label(artifact: Artifact) -> str:
    """What people call the file: its name without the ending."""
    return artifact.filename.removesuffix(".cfe")


def issue(session: UnitOfWork, command: IssueDownload, *, caller: InstallerPrincipal) -> Issued:
    """Matches the release again, checks seat and agreement, and hands out a secret."""
    rights = key_rights(session, caller.vendor_id, caller.key_id, infobase_uid=command.infobase.id)
    try:
        release, artifact = _permitted(session, rights, command, caller)
    except Problem as problem:
        problem.denied = audit.denial(
            session,
            Action.DOWNLOAD_ISSUED,
            actor=caller.actor,
            subject=rights.key,
            problem=problem,
            infobase=rights.infobase.label if rights.infobase else None,
            release=command.release_id,
            why=problem.params.get("reason") if isinstance(problem, NotCompatible) else None,
        )
        raise
    secret = new_secret(SECRET_PREFIX)
    download = _row(session, release, secret, caller)
    session.add(download)
    session.flush()
    audit.record(
        session,
        Action.DOWNLOAD_ISSUED,
        actor=caller.actor,
        subject=replace(download.subject, label=file_label(artifact)),
        extension=release.extension.code,
        version=release.version,
        sha256=artifact.sha256,
    )
    return Issued(download, artifact, secret, release.target)


def _permitted(
    session: UnitOfWork, rights: KeyRights, command: IssueDownload, caller: InstallerPrincipal
) -> tuple[PublishedRelease, Artifact]:
    require_key(rights)
    caller.require_infobase(command.infobase.id)
    catalogue = published(session, rights.vendor)
    row = _judged(catalogue, rights, command)
    _require_fit(row, untested=command.accept_untested)
    _require_seat(row, caller)
    artifact = session.get_one(Artifact, row.release.artifact.id)
    problem = undeliverable(artifact) or agreements(session, catalogue, rights).refusal(row.release)
    if problem is not None:
        raise problem
    return row.release, artifact


def _judged(catalogue: Catalogue, rights: KeyRights, command: IssueDownload) -> Row:
    """By the same functions as an offer, so that the two never disagree."""
    wanted = catalogue.release(command.release_id)
    if wanted is None:
        raise NotFound
    asked = Asked(untested=command.accept_untested, infobase_uid=command.infobase.id)
    line = catalogue.line(wanted.extension.code)
    rows = judge(rights, Examined(line, command.compiled()), asked)
    return next(row for row in rows if row.release is wanted)


def _require_fit(row: Row, *, untested: bool) -> None:
    """An incompatible release is never given, an untested one only to whoever asked for it."""
    fits = row.finding.verdict is not Verdict.INCOMPATIBLE
    if fits and row.refusal is not None and row.refusal.problem is not None:
        raise row.refusal.problem
    if not row.usable(untested=untested):
        code, params = row.code, row.params
        problem = NotCompatible(
            reason=code.value,
            why=Sentence(sentence(code, params, "ru"), sentence(code, params, "en")),
        )
        problem.params.update(params)
        raise problem


def _require_seat(row: Row, caller: InstallerPrincipal) -> None:
    seat = row.entitled.activation if row.entitled else None
    if seat is None or seat.id != caller.activation_id:
        raise ActivationNotFound


def undeliverable(artifact: Artifact) -> Problem | None:
    """Why the stored bytes must not be sent, or None."""
    return None if artifact.status == ArtifactStatus.READY else ArtifactQuarantined()


def _row(
    session: UnitOfWork, release: PublishedRelease, secret: str, caller: InstallerPrincipal
) -> Download:
    assert caller.activation_id is not None  # noqa: S101 - `_require_seat` compared it
    return Download(
        id=new_id(),
        vendor_id=caller.vendor_id,
        created_at=session.now(),
        digest=lookup_digest(secret),
        artifact_id=release.artifact.id,
        release_id=release.id,
        extension_id=release.extension.id,
        key_id=caller.key_id,
        customer_id=caller.customer_id,
        activation_id=caller.activation_id,
        expires_at=session.now() + LIFETIME,
        ip=caller.actor.ip,
        user_agent=caller.actor.user_agent,
    )


def complete(session: UnitOfWork, command: CompleteDownload, *, caller: InstallerPrincipal) -> bool:
    """The agent's word that the bytes arrived; False when it was said before."""
    download = queries.download(session, caller.vendor_id, command.download_id)
    if download.key_id != caller.key_id:
        raise NotFound
    artifact = session.get_one(Artifact, download.artifact_id)
    if artifact.sha256 != command.sha256:
        raise DigestMismatch
    changed = session.change(
        update(Download)
        .where(Download.id == download.id, Download.completed_at.is_(None))
        .values(status=DownloadStatus.COMPLETED, completed_at=session.now(), bytes=command.bytes)
        .execution_options(synchronize_session=False)
    )
    if changed:
        audit.record(
            session,
            Action.DOWNLOAD_COMPLETED,
            actor=caller.actor,
            subject=replace(download.subject, label=file_label(artifact)),
            bytes=command.bytes,
        )
    return changed == 1
