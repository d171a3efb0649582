"""The right to fetch a release."""

from app.api.auth import Installation
from app.api.routers import of_agents
from app.catalog.problems import ArtifactQuarantined, ReleasePaused, ReleaseWithdrawn
from app.customers.problems import CustomerBlocked
from app.delivery.problems import EulaOutdated, EulaRequired, NotCompatible
from app.delivery.schemas import IssueDownload
from app.delivery.service.downloads import issue
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    NotFound,
    TokenInvalid,
    command,
    problems,
)
from app.licensing.problems import (
    ActivationNotFound,
    BindingMismatch,
    ChannelNotAllowed,
    EntitlementExpired,
    EntitlementNotStarted,
    EntitlementSuspended,
    EntitlementWithdrawn,
    KeyRevoked,
    KeySuspended,
    ProductMissing,
    TrialExpired,
    UpdatesExpired,
    VendorSuspended,
)
from app.trust import queries as trust
from wire.extensions import Download, DownloadArtifact, DownloadRequest

router = of_agents("/downloads")
RIGHTS = (
    KeyRevoked,
    KeySuspended,
    CustomerBlocked,
    VendorSuspended,
    ProductMissing,
    EntitlementSuspended,
    EntitlementWithdrawn,
    EntitlementNotStarted,
    EntitlementExpired,
    TrialExpired,
    UpdatesExpired,
    ChannelNotAllowed,
    ReleasePaused,
    ReleaseWithdrawn,
    ArtifactQuarantined,
    EulaRequired,
    EulaOutdated,
    ActivationNotFound,
    NotFound,
)


@router.post(
    "",
    status_code=201,
    responses=problems(
        AuthRequired,
        TokenInvalid,
        *RIGHTS,
        BindingMismatch,
        NotCompatible,
        *ONCE_REFUSALS,
        *BAD_BODY,
    ),
)
def issue_download(
    session: SessionDep, caller: Installation, _: Once, message: DownloadRequest
) -> Download:
    """A secret for one artifact, valid for 24 hours; the release is matched again."""
    issued = issue(session, command(IssueDownload, message), caller=caller)
    return Download(
        download_id=str(issued.download.id),
        secret=issued.secret,
        url=f"/api/v1/artifacts/{issued.artifact.sha256}",
        expires_at=rfc3339(issued.download.expires_at),
        artifact=DownloadArtifact(
            sha256=issued.artifact.sha256,
            size=issued.artifact.size,
            filename=issued.artifact.filename,
            target=issued.target,
        ),
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )
