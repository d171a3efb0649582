"""Whom a release reaches: the infobases that are known, by the verdict on each."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from app.catalog.models import Release, ReleaseStatus
from app.catalog.queries import releases as reads
from app.catalog.schemas.rules import RuleRow
from app.delivery.queries.spread import Holder, seated
from app.kit.db import KitSession
from app.licensing.models import Activation, ActivationStatus, Entitlement, Infobase
from onec.compatibility import Environment, Rule, Verdict, evaluate
from onec.connection import InfobaseKind

LOSING = "losing"
"""Beside the verdicts: infobases that have an offer now and would not have it any more."""
_COLUMNS = (
    Infobase.configuration_name,
    Infobase.configuration_version,
    Infobase.platform_version,
    Infobase.kind,
)
_MOST_KINDS = 5_000
_Told = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How many infobases get which verdict; `kinds` are their descriptions."""

    counts: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, Sequence[_Told]] = field(default_factory=dict)

    @property
    def known(self) -> int:
        """All infobases that were judged."""
        return sum(self.counts.get(verdict.value, 0) for verdict in Verdict)


def reach(session: KitSession, release: Release, rules: Sequence[Rule]) -> Reach:
    """The verdict of these rules on every infobase with a seat of the extension's product.

    Infobases that tell the same of themselves are judged once, so their number costs little.
    """
    counts: Counter[str] = Counter()
    kinds: dict[str, list[_Told]] = {}
    loses = _loses(session, release)
    for *told, number in session.execute(_described(release)):
        environment = _environment(*told)
        verdict = evaluate(rules, environment).verdict
        names = [verdict.value]
        if verdict is not Verdict.COMPATIBLE and loses(environment):
            names.append(LOSING)
        for name in names:
            counts[name] += number
            kinds.setdefault(name, []).append(tuple(told))
    return Reach(counts, kinds)


def _seats(release: Release) -> Select[uuid.UUID]:
    """Infobases with a seat of the product behind the release."""
    product = reads.product_id_of(release)
    return (
        select(Activation.infobase_id)
        .join(Entitlement, Entitlement.id == Activation.entitlement_id)
        .where(
            Activation.vendor_id == release.vendor_id,
            Activation.status == ActivationStatus.ACTIVE,
            Entitlement.product_id == product,
        )
    )


def _described(release: Release) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS, func.count())
        .where(
            Infobase.vendor_id == release.vendor_id,
            Infobase.id.in_(_seats(release)),
            Infobase.configuration_name.is_not(None),
        )
        .group_by(*_COLUMNS)
        .order_by(func.count().desc())
        .limit(_MOST_KINDS)
    )


def _environment(
    name: str, version: str | None, platform: str | None, kind: str | None
) -> Environment:
    return Environment.of(
        name,
        version or "",
        platform=platform,
        infobase_kind=InfobaseKind(kind) if kind else None,
    )


def _loses(session: KitSession, release: Release) -> Callable[[Environment], bool]:
    """Whether an infobase has this release on offer now, and no other one."""
    if release.status != ReleaseStatus.PUBLISHED:
        return lambda _: False
    line = reads.published_beside(session, release)
    rules = {
        release_id: [RuleRow.model_validate(row.rule).compiled() for row in rows]
        for release_id, rows in reads.rules_of_many(session, [release, *line]).items()
    }
    own = rules.pop(release.id, [])

    def loses(environment: Environment) -> bool:
        return _fits(own, environment) and not any(
            _fits(other, environment) for other in rules.values()
        )

    return loses


def _fits(rules: Sequence[Rule], environment: Environment) -> bool:
    return evaluate(rules, environment).verdict is Verdict.COMPATIBLE


def reached(session: KitSession, release: Release, found: Reach, name: str) -> list[Holder]:
    """Some infobases of a verdict, the last heard of first."""
    kinds = found.kinds.get(name, ())
    if not kinds:
        return []
    told = tuple_(*(func.coalesce(column, "") for column in _COLUMNS))
    return seated(
        session,
        release.vendor_id,
        Entitlement.product_id == reads.product_id_of(release),
        told.in_(list(_blank(kinds))),
    )


def _blank(kinds: Sequence[_Told]) -> Iterator[tuple[str, ...]]:
    for kind in kinds:
        yield tuple(value or "" for value in kind)
