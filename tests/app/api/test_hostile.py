"""Whatever is sent, the answer is a refusal or a verdict, and repeats nothing of it."""

import json

import pytest

from tests.asgi import exchange, scope_of
from tests.corpus.paths import COUNT as HOSTILE_PATHS
from tests.corpus.paths import hostile_paths
from tests.corpus.values import COUNT, MARK, VALUES, hostile
from tests.factories.application import an_app
from tests.factories.requests import API, calls
from tests.factories.world import bearer

pytestmark = pytest.mark.long
RAW = pytest.mark.in_process("bytes that nginx refuses itself, and no client library sends")

POSTS = [
    "POST /license-checks",
    "POST /offers",
    "POST /eula-acceptances",
    "POST /activations",
    "POST /redemptions/preview",
    "POST /redemptions",
    "POST /downloads",
    "POST /install-reports",
]


def test_the_corpus_has_its_number_of_values():
    assert len(VALUES) == COUNT


@pytest.mark.parametrize("route", POSTS)
def test_a_hostile_value_is_refused_or_judged_and_never_repeated(client, stage, route):
    """A verdict may show what was asked about; a refusal may not, but for a NOT_COMPATIBLE."""
    call = calls(stage)[route]
    good = call.json if route != "POST /install-reports" else {"reports": [], "downloads": []}
    for body in hostile(good):
        answer = call.send(client, stage, json=body)
        told = json.dumps(body)[:300]
        assert answer.status_code < 500, told
        if not answer.is_success and answer.json()["code"] != "NOT_COMPATIBLE":
            assert MARK not in answer.text, told
        assert MARK not in str(answer.headers), told


@pytest.mark.parametrize("items", ["reports", "downloads"])
def test_a_hostile_item_of_a_spool_blocks_no_other(client, stage, items):
    call = calls(stage)["POST /install-reports"]
    [good] = call.json[items]
    bad = [item for item in hostile(good) if isinstance(item, dict)]
    for start in range(0, len(bad), 99):
        answer = call.send(client, stage, json={items: [*bad[start : start + 99], good]})
        results = answer.json()["results"]
        assert len(results) == len(bad[start : start + 99]) + 1
        assert results[-1]["status"] in {"stored", "duplicate"}
        assert MARK not in answer.text


@RAW
def test_no_path_leads_out_of_what_is_served(connection, kit, stage):
    app, key = an_app(connection, kit), f"Bearer {stage.world.code}".encode()
    secret = f"Bearer {stage.download.secret}".encode()
    paths = hostile_paths()
    assert len(set(paths)) == HOSTILE_PATHS
    for path in paths:
        for credential in (key, secret):
            answer = exchange(app, scope_of("GET", path, [(b"authorization", credential)]))
            assert answer.status in {401, 404, 422}, path
            assert b"root:" not in answer.body
            assert MARK not in str(answer.headers)


HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Content-Length", "Content-Type", "Cookie",
    "Expect", "Forwarded", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "Idempotency-Key", "Origin", "Range", "Referer", "Signature", "TE", "User-Agent",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Request-Id",
)  # fmt: skip
SAID = (
    b"", b" ", b"\xff\xfe", MARK.encode() + b"\xd0\x96", MARK.encode() * 9_000, b",;=" * 99,
    MARK.encode() + b"\0\x1f", b"*", b"-1", b"99999999999999999999", b"bytes=0-0",
    b"en;q=" + b"9" * 99,
)  # fmt: skip


@RAW
def test_no_header_breaks_an_answer_or_comes_back_in_it(connection, kit, stage):
    app, secret = an_app(connection, kit), f"Bearer {stage.download.secret}".encode()
    call = calls(stage)["GET /artifacts/{sha256}"]
    for name in HEADERS:
        for said in SAID:
            told = [(b"authorization", secret), (name.lower().encode(), said)]
            for path in (API + call.path, "/api/v1/nope", "/nope"):
                answer = exchange(app, scope_of("GET", path, told))
                assert answer.status < 500, (name, said[:50])
                assert MARK.encode() not in answer.body, (name, said[:50])
                assert MARK not in str(answer.headers), (name, said[:50])


@RAW
@pytest.mark.parametrize(
    "query",
    [
        b"locale=zq7mark",
        b"locale=%00",
        b"locale=\xff",
        b"locale=ru&locale=zq7mark",
        b"zq7mark=" + b"a" * 9_000,
        b"&&&==",
        b"locale[]=ru",
        b"%",
    ],
)
def test_no_query_breaks_an_answer_or_comes_back_in_it(connection, kit, stage, query):
    app, key = an_app(connection, kit), f"Bearer {stage.world.code}".encode()
    for path in (API + calls(stage)["GET /eulas/{eula_id}"].path, "/api/v1/nope", "/nope"):
        scope = scope_of("GET", path, [(b"authorization", key)], query_string=query)
        answer = exchange(app, scope)
        assert answer.status in {200, 404, 414, 422}
        assert MARK.encode() not in answer.body


@pytest.mark.parametrize(
    "odd",
    [
        MARK,
        f"{MARK}%3Fx",
        f"{MARK}%23x",
        f"{MARK}%5Cx",
        pytest.param(f"{MARK}%00", marks=RAW),
        f"{MARK}%25",
        "%F0%9F",
    ],
)
def test_an_id_that_is_none_does_not_come_back(client, stage, odd):
    for noun, credential in (("eulas", stage.world.code), ("artifacts", stage.download.secret)):
        answer = client.get(f"{API}/{noun}/{odd}", headers=bearer(credential))
        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
        assert answer.json()["instance"] == f"{API}/{noun}"
        assert MARK not in answer.text
