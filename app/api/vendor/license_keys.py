"""Licence keys of the vendor's customers."""

import uuid
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, LanguageDep, Scoped
from app.api.effects import OPERATION_REFUSALS, effects_of, ended_trials, revoked_seats
from app.api.keyviews import full_key, key_views
from app.api.routers import of_vendors
from app.coupons import queries as coupons
from app.coupons.service.describe import describe
from app.customers.problems import CustomerArchived
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.fields import ListQuery
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import NotFound, ValidationFailed, problems
from app.licensing.problems import (
    KeyCodeExists,
    KeyMalformed,
    KeyRevoked,
    KeySuspended,
    TrialNotNeeded,
    TrialNotOffered,
)
from app.licensing.queries import keys as found_keys
from app.licensing.queries import lists
from app.licensing.schemas import (
    FindKey,
    ImportKeys,
    IssueKey,
    MoveKey,
    RotateKey,
    WishedOperations,
    WithReason,
)
from app.licensing.schemas.views import (
    ChangeView,
    FindKeys,
    FullKeyView,
    IssuedKeyView,
    KeyView,
    OperationsView,
    ProductName,
)
from app.licensing.service import keys, lifecycle
from app.licensing.service.imports import import_keys
from app.licensing.service.keys import IssuedKey
from app.licensing.service.manual import change_rights, preview_change

router = of_vendors("/license-keys")
Reader = Annotated[Principal, Depends(Scoped(Permission.KEYS_READ))]
Issuer = Annotated[Principal, Depends(Scoped(Permission.KEYS_ISSUE))]
Manager = Annotated[Principal, Depends(Scoped(Permission.KEYS_MANAGE))]
RightsWriter = Annotated[Principal, Depends(Scoped(Permission.ENTITLEMENTS_WRITE))]
_ACT = (*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound)


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_keys(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindKeys, Query()],
    request: Request,
    response: Response,
) -> Listed[KeyView]:
    """A page of keys, newest first; of their codes only hints."""
    found = lists.license_keys(session, caller.vendor_id, asked)
    views = key_views(session, caller.vendor_id, found.rows)
    return listed(request, response, found, lambda key: views[key.id])


@router.post("", status_code=201, responses=problems(*_ACT, CustomerArchived, *ONCE_REFUSALS))
def issue_key(
    session: SessionDep, caller: Issuer, _: Once, wish: IssueKey, response: Response
) -> IssuedKeyView:
    """A new, empty key; its full code is in this answer only."""
    issued = keys.issue(session, caller.vendor_id, wish, actor=caller.actor)
    return _issued(session, caller, issued, response)


@router.post(
    "/import",
    status_code=201,
    responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, KeyCodeExists, *ONCE_REFUSALS),
)
def import_license_keys(
    session: SessionDep, caller: Issuer, _: Once, wish: ImportKeys
) -> Listed[KeyView]:
    """Keys of another system under their old codes, all or none; in the order they came in."""
    made = import_keys(session, caller.vendor_id, wish, actor=caller.actor)
    views = key_views(session, caller.vendor_id, made)
    return Listed(data=list(views.values()), next_cursor=None)


@router.post("/find", responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, KeyMalformed))
def find_key(session: ReadSessionDep, caller: Reader, wish: FindKey) -> Listed[KeyView]:
    """The key of a code, as typed by a person; nothing where the vendor has no such key."""
    found = keys.find(session, caller.vendor_id, wish.code)
    views = key_views(session, caller.vendor_id, [found] if found else [])
    return Listed(data=list(views.values()), next_cursor=None)


