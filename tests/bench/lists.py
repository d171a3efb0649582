"""Every list of the cabinet and of the vendor's API: each filter, order and search of it."""

import ast
import enum
import inspect
import textwrap
import types
import typing
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import psycopg
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.kit.fields import ListQuery

CABINET, API = "/cabinet", "/api/v1/vendor"
PAGING = ("limit", "cursor")
NOBODY = {uuid.UUID: "0192f0c1-2f3a-7c11-8e4d-000000000000", str: "no-such-7"}
"""Values that no row has, by their kind."""
OFTEN = """
SELECT {0}::text FROM {1} WHERE vendor_id = %(vendor)s AND {0} IS NOT NULL
GROUP BY 1 ORDER BY count(*) DESC, 1
"""
ONE = "SELECT {0}::text FROM {1} WHERE vendor_id = %(vendor)s AND {0} IS NOT NULL LIMIT 1"
HELD = """
SELECT code FROM {1} AS named WHERE vendor_id = %(vendor)s ORDER BY
(SELECT count(*) FROM {2} AS held WHERE held.{0} = named.id) DESC, 1
"""
SOURCES = {
    "product": (HELD, "product_id", "products", "entitlements"),
    "extension": (HELD, "extension_id", "extensions", "downloads"),
    "version": (OFTEN, "version", "install_reports"),
    "configuration_name": (OFTEN, "configuration_name", "infobases"),
    "code": (OFTEN, "code", "install_reports"),
    "action": (OFTEN, "action", "audit_events"),
    "subject_kind": (OFTEN, "subject_kind", "audit_events"),
    "responsible": (OFTEN, "responsible", "customers"),
    "batch_id": (OFTEN, "batch_id", "coupons"),
    "distributor_id": (OFTEN, "distributor_id", "customers"),
    "release_id": (OFTEN, "release_id", "downloads"),
    "customer": (ONE, "split_part(search_text, ' ', 1)", "customers"),
    "q": (ONE, "search_text", "customers"),
    "hint": (ONE, "right(hint, 5)", "license_keys"),
    "agent_version": (ONE, "replace(user_agent, 'podkluch-agent/', '')", "downloads"),
    "after_seq": (ONE, "seq", "audit_events"),
    "download_id": (ONE, "id", "downloads"),
    **{name: (ONE, name, "customers") for name in ("inn", "email", "external_ref1")},
    **{name: (ONE, name, "downloads") for name in ("customer_id", "key_id", "activation_id", "ip")},
    **{name: (ONE, name, "audit_events") for name in ("subject_id", "actor_id", "request_id")},
    **{f"bound_{name}": (ONE, name, "downloads") for name in ("key_id", "customer_id")},
    "invoice_number": (ONE, "invoice_number", "coupon_batches"),
    "coupon_id": (ONE, "id", "coupons"),
    "infobase_id": (ONE, "id", "infobases"),
    "uid": (ONE, "uid", "infobases"),
    "external_guid": (ONE, "external_guid", "distributors"),
    "onec_name": (ONE, "onec_name", "extensions"),
    "eula_id": (ONE, "eula_id", "eula_acceptances"),
}
"""Where a filter's values come from: the one that most rows have and the one that fewest have."""


@dataclass(frozen=True, slots=True)
class Place:
    """A route that answers with a list, and what it may be asked for."""

    path: str
    model: type[ListQuery]

    @property
    def is_page(self) -> bool:
        """Whether people read it, not programs."""
        return self.path.startswith(CABINET)


@dataclass(frozen=True, slots=True)
class Variant:
    """A list as it is narrowed and ordered once; the name is the same for all sizes."""

    name: str
    place: Place
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def is_long(self) -> bool:
        """Whether it has more than a page where the table has: it is not narrowed, or to many."""
        return not self.asked or self.asked[0][0] == "sort" or self.name.endswith(": many")

    def address(self, ids: Mapping[str, str]) -> str:
        """Where it stands."""
        told = f"?{urlencode(self.asked)}" if self.asked else ""
        return self.place.path.format_map(ids) + told


def places(app: FastAPI) -> list[Place]:
    """All routes that read lists: programs' say so in their signature, pages where they ask."""
    found = []
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        if not isinstance(route, APIRoute) or "GET" not in (context.methods or ()):
            continue
        model = _signed(route) or _asked(route)
        if model is not None and path.startswith((CABINET, API)):
            found.append(Place(path, model))
    return found


def _signed(route: APIRoute) -> type[ListQuery] | None:
    hints = typing.get_type_hints(route.endpoint).values()
    return next((hint for hint in hints if _is_query(hint)), None)


def _asked(route: APIRoute) -> type[ListQuery] | None:
    """The query that the function behind a page hands on."""
    written = inspect.unwrap(route.endpoint)
    known = written.__globals__
    tree = ast.parse(textwrap.dedent(inspect.getsource(written)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = (known.get(ast.unparse(call.args[0])) for call in calls)
    return next((model for model in named if _is_query(model)), None)


def _is_query(hint: object) -> typing.TypeGuard[type[ListQuery]]:
    return isinstance(hint, type) and issubclass(hint, ListQuery)


@dataclass(frozen=True, slots=True)
class Values:
    """What filters are tried with: values that many rows have, few have, none has."""

    known: Mapping[str, Sequence[str]]
    day: str

    @classmethod
    def of(cls, connection: psycopg.Connection, vendor_id: str) -> "Values":
        """Those of a vendor's rows; a day in the middle of its downloads."""
        told = {"vendor": vendor_id}
        known = {}
        for name, (query, *words) in SOURCES.items():
            rows = [row[0] for row in connection.execute(query.format(*words), told)]
            known[name] = list(dict.fromkeys([*rows[:1], *rows[-1:]]))
        middle = "SELECT (min(created_at) + (max(created_at) - min(created_at)) / 2)::date::text"
        day = f"{middle} FROM downloads WHERE vendor_id = %(vendor)s"
        return cls(known, connection.execute(day, told).fetchone()[0])

    def variants(self, place: Place) -> Iterator[Variant]:
        """The list itself, each order, each filter by each kind of value, a day."""
        yield Variant(place.path, place)
        for name, field in place.model.model_fields.items():
            if name not in PAGING:
                for kind, value in self._tried(name, field.annotation):
                    yield Variant(f"{place.path} {name}: {kind}", place, ((name, value),))
        day = (("created_from", self.day), ("created_to", self.day))
        yield Variant(f"{place.path} one day", place, day)

    def _tried(self, name: str, hint: object) -> Iterator[tuple[str, str]]:
        kinds = set(_plain(hint))
        words = [word for kind in kinds for word in _words(kind)]
        if words:
            yield from ((word, word) for word in words)
        elif date in kinds:
            yield "some", self.day
            yield "none", "2999-01-01" if name.endswith("_from") else "1999-01-01"
        else:
            yield from zip(("many", "few"), self.known[name], strict=False)
            yield from (("none", NOBODY[kind]) for kind in kinds if kind in NOBODY)


def _plain(hint: object) -> Iterator[object]:
    """The kinds of value behind optional and annotated ones."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        yield from _plain(typing.get_args(hint)[0])
    elif origin in {typing.Union, types.UnionType}:
        for each in typing.get_args(hint):
            yield from _plain(each)
    else:
        yield hint


def _words(kind: object) -> list[str]:
    """All values of a kind that has few."""
    if typing.get_origin(kind) is typing.Literal:
        return [str(word) for word in typing.get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(each.value) for each in kind]
    return ["true", "false"] if kind is bool else []
