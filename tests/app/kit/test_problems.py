"""Refusals as data."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from app.kit.fields import Line, wrong
from app.kit.i18n import Sentence
from app.kit.problems import (
    MAX_ERRORS,
    Busy,
    NotFound,
    Problem,
    ValidationFailed,
    command,
    plain,
    problems,
)
from app.site import all_problems
from onec.reasons import Action

# 200 is that of a verdict, which is never raised.
_OF_REQUESTS = {400, 401, 403, 404, 405, 409, 410, 411, 412, 413, 414, 415, 416, 422, 428, 429}
STATUSES = {200, *_OF_REQUESTS, 500, 503, 507}
UNTIL_OTHERS_END = {"DOWNLOAD_LIMIT"}
"""The wait ends when something else does; `Retry-After` says when to look."""
OURS = [each for each in all_problems() if each.__module__.startswith("app.")]


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    n: int = Field(ge=1)


class Order(BaseModel):
    name: Line
    kind: Literal["a", "b"] = "a"
    inner: Inner | None = None
    items: list[Inner] = []


@dataclass
class Message:
    name: str
    kind: str = "a"


def refused(source: object) -> list[dict[str, str]]:
    with pytest.raises(ValidationFailed) as raised:
        command(Order, source)
    return raised.value.errors


@pytest.mark.parametrize("problem", OURS, ids=lambda problem: problem.code)
def test_every_problem_is_whole(problem):
    assert problem.status in STATUSES
    assert Action(problem.action)
    assert problem.title
    assert problem.__doc__, "its page explains it"
    assert problem.slug() == problem.code.lower().replace("_", "-")
    for language in ("ru", "en"):
        told = problem().document(language)
        assert told["title"]
        assert "{" not in told["title"]


def test_there_are_about_as_many_problems_as_expected():
    assert len({problem.code for problem in OURS}) == len(OURS) > 40


def test_who_has_to_wait_is_told_in_both_places():
    for problem in OURS:
        if problem.status in {429, 503}:
            assert problem(n=7).headers == {"Retry-After": "7"}
            told = problem(n=7).document("ru")
            assert "7" in told["title"] or problem.code in UNTIL_OTHERS_END


@pytest.mark.parametrize(
    ("source", "pointer", "code"),
    [
        ({}, "/name", "missing"),
        ({"name": 1}, "/name", "string_type"),
        ({"name": "a", "kind": "c"}, "/kind", "literal_error"),
        ({"name": "a", "inner": {"n": 0}}, "/inner/n", "greater_than_equal"),
        ({"name": "a", "inner": {"n": 1, "secret": 2}}, "/inner/?", "extra_forbidden"),
        ({"name": "a", "items": [{"n": 1}, {"n": "x"}]}, "/items/1/n", "int_parsing"),
        ({"name": "a", "inner": []}, "/inner", "model_type"),
    ],
)
def test_a_wrong_field_is_named_by_its_pointer(source, pointer, code):
    [error] = refused(source)
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert error["detail"]


def test_a_pointer_escapes_what_separates():
    [error] = ValidationFailed.of([{"loc": ("body", "a/b~c", 0), "type": "missing"}]).errors
    assert error["pointer"] == "/a~1b~0c/0"


def test_no_more_errors_are_told_than_anybody_reads():
    items = [{"n": "secret"}] * (MAX_ERRORS + 5)
    errors = refused({"name": "a", "items": items})
    assert len(errors) == MAX_ERRORS
    assert "secret" not in str(errors)


def test_sentences_of_our_own_are_told_and_those_of_the_library_are_not():
    def told(error: Exception) -> str:
        ours = {"loc": ("a",), "type": "own", "msg": error.message(), "ctx": error.context}
        return ValidationFailed.of([ours]).errors[0]["detail"]

    assert told(wrong("term", "Give one")) == "Give one"
    foreign = {"loc": ("a",), "type": "value_error", "msg": "secret", "ctx": {"error": "secret"}}
    assert "secret" not in str(ValidationFailed.of([foreign]).errors)


@pytest.mark.parametrize("source", [{"name": "a"}, Message("a")])
def test_a_command_is_made_of_a_message_or_a_mapping(source):
    assert command(Order, source) == Order(name="a")
    assert command(Order, source, kind="b").kind == "b"


@pytest.mark.parametrize("source", [None, [], "name", 1, Message])
def test_a_command_of_anything_else_lacks_its_fields(source):
    assert refused(source)[0]["code"] == "missing"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (Sentence("да", "yes"), {"ru": "да", "en": "yes"}),
        (datetime(2026, 11, 22, 12, 0, 0, 1999, tzinfo=UTC), "2026-11-22T12:00:00.001Z"),
        (date(2026, 11, 22), "2026-11-22"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ({1: {2: (3,)}}, {"1": {"2": [3]}}),
        ((each for each in "ab"), ["a", "b"]),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_parameters_are_plain_json(value, expected):
    assert plain(value) == expected


def test_a_document_speaks_the_language_asked_for():
    problem = Busy(n=3)
    assert problem.document("en")["title"] == "The server is busy. Retry in 3 s"
    assert problem.document("ru")["title"] == "Сервер занят. Повторите через 3 с"
    assert problem.document("ru")["params"] == {"n": 3}


def test_answers_of_a_route_are_grouped_by_status():
    class Gone(Problem):
        code, title, status = "TEST_GONE", "Gone", 404

    answers = problems(NotFound, Gone, Busy)
    assert set(answers) == {404, 503}
    examples = answers[404]["content"]["application/problem+json"]["examples"]
    assert set(examples) == {"NOT_FOUND", "TEST_GONE"}
