"""What the description says of the vendor's routes is true of their answers."""

import json

from tests.factories.office_calls import program_calls
from tests.factories.requests import API
from tests.openapi import described
from tests.raising import undoing
from tests.shapes import faults

DESCRIPTION = json.loads(described())


def test_these_tests_know_every_route_of_programs(office):
    served = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, operations in DESCRIPTION["paths"].items()
        if path.startswith(f"{API}/vendor/")
        for method in operations
    }
    assert served == set(program_calls(office))


def test_answers_have_the_described_shapes(client, connection, office):
    for route, call in program_calls(office).items():
        method, _, path = route.partition(" ")
        with undoing(connection, office):
            answer = call.send(client, office)
        assert answer.is_success, (route, answer.text)
        operation = DESCRIPTION["paths"][API + path][method.lower()]
        content = operation["responses"][str(answer.status_code)].get("content")
        if content is None:
            assert answer.content == b"", route
            continue
        media = answer.headers["content-type"]
        assert media in content, route
        if media == "application/json":
            assert list(faults(answer.json(), content[media]["schema"], DESCRIPTION)) == [], route


def test_requests_have_the_described_shapes(office):
    for route, call in program_calls(office).items():
        method, _, path = route.partition(" ")
        body = DESCRIPTION["paths"][API + path][method.lower()].get("requestBody")
        media = {"application/json": call.json, "application/octet-stream": call.content}
        sent = {name for name, given in media.items() if given is not None}
        assert sent == set(body["content"] if body else ()), route
        if call.json is not None:
            schema = body["content"]["application/json"]["schema"]
            assert list(faults(call.json, schema, DESCRIPTION)) == [], route
