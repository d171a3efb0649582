"""Seats: one per infobase, never more than there are."""

import uuid

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.models import Product
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.customers.models import Customer
from app.licensing.models import (
    Activation,
    Entitlement,
    Infobase,
    InstallationToken,
    LicenseKey,
)
from app.licensing.problems import EntitlementSuspended, SeatLimitReached
from app.licensing.schemas import Activate
from app.licensing.service import activations, keys
from app.licensing.service.keys import Caller
from tests.factories.clock import day
from tests.factories.world import make_world

pytestmark = pytest.mark.usefixtures("noon", "bought")


@pytest.fixture
def bought(world, session, installer):
    """A year of the product on three seats."""
    [coupon] = world.coupon()
    session.commit()
    assert installer.redeem(coupon).status_code == 201


def rows(connection):
    """Active activations, and what the counter says of them."""
    active = select(func.count()).where(Activation.status == "active")
    return connection.scalar(active), connection.scalar(select(Entitlement.active_count))


def test_an_infobase_takes_a_seat(installer, connection):
    answer = installer.activate()
    assert answer.status_code == 201
    told = answer.json()
    assert told["activation"] == {
        "id": told["activation"]["id"],
        "product": "warehouse-helper",
        "label": "Бухгалтерия",
        "activated_at": "2026-11-22T09:00:00.000Z",
    }
    assert told["seats"] == {"max": 3, "used": 1}
    assert told["installation_token"].startswith("pki_")
    assert rows(connection) == (1, 1)


def test_the_same_infobase_again_keeps_its_seat_and_gets_a_new_token(installer, connection, clock):
    first, old = installer.activate().json(), installer.token
    clock.pass_(hours=1)
    answer = installer.activate(machine="SRV-NEW")
    assert answer.status_code == 200
    told = answer.json()
    assert told["activation"] == first["activation"]
    assert told["seats"] == {"max": 3, "used": 1}
    assert told["installation_token"] != old
    assert rows(connection) == (1, 1)
    machine, seen = connection.execute(select(Activation.machine, Activation.last_seen_at)).one()
    assert (machine, seen) == ("SRV-NEW", clock())


def test_earlier_tokens_live_on_and_of_six_the_oldest_is_dropped(installer, connection):
    tokens = []
    for _ in range(6):
        installer.activate()
        tokens.append(installer.token)
    codes = [installer.post("offers", token, **a_query()).status_code for token in tokens]
    assert codes == [401, 200, 200, 200, 200, 200]
    assert connection.scalar(select(func.count(InstallationToken.id))) == 5


def a_query():
    return {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}}


def test_full_seats_are_listed_longest_unseen_first(installer, connection, clock):
    others = [installer.beside(f"База {number}") for number in range(3)]
    for other in others:
        clock.pass_(minutes=1)
        other.activate(machine=f"PC-{other.infobase['label'][-1]}")
    answer = installer.activate()
    assert answer.status_code == 409
    told = answer.json()
    assert (told["code"], told["action"]) == ("SEAT_LIMIT_REACHED", "release_seat")
    assert told["title"] == "Все места заняты: 3 из 3"
    params = told["params"]
    assert (params["product"], params["max"], params["used"]) == ("warehouse-helper", 3, 3)
    assert [seat["label"] for seat in params["seats"]] == ["База 0", "База 1", "База 2"]
    assert [seat["machine"] for seat in params["seats"]] == ["PC-0", "PC-1", "PC-2"]
    assert params["seats"][0]["last_seen_at"] == "2026-11-22T09:01:00.000Z"
    assert rows(connection) == (3, 3)


def test_a_refused_seat_leaves_only_its_denial(installer, connection):
    for number in range(3):
        installer.beside(f"База {number}").activate()
    known = connection.scalar(select(func.count(Infobase.id)))
    installer.activate()
    assert connection.scalar(select(func.count(Infobase.id))) == known
    last = connection.execute(
        select(AuditEvent.action, AuditEvent.outcome, AuditEvent.reason).order_by(
            AuditEvent.seq.desc()
        )
    ).first()
    assert tuple(last) == ("activation.created", "denied", "SEAT_LIMIT_REACHED")


def test_an_infobase_that_has_a_seat_gets_in_when_all_are_taken(installer):
    installer.activate()
    for number in range(2):
        installer.beside(f"База {number}").activate()
    assert installer.beside("Четвёртая").activate().status_code == 409
    assert installer.activate().status_code == 200


def test_unlimited_seats_are_counted_and_never_full(installer, connection):
    connection.execute(update(Entitlement).values(seats=None))
    for number in range(5):
        answer = installer.beside(f"База {number}").activate()
        assert answer.json()["seats"] == {"max": None, "used": number + 1}
    assert rows(connection) == (5, 5)


