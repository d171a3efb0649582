"""The decision: rights, catalogue and environment in, a row with its reason out; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.catalog.models import ReleaseStatus
from app.delivery.queries.availability import Asked, Case, Refusal, unavailable, withdrawal
from app.delivery.queries.catalogue import PublishedRelease
from app.delivery.queries.presence import Presence
from app.licensing.queries.rights import Entitled, KeyRights
from onec.compatibility import Environment, Finding, Verdict, evaluate
from onec.reasons import Code
from wire.extensions import OfferAction


@dataclass(frozen=True, slots=True)
class Row:
    """One release, whether it fits and whether the key may have it."""

    release: PublishedRelease
    entitled: Entitled | None
    finding: Finding
    refusal: Refusal | None
    action: OfferAction = OfferAction.BLOCKED
    best: bool = False
    present: bool = False
    """Whether the infobase holds this very release."""
    advised: bool = False
    """Whether the vendor took back what is installed and says to return to this one."""

    @property
    def available(self) -> bool:
        """Whether the key may download it."""
        return self.refusal is None

    @property
    def recall(self) -> Refusal | None:
        """That the vendor took back what the infobase holds, whatever else is wrong with it."""
        return withdrawal(self.release) if self.present else None

    @property
    def code(self) -> Code:
        """The reason of the row: what does not fit comes before what is not allowed."""
        return self._reason.code

    @property
    def params(self) -> Mapping[str, object]:
        """Parameters of the reason."""
        return self._reason.params

    @property
    def _reason(self) -> Finding | Refusal:
        if self.finding.verdict is Verdict.INCOMPATIBLE or self.refusal is None:
            return self.finding
        return self.refusal

    def usable(self, *, untested: bool) -> bool:
        """Whether it may be installed here, tested or (if asked) untested."""
        fits = self.finding.verdict is Verdict.COMPATIBLE or (
            untested and self.finding.verdict is Verdict.UNTESTED
        )
        return fits and self.available

    def forward(self, *, untested: bool) -> bool:
        """Whether it may be installed and is no step back from what is installed."""
        return self.usable(untested=untested) and self.action is not OfferAction.DOWNGRADE

    def offered(self, *, untested: bool) -> bool:
        """Whether it is listed unasked; a step back is not, unless the vendor advises it."""
        return self.usable(untested=untested) and (
            self.advised or self.action is not OfferAction.DOWNGRADE
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """All rows of the vendor's catalogue, best ones marked, and what came nearest elsewhere."""

    rows: Sequence[Row]
    nearest: Sequence[Row]


def decide(
    rights: KeyRights,
    lines: Iterable[Sequence[PublishedRelease]],
    environment: Environment,
    asked: Asked,
) -> Decision:
    """Judges every release; the highest usable version of each extension is the best."""
    rows: list[Row] = []
    nearest: list[Row] = []
    for line in lines:
        judged = judge(rights, line, environment, asked)
        best = _best(judged, untested=asked.untested)
        if not any(row.forward(untested=asked.untested) for row in judged):
            refused = [row for row in judged if not row.usable(untested=asked.untested)]
            nearest.append(max(refused, key=_reach))
        rows += [replace(row, best=True) if row is best else row for row in judged]
    return Decision(rows, nearest)


def _reach(row: Row) -> tuple[int, bool, int]:
    # Of two withdrawn releases people have to hear of the one that they have.
    return row.code.reach, row.present, row.release.version_key


def _best(judged: Sequence[Row], *, untested: bool) -> Row | None:
    """The highest that may be installed; if all are steps back, the one that was advised."""
    usable = [row for row in judged if row.usable(untested=untested)]
    forward = [row for row in usable if row.action is not OfferAction.DOWNGRADE]
    advised = [row for row in usable if row.advised]
    return next(iter([*forward, *advised, *usable]), None)


def judge(
    rights: KeyRights, line: Sequence[PublishedRelease], environment: Environment, asked: Asked
) -> list[Row]:
    """The releases of one extension, the highest version first."""
    entitled = rights.of_product(line[0].extension.product_id)
    presence = presence_of(line, entitled, asked)
    judged: list[Row] = []
    step: PublishedRelease | None = None
    for release in reversed(line):  # upwards: the way to a release leads over lower ones
        finding = evaluate(release.rules, environment)
        refusal = unavailable(Case(rights, asked, release, entitled, presence, step))
        row = Row(release, entitled, finding, refusal, present=release is presence.release)
        if row.usable(untested=asked.untested):
            row = replace(row, action=presence.action(release))
            step = release if row.action is OfferAction.UPGRADE else step
        judged.append(row)
    judged.reverse()
    return _advise(judged, presence)


def presence_of(
    line: Sequence[PublishedRelease], entitled: Entitled | None, asked: Asked
) -> Presence:
    """What of the extension the infobase holds."""
    if asked.installed is not None:
        return Presence.told(line, asked.installed)
    seat = entitled.activation if entitled else None
    return Presence.recorded(line, seat.installed_release_id if seat else None)


def _advise(judged: list[Row], presence: Presence) -> list[Row]:
    present = presence.release
    if present is None or present.status != ReleaseStatus.WITHDRAWN:
        return judged
    return [replace(row, advised=row.release.id == present.rollback_to_id) for row in judged]
