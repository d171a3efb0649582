"""Why a key may not have a release now, apart from whether it fits: one pure chain of reasons."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple, Self

from app.catalog.models import ReleaseStatus
from app.catalog.problems import ReleasePaused, ReleaseWithdrawn
from app.delivery.queries.catalogue import PublishedExtension, PublishedRelease
from app.delivery.queries.presence import Presence
from app.delivery.schemas import Installed
from app.kit.clock import local_date
from app.kit.problems import Problem
from app.licensing.problems import (
    ChannelNotAllowed,
    FeatureRequired,
    ProductMissing,
    UpdatesExpired,
)
from app.licensing.queries.facts import Held, Rights
from app.licensing.queries.status import is_covered, is_usable, refusal, window_end
from onec.configuration import canonical
from onec.reasons import Code
from wire.extensions import Channel

_RANKS: Final[Mapping[str, int]] = {channel: rank for rank, channel in enumerate(Channel)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an agent told about an infobase, and what it wants to see.

    `installed` of None was not told: then the seat's own record stands for it, and conflicts with
    other extensions are left to the agent.
    """

    channel: Channel = Channel.DEV
    untested: bool = False
    infobase_uid: uuid.UUID | None = None
    installed: Mapping[str, Installed] | None = None
    """By their names in the form that names are compared in."""


def by_name(installed: Sequence[Installed] | None) -> dict[str, Installed] | None:
    """As `Asked` has it; of two with one name the first counts."""
    if installed is None:
        return None
    return {_canonical(item.onec_name): item for item in reversed(installed)}


_canonical = lru_cache(1024)(canonical)  # the same few extensions, over and over


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason with its parameters; without a problem, verbs answer that it is not compatible."""

    code: Code
    params: Mapping[str, object] = field(default_factory=dict)
    problem: Problem | None = None

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """A reason that verbs raise as it is."""
        return cls(Code(problem.code), problem.params, problem)


class Case(NamedTuple):
    """One release for one key and infobase; `step` is the release to take on the way to it."""

    rights: Rights
    asked: Asked
    release: PublishedRelease
    entitled: Held | None
    presence: Presence
    step: PublishedRelease | None


def barred(rights: Rights, extension: PublishedExtension, entitled: Held | None) -> Refusal | None:
    """Why the key may have no release of the extension at all, or None."""
    if entitled is None:
        return Refusal.of(ProductMissing(product=extension.product_name))
    problem = refusal(rights, entitled)
    return None if problem is None else Refusal.of(problem)


def unavailable(case: Case) -> Refusal | None:
    """The first reason that holds for one release, or None if the key may have it.

    That the extension is not `barred` was asked before.
    """
    for examine in _OF_KEYS if case.release.is_plain else _CHAIN:
        reason = examine(case)
        if reason is not None:
            return reason
    return None


def withheld(rights: Rights, release: PublishedRelease, asked: Asked) -> Problem | None:
    """The first right that is missing for a file that was promised already, or None.

    What only guides an installation (a roll-out, a step on the way) takes no promise back.
    """
    entitled = rights.of_product(release.extension.product_id)
    none_of_it = barred(rights, release.extension, entitled)
    if none_of_it is not None:
        return none_of_it.problem
    case = Case(rights, asked, release, entitled, Presence(anything=False), None)
    reasons = (examine(case) for examine in _CHAIN)
    return next((each.problem for each in reasons if each and each.problem is not None), None)


def withdrawal(release: PublishedRelease) -> Refusal | None:
    """That the vendor took a release back, why, and what those who have it should do."""
    if release.status != ReleaseStatus.WITHDRAWN:
        return None
    return Refusal.of(
        ReleaseWithdrawn(
            reason=release.withdrawn_reason,
            advice=release.advice,
            rollback_to=release.rollback_to,
        )
    )


def _updates(case: Case) -> Refusal | None:
    assert case.entitled is not None  # noqa: S101 - without one the extension is barred
    end: date | None = window_end(case.entitled.entitlement)
    if end is None:
        return None
    published = _day(case.release.published_at, case.rights.vendor.time_zone)
    if is_covered(case.entitled.entitlement, published):
        return None
    return Refusal.of(UpdatesExpired(until=end, published=published))


_day = lru_cache(4096)(local_date)  # of the same releases, over and over


def _features(case: Case) -> Refusal | None:
    if not case.release.required_features:
        return None
    held = {
        feature.code
        for item in case.rights.entitlements
        if is_usable(case.rights, item)
        for feature in item.features
    }
    for code, name in case.release.required_features.items():
        if code not in held:
            return Refusal.of(FeatureRequired(feature=name))
    return None


def _channel(case: Case) -> Refusal | None:
    assert case.entitled is not None  # noqa: S101 - without one the extension is barred
    entitled = _RANKS[case.entitled.entitlement.channel]
    if _RANKS[case.release.channel] <= min(entitled, _RANKS[case.asked.channel]):
        return None
    return Refusal.of(ChannelNotAllowed(channel=case.release.channel))


def _rollout(case: Case) -> Refusal | None:
    if case.presence.release is not None and case.presence.release.id == case.release.id:
        return None
    place = rollout_place(case.release.id, case.asked.infobase_uid or case.rights.key.id)
    return None if place < case.release.rollout_percent else Refusal(Code.ROLLOUT_PENDING)


def rollout_place(release_id: uuid.UUID | str, subject: uuid.UUID | str) -> int:
    """Where in 0-99 an infobase (else a key) stands for a release; the same at every question."""
    digest = sha256(f"{release_id}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


def _watershed(case: Case) -> Refusal | None:
    present, least = case.presence.release, case.release.min_from_version
    if present is None or least is None or present.version_key >= least.key:
        return None
    step = case.step.version if case.step else least.text
    return Refusal(Code.UPGRADE_VIA, {"version": step})


def _state(case: Case) -> Refusal | None:
    if case.release.status == ReleaseStatus.PAUSED:
        return Refusal.of(ReleasePaused())
    return withdrawal(case.release)


def _conflicts(case: Case) -> Refusal | None:
    names = _names(case, case.release.installation.conflicts_with, present=True)
    return Refusal(Code.EXTENSION_CONFLICT, {"names": names}) if names else None


def _requirements(case: Case) -> Refusal | None:
    names = _names(case, case.release.installation.requires, present=False)
    return Refusal(Code.REQUIRED_EXTENSION_MISSING, {"names": names}) if names else None


def _names(case: Case, named: Sequence[str], *, present: bool) -> list[str]:
    held = case.asked.installed
    if held is None:
        return []
    return [name for name in named if (canonical(name) in held) is present]


_CHAIN: Final[Sequence[Callable[[Case], Refusal | None]]] = (
    _updates,
    _features,
    _channel,
    _rollout,
    _watershed,
    _state,
    _conflicts,
    _requirements,
)
_OF_KEYS: Final = (_updates, _channel)
"""What is left of them for a plain release."""
