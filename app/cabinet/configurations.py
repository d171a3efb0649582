"""Configurations: those the server knows, and which versions the vendor's infobases run."""

from itertools import groupby
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog.queries.configurations import configurations
from app.kit.db import ReadSessionDep
from app.licensing.queries.infobases import configurations_seen
from onec.configuration import canonical

router = pages("/configurations")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]


@router.get("")
def configuration_list(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """Seen ones first, with their versions; a name that nobody shipped is marked."""
    known = configurations(session)
    names = {canonical(row.name) for row in known}
    rows = configurations_seen(session, viewer.vendor_id)
    seen = [
        (name, canonical(name) in names, [(version, count) for _, version, count in some])
        for name, some in ((n, list(g)) for n, g in groupby(rows, lambda row: row[0]))
    ]
    context = {"known": known, "seen": seen}
    return page(request, viewer, "cabinet/configurations/list.html", context)
