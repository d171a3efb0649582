"""API tokens: what automation signs in with; the text is shown once."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.models import ApiToken
from app.accounts.schemas import TOKEN_SCOPES, CreateToken, Permission
from app.accounts.service import tokens
from app.cabinet.auth import Signed, Viewer
from app.cabinet.confirming import Confirmation
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, OnceDep, form

router = pages("/api-tokens")
Manager = Annotated[Viewer, Depends(Signed(Permission.TOKENS_MANAGE))]
Maker = Annotated[Viewer, Depends(Signed(Permission.TOKENS_MANAGE, fresh=True))]
_PATH = "/cabinet/api-tokens"
DAYS = (30, 90, 365)
REVOKE = Confirmation(
    N_("Revoke the token {name}?"),
    N_("Programs that use it are refused from the next request. It cannot come back."),
    N_("Revoke the token"),
    danger=True,
)
_NO_SCOPE = ("missing", N_("Tick at least one"))


@router.get("")
def token_list(request: Request, session: ReadSessionDep, viewer: Manager) -> Response:
    """All tokens, those that ended too."""
    rows = accounts.tokens(session, viewer.vendor_id)
    states = {row.id: state_of(session, row) for row in rows}
    context = {"tokens": rows, "states": states}
    return page(request, viewer, "cabinet/api_tokens/list.html", context)


def state_of(session: KitSession, token: ApiToken) -> str:
    """Whether a token opens anything."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= session.now() else "active"


@router.get("/new")
def new_token(request: Request, viewer: Manager) -> Response:
    """What the token is to be allowed."""
    context = {"form": form(request, viewer.locale, {"days": "90"}), "scopes": scopes_of(viewer)}
    return page(request, viewer, "cabinet/api_tokens/new.html", context | {"days": DAYS})


def scopes_of(viewer: Viewer) -> list[Permission]:
    """What a token of this person may hold: never more than they may themselves."""
    return [scope for scope in Permission if scope in TOKEN_SCOPES and viewer.may(scope)]


@router.post("/new")
def create_token(
    request: Request, session: SessionDep, viewer: Maker, fields: FieldsDep, once: OnceDep
) -> Response:
    """Makes it and shows its text, here and never again."""
    scopes = fields.all("scopes")
    if not scopes:
        raise ValidationFailed.at({"/scopes": _NO_SCOPE})
    wish = command(
        CreateToken,
        name=fields.text("name"),
        role=viewer.role,
        scopes=scopes,
        days=fields.text("days"),
        allowed_addresses=fields.text("allowed_addresses").replace(",", " ").split(),
    )
    made = tokens.create_token(session, viewer.vendor_id, wish, actor=viewer.actor)
    once.leads_to(_PATH)
    context = {"token": made.token, "text": made.text}
    return page(request, viewer, "cabinet/api_tokens/made.html", context)


@router.get("/{token_id}/revoke")
def ask_to_revoke(
    request: Request, session: ReadSessionDep, viewer: Manager, token_id: uuid.UUID
) -> Response:
    """What ends with it."""
    row = accounts.token(session, viewer.vendor_id, token_id)
    context = REVOKE.context(form(request, viewer.locale), row.name, _PATH)
    trail = {"trail": [(_PATH, N_("API tokens"))], "seats_lost": 0}
    return page(request, viewer, "cabinet/confirm.html", context | trail)


@router.post("/{token_id}/revoke")
def revoke_token(
    request: Request, session: SessionDep, viewer: Manager, token_id: uuid.UUID
) -> Response:
    """Ends it at once."""
    tokens.revoke_token(session, viewer.vendor_id, token_id, actor=viewer.actor)
    return go(request, _PATH, N_("The token is revoked"))
