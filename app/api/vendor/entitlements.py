"""Products in keys."""

import uuid
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.keyviews import entitlement_view, one_entitlement
from app.api.routers import of_vendors
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.problems import NotFound, problems
from app.licensing.models import Entitlement
from app.licensing.problems import EntitlementWithdrawn, KeyRevoked, KeySuspended
from app.licensing.queries import lists
from app.licensing.queries.rights import rights_of_keys
from app.licensing.schemas import WithReason
from app.licensing.schemas.views import EntitlementView, FindEntitlements
from app.licensing.service import manual

router = of_vendors("/entitlements")
Reader = Annotated[Principal, Depends(Scoped(Permission.KEYS_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.ENTITLEMENTS_WRITE))]
_ACT = (*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound, KeyRevoked, KeySuspended)


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_entitlements(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindEntitlements, Query()],
    request: Request,
    response: Response,
) -> Listed[EntitlementView]:
    """A page of products in keys, newest first; those that expire in a period, too."""
    found = lists.entitlements(session, caller.vendor_id, asked)
    rights = rights_of_keys(session, caller.vendor_id, [row.key_id for row in found.rows])

    def view(row: Entitlement) -> EntitlementView:
        items = rights[row.key_id].entitlements
        item = next(item for item in items if item.entitlement.id == row.id)
        return entitlement_view(rights[row.key_id], item)

    return listed(request, response, found, view)


@router.post("/{entitlement_id}/suspend", responses=problems(*_ACT, EntitlementWithdrawn))
def suspend_entitlement(
    session: SessionDep,
    caller: Writer,
    entitlement_id: uuid.UUID,
    wish: WithReason,
    response: Response,
) -> EntitlementView:
    """Stops one product of a key; twice is a success."""
    return _act(manual.suspend_entitlement, session, caller, entitlement_id, wish, response)


@router.post("/{entitlement_id}/resume", responses=problems(*_ACT, EntitlementWithdrawn))
def resume_entitlement(
    session: SessionDep,
    caller: Writer,
    entitlement_id: uuid.UUID,
    wish: WithReason,
    response: Response,
) -> EntitlementView:
    """Makes a suspended product work again; twice is a success."""
    return _act(manual.resume_entitlement, session, caller, entitlement_id, wish, response)


@router.post("/{entitlement_id}/withdraw", responses=problems(*_ACT))
def withdraw_entitlement(
    session: SessionDep,
    caller: Writer,
    entitlement_id: uuid.UUID,
    wish: WithReason,
    response: Response,
) -> EntitlementView:
    """Takes the product out of the key with all its seats; twice is a success."""
    return _act(manual.withdraw_entitlement, session, caller, entitlement_id, wish, response)


def _act(
    verb: Callable[..., Entitlement],
    session: SessionDep,
    caller: Principal,
    entitlement_id: uuid.UUID,
    wish: WithReason,
    response: Response,
) -> EntitlementView:
    verb(session, caller.vendor_id, entitlement_id, wish, actor=caller.actor)
    view = one_entitlement(session, caller.vendor_id, entitlement_id)
    tag(response, view.row_version)
    return view
