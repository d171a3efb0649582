"""Signing inside the transaction that changes a release, and signing anew what only got older."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tuf.api.metadata import Metadata, TargetFile, Targets

from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed
from app.trust import queries
from app.trust.models import MetadataRole, TrustMode, TrustRepository
from app.trust.problems import ReleaseKeyHeld
from app.trust.service.keys import signers
from app.trust.service.repository import Rows
from wire.trust import CustomTooLargeError, TargetCustom, parse_target_path, write_custom

AHEAD: Final = timedelta(days=7)
"""Publications count on within a minute: as many minutes ahead are room for 10,080 of them."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is signed about one file."""

    length: int
    sha256: str
    custom: TargetCustom


class TargetChangedError(ValueError):
    """Other bytes under a path that is signed already: a defect, never a user's fault."""


def sign_targets(
    session: UnitOfWork, vendor_id: uuid.UUID, targets: Mapping[str, Target]
) -> TrustRepository:
    """Signs these releases, new ones or known ones that say something else; others stay as signed.

    Part of the transaction that changes the releases, whose event records it. CONFLICT if another
    publication was faster, TRUST_NOT_READY before the first root, RELEASE_KEY_HELD where the
    vendor's own computer signs, VALIDATION_FAILED if a release says more than is signed.
    """
    row = queries.ready_repository(session, vendor_id)
    if row.mode == TrustMode.VENDOR_HELD:
        raise ReleaseKeyHeld
    rows = Rows.claim(session, row, signers(session, row))
    with rows.edit_targets(MetadataRole.RELEASES) as releases:
        put(releases, targets)
    rows.publish()
    return row


def unsigned(
    session: KitSession, vendor_id: uuid.UUID, targets: Mapping[str, Target]
) -> Mapping[str, Target]:
    """Those of the targets that the vendor's repository does not state in the same words."""
    row = queries.ready_repository(session, vendor_id)
    content = queries.current(session, row.id, MetadataRole.RELEASES)
    assert content is not None  # noqa: S101 - the first bundle wrote it
    signed = Metadata[Targets].from_bytes(content).signed.targets
    return {path: each for path, each in targets.items() if not _says(signed.get(path), each)}


def _says(signed: TargetFile | None, target: Target) -> bool:
    if signed is None or (signed.length, signed.hashes["sha256"]) != (target.length, target.sha256):
        return False
    try:
        return bool(signed.custom == write_custom(target.custom))
    except CustomTooLargeError:
        return False


def put(releases: Targets, targets: Mapping[str, Target]) -> None:
    """States the targets anew; their bytes are never others than before."""
    for path, target in targets.items():
        parse_target_path(path)
        before, custom = releases.targets.get(path), _written(target)
        now = TargetFile(target.length, {"sha256": target.sha256}, path, {"custom": custom})
        if before and (before.length, before.hashes) != (now.length, now.hashes):
            raise TargetChangedError(path)
        releases.targets[path] = now


def require_room(targets: Iterable[Target]) -> None:
    """VALIDATION_FAILED if one of them says more than is signed about a release."""
    for target in targets:
        _written(target)


def _written(target: Target) -> dict[str, object]:
    try:
        return write_custom(target.custom)
    except CustomTooLargeError:
        fault = ("too_much_signed", N_("The rules and names of a release say too much: 2 KB"))
        raise ValidationFailed.at({"/rules": fault}) from None


def resign(session: UnitOfWork, vendor_id: uuid.UUID) -> int:
    """A timestamp with a new date, and its version; daily, and nothing else changes by it."""
    row = queries.ready_repository(session, vendor_id)
    rows = Rows.claim(session, row, signers(session, row))
    rows.do_timestamp(force=True)
    return row.timestamp_version


def republish(session: UnitOfWork, vendor_id: uuid.UUID) -> int:
    """Everything that this server signs, under new versions; after a backup was restored.

    Agents that have seen newer files accept them, because versions are minutes, and these are of a
    later minute than any that was lost. What the vendor's own computer signs has to be signed there
    again.
    """
    row = queries.ready_repository(session, vendor_id)
    rows = Rows.claim(session, row, signers(session, row), AHEAD)
    for role in (MetadataRole.RELEASES, MetadataRole.ONLINE):
        if role in rows.signers:
            with rows.edit_targets(role):
                pass
    rows.publish()
    return row.timestamp_version