def test_two_products_take_a_seat_each_in_one_infobase(world, session, installer, connection):
    command = CreateProduct(code="price-tags", name="Ценники", default_seats=1)
    create_product(session, world.vendor.id, command, actor=SYSTEM)
    [coupon] = world.coupon(operations=[{"product": "price-tags", "term": {"days": 30}}])
    session.commit()
    installer.redeem(coupon)
    assert installer.activate().json()["seats"] == {"max": 3, "used": 1}
    assert installer.activate("price-tags").json()["seats"] == {"max": 1, "used": 1}
    assert connection.scalar(select(func.count(Infobase.id))) == 1


def test_facts_of_the_infobase_are_refreshed_and_untold_ones_stay(installer, connection):
    installer.activate(platform_version="8.3.25.1286")
    installer.infobase["label"] = "Бухгалтерия (новый сервер)"
    installer.activate(platform_version=None, configuration=None, agent_version="1.0.1")
    row = connection.execute(select(Infobase)).one()
    assert (row.label, row.agent_version) == ("Бухгалтерия (новый сервер)", "1.0.1")
    assert (row.configuration_name, row.configuration_version, row.platform_version) == (
        "БухгалтерияПредприятия",
        "3.0.150.34",
        "8.3.25.1286",
    )


@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Vendor, {"status": "suspended"}, "VENDOR_SUSPENDED"),
        (Customer, {"status": "blocked"}, "CUSTOMER_BLOCKED"),
        (LicenseKey, {"status": "revoked"}, "KEY_REVOKED"),
        (LicenseKey, {"status": "suspended"}, "KEY_SUSPENDED"),
        (Entitlement, {"status": "withdrawn"}, "ENTITLEMENT_WITHDRAWN"),
        (Entitlement, {"status": "suspended"}, "ENTITLEMENT_SUSPENDED"),
        (Entitlement, {"starts_on": day(1)}, "ENTITLEMENT_NOT_STARTED"),
        (Entitlement, {"is_trial": True, "valid_until": day(-1)}, "TRIAL_EXPIRED"),
    ],
)
def test_what_cannot_be_used_cannot_be_activated(installer, connection, model, state, code):
    connection.execute(update(model).values(**state))
    answer = installer.activate()
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert rows(connection) == (0, 0)


def test_an_expired_product_is_activated_only_where_it_keeps_its_releases(
    installer, connection, clock
):
    clock.turn_to(day(366))
    assert installer.activate().status_code == 201
    connection.execute(update(Product).values(after_expiry="block"))
    answer = installer.activate()
    assert (answer.status_code, answer.json()["code"]) == (403, "ENTITLEMENT_EXPIRED")


def test_a_product_that_the_key_lacks_is_named_as_people_know_it(world, session, installer, client):
    _, code = world.another_key()
    session.commit()
    other = type(installer)(client, code)
    answer = other.activate()
    assert (answer.status_code, answer.json()["code"]) == (403, "PRODUCT_MISSING")
    assert answer.json()["title"] == "В ключе нет продукта «Складской помощник»"


def test_an_unknown_product_and_another_vendor_s_are_equally_missing(session, installer):
    other = make_world(session, "OTHR")
    create_product(
        session, other.vendor.id, CreateProduct(code="theirs", name="Чужое"), actor=SYSTEM
    )
    session.commit()
    theirs, nobodys = installer.activate("theirs"), installer.activate("nobodys")
    assert theirs.status_code == nobodys.status_code == 403
    for answer in (theirs, nobodys):
        assert answer.json()["params"] == {"product": None}  # what was typed is not repeated


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"status": "suspended"}, EntitlementSuspended),
        ({"seats": 1, "active_count": 1}, SeatLimitReached),
    ],
)
def test_what_changed_while_the_seat_was_taken_is_the_answer(
    world, session, connection, monkeypatch, state, problem
):
    """The rights were read, then somebody else committed, then the seat is taken."""
    real = activations._take_seat

    def overtaken(session, *rest):
        connection.execute(update(Entitlement).values(**state))
        real(session, *rest)

    monkeypatch.setattr(activations, "_take_seat", overtaken)
    command = Activate(
        product="warehouse-helper", infobase={"id": uuid.uuid4(), "label": "Бухгалтерия"}
    )
    caller = keys.identify(session, world.code, Caller())
    with pytest.raises(problem) as refused:
        activations.activate(session, command, caller=caller)
    if problem is SeatLimitReached:
        assert (refused.value.params["max"], refused.value.params["used"]) == (1, 1)
