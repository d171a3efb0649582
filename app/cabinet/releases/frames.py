"""What stands around every tab of a release."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer, require, require_fresh
from app.catalog import queries as catalog
from app.catalog.models import Extension, Release, ReleaseStatus
from app.catalog.queries import releases as reads
from app.catalog.queries.releases import Shown
from app.catalog.schemas.remarks import Remark
from app.kit.db import KitSession
from app.kit.i18n import N_

PATH = "/cabinet/releases"
TABS = (
    ("main", "", N_("Main")),
    ("compatibility", "/compatibility", N_("Compatibility")),
    ("audience", "/audience", N_("Who gets it?")),
    ("publish", "/publish", N_("Publication")),
    ("history", "/history", N_("History")),
)
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.CATALOG_WRITE))]
Publisher = Annotated[Viewer, Depends(Signed(Permission.RELEASES_PUBLISH))]
Either = Annotated[
    Viewer, Depends(Signed(Permission.CATALOG_WRITE, other=Permission.RELEASES_PUBLISH))
]
"""A draft takes the first permission; what was published the second one and a fresh code."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A release with its extension and files, and which of its tabs is open."""

    shown: Shown
    tab: str
    may_write: bool

    @property
    def release(self) -> Release:
        """The release itself."""
        return self.shown.release

    @property
    def extension(self) -> Extension:
        """The line that it belongs to."""
        return self.shown.extension

    @property
    def path(self) -> str:
        """The address of its card."""
        return f"{PATH}/{self.release.id}"

    def context(self) -> dict[str, object]:
        """What the template of every tab needs."""
        return {
            "release": self.release,
            "extension": self.extension,
            "file": self.shown.file,
            "documents": self.shown.documents,
            "tabs": TABS,
            "tab": self.tab,
            "base": self.path,
            "may_write": self.may_write,
        }


def frame(session: KitSession, viewer: Viewer, release_id: uuid.UUID, tab: str) -> Frame:
    """The vendor's release, in any state."""
    release = catalog.release(session, viewer.vendor_id, release_id)
    [shown] = reads.with_files(session, [release])
    return Frame(shown, tab, _may_write(viewer, release))


def _may_write(viewer: Viewer, release: Release) -> bool:
    if release.status == ReleaseStatus.WITHDRAWN:
        return False
    return viewer.may(_needed(release))


def _needed(release: Release) -> Permission:
    is_draft = release.status == ReleaseStatus.DRAFT
    return Permission.CATALOG_WRITE if is_draft else Permission.RELEASES_PUBLISH


def require_writer(request: Request, viewer: Viewer, release: Release) -> Viewer:
    """Whoever may change the release in its state; after publication with a fresh code."""
    require(viewer, _needed(release))
    return viewer if release.status == ReleaseStatus.DRAFT else require_fresh(request, viewer)


def told(remarks: list[Remark], viewer: Viewer) -> list[tuple[str, str]]:
    """Remarks in the reader's language, each with its code."""
    return [(each.code, each.text.of(viewer.locale)) for each in remarks]
