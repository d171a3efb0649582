"""The rows that one act is for: those that were ticked, or all that the filters find."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app.cabinet.auth import Viewer
from app.cabinet.lists import Listing, ListKind, asked, given, ticked
from app.kit.fields import BULK_MAX, ListQuery
from app.kit.i18n import N_
from app.kit.problems import Problem
from app.kit.web.forms import Fields, Form

SHOWN = 20
"""Rows of a selection that its page names; the others are counted."""
Find = Callable[[Any, int], Sequence[uuid.UUID]]
"""The ids that a query finds, and how many of them are wanted at most."""


class SelectionChanged(Problem):
    """The filters find another number of rows than the page told."""

    code, status, action = "SELECTION_CHANGED", 409, "retry"
    title = N_("The list changed: it is {n} rows now. Look again and confirm")


class TooManyRows(Problem):
    """More rows than one act takes."""

    code, status, action = "TOO_MANY_ROWS", 409, "fix_input"
    title = N_("At most {most} rows at once: narrow the filters")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done with rows of a list: which list, and the name of its ticks."""

    kind: ListKind
    query: type[ListQuery]
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of an act, and where its form goes."""

    ids: Sequence[uuid.UUID]
    by_filter: bool
    listing: Listing

    @property
    def too_many(self) -> bool:
        """Whether one act cannot take them all."""
        return len(self.ids) > BULK_MAX

    def context(self) -> dict[str, object]:
        """What the page of the act needs."""
        return {"selection": self, "shown": SHOWN, "most": BULK_MAX}


def selection(request: Request, viewer: Viewer, act: Act, find: Find, filled: Form) -> Selection:
    """What the page of the act is about."""
    listing = Listing(act.kind, act.path, given(request), viewer.locale)
    if listing.value("all"):
        wish = asked(act.query, request)
        return Selection(find(wish, BULK_MAX + 1), by_filter=True, listing=listing)
    return Selection(ticked(request, filled, act.name), by_filter=False, listing=listing)


def confirmed(request: Request, fields: Fields, act: Act, find: Find) -> Sequence[object]:
    """The ids that the act is done with: as many as its page told."""
    if not request.query_params.get("all"):
        return fields.all(act.name)
    ids = find(asked(act.query, request), BULK_MAX + 1)
    if len(ids) > BULK_MAX:
        raise TooManyRows(most=BULK_MAX)
    if fields.text("told") != str(len(ids)):
        raise SelectionChanged(n=len(ids))
    return ids
