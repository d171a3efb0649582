"""Guessing keys is slow; whoever has a good one never notices."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.kit.config import Settings
from app.kit.throttle import ThrottleBucket
from app.main import create_app
from tests.factories.world import bearer
from wire.codes import CodeKind, new_code

pytestmark = pytest.mark.usefixtures("world", "noon")

OFFICE, ELSEWHERE = "203.0.113.9", "198.51.100.7"
PROXY = "192.0.2.1"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(environment="test", data=tmp_path, trusted_proxies=(f"{PROXY}/32",))


@pytest.fixture
def client_at(connection, kit) -> Iterator[Callable[[str], TestClient]]:
    """Programs at an address."""
    app = create_app(connection, kit)
    with ExitStack() as open_clients:
        yield lambda address: open_clients.enter_context(TestClient(app, client=(address, 50_000)))


def unknown() -> str:
    return new_code(CodeKind.KEY, "DEMO").text


def offers(client: TestClient, key: str, **headers: str):
    body = {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}}
    return client.post("/api/v1/offers", json=body, headers=bearer(key) | headers)


def guesses(client: TestClient, count: int, **headers: str) -> list[int]:
    return [offers(client, unknown(), **headers).status_code for _ in range(count)]


def test_the_eleventh_unknown_key_is_told_to_wait(client_at):
    client = client_at(OFFICE)
    assert guesses(client, 10) == [404] * 10
    answer = offers(client, unknown())
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["code"] == "RATE_LIMITED"
    assert answer.json()["params"] == {"n": 60}
    assert answer.json()["action"] == "wait"


def test_the_hour_has_its_own_limit(client_at, clock):
    client, passed = client_at(OFFICE), 0
    for _ in range(360):
        passed += guesses(client, 1) == [404]
        clock.pass_(seconds=30)
    # 10 per 10 minutes alone would let 190 pass in these three hours
    assert 150 <= passed <= 40 + 3 * 40


def test_a_good_key_passes_however_many_were_wrong_beside_it(client_at, world):
    client = client_at(OFFICE)
    assert guesses(client, 12)[-2:] == [429, 429]
    assert [offers(client, world.code).status_code for _ in range(50)] == [200] * 50


def test_other_networks_are_not_concerned(client_at):
    assert guesses(client_at(OFFICE), 11)[-1] == 429
    assert guesses(client_at("203.0.113.200"), 1) == [429]
    assert guesses(client_at(ELSEWHERE), 1) == [404]


def test_an_ipv6_customer_has_one_bucket_and_the_neighbour_another(client_at):
    assert guesses(client_at("2001:db8:1:1::5"), 11)[-1] == 429
    assert guesses(client_at("2001:db8:1:1:ffff::6"), 1) == [429]
    assert guesses(client_at("2001:db8:1:2::5"), 1) == [404]


def test_an_ipv4_client_of_an_ipv6_socket_is_the_same_client(client_at):
    assert guesses(client_at(OFFICE), 11)[-1] == 429
    assert guesses(client_at(f"::ffff:{OFFICE}"), 1) == [429]
    assert guesses(client_at(f"::ffff:{ELSEWHERE}"), 1) == [404]


def test_a_forged_forwarding_header_changes_nothing(client_at):
    client = client_at(OFFICE)
    forged = [{"X-Forwarded-For": f"198.51.{n}.1"} for n in range(11)]
    assert [guesses(client, 1, **each)[0] for each in forged] == [404] * 10 + [429]


def test_the_header_of_a_trusted_proxy_names_the_client(client_at):
    client = client_at(PROXY)
    assert guesses(client, 11, **{"X-Forwarded-For": f"198.51.100.1, {OFFICE}"})[-1] == 429
    assert guesses(client, 1, **{"X-Forwarded-For": f"{OFFICE}, {ELSEWHERE}"}) == [404]


def test_a_client_without_an_address_is_limited_too(client_at):
    assert guesses(client_at("a.socket"), 11)[-1] == 429


def test_a_check_of_an_unknown_key_is_a_verdict_until_the_limit(client_at):
    client = client_at(OFFICE)
    answers = [
        client.post("/api/v1/license-checks", json={}, headers=bearer(unknown())) for _ in range(11)
    ]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert {answer.json()["code"] for answer in answers[:10]} == {"KEY_NOT_FOUND"}


@pytest.mark.parametrize("credential", ["DEMO-ABEKM-HCTPX-01234-567C0", "junk", "pki_" + "a" * 43])
def test_what_no_key_looks_like_is_not_counted(client_at, session, credential):
    client = client_at(OFFICE)
    assert {offers(client, credential).status_code for _ in range(12)} <= {401, 422}
    assert session.scalar(select(func.count()).select_from(ThrottleBucket)) == 0
