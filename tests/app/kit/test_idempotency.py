"""A repeated POST gets the first answer, byte for byte, and the effect is there once."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, create_engine, func, select, text, update

from app.kit.db import Kit, UnitOfWork, make_engine, transaction
from app.kit.idempotency import LARGEST, IdempotentAnswer
from app.kit.signing import lookup_digest
from app.licensing.models import LicenseKey
from tests.factories.once import PATH, and_issues_once, app_that_issues_once
from tests.factories.world import World, bearer, make_world
from tests.waiting import PATIENCE

KILLED = Path(__file__).with_name("killed_at_commit.py")


@pytest.fixture
def client(app) -> Iterator[TestClient]:
    with TestClient(and_issues_once(app)) as client:
        yield client


@pytest.fixture
def post(client: TestClient, world: World) -> Callable[..., Response]:
    def post(key: str | bytes | None = "K", path: str = PATH, code: str = "", **wish: object):
        headers = bearer(code or world.code)
        if key is not None:
            headers["Idempotency-Key"] = key
        return client.post(path, json=wish, headers=headers)

    return post


@pytest.fixture
def issued(session: UnitOfWork, world: World) -> Callable[[], int]:
    """How many keys the route has issued."""
    del world
    query = select(func.count()).select_from(LicenseKey)
    before = session.scalar(query)
    return lambda: session.scalar(query) - before


@pytest.fixture
def url(clone_database) -> str:
    return clone_database()


@pytest.fixture
def committed(url: str, settings) -> Iterator[Engine]:
    engine = make_engine(url, settings)
    yield engine
    engine.dispose()


@pytest.fixture
def code(committed: Engine, kit: Kit) -> str:
    """A licence key that other processes see too."""
    with transaction(committed, kit) as session:
        return make_world(session).code


def warm(*clients: TestClient) -> None:
    """The framework prepares a route at its first request, and cannot do that twice at once."""
    for client in clients:
        assert client.get(PATH).status_code == 405


def keys_of(engine: Engine, kit: Kit) -> int:
    """How many keys there are beside the world's own."""
    with transaction(engine, kit) as session:
        return session.scalar(select(func.count()).select_from(LicenseKey)) - 1


def test_the_same_request_gets_the_same_bytes_and_no_second_key(post, issued):
    first, second = post(comment="Ромашка"), post(comment="Ромашка")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert second.headers["cache-control"] == "private, no-store"
    assert issued() == 1


def test_the_status_is_replayed_too(post):
    assert [post(status=200).status_code for _ in range(2)] == [200, 200]


def test_without_the_header_every_request_counts(post, issued):
    assert post(None).json()["code"] != post(None).json()["code"]
    assert issued() == 2


def test_another_body_under_the_same_key_is_refused(post, issued):
    post()
    answer = post(comment="other")
    assert answer.status_code == 422
    assert answer.json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert issued() == 1


def test_another_path_under_the_same_key_is_refused(post, issued):
    post()
    assert post(path=f"{PATH}/too").json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert issued() == 1


def test_two_callers_never_meet_under_one_key(post, issued, session, world):
    _, other = world.another_key()
    session.commit()
    assert post().json()["code"] != post(code=other).json()["code"]
    assert issued() == 1 + 2


def test_a_stranger_is_not_shown_a_stored_answer(post):
    post()
    assert post(code="DEMO-ABEKM-HCTPX-01234-567C7").json()["code"] == "KEY_NOT_FOUND"


def test_a_refused_request_is_weighed_again(post, issued):
    assert post(refused=True).status_code == 409
    assert issued() == 0
    answer = post()
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_a_wrong_shape_leaves_the_key_free(post):
    assert post(padding="many").status_code == 422
    assert post().status_code == 201


@pytest.mark.usefixtures("noon")
def test_after_a_day_the_key_is_free_again(post, issued, clock):
    post()
    clock.pass_(hours=24, seconds=-1)
    assert post(comment="other").status_code == 422
    clock.pass_(seconds=1)
    assert post(comment="other").status_code == 201
    assert post(comment="other").headers["idempotency-replayed"] == "true"
    assert issued() == 2


