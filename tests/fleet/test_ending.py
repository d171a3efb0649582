"""One of two servers is killed: the other one serves on, and the killed one comes back alone."""

import signal
import threading
import uuid
from collections.abc import Callable

import httpx2
import pytest
from sqlalchemy import func, select

from app.customers.models import Customer
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.world import bearer
from tests.fleet.fleet import Fleet, Member
from tests.waiting import until

pytestmark = [pytest.mark.s3, pytest.mark.nginx, pytest.mark.fault]


@pytest.fixture
def token(session, world) -> str:
    made = a_token(session, world.vendor.id)
    session.commit()
    return made


def who_answers(fleet: Fleet, client: httpx2.Client) -> Member:
    """The server behind the next request, told by what it writes of it."""
    mark = uuid.uuid4().hex
    assert client.get("/health/live", headers={"X-Request-Id": mark}).status_code == 200
    # It answers first, and writes then.
    return until(lambda: next((each for each in fleet.members if each.heard(mark)), None))


def next_is(fleet: Fleet, client: httpx2.Client, member: Member) -> None:
    """The servers take turns, and this one is the next."""
    until(lambda: who_answers(fleet, client) is not member)


def held_up(fleet: Fleet, client: httpx2.Client, victim: Member, send: Callable) -> httpx2.Response:
    """The answer to a request that the victim has received and is killed over."""
    next_is(fleet, client, victim)
    victim.pause()
    answers: list[httpx2.Response] = []
    asking = threading.Thread(target=lambda: answers.append(send()))
    asking.start()
    victim.wait_for_a_request()
    victim.end(signal.SIGKILL)
    asking.join()
    [answer] = answers
    return answer


def make(client: httpx2.Client, token: str, number: int = 0, **headers: str) -> httpx2.Response:
    told = {"company": f"ООО «{number}»", "email": "kill@example.com"}
    return client.post(f"{VENDOR_API}/customers", json=told, headers=bearer(token) | headers)


def made(session) -> int:
    return session.scalar(select(func.count()).where(Customer.email == "kill@example.com"))


@pytest.fixture
def victim(fleet: Fleet):
    """The first server, which runs again afterwards."""
    [first, _] = fleet.members
    yield first
    if not first.runs():
        first.start()


def test_the_other_serves_on_and_the_killed_one_comes_back(fleet, through, token, session, victim):
    victim.end(signal.SIGKILL)
    answers = [make(through, token, number).status_code for number in range(20)]
    assert answers == [201] * 20, "nobody notices: what was not sent yet goes to the other"
    victim.start()
    until(lambda: who_answers(fleet, through) is victim)
    assert made(session) == 20


def test_what_only_reads_is_asked_again_at_the_other(fleet, through, token, victim):
    def read():
        return through.get(f"{VENDOR_API}/products", headers=bearer(token))

    assert held_up(fleet, through, victim, read).status_code == 200


def test_what_may_have_had_an_effect_is_not_sent_twice(fleet, through, token, session, victim):
    once = {"Idempotency-Key": "one-effect"}
    answer = held_up(fleet, through, victim, lambda: make(through, token, **once))
    assert answer.status_code == 503, "nobody knows what became of it"
    assert int(answer.headers["retry-after"]) >= 1
    assert made(session) == 0
    first, second = (make(through, token, **once) for _ in range(2))
    assert (first.status_code, made(session)) == (201, 1)
    assert second.content == first.content
