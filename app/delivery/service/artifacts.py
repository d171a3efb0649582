"""Opening the file of a download: every right behind it is checked anew each time."""

from dataclasses import dataclass, replace

from sqlalchemy import update

from app.audit import service as audit
from app.audit.actor import Caller
from app.audit.models import Action
from app.catalog.models import Artifact
from app.catalog.problems import ArtifactQuarantined
from app.delivery.models import Download, DownloadStatus
from app.delivery.problems import DownloadExpired, DownloadNotFound
from app.delivery.queries import downloads as queries
from app.delivery.queries.acceptances import agreements
from app.delivery.queries.availability import Asked, withheld
from app.delivery.queries.catalogue import published
from app.delivery.service.downloads import SECRET_PREFIX, file_label, undeliverable
from app.delivery.service.slots import Slot, take
from app.kit.db import KitSession, UnitOfWork
from app.kit.problems import NotFound
from app.kit.signing import lookup_digest
from app.licensing.models import Activation, ActivationStatus, Infobase
from app.licensing.problems import ActivationNotFound
from app.licensing.queries.rights import KeyRights, key_rights
from app.licensing.queries.status import require_key
from app.licensing.service.keys import installer


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file that may be sent now."""

    size: int
    filename: str
    version: str
    slot: Slot | None
    """What the transfer holds, if this program is the one that sends."""


def open_artifact(
    session: UnitOfWork, secret: str, sha256: str, *, caller: Caller, sends_bytes: bool
) -> Delivery:
    """The file of a secret; the first request for its bytes is recorded, a resume is not."""
    if not secret.startswith(SECRET_PREFIX):
        raise DownloadNotFound
    download, artifact = queries.by_secret(session, lookup_digest(secret), sha256)
    if download.expires_at <= session.now():
        raise DownloadExpired
    activation = session.get_one(Activation, download.activation_id)
    infobase = session.get_one(Infobase, activation.infobase_id)
    if activation.status != ActivationStatus.ACTIVE:
        raise ActivationNotFound
    rights = key_rights(session, download.vendor_id, download.key_id, infobase_uid=infobase.uid)
    version = _require_rights(session, download, rights, infobase)
    if sends_bytes and _mark_started(session, download):
        actor = installer(rights.key, caller)
        subject = replace(download.subject, label=file_label(artifact))
        audit.record(session, Action.DOWNLOAD_STARTED, actor=actor, subject=subject)
    if session.kit.artifacts.lacks(artifact.sha256, artifact.size):
        raise ArtifactQuarantined  # the row stands, its bytes do not
    sends = sends_bytes and session.kit.settings.download_mode == "direct"
    slot = take(session, download.key_id) if sends else None
    return Delivery(artifact.size, artifact.filename, version, slot)


def _require_rights(
    session: KitSession, download: Download, rights: KeyRights, infobase: Infobase
) -> str:
    require_key(rights)
    catalogue = published(session, rights.vendor)
    release = catalogue.release(download.release_id)
    if release is None:
        raise NotFound
    artifact = session.get_one(Artifact, release.artifact.id)
    problem = (
        withheld(rights, release, Asked(infobase_uid=infobase.uid))
        or undeliverable(artifact)
        or agreements(session, catalogue, rights).refusal(release)
    )
    if problem is not None:
        raise problem
    return release.version


def _mark_started(session: UnitOfWork, download: Download) -> bool:
    changed = session.change(
        update(Download)
        .where(Download.id == download.id, Download.status == DownloadStatus.ISSUED)
        .values(status=DownloadStatus.STARTED, started_at=session.now())
        .execution_options(synchronize_session=False)
    )
    return changed == 1
