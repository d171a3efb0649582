"""Bringing the store of artifacts and the rows that name its files back together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine, update

from app.audit import service as audit
from app.audit.actor import SYSTEM
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Artifact, ArtifactStatus
from app.catalog.service.catalogue import touch
from app.catalog.service.files import exclude_claims
from app.catalog.service.integrity import UNREADABLE, damaged, unreferenced, whole_again
from app.kit.db import Kit, UnitOfWork, reading, transaction
from app.kit.findings import Finding, Weight
from app.kit.i18n import Sentence

AGE: Final = timedelta(hours=24)
"""Younger files may belong to an upload that runs now, or to a row that is not committed yet."""


def repair_files(engine: Engine, kit: Kit, *, full: bool) -> Iterator[Finding]:
    """Deletes what nobody needs, quarantines what is damaged, and says so; then there is nothing.

    `full` reads every byte for its SHA-256, and gives back what was quarantined and is whole again.
    The store's own refusals go to the caller.
    """
    before = kit.clock() - AGE
    for name in kit.artifacts.unfinished(before):
        kit.artifacts.discard(name)
        text = Sentence("Незаконченная загрузка удалена", "The unfinished upload is deleted")
        yield Finding("UPLOAD_DISCARDED", name, text, weight=Weight.REMARK)
    yield from _remove_unreferenced(engine, kit)
    yield from _quarantine_damaged(engine, kit, full=full)
    if full:
        yield from _restore_whole(engine, kit)


def _remove_unreferenced(engine: Engine, kit: Kit) -> Iterator[Finding]:
    with reading(engine, kit, patient=True) as session:
        digests = kit.artifacts.digests(kit.clock() - AGE)
        found = list(unreferenced(session, digests))
    for digest in found:
        with transaction(engine, kit) as session:
            exclude_claims(session)
            if queries.known_digests(session, [digest]):
                continue  # somebody has published the same bytes meanwhile
            kit.artifacts.remove(digest)
        text = Sentence("Ничей файл удалён", "The file of no release is deleted")
        yield Finding("FILE_REMOVED", digest, text, weight=Weight.REMARK)


def _quarantine_damaged(engine: Engine, kit: Kit, *, full: bool) -> Iterator[Finding]:
    if next(kit.artifacts.digests(), None) is None:
        return  # rather a volume that is not mounted than files that are all gone
    with reading(engine, kit, patient=True) as session:
        found = [(artifact.id, told) for artifact, told in damaged(session, full=full)]
    for artifact_id, finding in found:
        if finding.code == UNREADABLE:
            continue
        with transaction(engine, kit) as session:
            artifact = session.get(Artifact, artifact_id)  # a draft may be gone meanwhile
            if artifact and quarantine(session, artifact, reason=finding.code):
                text = Sentence(
                    f"{finding.text.ru}; файл в карантине, скачать его нельзя",
                    f"{finding.text.en}; the file is quarantined, nobody can download it",
                )
                yield replace(finding, text=text, weight=Weight.REMARK)


def _restore_whole(engine: Engine, kit: Kit) -> Iterator[Finding]:
    with reading(engine, kit, patient=True) as session:
        found = [artifact.id for artifact in whole_again(session)]
    for artifact_id in found:
        with transaction(engine, kit) as session:
            artifact = session.get(Artifact, artifact_id)
            if artifact and restore(session, artifact):
                subject = f"artifact {artifact.id} {artifact.filename} sha256 {artifact.sha256}"
                text = Sentence(
                    "Файл снова цел и вышел из карантина",
                    "The file is whole again and out of quarantine",
                )
                owner = artifact.vendor_id
                yield Finding("ARTIFACT_RESTORED", subject, text, owner, weight=Weight.REMARK)


def restore(session: UnitOfWork, artifact: Artifact) -> bool:
    """Gives a file back whose bytes are the right ones again; False if it is not quarantined."""
    changed = _turn(session, artifact, ArtifactStatus.QUARANTINED, ArtifactStatus.READY)
    if changed:
        audit.record(session, Action.ARTIFACT_RESTORED, actor=SYSTEM, subject=artifact)
    return changed


def quarantine(session: UnitOfWork, artifact: Artifact, *, reason: str) -> bool:
    """Takes a file away from everybody; False if that was done before."""
    changed = _turn(session, artifact, ArtifactStatus.READY, ArtifactStatus.QUARANTINED)
    if changed:
        audit.record(
            session, Action.ARTIFACT_QUARANTINED, actor=SYSTEM, subject=artifact, reason=reason
        )
    return changed


def _turn(
    session: UnitOfWork, artifact: Artifact, before: ArtifactStatus, after: ArtifactStatus
) -> bool:
    changed = session.change(
        update(Artifact)
        .where(Artifact.id == artifact.id, Artifact.status == before)
        .values(status=after)
        .execution_options(synchronize_session=False)
    )
    if changed:
        touch(session, artifact.vendor_id)
    return changed == 1
