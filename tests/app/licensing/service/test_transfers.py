"""Seats given back and moved: by whom, how often, and what becomes of tokens."""

import uuid

import pytest
from sqlalchemy import func, select, update

from app.licensing.models import Activation, Entitlement, InstallationToken, LicenseKey, Transfer
from tests.factories.calls import refused
from tests.factories.goods import a_free_product, a_trial_product
from tests.factories.world import an_infobase, bearer

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def seated(world, session, installer):
    """An agent on one of two seats."""
    [coupon] = world.coupon(
        operations=[{"product": "warehouse-helper", "term": {"days": 365}, "seats": 2}]
    )
    session.commit()
    installer.redeem(coupon).raise_for_status()
    installer.seat = installer.activate().json()["activation"]["id"]
    return installer


def release(agent, seat=None, credential=None):
    path = f"/api/v1/activations/{seat or agent.seat}"
    return agent.client.delete(path, headers=bearer(credential or agent.token))


def rebind(agent, infobase=None, seat=None, token=None):
    path = f"activations/{seat or agent.seat}/rebind"
    told = {"machine": "SRV-NEW", "windows_user": "Анна", "agent_version": "1.0.0"}
    place = infobase or an_infobase("Новый сервер")
    return agent.post(path, token or agent.token, infobase=place, **told)


def state(connection):
    active = select(func.count()).where(Activation.status == "active")
    counter = connection.scalar(select(Entitlement.active_count))
    transfers = connection.scalar(select(func.count(Transfer.id)))
    return connection.scalar(active), counter, transfers


def test_all_seats_of_a_key_are_told(seated):
    seated.beside("Склад").activate().raise_for_status()
    answer = seated.client.get("/api/v1/activations", headers=bearer(seated.key)).json()
    assert [seat["label"] for seat in answer["data"]] == ["Бухгалтерия", "Склад"]
    assert answer["data"][0] == {
        "id": seated.seat,
        "product": "warehouse-helper",
        "label": "Бухгалтерия",
        "machine": "SRV-1C",
        "last_seen_at": "2026-11-22T09:00:00.000Z",
        "activated_at": "2026-11-22T09:00:00.000Z",
        "this_installation": False,
    }


def test_a_seat_given_back_twice_is_a_success_and_one_transfer(seated, connection):
    assert [release(seated).status_code for _ in range(2)] == [204, 204]
    assert state(connection) == (0, 0, 1)
    row = connection.execute(select(Activation.status, Activation.release_cause)).one()
    assert tuple(row) == ("released", "agent")


def test_the_customer_gives_back_any_seat_of_the_key(seated, connection):
    other = seated.beside()
    other.activate().raise_for_status()
    assert release(seated, credential=seated.key).status_code == 204
    assert state(connection) == (1, 1, 1)
    causes = select(Activation.release_cause).where(Activation.status == "released")
    assert connection.scalars(causes).all() == ["customer"]


def test_a_token_touches_no_seat_but_its_own(seated):
    other = seated.beside()
    seat = other.activate().json()["activation"]["id"]
    assert refused(release(seated, seat)) == (409, "BINDING_MISMATCH")
    assert refused(rebind(seated, seat=seat)) == (409, "BINDING_MISMATCH")


def test_another_key_s_seat_is_as_absent_as_none(seated, world, session):
    _, code = world.another_key()
    session.commit()
    for seat in (seated.seat, uuid.uuid4()):
        assert refused(release(seated, seat, code)) == (404, "ACTIVATION_NOT_FOUND")


def test_the_quota_slides_over_thirty_days(seated, connection, clock):
    for number in range(3):
        assert release(seated).status_code == 204, number
        clock.pass_(days=1)
        seated.seat = seated.activate().json()["activation"]["id"]
    answer = release(seated)
    assert refused(answer) == (409, "TRANSFER_QUOTA_EXCEEDED")
    assert answer.json()["params"] == {
        "available_at": "2026-12-22T09:00:00.000Z",
        "max": 3,
        "used": 3,
    }
    assert refused(rebind(seated)) == (409, "TRANSFER_QUOTA_EXCEEDED")
    assert state(connection) == (1, 1, 3)
    clock.pass_(days=27)
    assert release(seated).status_code == 204


def test_a_moved_infobase_keeps_its_seat_its_row_and_its_token(seated, connection):
    there = an_infobase("Новый сервер")
    answer = rebind(seated, there)
    told = answer.json()
    assert answer.status_code == 200
    assert told["activation"]["id"] == seated.seat
    assert told["activation"]["label"] == "Новый сервер"
    assert told["moved"] is True
    assert told["transfers"] == {"max": 3, "used": 1}
    assert told["seats"] == {"max": 2, "used": 1}
    assert state(connection) == (1, 1, 1)
    again = rebind(seated, there).json()
    assert (again["moved"], again["transfers"]) == (False, {"max": 3, "used": 1})
    assert state(connection) == (1, 1, 1)


