"""Whether agents would take what is stored: each file as it was signed, none too old."""

import hashlib
from collections.abc import Iterator
from typing import Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from app.kit.db import KitSession
from app.kit.findings import Finding, Tick, Weight, untold
from app.kit.i18n import Sentence
from app.kit.problems import NotFound
from app.trust import queries
from app.trust.models import (
    ROOT_FAULT,
    ROOT_WARNINGS,
    TIMESTAMP_FAULT,
    MetadataRole,
    TrustRepository,
)

RELEASES_WARN: Final = 500
"""So many releases make the first contact of an agent slow."""
_DELEGATED: Final = (MetadataRole.RELEASES, MetadataRole.ONLINE)


def find_unsound_trust(session: KitSession, *, tick: Tick = untold) -> Iterator[Finding]:
    """Files that differ from what was signed, chains that agents refuse, dates that come near."""
    for row in queries.repositories(session):
        yield from _changed_files(session, row, tick)
        try:
            releases = _walk(session, row)
            if len(releases.targets) > RELEASES_WARN:
                yield _finding(
                    row,
                    "TRUST_MANY_RELEASES",
                    f"Подписано релизов: {len(releases.targets)}; первый визит агента долог",
                    f"{len(releases.targets)} releases are signed: a first visit takes long",
                    Weight.REMARK,
                )
        except (RepositoryError, DeserializationError, NotFound, ValueError, LookupError) as error:
            why = type(error).__name__
            yield _finding(
                row,
                "TRUST_CHAIN_BROKEN",
                f"Агенты откажутся от подписанных сведений: {why}",
                f"Agents would refuse the signed metadata: {why}",
            )
        yield from _dates(session, row)


def _changed_files(session: KitSession, row: TrustRepository, tick: Tick) -> Iterator[Finding]:
    for file in queries.files(session, row.id):
        tick()
        content = queries.content(session, row.id, file.role, file.version)
        if (len(content), hashlib.sha256(content).hexdigest()) != (file.length, file.sha256):
            yield _finding(
                row,
                "TRUST_FILE_CHANGED",
                f"Файл {file.name} изменён после подписи",
                f"The file {file.name} was changed after it was signed",
            )


def _walk(session: KitSession, row: TrustRepository) -> Targets:
    """The way of an agent that knows the present root, and the releases at its end."""

    def read(role: MetadataRole, version: int) -> bytes:
        return queries.content(session, row.id, role, version)

    root = Metadata[Root].from_bytes(read(MetadataRole.ROOT, row.root_version))
    timestamp = Metadata[Timestamp].from_bytes(read(MetadataRole.TIMESTAMP, row.timestamp_version))
    snapshot = Metadata[Snapshot].from_bytes(
        read(MetadataRole.SNAPSHOT, timestamp.signed.snapshot_meta.version)
    )
    versions = {name: meta.version for name, meta in snapshot.signed.meta.items()}
    targets = Metadata[Targets].from_bytes(read(MetadataRole.TARGETS, versions["targets.json"]))
    for role, md in (
        (MetadataRole.ROOT, root),
        (MetadataRole.TIMESTAMP, timestamp),
        (MetadataRole.SNAPSHOT, snapshot),
        (MetadataRole.TARGETS, targets),
    ):
        root.signed.verify_delegate(role, md.signed_bytes, md.signatures)
    delegated = {}
    for role in _DELEGATED:
        signed = Metadata[Targets].from_bytes(read(role, versions[f"{role}.json"]))
        targets.signed.verify_delegate(role, signed.signed_bytes, signed.signatures)
        delegated[role] = signed.signed
    return delegated[MetadataRole.RELEASES]


def _dates(session: KitSession, row: TrustRepository) -> Iterator[Finding]:
    now = session.now()
    assert row.root_expires_at is not None  # noqa: S101 - a repository with a root has its date
    left = row.root_expires_at - now
    if left <= ROOT_WARNINGS[0]:
        finding = _finding(
            row,
            "TRUST_ROOT_EXPIRES",
            f"Корень доверия действует ещё {max(left.days, 0)} дн.: `podkluch trust renew`",
            f"The root expires in {max(left.days, 0)} days: `podkluch trust renew`",
            Weight.FAULT if left <= ROOT_FAULT else Weight.REMARK,
        )
        yield finding
    signed_at = row.timestamp_signed_at
    if signed_at is None or now - signed_at > TIMESTAMP_FAULT:
        yield _finding(
            row,
            "TRUST_TIMESTAMP_OLD",
            "Подписанные сведения не обновлялись больше трёх дней",
            "The timestamp was not signed anew for more than three days",
        )


def _finding(
    row: TrustRepository, code: str, ru: str, en: str, weight: Weight = Weight.FAULT
) -> Finding:
    return Finding(code, f"repository {row.repo_id}", Sentence(ru, en), row.vendor_id, weight)
