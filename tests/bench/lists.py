"""Every list, filter, order and search of the cabinet and of the vendor's API, as addresses."""

import ast
import inspect
import re
import textwrap
import typing
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.kit.fields import ListQuery

CABINET, API = "/cabinet", "/api/v1/vendor"
PAGE = ("limit", "cursor")
DAYS = ("created_from", "created_to")
_HOLE = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Place:
    """A route that answers with a list, and what it may be asked for."""

    path: str
    model: type[ListQuery] | None

    @property
    def is_page(self) -> bool:
        """Whether people read it, not programs."""
        return self.path.startswith(CABINET)


def places(app: FastAPI) -> list[Place]:
    """All routes that read lists: programs' say so in their signature, pages where they ask."""
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in context.methods:
            if context.path.startswith((CABINET, API)):
                found.append(Place(context.path, _signed(route) or _asked(route)))
    return found


def _signed(route: APIRoute) -> type[ListQuery] | None:
    hints = typing.get_type_hints(route.endpoint)
    return next((hint for hint in hints.values() if _is_query(hint)), None)


def _asked(route: APIRoute) -> type[ListQuery] | None:
    """What the function behind a page hands to `asked`."""
    known = route.endpoint.__globals__
    tree = ast.parse(textwrap.dedent(inspect.getsource(route.endpoint)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = (known.get(ast.unparse(call.args[0])) for call in calls)
    return next((model for model in named if _is_query(model)), None)


def _is_query(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, ListQuery)


ABSENT = {uuid.UUID: "0192f0c1-2f3a-7c11-8e4d-000000000000", str: "no-such-7"}


@dataclass(frozen=True, slots=True)
class Variant:
    """A list as it is narrowed and ordered once."""

    place: Place
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """Where it stands, with its holes open."""
        return self.place.path + (f"?{urlencode(self.asked)}" if self.asked else "")


def variants(place: Place, values: "Values") -> Iterator[Variant]:
    """The list itself, each order, each filter by each kind of value."""
    yield Variant(place)
    if place.model is None:
        return
    for name, given in place.model.model_fields.items():
        if name not in PAGE:
            for value in values.of(name, given.annotation):
                yield Variant(place, ((name, value),))
    yield Variant(place, (("created_from", values.day), ("created_to", values.day)))


class Values:
    """What filters are tried with: values that many rows have, few have, none has."""

    def __init__(self, known: Mapping[str, Sequence[str]], day: str) -> None:
        self.known, self.day = known, day

    def of(self, name: str, hint: object) -> Iterator[str]:
        kinds = set(_plain(hint))
        literal = [word for kind in kinds for word in _words(kind)]
        if literal:
            yield from literal
            return
        if bool in kinds:
            yield from ("true", "false")
            return
        if date in kinds:
            yield self.day
            yield "2999-01-01" if name.endswith("_from") else "1999-01-01"
            return
        yield from self.known[name]
        yield from (ABSENT[kind] for kind in kinds if kind in ABSENT)


def _plain(hint: object) -> Iterator[object]:
    """The kinds of value behind optional and annotated ones."""
    if typing.get_origin(hint) is typing.Annotated:
        yield from _plain(typing.get_args(hint)[0])
    elif isinstance(hint, type(typing.Union[int, str])) or isinstance(hint, type(int | str)):
        for each in typing.get_args(hint):
            yield from _plain(each)
    else:
        yield hint


def _words(kind: object) -> list[str]:
    import enum

    if typing.get_origin(kind) is typing.Literal:
        return [str(word) for word in typing.get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(each.value) for each in kind]
    return []
