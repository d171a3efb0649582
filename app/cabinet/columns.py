"""Which columns of a list a person wants to see, kept for all their browsers."""

from fastapi import Request, Response

from app.accounts.service import own_account
from app.cabinet import customerlists, distributors
from app.cabinet.auth import SignedIn
from app.cabinet.carrying import is_ours
from app.cabinet.coupons import lists as couponlists
from app.cabinet.extensions import lists as extensionlists
from app.cabinet.license_keys import lists as keylists
from app.cabinet.lists import ListKind, place
from app.cabinet.products import lists as productlists
from app.cabinet.routers import pages
from app.kit.db import SessionDep
from app.kit.problems import NotFound
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep

router = pages()
KINDS: dict[str, ListKind] = {
    "customers": customerlists.KIND,
    "license-keys": keylists.KIND,
    "coupons": couponlists.KIND,
    "distributors": distributors.KIND,
    "products": productlists.KIND,
    "extensions": extensionlists.KIND,
}


@router.post("/{name}/columns")
def choose_columns(
    request: Request, session: SessionDep, viewer: SignedIn, name: str, fields: FieldsDep
) -> Response:
    """Keeps the choice; back to the list."""
    if name not in KINDS:
        raise NotFound
    known = [column for column, _ in KINDS[name].columns]
    shown = [column for column in fields.all("columns") if column in known]
    own_account.prefer(session, viewer, place(name), {"shown": shown})
    back = fields.text("back")
    return go(request, back if is_ours(back) else f"/cabinet/{name}")
