"""Everything that rows say lies in the store."""

from collections.abc import Iterator

from sqlalchemy import select, union

from app.catalog.models import Artifact, ExtensionImage
from app.kit.db import KitSession


def stored_files(session: KitSession) -> Iterator[tuple[str, int]]:
    """SHA-256 and bytes of every file and picture of all vendors, in whatever state, each once."""
    files = select(Artifact.sha256, Artifact.size)
    pictures = select(ExtensionImage.sha256, ExtensionImage.size)
    for row in session.execute(union(files, pictures).order_by("sha256")):
        yield row.sha256, row.size
