"""Reads of downloads."""

import uuid

from sqlalchemy import select

from app.catalog.models import Artifact
from app.delivery.models import Download
from app.delivery.problems import DownloadNotFound
from app.kit.db import KitSession
from app.kit.problems import NotFound


def by_secret(session: KitSession, digest: bytes, sha256: str) -> tuple[Download, Artifact]:
    """The download of a secret, if it opens the file of this hash."""
    row = session.execute(
        select(Download, Artifact)
        .join(Artifact, Artifact.id == Download.artifact_id)
        .where(Download.digest == digest, Artifact.sha256 == sha256)
    ).one_or_none()
    if row is None:
        raise DownloadNotFound
    return row[0], row[1]


def download(session: KitSession, vendor_id: uuid.UUID, download_id: uuid.UUID) -> Download:
    """One download of the vendor."""
    found = session.scalar(
        select(Download).where(Download.vendor_id == vendor_id, Download.id == download_id)
    )
    if found is None:
        raise NotFound
    return found
