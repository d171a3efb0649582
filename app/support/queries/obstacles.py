"""What keeps a key from working now, by the functions that answer its agents; pure."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.catalog.schemas.rules import EnvironmentFacts
from app.delivery.models import InstallReport
from app.delivery.queries.acceptances import Agreements
from app.delivery.queries.availability import Asked
from app.delivery.queries.catalogue import Catalogue, PublishedRelease
from app.delivery.queries.decide import Decision, Row, decide
from app.delivery.queries.examining import Examined
from app.kit.i18n import Sentence, fill, localised
from app.kit.problems import Problem
from app.licensing.models import Activation, EntitlementStatus, Infobase
from app.licensing.problems import KeyEmpty, SeatLimitReached
from app.licensing.queries.rights import Entitled, KeyRights
from app.licensing.queries.status import key_problem, refusal
from app.support.queries import reportcodes
from app.support.queries.steps import said, step
from onec import reasons
from onec.reasons import Action, Code
from wire.extensions import OfferAction
from wire.reports import Outcome

_BAD = (Outcome.FAILED, Outcome.ROLLED_BACK, Outcome.ROLLBACK_FAILED)


Link = tuple[Literal["activations", "report", "release"], uuid.UUID]
"""What can be opened beside a reason: a kind and an id."""


@dataclass(frozen=True, slots=True)
class Place:
    """An infobase as far as it is known, maybe only from the questions of its agent."""

    uid: uuid.UUID
    label: str
    infobase: Infobase | None
    seats: Mapping[uuid.UUID, Activation]
    """By the product's id."""
    environment: EnvironmentFacts | None
    agreements: Agreements
    reports: Mapping[uuid.UUID, InstallReport]
    """The last one of each extension."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason with its next step; `serious` is what stops, the rest is worth knowing."""

    code: str
    text: Sentence
    step: Sentence
    serious: bool = True
    where: str = ""
    """The infobase that it is about; empty for the whole key."""
    what: Sentence | None = None
    """The extension or the product."""
    link: Link | None = None


def obstacles(rights: KeyRights, places: Sequence[Place], catalogue: Catalogue) -> list[Obstacle]:
    """Everything that stands in the way, what concerns the whole key first."""
    blocked = key_problem(rights)
    if blocked is not None:
        return [_of_problem(blocked)]
    held = [each for each in rights.entitlements if _counts(each)]
    if not held:
        return [_of_problem(KeyEmpty())]
    found = [*_of_products(rights, held)]
    for place in places:
        found += _at(rights, held, place, catalogue)
    return sorted(found, key=lambda each: not each.serious)


def of_rights(rights: KeyRights) -> list[Obstacle]:
    """What the key alone says, wherever it is used."""
    return obstacles(rights, (), Catalogue({}))


def _counts(item: Entitled) -> bool:
    return item.entitlement.status != EntitlementStatus.WITHDRAWN


def _of_products(rights: KeyRights, held: Sequence[Entitled]) -> Iterator[Obstacle]:
    for item in held:
        problem, name = refusal(rights, item), Sentence(item.product.name, item.product.name)
        if problem is not None:
            yield replace(_of_problem(problem), what=name)
        elif _is_full(item):
            yield replace(_full(item), what=name, serious=False)


def _is_full(item: Entitled) -> bool:
    row = item.entitlement
    return row.seats is not None and row.active_count >= row.seats


def _full(item: Entitled) -> Obstacle:
    row = item.entitlement
    problem = SeatLimitReached(used=row.active_count, max=row.seats)
    return replace(_of_problem(problem), link=("activations", row.id))


def _at(
    rights: KeyRights, held: Sequence[Entitled], place: Place, catalogue: Catalogue
) -> Iterator[Obstacle]:
    """One infobase: what its agent would be offered, and how its last installation ended."""
    products = {item.product.id for item in held if refusal(rights, item) is None}
    lines = [line for line in catalogue.lines.values() if line[0].extension.product_id in products]
    for line in lines:
        for each in _of_line(rights, place, line):
            yield replace(each, where=place.label, what=line[0].extension.title)


