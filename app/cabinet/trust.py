"""Trust: the root by its fingerprint, the keys, their dates, and the commands that change them."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.banners import of_trust
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import ReadSessionDep
from app.trust import queries
from wire.trust import root_fingerprint

router = pages("/trust")
Reader = Annotated[Viewer, Depends(Signed(Permission.TRUST_READ))]


@router.get("")
def show(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """What agents trust, and how long it lasts."""
    row = queries.repository(session, viewer.vendor_id)
    if row is None or not row.root_version:
        return page(request, viewer, "cabinet/trust/page.html", {"repository": None})
    newest: dict[str, int] = {}
    for file in queries.files(session, row.id):
        newest[file.role] = max(newest.get(file.role, 0), file.version)
    context = {
        "repository": row,
        "groups": root_fingerprint(queries.root(session, row)).split(),
        "keys": queries.keys(session, row.id),
        "versions": newest,
        "warnings": list(of_trust(row, session.now())),
    }
    return page(request, viewer, "cabinet/trust/page.html", context)
