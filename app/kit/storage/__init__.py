"""Artifact bytes by their SHA-256: one port, a folder or object storage behind it."""

from importlib import import_module

from app.kit.config import Settings
from app.kit.storage.incoming import Arriving, Incoming
from app.kit.storage.local import LocalStore
from app.kit.storage.port import ArtifactStore, Stored, digest_of

__all__ = (
    "Arriving",
    "ArtifactStore",
    "Incoming",
    "LocalStore",
    "Stored",
    "digest_of",
    "store_of",
)


def store_of(settings: Settings) -> ArtifactStore:
    """The store that the settings name."""
    if settings.bucket is None:
        return LocalStore(settings.artifacts_folder)
    # boto3 is an extra that most installations do without.
    store: ArtifactStore = import_module("app.kit.storage.s3").S3Store(settings)
    return store
