"""What of an extension an infobase holds already, as its agent told it or as the seat recorded."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from app.delivery.queries.catalogue import PublishedRelease
from app.delivery.schemas import Installed
from wire.extensions import OfferAction


@dataclass(frozen=True, slots=True)
class Presence:
    """Nothing, one release that is known, or something that no direction can be told from."""

    anything: bool
    release: PublishedRelease | None = None

    @classmethod
    def told(cls, line: Sequence[PublishedRelease], installed: Mapping[str, Installed]) -> Self:
        """From what the agent told, by names: by the bytes, else by the text that 1C shows."""
        item = installed.get(line[0].extension.canonical_name)
        if item is None:
            return cls(anything=False)
        by_bytes = [row for row in line if row.artifact.sha256 == item.artifact_sha256]
        by_text = [row for row in line if row.file_version == item.version]
        known = by_bytes or by_text
        return cls(anything=True, release=known[0] if len(known) == 1 else None)

    @classmethod
    def recorded(cls, line: Sequence[PublishedRelease], release_id: uuid.UUID | None) -> Self:
        """From the last report of a seat, where the agent told nothing."""
        release = next((row for row in line if row.id == release_id), None)
        return cls(anything=release is not None, release=release)

    def action(self, release: PublishedRelease) -> OfferAction:
        """What installing the release would be."""
        if not self.anything:
            return OfferAction.INSTALL
        if self.release is None:
            return OfferAction.REPLACE_UNKNOWN
        if release.version_key == self.release.version_key:
            return OfferAction.CURRENT
        higher = release.version_key > self.release.version_key
        return OfferAction.UPGRADE if higher else OfferAction.DOWNGRADE
