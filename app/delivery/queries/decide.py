"""The decision: rights, catalogue and environment in, a row with its reason out; pure."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.catalog.models import ReleaseStatus
from app.delivery.queries.availability import (
    Asked,
    Case,
    Refusal,
    barred,
    unavailable,
    withdrawal,
)
from app.delivery.queries.catalogue import PublishedRelease
from app.delivery.queries.examining import Examined
from app.delivery.queries.presence import Presence
from app.licensing.queries.facts import Held, Rights
from onec.compatibility import Finding, Verdict
from onec.reasons import Code
from wire.extensions import OfferAction


class Row(NamedTuple):
    """One release, whether it fits and whether the key may have it."""

    release: PublishedRelease
    entitled: Held | None
    finding: Finding
    refusal: Refusal | None
    action: OfferAction = OfferAction.BLOCKED
    best: bool = False
    present: bool = False
    """Whether the infobase holds this very release."""
    advised: bool = False
    """Whether the vendor took back what is installed and says to return to this one."""
    said: dict[Any, bytes] | None = None
    """How it was shown before, if it is the same row for all who see it."""

    @property
    def available(self) -> bool:
        """Whether the key may download it."""
        return self.refusal is None

    @property
    def is_missing(self) -> bool:
        """Whether it would fit a key that has its product: the same row for all that have not."""
        return (
            self.entitled is None
            and self.refusal is not None
            and self.finding.verdict is not Verdict.INCOMPATIBLE
        )

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
        """Whether it may be installed here, tested or (if wanted) untested."""
        return self.available and _fits(self.finding, untested=untested)

    @property
    def installable(self) -> bool:
        """Whether it is usable, as was asked."""
        return self.action is not OfferAction.BLOCKED

    @property
    def offered(self) -> bool:
        """Whether it is listed unasked; a step back is not, unless the vendor advises it."""
        return self.installable and (self.advised or self.action is not OfferAction.DOWNGRADE)


@dataclass(frozen=True, slots=True)
class Decision:
    """Rows of the vendor's catalogue, best ones marked, and what came nearest elsewhere."""

    rows: Sequence[Row]
    nearest: Sequence[Row]


def decide(
    rights: Rights, lines: Iterable[Examined], asked: Asked, *, everything: bool = True
) -> Decision:
    """Judges every release; the highest usable version of each extension is the best.

    Without `everything` only those rows are there that are listed unasked.
    """
    rows: list[Row] = []
    nearest: list[Row] = []
    for line in lines:
        known = None if everything else _missing(rights, line, asked) or _unfit(rights, line, asked)
        if known is not None:
            nearest.append(known)
            continue
        judged = judge(rights, line, asked, everything=everything)
        best = _best(judged)
        if best is None or best.action is OfferAction.DOWNGRADE:
            refused = [row for row in judged if not row.installable]
            nearest.append(max(_with_furthest(line, judged, refused), key=_reach))
        rows += [row._replace(best=True) if row is best else row for row in judged]
    return Decision(rows, nearest)


def _missing(rights: Rights, line: Examined, asked: Asked) -> Row | None:
    """What is said of an extension that is neither in the key nor in the infobase, but would fit.

    It is the same for every such key.
    """
    extension = line.line[0].extension
    if not line.fitting or rights.of_product(extension.product_id) is not None:
        return None
    if asked.installed and extension.canonical_name in asked.installed:
        return None
    if line.missing is None:
        place = line.fitting[0]
        release, finding = line.line[place], line.finding(place)
        line.missing = Row(release, None, finding, barred(rights, release.extension, None))
    found: Row = line.missing
    return found


def _unfit(rights: Rights, line: Examined, asked: Asked) -> Row | None:
    """What is said of an extension of which nothing fits, where nothing of it is installed."""
    if line.fitting:
        return None
    entitled = rights.of_product(line.line[0].extension.product_id)
    if presence_of(line.line, entitled, asked).release is not None:
        return None
    if line.unfit is None:
        [row] = _with_furthest(line, (), [])
        line.unfit = row._replace(said={})
    found: Row = line.unfit
    return found


def _with_furthest(line: Examined, judged: Sequence[Row], refused: list[Row]) -> list[Row]:
    """Of the releases that do not fit one stands for all that were not judged."""
    # A release that fits and is refused is nearer than any that does not fit.
    if any(row.finding.verdict is not Verdict.INCOMPATIBLE for row in refused):
        return refused
    furthest = line.furthest()
    if len(judged) == len(line.line) or furthest is None:
        return refused
    return [*refused, Row(line.line[furthest], None, line.finding(furthest), None)]


def _reach(row: Row) -> tuple[int, bool, int]:
    # Of two withdrawn releases people have to hear of the one that they have.
    return row.code.reach, row.present, row.release.version_key


def _best(judged: Sequence[Row]) -> Row | None:
    """The highest that may be installed; if all are steps back, the one that was advised."""
    usable = [row for row in judged if row.installable]
    forward = next((row for row in usable if row.action is not OfferAction.DOWNGRADE), None)
    if forward is not None:
        return forward
    return next((row for row in usable if row.advised), usable[0] if usable else None)


def judge(
    rights: Rights, examined: Examined, asked: Asked, *, everything: bool = True
) -> list[Row]:
    """The releases of one extension, the highest version first."""
    line = examined.line
    extension = line[0].extension
    entitled = rights.of_product(extension.product_id)
    presence = presence_of(line, entitled, asked)
    none_of_it = barred(rights, extension, entitled)
    advised = _advised(presence)
    judged: list[Row] = []
    step: PublishedRelease | None = None
    # upwards: the way to a release leads over lower ones
    for place in reversed(_places(examined, presence, everything=everything)):
        release, finding = line[place], examined.finding(place)
        refusal = none_of_it or unavailable(Case(rights, asked, release, entitled, presence, step))
        action = OfferAction.BLOCKED
        if refusal is None and _fits(finding, untested=asked.untested):
            action = presence.action(release)
            step = release if action is OfferAction.UPGRADE else step
        present, is_advised = release is presence.release, release.id == advised
        judged.append(
            Row(release, entitled, finding, refusal, action, False, present, is_advised)  # noqa: FBT003 - which one is the best is told later
        )
    judged.reverse()
    return judged


def _fits(finding: Finding, *, untested: bool) -> bool:
    return finding.verdict is Verdict.COMPATIBLE or (
        untested and finding.verdict is Verdict.UNTESTED
    )


def _places(examined: Examined, presence: Presence, *, everything: bool) -> Sequence[int]:
    """The releases to judge: all, or those that fit and the one that is installed."""
    if everything:
        return range(len(examined.line))
    if presence.release is None:
        return examined.fitting
    return [
        place
        for place, release in enumerate(examined.line)
        if release is presence.release or place in examined.fitting
    ]


def presence_of(line: Sequence[PublishedRelease], entitled: Held | None, asked: Asked) -> Presence:
    """What of the extension the infobase holds."""
    if asked.installed is not None:
        return Presence.told(line, asked.installed)
    seat = entitled.activation if entitled else None
    return Presence.recorded(line, seat.installed_release_id if seat else None)


def _advised(presence: Presence) -> uuid.UUID | None:
    """The release to return to, where the one that is installed was taken back."""
    present = presence.release
    if present is None or present.status != ReleaseStatus.WITHDRAWN:
        return None
    return present.rollback_to_id
