"""What agents did."""

from app.api.auth import Installer
from app.api.routers import of_agents
from app.delivery.schemas import TakeReports
from app.delivery.service.reports import take
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import BAD_BODY, AuthRequired, RateLimited, TokenInvalid, problems
from app.licensing.problems import KeyMalformed, KeyNotFound, KeyRevoked
from app.trust import queries as trust
from wire.reports import ReportBatchResponse, ReportResult

router = of_agents("/install-reports")


@router.post(
    "",
    responses=problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        RateLimited,
        KeyRevoked,
        *ONCE_REFUSALS,
        *BAD_BODY,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ReportBatch"}}
            },
        }
    },
)
def take_reports(
    session: SessionDep, caller: Installer, _: Once, message: TakeReports
) -> ReportBatchResponse:
    """Stores each report once; sending a spool again changes nothing."""
    reports, downloads = take(session, message, caller=caller)
    told = [(str(item.item_id) if item.item_id else None, item) for item in reports + downloads]
    results = [
        ReportResult(
            operation_id=item_id if number < len(reports) else None,
            download_id=None if number < len(reports) else item_id,
            status=item.status,
            code=item.code,
        )
        for number, (item_id, item) in enumerate(told)
    ]
    return ReportBatchResponse(
        results=results,
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )
