"""What happens to a release once its draft is ready."""

import uuid

from app.api.answers import BODY_REFUSALS
from app.api.auth import TOKEN_REFUSALS
from app.api.routers import of_vendors
from app.api.vendor.releases.views import AnswerDep, Publisher, card
from app.catalog.problems import (
    ArtifactNameMismatch,
    ReleaseImmutable,
    ReleaseInState,
    ReleaseNotReady,
    ReleasePaused,
    ReleaseWithdrawn,
)
from app.catalog.schemas.releases import (
    PromoteRelease,
    PublishRelease,
    RaiseRollout,
    WithdrawRelease,
)
from app.catalog.schemas.views import ReleaseCard
from app.catalog.service import releases as service
from app.kit.db import SessionDep
from app.kit.problems import Conflict, NotFound, ValidationFailed, problems
from app.trust.problems import ReleaseKeyHeld

router = of_vendors("/releases")
_TOLD = (*TOKEN_REFUSALS, NotFound, *BODY_REFUSALS)


@router.post(
    "/{release_id}/publish",
    responses=problems(
        *_TOLD,
        ReleaseNotReady,
        ArtifactNameMismatch,
        ReleaseKeyHeld,
        ReleasePaused,
        ReleaseWithdrawn,
        Conflict,
    ),
)
def publish_release(
    session: SessionDep,
    caller: Publisher,
    release_id: uuid.UUID,
    command: PublishRelease,
    answer: AnswerDep,
) -> ReleaseCard:
    """Makes a draft available for good; RELEASE_NOT_READY names all that is missing."""
    vendor_id = caller.vendor_id
    made = service.publish(session, vendor_id, release_id, command, actor=caller.actor)
    return card(session, made, answer)


@router.post(
    "/{release_id}/rollout",
    responses=problems(*_TOLD, ReleaseImmutable, ReleasePaused, ReleaseWithdrawn, ReleaseInState),
)
def raise_rollout(
    session: SessionDep,
    caller: Publisher,
    release_id: uuid.UUID,
    command: RaiseRollout,
    answer: AnswerDep,
) -> ReleaseCard:
    """Gives the release to more infobases; the percent only grows."""
    vendor_id = caller.vendor_id
    made = service.raise_rollout(session, vendor_id, release_id, command, actor=caller.actor)
    return card(session, made, answer)


@router.post(
    "/{release_id}/promote",
    responses=problems(*_TOLD, ReleaseImmutable, ReleaseWithdrawn, ReleaseInState, Conflict),
)
def promote_release(
    session: SessionDep,
    caller: Publisher,
    release_id: uuid.UUID,
    command: PromoteRelease,
    answer: AnswerDep,
) -> ReleaseCard:
    """Moves the release to a calmer channel, stable at the end."""
    vendor_id = caller.vendor_id
    made = service.promote(session, vendor_id, release_id, command, actor=caller.actor)
    return card(session, made, answer)


_NO_BODY = problems(*TOKEN_REFUSALS, NotFound, ValidationFailed, ReleaseWithdrawn, ReleaseInState)


@router.post("/{release_id}/pause", responses=_NO_BODY)
def pause_release(
    session: SessionDep,
    caller: Publisher,
    release_id: uuid.UUID,
    answer: AnswerDep,
) -> ReleaseCard:
    """Stops offers and downloads from the next request on."""
    made = service.pause(session, caller.vendor_id, release_id, actor=caller.actor)
    return card(session, made, answer)


@router.post("/{release_id}/resume", responses=_NO_BODY)
def resume_release(
    session: SessionDep,
    caller: Publisher,
    release_id: uuid.UUID,
    answer: AnswerDep,
) -> ReleaseCard:
    """Offers a paused release again."""
    made = service.resume(session, caller.vendor_id, release_id, actor=caller.actor)
    return card(session, made, answer)


@router.post("/{release_id}/withdraw", responses=problems(*_TOLD, ReleaseInState, Conflict))
def withdraw_release(
    session: SessionDep,
    caller: Publisher,
    release_id: uuid.UUID,
    command: WithdrawRelease,
    answer: AnswerDep,
) -> ReleaseCard:
    """Takes the release back for good, with a reason and an advice for those who have it."""
    vendor_id = caller.vendor_id
    made = service.withdraw(session, vendor_id, release_id, command, actor=caller.actor)
    return card(session, made, answer)
