"""What can be done with a release in its state, in words for whoever tried something else."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.catalog.models import Release, ReleaseStatus
from app.catalog.problems import ReleaseInState
from app.kit.i18n import N_, Term

RESUME_FIRST: Final = N_("Resume the release first")
_STATES: Final = {
    ReleaseStatus.DRAFT: Term("draft", N_("a draft")),
    ReleaseStatus.PUBLISHED: Term("published", N_("published already")),
    ReleaseStatus.PAUSED: Term("paused", N_("paused now")),
    ReleaseStatus.WITHDRAWN: Term("withdrawn", N_("withdrawn for good")),
}
_CHANGE: Final = Term("change", N_("change it"))
_WITHDRAW: Final = Term("withdraw", N_("withdraw it"))
_POSSIBLE: Final[Mapping[ReleaseStatus, Sequence[Term]]] = {
    ReleaseStatus.DRAFT: [
        _CHANGE, Term("publish", N_("publish it")), Term("delete", N_("delete it")),
    ],
    ReleaseStatus.PUBLISHED: [_CHANGE, Term("pause", N_("pause it")), _WITHDRAW],
    ReleaseStatus.PAUSED: [_CHANGE, Term("resume", N_("resume it")), _WITHDRAW],
    ReleaseStatus.WITHDRAWN: [],
}  # fmt: skip
_STEPS: Final = {
    ReleaseStatus.DRAFT: N_("Publish the draft first"),
    ReleaseStatus.PAUSED: RESUME_FIRST,
}


def in_state(release: Release) -> ReleaseInState:
    """The refusal of a verb that the release's state does not allow."""
    status = ReleaseStatus(release.status)
    possible = _POSSIBLE[status]
    return ReleaseInState(_STEPS.get(status, ""), state=_STATES[status], possible=possible)
