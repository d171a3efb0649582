"""Whom a release reaches: the infobases that are known, by the verdict on each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    TableValuedAlias,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from app.catalog.models import Release, ReleaseStatus
from app.catalog.queries import releases as reads
from app.customers.models import Customer
from app.delivery.queries.spread import Holder
from app.kit.db import KitSession
from app.kit.paging import Page, Rows, newest_first
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Infobase,
    LicenseKey,
)
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
    loses = _loses(session, release, rules)
    for *told, number in session.execute(_described(session, release)):
        environment = _environment(*told)
        verdict = evaluate(rules, environment).verdict
        names = [verdict.value]
        if verdict is not Verdict.COMPATIBLE and loses(environment):
            names.append(LOSING)
        for name in names:
            counts[name] += number
            kinds.setdefault(name, []).append(tuple(told))
    return Reach(counts, kinds)


def _seated(session: KitSession, release: Release) -> list[ColumnElement[bool]]:
    """Infobases with a seat of the product behind the release."""
    # The id itself: behind a subquery the planner would not know how many seats it has.
    product_id = reads.extension_of(session, release).product_id
    seats = select(Activation.infobase_id).where(
        Activation.vendor_id == release.vendor_id,
        Activation.status == ActivationStatus.ACTIVE,
        Activation.product_id == product_id,
    )
    return [
        Infobase.vendor_id == release.vendor_id,
        Infobase.configuration_name.is_not(None),
        Infobase.id.in_(seats),
    ]


def _described(session: KitSession, release: Release) -> Select[*tuple[Any, ...]]:
    query = select(*_COLUMNS, func.count()).where(*_seated(session, release))
    return query.group_by(*_COLUMNS)


def _environment(
    name: str, version: str | None, platform: str | None, kind: str | None
) -> Environment:
    return Environment.of(
        name,
        version or "",
        platform=platform,
        infobase_kind=InfobaseKind(kind) if kind else None,
    )


def _loses(
    session: KitSession, release: Release, rules: Sequence[Rule]
) -> Callable[[Environment], bool]:
    """Whether an infobase has this release on offer now, and no other one."""
    own = reads.compiled_rules(session, [release])[release.id]
    if release.status != ReleaseStatus.PUBLISHED or list(rules) == own:
        return lambda _: False
    others = reads.compiled_rules(session, reads.published_beside(session, release)).values()

    def loses(environment: Environment) -> bool:
        return _fits(own, environment) and not any(_fits(other, environment) for other in others)

    return loses


def _fits(rules: Sequence[Rule], environment: Environment) -> bool:
    return evaluate(rules, environment).verdict is Verdict.COMPATIBLE


def reached(
    session: KitSession, release: Release, found: Reach, name: str, page: Page
) -> Rows[Holder]:
    """A page of the infobases of a verdict, the newest first."""
    told = _table(found.kinds.get(name, ()))
    same = (func.coalesce(column, "") == told.c[column.key] for column in _COLUMNS)
    query = select(Infobase).join(told, and_(*same)).where(*_seated(session, release))
    rows = newest_first(session, query, Infobase.id, page)
    return Rows(_holders(session, release, rows.rows), rows.next_cursor)


def _table(kinds: Sequence[_Told]) -> TableValuedAlias:
    """The descriptions as a table, each once."""
    rows = {tuple(value or "" for value in kind) for kind in kinds}
    names = [column.key for column in _COLUMNS]
    arrays = [
        bindparam(name, [row[number] for row in rows], type_=ARRAY(String()), unique=True)
        for number, name in enumerate(names)
    ]
    return func.unnest(*arrays).table_valued(*names).render_derived(name="told")


def _holders(session: KitSession, release: Release, rows: Sequence[Infobase]) -> list[Holder]:
    """The infobases, each with its newest seat."""
    product_id = reads.extension_of(session, release).product_id
    held = session.execute(
        select(Infobase, LicenseKey, Customer)
        .ext(distinct_on(Infobase.id))
        .join(Activation, Activation.infobase_id == Infobase.id)
        .join(LicenseKey, LicenseKey.id == Activation.key_id)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .where(
            Activation.vendor_id == release.vendor_id,
            Activation.infobase_id.in_([row.id for row in rows]),
            Activation.status == ActivationStatus.ACTIVE,
            Activation.product_id == product_id,
        )
        .order_by(Infobase.id, Activation.id.desc())
    )
    by_id = {row[0].id: Holder(*row) for row in held}
    return [by_id[row.id] for row in rows]