def test_an_answer_over_64_kib_is_not_kept(post, issued, session):
    around = len(post(None).content)
    assert [post("fits", padding=LARGEST - around).status_code for _ in range(2)] == [201, 201]
    assert issued() == 2
    assert [post("large", padding=LARGEST - around + 1).status_code for _ in range(2)] == [201, 201]
    assert issued() == 4
    assert session.scalar(select(func.count()).select_from(IdempotentAnswer)) == 1


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "ключ".encode(), "tab\tbed"])
def test_a_key_that_is_no_key_is_refused(post, issued, key):
    answer = post(key)
    assert answer.status_code == 422
    assert answer.json()["code"] == "VALIDATION_FAILED"
    assert issued() == 0


@pytest.mark.parametrize("key", ["x", "x" * 255, "!~#$%&'*+-.^_`|:/?=\"\\"])
def test_every_visible_symbol_is_a_key(post, key):
    assert [post(key).status_code for _ in range(2)] == [201, 201]


def test_the_answer_is_sealed_and_opens_under_its_own_key_only(post, connection):
    code = post().json()["code"]
    sealed = connection.scalar(select(IdempotentAnswer.sealed_body))
    assert code.encode() not in sealed
    assert post().json()["code"] == code
    moved = update(IdempotentAnswer).values(key=lookup_digest("moved").hex())
    connection.execute(moved)
    answer = post("moved")
    assert answer.status_code == 500
    assert code not in answer.text


def test_twins_at_once_get_one_key_and_one_answer(committed: Engine, kit: Kit, code: str):
    def post(client: TestClient, n: int) -> Response:
        return client.post(PATH, json={}, headers=bearer(code) | {"Idempotency-Key": f"K{n}"})

    with TestClient(app_that_issues_once(committed, kit)) as client, ThreadPoolExecutor(8) as pool:
        warm(client)
        for n in range(20):
            answers = list(pool.map(post, [client] * 8, [n] * 8))
            assert {answer.status_code for answer in answers} == {201}
            assert len({answer.content for answer in answers}) == 1
            assert sum("idempotency-replayed" not in each.headers for each in answers) == 1
    assert keys_of(committed, kit) == 20


def test_twins_in_two_processes_get_one_key(committed: Engine, url: str, kit: Kit, code: str):
    """Two pools of connections are what two processes are to the database."""
    other = make_engine(url, kit.settings)
    headers = bearer(code) | {"Idempotency-Key": "K"}
    with (
        TestClient(app_that_issues_once(committed, kit)) as here,
        TestClient(app_that_issues_once(other, kit)) as there,
        ThreadPoolExecutor(2) as pool,
    ):
        warm(here, there)
        answers = list(
            pool.map(lambda each: each.post(PATH, json={}, headers=headers), (here, there))
        )
    other.dispose()
    assert answers[0].content == answers[1].content
    assert keys_of(committed, kit) == 1


def test_a_twin_that_takes_too_long_is_still_in_progress(url: str, kit: Kit, code: str):
    impatient = create_engine(url, connect_args={"options": "-c lock_timeout=50ms"})
    headers = bearer(code) | {"Idempotency-Key": "K"}
    with (
        TestClient(app_that_issues_once(impatient, kit)) as client,
        impatient.connect() as twin,
    ):
        first = client.post(PATH, json={}, headers=headers)
        twin.execute(text("UPDATE idempotent_answers SET expires_at = created_at"))
        answer = client.post(PATH, json={}, headers=headers)
        twin.rollback()
        again = client.post(PATH, json={}, headers=headers)
    impatient.dispose()
    assert answer.status_code == 409
    assert answer.json()["code"] == "IDEMPOTENCY_IN_PROGRESS"
    assert answer.headers["retry-after"] == "1"
    assert again.content == first.content


@pytest.mark.fault
@pytest.mark.parametrize(("when", "kept"), [("after_commit", 1), ("before_commit", 0)])
def test_a_kill_before_the_answer_leaves_all_or_nothing(
    committed: Engine, url: str, kit: Kit, code: str, when: str, kept: int
):
    arguments = (sys.executable, KILLED, when, url, kit.settings.data, code, "K")
    killed = subprocess.run(arguments, check=False, capture_output=True, timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert keys_of(committed, kit) == kept
    with TestClient(app_that_issues_once(committed, kit)) as client:
        headers = bearer(code) | {"Idempotency-Key": "K"}
        answer = client.post(PATH, json={}, headers=headers)
        assert answer.status_code == 201
        assert ("idempotency-replayed" in answer.headers) == bool(kept)
        assert client.post(PATH, json={}, headers=headers).content == answer.content
    assert keys_of(committed, kit) == 1
