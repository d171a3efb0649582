"""Lists as pages show them: everything that narrows or orders them stands in the address."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from app.accounts.service import own_account
from app.cabinet.auth import Viewer
from app.kit.db import KitSession
from app.kit.fields import PAGE_MAX, ListQuery
from app.kit.i18n import N_, Language, fill, fill_plural, translate
from app.kit.paging import CAP, Rows
from app.kit.problems import ValidationFailed, command
from app.kit.web.forms import Form
from wire import codes

Q = TypeVar("Q", bound=ListQuery)
_TICKED = "ticked"
HINT = 5
"""Symbols of a code that stay in an address: a full one is a secret."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Something that narrows a list: its label, and the words of its values if they are codes."""

    name: str
    label: str
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class ListKind:
    """What a list can be narrowed and ordered by, and which columns may be left out of it."""

    filters: Sequence[Filter]
    sorts: Collection[str] = ()
    columns: Sequence[tuple[str, str]] = ()
    sort: str = "-created_at"


@dataclass(frozen=True, slots=True)
class Listing:
    """One look at a list."""

    kind: ListKind
    path: str
    given: Sequence[tuple[str, str]]
    language: Language
    found: Rows[Any] | None = None
    count: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    """What chips call values that are ids."""
    chosen: Collection[str] | None = None
    """The columns that the reader chose for good; None is all of them."""

    def value(self, name: str) -> str:
        """A member of the address, or nothing."""
        return next((value for key, value in self.given if key == name), "")

    @property
    def sort(self) -> str:
        """The order that the address asks for; empty for the list's own."""
        return self.value("sort")

    @property
    def _order(self) -> str:
        return self.sort or self.kind.sort

    @property
    def sorts(self) -> Collection[str]:
        """The columns that the list can be ordered by."""
        return self.kind.sorts

    @property
    def descending(self) -> bool:
        """Whether the order goes down."""
        return self._order.startswith("-")

    def sorted_by(self, name: str) -> bool:
        """Whether a column orders the list now."""
        return self._order.lstrip("-") == name

    def sort_link(self, name: str) -> str:
        """The list ordered by a column, the other way round if it is already."""
        wanted = f"-{name}" if self.sorted_by(name) and not self.descending else name
        return self._address([("sort", wanted)], without={"sort", "cursor"})

    def shows(self, name: str) -> bool:
        """Whether a column is shown: all are, unless some were chosen; the first one always is."""
        optional = [column for column, _ in self.kind.columns]
        return name not in optional or self.chosen is None or name in self.chosen

    def kept(self, without: Collection[str] = ()) -> list[tuple[str, str]]:
        """The members of the address for a form that changes the others."""
        return [(k, v) for k, v in self.given if k not in {*without, _TICKED, "cursor"}]

    @property
    def here(self) -> str:
        """The list as it is narrowed and ordered now, from its first page."""
        return self._address(without={"cursor"})

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on."""
        made = []
        for each in self.kind.filters:
            if value := self.value(each.name):
                word = each.words.get(value)
                shown = translate(word, self.language) if word else self.texts.get(value, value)
                text = f"{translate(each.label, self.language)}: {shown}"
                made.append(Chip(text, self._address(without={each.name, "cursor"})))
        return made

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.chips)

    @property
    def first(self) -> str:
        """The first page, unless this is it."""
        return self._address(without={"cursor"}) if self.value("cursor") else ""

    @property
    def next(self) -> str:
        """The page behind this one, if there is one."""
        cursor = self.found.next_cursor if self.found else None
        return self._address([("cursor", cursor)], without={"cursor"}) if cursor else ""

    @property
    def count_text(self) -> str:
        """How many rows there are, counted up to a cap."""
        if self.count is None:
            return ""
        if self.count > CAP:
            return fill(N_("More than {n} rows"), self.language, {"n": grouped(CAP)})
        return fill_plural("{n} row", "{n} rows", self.count, self.language)

    @property
    def ticks_all(self) -> bool:
        """Whether the page comes with all of its rows ticked."""
        return self.value(_TICKED) == "all"

    @property
    def tick_link(self) -> str:
        """The same page with all rows ticked, or with none."""
        return self._address([] if self.ticks_all else [(_TICKED, "all")])

    def for_all(self, path: str) -> str:
        """The page of an act on everything that the filters find."""
        return self._address([("all", "1")], without={"all", "cursor", "sort"}, path=path)

    @property
    def export_path(self) -> str:
        """The page that asks how to export what the list shows."""
        return self._address(without={"cursor"}, path=f"{self.path}/export")

    def _address(
        self,
        more: Iterable[tuple[str, str]] = (),
        *,
        without: Collection[str] = (),
        path: str = "",
    ) -> str:
        pairs = [(k, v) for k, v in self.given if k not in {*without, _TICKED}] + list(more)
        return f"{path or self.path}?{urlencode(pairs)}" if pairs else path or self.path


def chosen_columns(session: KitSession, viewer: Viewer, name: str) -> Collection[str] | None:
    """The columns of a list that the reader wants to see; None where no choice was made."""
    kept: list[str] | None = own_account.preference(session, viewer, place(name)).get("shown")
    return kept


def place(name: str) -> str:
    """What the choice of columns of a list is kept as."""
    return f"columns:{name}"


class Ticked(BaseModel):
    """Rows of a list that were ticked, by their ids."""

    ids: Annotated[list[uuid.UUID], Field(max_length=PAGE_MAX)] = []


def ticked(request: Request, filled: Form, name: str) -> list[uuid.UUID]:
    """The rows that an act is for: those of the address, or of the form that was refused."""
    told = request.query_params.getlist(name) or list(filled.all(name))
    return command(Ticked, {"ids": told}).ids


def grouped(number: int) -> str:
    """A number with narrow spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def given(request: Request) -> list[tuple[str, str]]:
    """What the address says, without what it leaves empty."""
    return [
        (name, value.strip()) for name, value in request.query_params.multi_items() if value.strip()
    ]


def shortened(request: Request, name: str = "hint") -> Response | None:
    """The same list by the last five symbols, where somebody gave a longer code to look for."""
    typed = request.query_params.get(name, "").strip()
    if len(typed) <= HINT:
        return None
    pairs = [(k, codes.tail(v) if k == name else v) for k, v in given(request) if k != "cursor"]
    return RedirectResponse(f"{request.url.path}?{urlencode(pairs)}", 303)


def asked(model: type[Q], request: Request, **more: object) -> Q:
    """The list's query as the address says it; VALIDATION_FAILED where a value is none."""
    known = {name: value for name, value in given(request) if name in model.model_fields}
    return command(model, known, **more)


def asked_exactly(model: type[Q], request: Request, **more: object) -> Q:
    """As `asked`, for what leaves the cabinet: an address that says more would narrow nothing."""
    if any(name not in model.model_fields for name, _ in given(request)):
        unknown = ("extra_forbidden", N_("The address holds a filter that this list does not have"))
        raise ValidationFailed.at({"/?": unknown})
    return asked(model, request, **more)
