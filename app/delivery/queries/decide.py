"""The decision: rights, catalogue and environment in, a row with its reason out; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.catalog.models import ReleaseStatus
from app.catalog.problems import ReleasePaused, ReleaseWithdrawn
from app.catalog.queries import Listed
from app.catalog.schemas.rules import RuleRow
from app.delivery.schemas import Installed
from app.kit.clock import local_date
from app.kit.problems import Problem
from app.licensing.problems import ChannelNotAllowed, ProductMissing, UpdatesExpired
from app.licensing.queries.rights import Entitled, KeyRights
from app.licensing.queries.status import is_covered, refusal, window_end
from onec.compatibility import Environment, Finding, Verdict, evaluate
from onec.reasons import Code
from wire.extensions import Channel, OfferAction

_RANKS = {channel: rank for rank, channel in enumerate(Channel)}


@dataclass(frozen=True, slots=True)
class Row:
    """One release, whether it fits and whether the key may have it."""

    listed: Listed
    entitled: Entitled | None
    finding: Finding
    problem: Problem | None
    action: OfferAction
    best: bool = False

    @property
    def available(self) -> bool:
        """Whether the key may download it."""
        return self.problem is None

    @property
    def code(self) -> Code:
        """The reason of the row: what does not fit comes before what is not allowed."""
        if self.finding.verdict is Verdict.INCOMPATIBLE or self.problem is None:
            return self.finding.code
        return Code(self.problem.code)

    @property
    def params(self) -> Mapping[str, object]:
        """Parameters of the reason."""
        if self.finding.verdict is Verdict.INCOMPATIBLE or self.problem is None:
            return self.finding.params
        return self.problem.params

    def usable(self, *, untested: bool) -> bool:
        """Whether it may be installed here, tested or (if asked) untested."""
        fits = self.finding.verdict is Verdict.COMPATIBLE or (
            untested and self.finding.verdict is Verdict.UNTESTED
        )
        return fits and self.available

    def offered(self, *, untested: bool) -> bool:
        """Whether it is listed unasked; a step back from what is installed is not."""
        return self.usable(untested=untested) and self.action is not OfferAction.DOWNGRADE


@dataclass(frozen=True, slots=True)
class Decision:
    """All rows of the vendor's catalogue, best ones marked, and what came nearest elsewhere."""

    rows: Sequence[Row]
    nearest: Sequence[Row]


def decide(
    rights: KeyRights,
    catalogue: Iterable[Listed],
    environment: Environment,
    *,
    channel: Channel,
    untested: bool,
    installed: Sequence[Installed] = (),
) -> Decision:
    """Judges every release; the highest usable version of each extension is the best."""
    by_extension: dict[str, list[Listed]] = {}
    for listed in catalogue:
        by_extension.setdefault(listed.extension.code, []).append(listed)
    rows: list[Row] = []
    nearest: list[Row] = []
    for releases in by_extension.values():
        releases.sort(key=lambda listed: listed.release.version_key, reverse=True)
        present = _present(releases, installed)
        judged = [
            _row(rights, listed, environment, channel, present, untested=untested)
            for listed in releases
        ]
        best = next((row for row in judged if row.usable(untested=untested)), None)
        if not any(row.offered(untested=untested) for row in judged):
            refused = [row for row in judged if not row.usable(untested=untested)]
            nearest.append(max(refused, key=_reach))
        rows += [replace(row, best=True) if row is best else row for row in judged]
    return Decision(rows, nearest)


def _reach(row: Row) -> tuple[int, int]:
    return row.code.reach, row.listed.release.version_key


def _row(
    rights: KeyRights,
    listed: Listed,
    environment: Environment,
    channel: Channel,
    present: "_Present",
    *,
    untested: bool,
) -> Row:
    rules = [RuleRow.model_validate(row.rule).compiled() for row in listed.rules]
    entitled = rights.of_product(listed.product.id)
    row = Row(
        listed,
        entitled,
        evaluate(rules, environment),
        unavailable(rights, listed, entitled, channel),
        OfferAction.BLOCKED,
    )
    usable = row.usable(untested=untested)
    return replace(row, action=present.action(listed)) if usable else row


def unavailable(
    rights: KeyRights, listed: Listed, entitled: Entitled | None, channel: Channel
) -> Problem | None:
    """Why the key may not have the release now, apart from whether it fits; None if it may."""
    if entitled is None:
        return ProductMissing(product=listed.product.name)
    problem = refusal(rights, entitled)
    if problem is not None:
        return problem
    published = local_date(listed.release.published_at or rights.now, rights.vendor.time_zone)
    if not is_covered(entitled.entitlement, published):
        end: date | None = window_end(entitled.entitlement)
        return UpdatesExpired(until=end, published=published)
    allowed = min(_RANKS[Channel(entitled.entitlement.channel)], _RANKS[channel])
    if _RANKS[Channel(listed.release.channel)] > allowed:
        return ChannelNotAllowed(channel=listed.release.channel)
    return _not_published(listed)


def _not_published(listed: Listed) -> Problem | None:
    status = listed.release.status
    if status == ReleaseStatus.PAUSED:
        return ReleasePaused()
    return ReleaseWithdrawn() if status == ReleaseStatus.WITHDRAWN else None


@dataclass(frozen=True, slots=True)
class _Present:
    """What of an extension the infobase holds: nothing, one known release, or something else."""

    anything: bool
    release_key: int | None

    def action(self, listed: Listed) -> OfferAction:
        """What installing the release would be; an unknown version has no direction."""
        if not self.anything:
            return OfferAction.INSTALL
        if self.release_key is None:
            return OfferAction.REPLACE_UNKNOWN
        offered = listed.release.version_key
        if offered == self.release_key:
            return OfferAction.CURRENT
        return OfferAction.UPGRADE if offered > self.release_key else OfferAction.DOWNGRADE


def _present(releases: Sequence[Listed], installed: Sequence[Installed]) -> _Present:
    name = releases[0].extension.onec_name.casefold()
    found = [item for item in installed if item.onec_name.casefold() == name]
    if not found:
        return _Present(anything=False, release_key=None)
    item = found[0]
    by_bytes = [row for row in releases if row.artifact.sha256 == item.artifact_sha256]
    by_text = [row for row in releases if row.release.file_version == item.version]
    known = by_bytes or by_text
    key = known[0].release.version_key if len(known) == 1 else None
    return _Present(anything=True, release_key=key)