def test_a_rebind_drops_all_other_tokens_of_the_seat(seated, connection):
    kept = seated.token
    seated.activate().raise_for_status()
    rebind(seated, token=kept).raise_for_status()
    assert connection.scalar(select(func.count(InstallationToken.id))) == 1
    assert refused(rebind(seated)) == (401, "TOKEN_INVALID")
    assert rebind(seated, token=kept).status_code == 200


def test_the_old_place_is_told_that_the_seat_has_moved(seated, world, session):
    release_row = world.release()
    session.commit()
    rebind(seated).raise_for_status()
    assert refused(seated.ask(release_row.id)) == (409, "BINDING_MISMATCH")


def test_a_place_that_has_a_seat_of_its_own_takes_no_second_one(seated, connection):
    other = seated.beside()
    other.activate().raise_for_status()
    answer = rebind(seated, other.infobase)
    assert refused(answer) == (409, "INFOBASE_ALREADY_ACTIVATED")
    assert answer.json()["params"] == {"product": "Складской помощник"}
    assert state(connection) == (2, 2, 0)


def test_a_seat_given_back_is_not_moved(seated):
    release(seated).raise_for_status()
    assert refused(rebind(seated)) == (404, "ACTIVATION_NOT_FOUND")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "suspended"}, "ENTITLEMENT_SUSPENDED"),
        ({"is_trial": True, "valid_until": "2026-11-21"}, "TRIAL_EXPIRED"),
    ],
)
def test_what_cannot_be_used_is_not_moved(seated, connection, values, code):
    connection.execute(update(Entitlement).values(**values))
    assert refused(rebind(seated)) == (403, code)
    assert state(connection) == (1, 1, 0)


# Trials


def start(agent, product="price-tags"):
    return agent.post("trials", agent.key, product=product)


@pytest.fixture
def tags(world, session):
    made = a_trial_product(world)
    session.commit()
    return made


def test_a_trial_is_started_once_and_answered_again(tags, installer, clock):
    assert tags.trial_days == 14
    assert installer.check().json()["trials_available"] == ["price-tags"]
    answer = start(installer)
    assert answer.status_code == 201
    assert answer.json()["trial"] == {
        "product": "price-tags",
        "days": 14,
        "counts": "calendar_days",
        "valid_until": "2026-12-06",
        "text": "Триал: осталось 14 дней",
    }
    assert installer.check().json()["trials_available"] == []
    clock.pass_(days=13)
    again = start(installer)
    assert (again.status_code, again.json()["trial"]["text"]) == (200, "Триал: остался 1 день")
    clock.pass_(days=2)
    assert refused(start(installer)) == (409, "TRIAL_ALREADY_USED")
    assert installer.check("price-tags").json()["code"] == "TRIAL_EXPIRED"


def test_what_offers_no_trial_is_not_tried_and_what_is_paid_needs_none(tags, world, installer):
    assert refused(start(installer, "warehouse-helper")) == (409, "TRIAL_NOT_OFFERED")
    assert refused(start(installer, "nothing")) == (404, "NOT_FOUND")
    [coupon] = world.coupon(operations=[{"product": tags.code, "term": {"perpetual": True}}])
    world.session.commit()
    installer.redeem(coupon).raise_for_status()
    assert refused(start(installer)) == (409, "TRIAL_NOT_NEEDED")


def test_a_free_product_is_added_for_ever_and_again_without_change(world, session, installer):
    a_free_product(world)
    session.commit()
    told = [start(installer, "free-tool") for _ in range(2)]
    assert [answer.status_code for answer in told] == [201, 200]
    assert told[0].json()["trial"] == told[1].json()["trial"]
    assert told[0].json()["trial"] == {
        "product": "free-tool",
        "days": None,
        "counts": "free_perpetual",
        "valid_until": None,
        "text": "Бесплатно и бессрочно",
    }
    [held] = installer.check().json()["entitlements"]
    assert (held["trial"], held["seats"]) == (False, {"max": None, "used": 0})


def test_an_offer_says_whose_trial_would_open_it(world, session, installer):
    world.product.trial_kind, world.product.trial_days = "calendar_days", 7
    session.flush()
    world.release()
    session.commit()
    [row] = installer.offers(show_all=True).json()["data"]
    assert (row["code"], row["trial_available"], row["trial_product"]) == (
        "PRODUCT_MISSING",
        True,
        "warehouse-helper",
    )
    start(installer, "warehouse-helper").raise_for_status()
    [row] = installer.offers(show_all=True).json()["data"]
    assert (row["available"], row["trial_available"]) == (True, False)


def test_a_key_that_does_not_work_tries_nothing_out(tags, connection, installer):
    assert tags.code
    connection.execute(update(LicenseKey).values(status="suspended"))
    assert refused(start(installer)) == (403, "KEY_SUSPENDED")