@router.get("/{key_id}", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def license_key(
    session: ReadSessionDep, caller: Reader, key_id: uuid.UUID, response: Response
) -> FullKeyView:
    """One key with all that is in it."""
    return _full(session, caller, key_id, response)


@router.post("/{key_id}/suspend", responses=problems(*_ACT, KeyRevoked))
def suspend_key(
    session: SessionDep, caller: Manager, key_id: uuid.UUID, wish: WithReason, response: Response
) -> FullKeyView:
    """Stops the key until it is resumed; twice is a success."""
    lifecycle.suspend(session, caller.vendor_id, key_id, wish, actor=caller.actor)
    return _full(session, caller, key_id, response)


@router.post(
    "/{key_id}/resume",
    responses=problems(*TOKEN_REFUSALS, NotFound, KeyRevoked, ValidationFailed),
)
def resume_key(
    session: SessionDep, caller: Manager, key_id: uuid.UUID, response: Response
) -> FullKeyView:
    """Makes a suspended key work again; twice is a success."""
    lifecycle.resume(session, caller.vendor_id, key_id, actor=caller.actor)
    return _full(session, caller, key_id, response)


@router.post("/{key_id}/rotate", responses=problems(*_ACT, KeyRevoked, *ONCE_REFUSALS))
def rotate_key(
    session: SessionDep,
    caller: Manager,
    _: Once,
    key_id: uuid.UUID,
    wish: RotateKey,
    response: Response,
) -> IssuedKeyView:
    """A new code, in this answer only; the old one works for the grace."""
    issued = lifecycle.rotate(session, caller.vendor_id, key_id, wish, actor=caller.actor)
    return _issued(session, caller, issued, response)


@router.post("/{key_id}/move", responses=problems(*_ACT, CustomerArchived))
def move_key(
    session: SessionDep, caller: Manager, key_id: uuid.UUID, wish: MoveKey, response: Response
) -> FullKeyView:
    """Gives the key to another customer."""
    lifecycle.move(session, caller.vendor_id, key_id, wish, actor=caller.actor)
    return _full(session, caller, key_id, response)


@router.post("/{key_id}/revoke", responses=problems(*_ACT))
def revoke_key(
    session: SessionDep, caller: Manager, key_id: uuid.UUID, wish: WithReason, response: Response
) -> FullKeyView:
    """Ends the key for good; twice is a success."""
    lifecycle.revoke(session, caller.vendor_id, key_id, wish, actor=caller.actor)
    return _full(session, caller, key_id, response)


@router.post(
    "/{key_id}/operations",
    responses=problems(
        *_ACT,
        KeyRevoked,
        KeySuspended,
        *OPERATION_REFUSALS,
        TrialNotNeeded,
        TrialNotOffered,
        *ONCE_REFUSALS,
    ),
)
def operate(
    session: SessionDep,
    caller: RightsWriter,
    _: Once,
    key_id: uuid.UUID,
    wish: WishedOperations,
    language: LanguageDep,
) -> OperationsView:
    """Operations without a coupon, all or none; a dry run only tells what they would do."""
    found_keys.license_key(session, caller.vendor_id, key_id)
    act = preview_change if wish.dry_run else change_rights
    done = act(session, caller.vendor_id, key_id, wish, actor=caller.actor)
    effects = [effect.document() for effect in done]
    names = coupons.names(session, caller.vendor_id, key_id)
    return OperationsView(
        dry_run=wish.dry_run,
        description=describe(wish.operations, names, language),
        effects=effects_of(effects),
        ends_trials=ended_trials(effects),
        revoked_seats=revoked_seats(effects),
    )


@router.get("/{key_id}/changes", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS, NotFound))
def list_changes(
    session: ReadSessionDep,
    caller: Reader,
    key_id: uuid.UUID,
    asked: Annotated[ListQuery, Query()],
    request: Request,
    response: Response,
) -> Listed[ChangeView]:
    """The ledger of the key, newest first."""
    found = lists.changes(session, caller.vendor_id, key_id, asked)
    return listed(request, response, found, _change)


def _change(row: lists.LedgerRow) -> ChangeView:
    names = ("id", "entitlement_id", "seq", "operation", "before", "after")
    told = {name: getattr(row.change, name) for name in (*names, "cause_kind", "cause_id", "actor")}
    product = ProductName(code=row.product.code, name=row.product.name)
    return ChangeView.model_validate(told | {"product": product, "at": row.change.created_at})


def _full(
    session: ReadSessionDep | SessionDep, caller: Principal, key_id: uuid.UUID, response: Response
) -> FullKeyView:
    view = full_key(session, caller.vendor_id, key_id)
    tag(response, view.row_version)
    return view


def _issued(
    session: SessionDep, caller: Principal, issued: IssuedKey, response: Response
) -> IssuedKeyView:
    session.flush()
    view = key_views(session, caller.vendor_id, [issued.key])[issued.key.id]
    tag(response, view.row_version)
    return IssuedKeyView(**dict(view), code=issued.code)
