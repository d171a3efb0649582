"""The description of the interface: committed, whole, and true."""

import json
import re

import pytest

from app.site import all_problems
from tests.factories.requests import API, calls
from tests.openapi import FILE, described
from tests.raising import undoing
from tests.shapes import faults

DESCRIPTION = json.loads(described())
OPERATIONS = {
    f"{method.upper()} {path.removeprefix(API)}": operation
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
}


def test_the_committed_description_is_that_of_this_code():
    assert FILE.read_text("utf-8") == described(), "python -m tests.openapi writes it anew"


def test_what_the_server_tells_is_the_same(client):
    assert client.get(f"{API}/openapi.json").json() == DESCRIPTION


def test_it_is_openapi_3_1():
    assert DESCRIPTION["openapi"] == "3.1.0"


def test_names_of_operations_are_short_and_unique():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)
    assert max(len(name.removeprefix("vendor_")) for name in names) < 24


def test_every_shape_is_named_and_every_name_has_a_shape():
    named = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DESCRIPTION))
    assert set(named) == set(DESCRIPTION["components"]["schemas"])


@pytest.mark.parametrize("route", OPERATIONS)
def test_every_declared_refusal_has_a_true_example(route):
    problems = {problem.code: problem for problem in all_problems()}
    shape = DESCRIPTION["components"]["schemas"]["ProblemDocument"]
    for status, answer in OPERATIONS[route]["responses"].items():
        media = answer.get("content", {}).get("application/problem+json")
        if int(status) < 400:
            assert media is None
            continue
        assert set(answer["content"]) == {"application/problem+json"}
        assert set(answer["description"].split(", ")) == set(media["examples"])
        for code, example in media["examples"].items():
            told = example["value"]
            assert list(faults(told, shape, DESCRIPTION)) == []
            assert (told["code"], told["status"], problems[code].status) == (
                code,
                int(status),
                int(status),
            )
            assert told["type"].endswith(problems[code].slug())
            assert re.fullmatch("[^{}]*[а-я][^{}]*", told["title"])


@pytest.mark.parametrize("route", OPERATIONS)
def test_a_route_that_asks_who_calls_says_so(route):
    asks = "401" in OPERATIONS[route]["responses"]
    assert asks == (route != "GET /information")
    assert OPERATIONS[route].get("security") == ([{"bearer": []}] if asks else None)


def test_answers_have_the_described_shapes(client, connection, stage):
    """Each request twice: what was there before is told with 200 instead of 201."""
    for route, call in calls(stage).items():
        if call.method == "HEAD":
            continue
        with undoing(connection, stage):
            answers = [call.send(client, stage) for _ in range(2)]
        for answer in answers:
            described_as = OPERATIONS[route]["responses"][str(answer.status_code)].get("content")
            if described_as is None:
                assert answer.content == b""
                continue
            media = answer.headers["content-type"]
            assert media in described_as
            if media == "application/json":
                assert list(faults(answer.json(), described_as[media]["schema"], DESCRIPTION)) == []


def test_requests_have_the_described_shapes(stage):
    for route, call in calls(stage).items():
        if call.json is not None:
            schema = OPERATIONS[route]["requestBody"]["content"]["application/json"]["schema"]
            assert list(faults(call.json, schema, DESCRIPTION)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"code": 1},
        {"errors": {}},
        {"errors": [{"pointer": "/a", "code": "b"}]},
        {"more": 1},
        {"status": True},
        {"status": "409"},
        {"params": None},
    ],
)
def test_another_shape_is_found(change):
    operation = OPERATIONS["POST /redemptions"]["responses"]["409"]["content"]
    media = operation["application/problem+json"]
    example = next(iter(media["examples"].values()))["value"]
    assert list(faults(example | change, media["schema"], DESCRIPTION)) != []
