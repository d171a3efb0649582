"""The whole corpus of bad input on every JSON route: refused or judged, and never a 5xx."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import pytest

from tests.apart import run_apart
from tests.asgi import converse, scope_of
from tests.corpus.codes import mistyped, readable
from tests.corpus.everything import everything
from tests.corpus.filenames import hostile_filenames
from tests.corpus.json_texts import broken_texts
from tests.corpus.strings import COUNT, hostile_strings
from tests.factories.application import an_app
from tests.factories.automation import Automation
from tests.factories.office_calls import program_calls
from tests.factories.requests import API, Call, calls
from tests.openapi import described
from tests.raising import undoing

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("noon")]
DESCRIPTION = json.loads(described())
Place = tuple[str | int, ...]


def json_routes(office) -> dict[str, Call]:
    """A good request for every route that takes JSON."""
    every = calls(office) | program_calls(office)
    return {route: call for route, call in every.items() if call.json is not None}


def test_these_are_all_routes_that_take_json(office):
    described_ones = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, operations in DESCRIPTION["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert set(json_routes(office)) == described_ones


def refusals(app: Any, sent: Sequence[tuple[str, str, bytes]]) -> Counter[tuple[int, bool]]:
    """How many were refused as no JSON; no client library, which would take most of the time."""
    headers = [(b"content-type", b"application/json")]

    async def send() -> Counter[tuple[int, bool]]:
        found: Counter[tuple[int, bool]] = Counter()
        for method, path, body in sent:
            told: list[dict[str, Any]] = []
            await converse(app, scope_of(method, path, headers), [body], told.append)
            found[told[0]["status"], b'"JSON_INVALID"' in told[1]["body"]] += 1
        return found

    return run_apart(send())


def test_no_route_takes_what_is_no_json(connection, kit, office, figures):
    sent = [
        (call.method, API + call.path, text)
        for call in json_routes(office).values()
        for text in broken_texts()
    ]
    found = refusals(an_app(connection, kit), sent)
    figures("bad_input_5xx", sum(found[told] for told in found if told[0] >= 500), of=len(sent))
    assert found == {(400, True): len(sent)}


def places(node: Any, here: Place = ()) -> Iterator[Place]:
    """Where something stands in a body that is no object and no list."""
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for name, member in inner:
        yield from places(member, (*here, name))
    if not isinstance(node, dict | list):
        yield here


def changed(node: Any, place: Place, value: Any) -> Any:
    """The body with that value in that place."""
    if not place:
        return value
    name, *deeper = place
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[name] = changed(node[name], tuple(deeper), value)
    return copy


def wishes(office, rounds: int) -> Iterator[tuple[Call, Any]]:
    """Every value in turn in every place in turn, until each place and each value was there."""
    spots = [(call, place) for call in json_routes(office).values() for place in places(call.json)]
    values = everything()
    for (call, place), value in islice(zip(cycle(spots), cycle(values), strict=False), rounds):
        yield call, changed(call.json, place, value)


def test_no_value_breaks_a_route(client, connection, office, figures, pytestconfig):
    """A campaign tries every value in every place of the first hundred."""
    is_campaign = pytestconfig.getoption("--fault-profile") == "campaign"
    found: Counter[int] = Counter()
    broken: list[str] = []
    for call, body in wishes(office, 100_000 if is_campaign else len(everything())):
        sent = json.dumps(body).encode()
        with undoing(connection, office):
            answer = replace(call, json=None).send(
                client, office, content=sent, headers={"Content-Type": "application/json"}
            )
        found[answer.status_code] += 1
        broken += [f"{call.route} {sent[:200]!r}"] * (answer.status_code >= 500)
    figures("bad_input_5xx", len(broken), of=found.total())
    assert broken == []
    assert found[422] > found.total() / 10


def test_a_credential_of_any_spelling_is_judged(client, figures):
    """Keys in the header, as people copy them: unknown, malformed, or over the limit of guesses."""
    sent = [*(typed for typed, _ in readable()[::10]), *mistyped()[::10]]
    found: Counter[int] = Counter()
    for typed in sent:
        headers = {b"Authorization": b"Bearer " + typed.strip().encode("utf-8", "replace")}
        answer = client.post(f"{API}/license-checks", json={}, headers=headers)
        found[answer.status_code] += 1
    figures("bad_input_5xx", errors(found), of=found.total())
    assert set(found) <= {200, 400, 401, 422, 429}


@pytest.fixture
def crm(client, office) -> Automation:
    """The vendor's CRM."""
    return Automation(client, office.token)


def test_a_hostile_text_is_kept_as_it_came_or_refused(crm, figures):
    texts = hostile_strings()
    assert len(set(texts)) == COUNT
    found: Counter[int] = Counter()
    for text in texts:
        answer = crm.post("/customers", company=text, comment=text, email="a@example.com")
        found[answer.status_code] += 1
        if answer.status_code == 201:
            kept = crm.get(f"/customers/{answer.json()['id']}").raise_for_status().json()
            assert same(kept["company"], text), ascii(text)
            assert same(kept["comment"], text), ascii(text)
    figures("bad_input_5xx", errors(found), of=found.total())
    assert set(found) <= {201, 422}
    assert found[201] > COUNT * 3 / 4


def errors(found: Counter[int]) -> int:
    """How many answers were none."""
    return sum(number for status, number in found.items() if status >= 500)


def same(kept: str, sent: str) -> bool:
    """Equal but for the spaces around it and the composition of letters."""
    return kept == unicodedata.normalize("NFC", sent).strip()


def test_a_document_may_be_called_anything_that_is_no_path(client, connection, office, figures):
    call = program_calls(office)["POST /vendor/releases/{release_id}/documents"]
    path, names = call.path.partition("?")[0], hostile_filenames()
    found: Counter[int] = Counter()
    for name in names:
        with undoing(connection, office):
            answer = replace(call, path=path).send(client, office, params={"filename": name})
        found[answer.status_code] += 1
        if answer.status_code == 201:
            told = answer.json()["filename"]
            assert same(told, name), name
            assert not {"/", "\\"} & set(told), name
    figures("bad_input_5xx", errors(found), of=found.total())
    assert set(found) == {201, 422}
