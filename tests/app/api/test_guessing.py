"""Guessing keys and coupons is slow; whoever has a good one never notices."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select

from app.kit.config import Settings
from app.kit.db import make_engine, transaction
from app.kit.throttle import ThrottleBucket
from app.main import create_app
from tests.factories.automation import a_token
from tests.factories.world import bearer, make_world
from wire.codes import CodeKind, new_code

pytestmark = pytest.mark.usefixtures("world", "noon")

OFFICE, ELSEWHERE = "203.0.113.9", "198.51.100.7"
PROXY = "192.0.2.1"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(environment="test", data=tmp_path, trusted_proxies=(f"{PROXY}/32",))


def unknown() -> str:
    return new_code(CodeKind.KEY, "DEMO").text


def offers(client: TestClient, key: str, **headers: str):
    body = {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}}
    return client.post("/api/v1/offers", json=body, headers=bearer(key) | headers)


def guesses(client: TestClient, count: int, **headers: str) -> list[int]:
    return [offers(client, unknown(), **headers).status_code for _ in range(count)]


def a_coupon() -> str:
    return new_code(CodeKind.COUPON, "DEMO").text


Guess = Callable[[TestClient, str], Response]


def by_agent(path: str, key: str) -> Guess:
    """A guess of a coupon by whoever holds a key."""

    def guess(client: TestClient, coupon: str) -> Response:
        told = {"coupon": coupon}
        return client.post(f"/api/v1/redemptions{path}", json=told, headers=bearer(key))

    return guess


def by_vendor(path: str, key: str, token: str) -> Guess:
    """A guess of a coupon by the vendor's program, for a key."""

    def guess(client: TestClient, coupon: str) -> Response:
        told, headers = {"key": key, "coupon": coupon}, bearer(token)
        return client.post(f"/api/v1/vendor/redemptions{path}", json=told, headers=headers)

    return guess


@pytest.fixture
def token(session, world) -> str:
    made = a_token(session, world.vendor.id)
    session.commit()
    return made


def test_the_eleventh_unknown_key_is_told_to_wait(client_at):
    client = client_at(OFFICE)
    assert guesses(client, 10) == [404] * 10
    answer = offers(client, unknown())
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["code"] == "RATE_LIMITED"
    assert answer.json()["params"] == {"n": 60}
    assert answer.json()["action"] == "wait"


@pytest.mark.long
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


@pytest.mark.in_process("a header that nginx writes itself")
def test_the_header_of_a_trusted_proxy_names_the_client(client_at):
    client = client_at(PROXY)
    assert guesses(client, 11, **{"X-Forwarded-For": f"198.51.100.1, {OFFICE}"})[-1] == 429
    assert guesses(client, 1, **{"X-Forwarded-For": f"{OFFICE}, {ELSEWHERE}"}) == [404]


@pytest.mark.in_process("a client without an address, which nginx always has")
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


@pytest.mark.parametrize("path", ["", "/preview"])
def test_the_sixth_unknown_coupon_is_told_to_wait(client_at, world, token, path):
    answered = {"": 404, "/preview": 200}[path]
    _, other = world.another_key()
    world.session.commit()
    for address, guess in (
        (OFFICE, by_agent(path, world.code)),
        (ELSEWHERE, by_vendor(path, other, token)),
    ):
        client = client_at(address)
        answers = [guess(client, a_coupon()) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [answered] * 5 + [429]
        assert answers[5].json()["code"] == "RATE_LIMITED"
        assert answers[5].headers["retry-after"] == "120"


def test_guesses_of_redemptions_and_previews_by_agents_and_programs_add_up(client_at, world, token):
    client, key = client_at(OFFICE), world.code
    ways = [by_agent("", key), by_agent("/preview", key), by_vendor("", key, token)]
    ways += [by_vendor("/preview", key, token), by_agent("", key), by_vendor("", key, token)]
    assert [way(client, a_coupon()).status_code for way in ways] == [404, 200, 404, 200, 404, 429]


def test_coupons_are_counted_by_network_and_by_key(client_at, world):
    _, other = world.another_key()
    world.session.commit()
    here, there = client_at(OFFICE), client_at(ELSEWHERE)
    mine, beside = by_agent("", world.code), by_agent("", other)
    assert [mine(here, a_coupon()).status_code for _ in range(5)] == [404] * 5
    assert mine(there, a_coupon()).status_code == 429, "the key has guessed enough elsewhere"
    assert beside(here, a_coupon()).status_code == 429, "so has the network, with another key"
    assert beside(there, a_coupon()).status_code == 404


def test_the_day_has_a_limit_of_coupons_of_its_own(client_at, world, clock):
    client, guess, passed = client_at(OFFICE), by_agent("", world.code), 0
    for _ in range(48):
        passed += guess(client, a_coupon()).status_code == 404
        clock.pass_(minutes=10)
    # 5 per 10 minutes alone would let all of them pass in these eight hours
    assert 30 <= passed <= 30 + 10


def test_a_good_coupon_passes_however_many_were_wrong(client_at, world):
    client, guess = client_at(OFFICE), by_agent("", world.code)
    [coupon] = world.coupon()
    world.session.commit()
    assert [guess(client, a_coupon()).status_code for _ in range(7)][-1] == 429
    assert by_agent("/preview", world.code)(client, coupon).json()["possible"] is True
    assert guess(client, coupon).status_code == 201
    assert guess(client, coupon).status_code == 200


def test_a_mistyped_coupon_and_one_of_another_state_are_not_counted(client_at, world, session):
    client, guess = client_at(OFFICE), by_agent("", world.code)
    [coupon] = world.coupon(valid_until="2026-11-21")
    session.commit()
    for text in ("DEMOUPD-00000-00000-00000-0000", coupon):
        assert {guess(client, text).status_code for _ in range(7)} <= {403, 422}
    assert session.scalar(select(func.count()).select_from(ThrottleBucket)) == 0


@pytest.mark.parametrize("path", ["", "/preview"])
def test_a_program_that_guesses_keys_is_told_to_wait_too(client_at, world, token, path):
    client = client_at(OFFICE)
    answers = [by_vendor(path, unknown(), token)(client, a_coupon()) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [404] * 10 + [429]
    assert answers[0].json()["code"] == "KEY_NOT_FOUND"
    [coupon] = world.coupon()
    world.session.commit()
    assert by_vendor("", world.code, token)(client, coupon).status_code == 201


@pytest.mark.in_process("two applications of its own")
def test_servers_of_one_database_count_together(clone_database, settings, kit):
    """Two pools of connections are what two processes are to the database."""
    engines = [make_engine(url, settings) for url in [clone_database()] * 2]
    with transaction(engines[0], kit) as session:
        key = make_world(session).code
    with ExitStack() as stack:
        servers = [
            stack.enter_context(TestClient(create_app(engine, kit), client=(OFFICE, 50_000)))
            for engine in engines
        ]
        keys = [guesses(servers[n % 2], 1)[0] for n in range(11)]
        coupons = [by_agent("", key)(servers[n % 2], a_coupon()).status_code for n in range(6)]
        assert offers(servers[1], key).status_code == 200
    for engine in engines:
        engine.dispose()
    assert keys == [404] * 10 + [429]
    assert coupons == [404] * 5 + [429]
