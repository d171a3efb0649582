"""Everything that happened, in its order: the feed that other systems poll."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import LIST_REFUSALS, Listed, listed
from app.api.auth import TOKEN_REFUSALS, Scoped, sees_contacts
from app.api.routers import of_vendors
from app.audit import queries
from app.audit.models import AuditEvent
from app.audit.schemas import AuditEventView, FindAuditEvents
from app.customers.schemas import without_contacts
from app.kit.db import ReadSessionDep
from app.kit.problems import problems

router = of_vendors("/audit-events")
Reader = Annotated[Principal, Depends(Scoped(Permission.AUDIT_READ))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_audit_events(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindAuditEvents, Query()],
    request: Request,
    response: Response,
) -> Listed[AuditEventView]:
    """Events in the order of their `seq`, which has no gaps; poll on with the last one seen."""
    zone = accounts.vendor(session, caller.vendor_id).time_zone
    found = queries.events(session, caller.vendor_id, asked, zone)
    return listed(request, response, found, lambda event: _view(event, caller))


def _view(event: AuditEvent, caller: Principal) -> AuditEventView:
    told = {
        "id": event.id,
        "seq": event.seq,
        "at": event.at,
        "action": event.action,
        "outcome": event.outcome,
        "reason": event.reason,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "actor": {"kind": event.actor_kind, "id": event.actor_id, "label": event.actor_label},
        "subject": {
            "kind": event.subject_kind,
            "id": event.subject_id,
            "label": event.subject_label,
        },
        "data": event.data if sees_contacts(caller) else without_contacts(event.data),
        "prev_hash": event.prev_hash.hex(),
        "hash": event.hash.hex(),
    }
    return AuditEventView.model_validate(told)
