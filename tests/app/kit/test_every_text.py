"""No verb takes a bare text or an endless list: whatever reaches one has a type with an end."""

import ast
import importlib
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from app.kit.fields import Line, Note, Said
from tests.factories.application import an_app

APP = Path(__file__).parents[3] / "app"
HOSTILE = {"a NUL": "a\0b", "half a symbol": "a\ud800", "more than a mebibyte": "a" * (2**20 + 1)}
MOST_ITEMS = 1_000
SEVERAL = (list, tuple, set, frozenset, dict)
BY_PEOPLE = {"DisableCoupons.coupons", "SuspendKeys.keys"}
"""Rows that a person acts on at once, BULK_MAX of them: no JSON brings them."""
Part = tuple[str, type, tuple[Any, ...]]
READERS = {"command": 0, "asking.shaped": 1}
"""Functions that read a body into a model, and which argument that is."""
CHOSEN_LATER = {"model"}
"""Names of parameters that stand for whichever command the caller names."""


def commands() -> Iterator[type[BaseModel]]:
    """Every model that bodies are read into; those of the command line are typed by hosts."""
    for path in APP.rglob("*.py"):
        if {"cli", "demo"} & set(path.relative_to(APP).parts):
            continue
        module = ".".join(path.relative_to(APP.parent).with_suffix("").parts)
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            place = READERS.get(ast.unparse(call.func)) if isinstance(call, ast.Call) else None
            if place is not None:
                known = importlib.import_module(module.removesuffix(".__init__"))
                yield from named(known, call.args[place])


def named(module: object, model: ast.expr) -> Iterator[type[BaseModel]]:
    for name in ast.walk(model):
        if isinstance(name, ast.Name) and name.id not in CHOSEN_LATER:
            found = getattr(module, name.id)
            assert issubclass(found, BaseModel), name.id
            yield found


def parameters(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from parameters(inner)


def parts(
    annotation: Any,
    more: tuple[Any, ...] = (),
    where: str = "",
    above: frozenset[Any] = frozenset(),
) -> Iterator[Part]:
    """The texts and the lists inside a type, each with what constrains it."""
    if get_origin(annotation) in SEVERAL:
        yield where, list, more
    if get_origin(annotation) is Annotated:
        inner, *constraints = get_args(annotation)
        yield from parts(inner, (*constraints, *more), where, above)
    elif annotation is str:
        yield where, str, more
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items() if annotation not in above else ()
        for name, field in fields:
            here = f"{annotation.__name__}.{name}"
            yield from parts(field.annotation, tuple(field.metadata), here, above | {annotation})
    else:
        for inner in get_args(annotation):
            if not isinstance(inner, str | int):
                yield from parts(inner, (), where, above)


def taken(constraints: tuple[Any, ...]) -> list[str]:
    """Which of the hostile texts pass."""
    adapter = TypeAdapter(Annotated[(str, *constraints)] if constraints else str)
    passed = []
    for name, text in HOSTILE.items():
        try:
            adapter.validate_python(text)
            passed.append(name)
        except ValidationError:
            pass
    return passed


def bare(found: Iterable[Part]) -> dict[str, list[str]]:
    """The texts that let one of the hostile ones pass."""
    texts = [(where, taken(constraints)) for where, kind, constraints in found if kind is str]
    assert texts
    return {where: passed for where, passed in texts if passed}


def endless(found: Iterable[Part]) -> set[str]:
    """The lists that may have more items than a request needs."""
    return {
        where
        for where, kind, constraints in found
        if kind is list
        if min((most(each) for each in constraints), default=math.inf) > MOST_ITEMS
    }


def most(constraint: Any) -> float:
    """The most items that a constraint allows."""
    inner = [most(each) for each in getattr(constraint, "metadata", ())]
    return min(inner, default=getattr(constraint, "max_length", None) or math.inf)


@pytest.fixture(scope="module")
def of_commands() -> list[Part]:
    models = set(commands())
    assert len(models) > 60
    return [part for model in models for part in parts(model)]


def test_no_command_takes_a_bare_text(of_commands):
    assert bare(of_commands) == {}


def test_no_command_takes_a_list_without_end(of_commands):
    assert endless(of_commands) == BY_PEOPLE


def test_no_query_takes_a_bare_text(connection, kit):
    routes = [each.original_route for each in iter_route_contexts(an_app(connection, kit).routes)]
    told = [
        (parameter.name, parameter.field_info)
        for route in routes
        if isinstance(route, APIRoute)
        for parameter in parameters(route.dependant)
    ]
    found = [
        part for name, info in told for part in parts(info.annotation, tuple(info.metadata), name)
    ]
    assert bare(found) == {}
    assert endless(found) == set()


class Bare(BaseModel):
    line: Line
    inner: "list[Annotated[str, 'of no meaning']] | None" = None
    names: Annotated[dict[str, Note], Field(max_length=1_001)] = {}


def test_a_bare_text_would_be_found():
    assert set(bare(parts(Bare))) == {"Bare.inner", "Bare.names"}
    assert endless(parts(Bare)) == {"Bare.inner", "Bare.names"}


@pytest.mark.parametrize("text", ["", "a", " ё \n", "\u202e", "a" * 1_000])
def test_what_is_said_stays_as_it_came(text):
    assert TypeAdapter(Said).validate_python(text) == text
