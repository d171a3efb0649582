"""The card of an extension: releases by configurations, and its history."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.audit import queries as audit
from app.cabinet.auth import Signed, Viewer
from app.cabinet.extensions.lists import PATH
from app.cabinet.lists import Listing, ListKind, asked, given
from app.cabinet.routers import pages
from app.cabinet.rulewords import range_words
from app.cabinet.templates import page
from app.catalog.models import CompatibilityRule, Extension
from app.catalog.queries import extensions as queries
from app.catalog.queries import releases as releases_queries
from app.catalog.queries.releases import Shown
from app.catalog.schemas.releases import FindReleases
from app.catalog.schemas.rules import RuleRow
from app.delivery.queries.spread import Spread, spread, use
from app.kit.db import KitSession, ReadSessionDep
from app.kit.i18n import N_, Language
from app.kit.paging import Page, Rows
from onec.compatibility import Effect, Verdict

router = pages("/extensions")
Reader = Annotated[Viewer, Depends(Signed(Permission.CATALOG_READ))]
TABS = (("releases", "", N_("Releases")), ("history", "/history", N_("History")))
COLUMNS_MAX = 5
"""More configurations than a page has room for are told in its last column."""
_OTHERS = "…"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one rule says of a configuration: a verdict with the versions it is about."""

    verdict: str
    text: str
    tested_to: str | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A release with its cells by configuration."""

    shown: Shown
    spread: Spread
    cells: Mapping[str, Sequence[Cell]]


@router.get("/{extension_id}")
def extension_card(
    request: Request, session: ReadSessionDep, viewer: Reader, extension_id: uuid.UUID
) -> Response:
    """Releases, newest first, with the configurations that each fits."""
    found = queries.extension(session, viewer.vendor_id, extension_id)
    wish = asked(FindReleases, request, extension=found.code)
    releases = releases_queries.releases_of(session, found, wish)
    here = f"{PATH}/{found.id}"
    names, rows = _matrix(session, releases, viewer.locale)
    context = _card(session, found, "releases") | {
        "listing": Listing(ListKind(()), here, given(request), viewer.locale, releases),
        "configurations": names,
        "rows": rows,
        "others": _OTHERS,
    }
    return page(request, viewer, "cabinet/extensions/card.html", context)


@router.get("/{extension_id}/history")
def extension_history(
    request: Request, session: ReadSessionDep, viewer: Reader, extension_id: uuid.UUID
) -> Response:
    """What was done to the extension."""
    found = queries.extension(session, viewer.vendor_id, extension_id)
    where = Page(cursor=request.query_params.get("cursor"), filters={"": request.url.path})
    events = audit.history(session, viewer.vendor_id, "extension", found.id, where)
    context = _card(session, found, "history") | {"events": events}
    return page(request, viewer, "cabinet/extensions/history.html", context)


def _card(session: KitSession, extension: Extension, tab: str) -> dict[str, object]:
    [line] = queries.described(session, [extension])
    return {
        "extension": extension,
        "line": line,
        "product": line.product_name,
        "numbers": use(session, [extension])[extension.id],
        "tabs": TABS,
        "tab": tab,
        "newest": queries.newest_published(session, [extension.id]).get(extension.id),
    }


def _matrix(
    session: KitSession, releases: Rows[Shown], language: Language
) -> tuple[list[str], list[MatrixRow]]:
    """The configurations that the rules name most, and the rows of the matrix."""
    found = [shown.release for shown in releases.rows]
    kept = releases_queries.rules_of_many(session, found)
    spreads = spread(session, found)
    rules = {release_id: _rows(rows) for release_id, rows in kept.items()}
    frequent = Counter(_name(row) for rows in rules.values() for row in rows)
    names = [name for name, _ in frequent.most_common(COLUMNS_MAX)]
    if len(frequent) > COLUMNS_MAX:
        names.append(_OTHERS)
    rows = []
    for shown in releases.rows:
        cells: dict[str, list[Cell]] = {}
        for row in rules.get(shown.release.id, ()):
            name = _name(row)
            cells.setdefault(name if name in names else _OTHERS, []).append(_cell(row, language))
        rows.append(MatrixRow(shown, spreads.get(shown.release.id, Spread()), cells))
    return names, rows


def _rows(rules: Sequence[CompatibilityRule]) -> list[RuleRow]:
    return [RuleRow.model_validate(rule.rule) for rule in rules]


def _name(row: RuleRow) -> str:
    return row.configuration_name or ""


def _cell(row: RuleRow, language: Language) -> Cell:
    verdict = Verdict.COMPATIBLE if row.effect is Effect.ALLOW else Verdict.INCOMPATIBLE
    return Cell(verdict.value, range_words(row, language), row.tested_to)