def _of_line(
    rights: KeyRights, place: Place, line: Sequence[PublishedRelease]
) -> Iterator[Obstacle]:
    """One extension: that nothing fits, then how it failed last, then what is newer."""
    if place.environment is None:
        yield from _last_report(place, line)
        return
    here = _here(rights, place)
    asked = Asked(infobase_uid=place.uid)
    decision = decide(here, [Examined(line, place.environment.compiled())], asked)
    best = next((row for row in decision.rows if row.best), None)
    if best is None:
        yield _nothing(decision)
    yield from _last_report(place, line)
    yield from _taken_back(place, decision.rows, best)
    if best is not None:
        yield from _newer(decision.rows, best)
        yield from _before(here, place, best)


def _here(rights: KeyRights, place: Place) -> KeyRights:
    """The rights as an agent at this place has them."""
    items = [
        replace(item, activation=place.seats.get(item.product.id)) for item in rights.entitlements
    ]
    return replace(rights, infobase=place.infobase, entitlements=items)


def _nothing(decision: Decision) -> Obstacle:
    """Why nothing is offered: what the customer's consent would do, or the nearest release."""
    usable = next((row for row in decision.rows if row.usable(untested=True)), None)
    if usable is None:
        return _nearest(decision.nearest[0])
    text, link = Sentence(_newest(usable, "ru"), _newest(usable, "en")), usable.release.id
    next_step = step(usable.code, usable.code.action)
    return Obstacle(usable.code.value, text, next_step, link=("release", link))


def _taken_back(place: Place, rows: Sequence[Row], best: Row | None) -> Iterator[Obstacle]:
    """The release that is installed here, if it was withdrawn; `_newer` tells of a newer one."""
    held = {seat.installed_release_id for seat in place.seats.values()}
    for row in rows:
        newer = best is not None and row.release.version_key > best.release.version_key
        if row.code is Code.RELEASE_WITHDRAWN and row.release.id in held and not newer:
            text = Sentence(_newest(row, "ru"), _newest(row, "en"))
            next_step = step("INSTALLED_WITHDRAWN", row.code.action)
            yield Obstacle(row.code.value, text, next_step, link=("release", row.release.id))


def _nearest(row: Row) -> Obstacle:
    version = row.release.version
    text = Sentence(
        reasons.nearest(version, row.code, localised(row.params, "ru"), "ru"),
        reasons.nearest(version, row.code, localised(row.params, "en"), "en"),
    )
    link: Link = ("release", row.release.id)
    return Obstacle(row.code.value, text, step(row.code, row.code.action), link=link)


def _newer(rows: Sequence[Row], best: Row) -> Iterator[Obstacle]:
    """A release above the best one that is not given; rows begin with the highest version."""
    above = [row for row in rows if row.release.version_key > best.release.version_key]
    taken_back = [row for row in above if row.code is Code.RELEASE_WITHDRAWN]
    for row in taken_back or above[:1]:
        text = Sentence(_newest(row, "ru"), _newest(row, "en"))
        next_step = _advice(best) if best.advised else step(row.code, row.code.action)
        serious = row.code is not Code.ROLLOUT_PENDING
        link: Link = ("release", row.release.id)
        yield Obstacle(row.code.value, text, next_step, serious, link=link)


def _newest(row: Row, language: Literal["ru", "en"]) -> str:
    told = reasons.sentence(row.code, localised(row.params, language), language)
    word = "Релиз" if language == "ru" else "Release"
    return f"{word} {row.release.version}: {told}"


def _advice(best: Row) -> Sentence:
    version = best.release.version
    return Sentence(f"Вернитесь на релиз {version}", f"Go back to release {version}")


def _before(here: KeyRights, place: Place, best: Row) -> Iterator[Obstacle]:
    """What the agent has to do before it may fetch the release that it is offered."""
    item = here.of_product(best.release.extension.product_id)
    if best.action is OfferAction.CURRENT or item is None:
        return
    if item.activation is None and _is_full(item):
        yield _full(item)
    problem = place.agreements.refusal(best.release)
    if problem is not None:
        yield _of_problem(problem)


def _last_report(place: Place, line: Sequence[PublishedRelease]) -> Iterator[Obstacle]:
    report = place.reports.get(line[0].extension.id)
    if report is not None and report.outcome in _BAD:
        text, next_step = reportcodes.told(report.outcome, report.code)
        code = report.code or report.outcome.upper()
        yield Obstacle(code, text, next_step, link=("report", report.id))


def _of_problem(problem: Problem) -> Obstacle:
    told = Sentence(*(fill(problem.title, each, problem.params) for each in ("ru", "en")))
    action = Action(problem.action)
    return Obstacle(problem.code, said(problem.code, told), step(problem.code, action))
