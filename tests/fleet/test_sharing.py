"""Two servers are one to everybody who asks: what happens at one holds at the other at once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.accounts.models import Vendor
from app.customers.models import Customer
from tests.factories.automation import Automation
from tests.factories.calls import Installer, refused
from tests.factories.people import Browser, said
from tests.factories.world import bearer
from tests.waiting import PATIENCE
from wire.codes import CodeKind, new_code

pytestmark = [pytest.mark.s3, pytest.mark.nginx]

LATER = {"ci": 13, "campaign": 125}
"""Rounds of four changes, each asked about at both servers."""


def guess(client):
    return client.post(
        "/api/v1/offers",
        json={"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}},
        headers=bearer(new_code(CodeKind.KEY, "DEMO").text),
    )


@pytest.mark.usefixtures("session")
def test_guesses_of_keys_count_wherever_they_are_made(both):
    answers = [guess(both[number % 2]).status_code for number in range(10)]
    assert answers == [404] * 10
    assert [refused(guess(client)) for client in both] == [(429, "RATE_LIMITED")] * 2


@pytest.mark.usefixtures("session")
def test_guesses_through_nginx_are_those_of_the_client_that_it_names(fleet):
    with fleet.client("203.0.113.9") as here, fleet.client("198.51.100.7") as elsewhere:
        assert [guess(here).status_code for _ in range(11)] == [404] * 10 + [429]
        assert guess(elsewhere).status_code == 404


def test_wrong_passwords_at_one_close_the_other(both, session, owner):
    first, second = (Browser(client, session) for client in both)
    answers = [first.password(owner, f"wrong {number}").status_code for number in range(10)]
    assert 429 not in answers
    assert second.password(owner).status_code == 429


def share(known: Browser, other: Browser) -> None:
    """The same browser, which keeps one cookie for all ports of a host, asks the other server."""
    other.forget()
    other.vendor_id = known.vendor_id
    for cookie in known.client.cookies.jar:
        other.client.cookies.jar.set_cookie(cookie)


def test_a_session_is_known_everywhere_until_it_ends_anywhere(both, session, owner):
    first, second = (Browser(client, session) for client in both)
    first.password(owner)
    share(first, second)
    assert second.code(owner).is_success, "the second step at the other server"
    share(second, first)
    for browser in (first, second):
        assert browser.get("/customers").url.path == "/cabinet/customers"
    first.post("/sign-out")
    assert second.get("/customers").url.path == "/cabinet/sign-in"


def at_once(acts):
    """What every act returns; all of them begin when the last one is ready."""
    start = Barrier(len(acts), timeout=PATIENCE)

    def begin(act):
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))


def repeated(send):
    """The answer of a client that repeats what still runs elsewhere, as it is told to."""
    while True:
        answer = send()
        busy = answer.status_code in {409, 503}
        if not busy:
            return answer
        assert answer.json()["code"] in {"IDEMPOTENCY_IN_PROGRESS", "BUSY"}, answer.text


def test_one_idempotency_key_at_both_at_once_has_one_effect(crms, session):
    for number in range(10):
        told = {"company": f"ООО «{number}»", "email": "a@example.com"}
        headers = {"Idempotency-Key": f"the-same-{number}"}

        def send(crm: Automation, told=told, headers=headers):
            return repeated(lambda: crm.send("POST", "/customers", json=told, headers=headers))

        first, second = at_once([lambda crm=crm: send(crm) for crm in crms])
        assert first.status_code == 201, first.text
        assert (first.status_code, first.content) == (second.status_code, second.content)
        replayed = [answer.headers.get("idempotency-replayed") for answer in (first, second)]
        assert sorted(replayed, key=str) == [None, "true"]
    made = select(func.count()).where(Customer.email == "a@example.com")
    assert session.scalar(made) == 10


def offered(agent: Installer) -> list[str]:
    """The versions that an agent is offered; of a refused key, its refusal."""
    answer = agent.offers()
    if not answer.is_success:
        return [answer.json()["code"]]
    return [row["release"]["version"] for row in answer.json()["data"] if row["available"]]


@pytest.mark.fault(minutes=2)
def test_a_change_at_one_is_obeyed_by_the_other_at_the_next_request(
    crms, agents, world, session, request, figures
):
    [coupon] = world.coupon()
    release = world.release("2.4.0")
    session.commit()
    assert agents[0].redeem(coupon).status_code == 201
    key, place = f"/license-keys/{world.key.id}", f"/releases/{release.id}"
    changes = [
        (f"{key}/suspend", {"reason": "Не оплачен счёт"}, ["KEY_SUSPENDED"]),
        (f"{key}/resume", {}, ["2.4.0"]),
        (f"{place}/pause", {}, []),
        (f"{place}/resume", {}, ["2.4.0"]),
    ]
    late, let_through, asked, turn = [], 0, 0, count()
    for _ in range(LATER[request.config.getoption("--fault-profile")]):
        for path, told, expected in changes:
            crm = crms[next(turn) % 2]
            crm.post(path, **told).raise_for_status()
            for agent in agents:
                asked += 1
                if (told := offered(agent)) != expected:
                    late.append((path, told))
                    let_through += "2.4.0" in told
    figures("let_through", let_through, of=asked // 2)  # the other half may be offered it
    assert late == []
    assert asked >= 100


def test_a_release_published_at_one_is_offered_by_the_other_and_withdrawn_again(
    crms, agents, world, session
):
    [coupon] = world.coupon()
    session.commit()
    agents[1].redeem(coupon)
    before = session.get_one(Vendor, world.vendor.id).catalogue_version
    for number in range(1, 6):
        here, there = crms[number % 2], agents[1 - number % 2]
        release = world.release(f"3.{number}")
        session.commit()
        assert offered(there) == [f"3.{number}"]
        told = {"withdrawn_reason_ru": "Портит базу"}
        here.post(f"/releases/{release.id}/withdraw", **told).raise_for_status()
        assert offered(there) == []
    session.refresh(world.vendor)
    assert world.vendor.catalogue_version > before


def test_both_show_the_same_page(both, session, owner):
    first, second = (Browser(client, session) for client in both)
    first.sign_in(owner)
    share(first, second)
    assert said(first.get("/customers")) == said(second.get("/customers"))
