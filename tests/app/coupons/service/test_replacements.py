"""Replacing what a key holds: the one operation that takes rights away."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.licensing.models import Activation, Entitlement
from tests.factories.calls import PRODUCT, YEAR, refused
from tests.factories.contents import contents
from tests.factories.goods import a_product

pytestmark = pytest.mark.usefixtures("noon")


def row(product=PRODUCT, seats=1):
    return {"product": product, "seats": seats, "term": {"days": 30}}


@pytest.fixture
def replace(coupon, world):
    """A coupon that makes these rows the whole content of the world's key."""

    def make(*rows):
        operation = {"op": "replace_products", "after": list(rows)}
        return coupon(operation, bound_key_id=str(world.key.id))

    return make


def test_a_missing_product_is_withdrawn_and_its_seats_are_revoked(
    world, session, coupon, replace, installer, connection
):
    a_product(world, "price-tags")
    session.commit()
    installer.redeem(coupon(YEAR)).raise_for_status()
    installer.activate().raise_for_status()
    assert installer.redeem(replace(row("price-tags"))).status_code == 201
    states = select(Entitlement.status, Entitlement.active_count).order_by(Entitlement.id)
    assert [tuple(each) for each in connection.execute(states)] == [("withdrawn", 0), ("active", 0)]
    seat = connection.execute(select(Activation.status, Activation.release_cause)).one()
    assert tuple(seat) == ("revoked", "coupon")
    actions = connection.scalars(select(AuditEvent.action)).all()
    assert {"entitlement.withdrawn", "activation.revoked"} <= set(actions)
    assert refused(installer.activate()) == (403, "ENTITLEMENT_WITHDRAWN")


def test_fewer_seats_than_are_taken_are_refused_with_their_list(
    coupon, replace, installer, connection
):
    installer.redeem(coupon(YEAR | {"seats": 2})).raise_for_status()
    for agent in (installer, installer.beside("Склад")):
        agent.activate().raise_for_status()
    code = replace(row(seats=1))
    before = contents(connection)
    answer = installer.redeem(code)
    assert refused(answer) == (409, "SEATS_BELOW_USED")
    params = answer.json()["params"]
    assert (params["used"], params["seats"]) == (2, 1)
    assert {seat["label"] for seat in params["seats_list"]} == {"Бухгалтерия", "Склад"}
    after = contents(connection)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"audit_events", "audit_heads"}


def test_a_replacement_may_shorten_a_term(coupon, replace, installer, connection):
    installer.redeem(coupon(YEAR)).raise_for_status()
    told = installer.redeem(replace(row())).json()["redemption"]["effects"][0]
    assert (told["before"]["valid_until"], told["after"]["valid_until"]) == (
        "2027-11-22",
        "2026-12-22",
    )
    assert connection.scalar(select(Entitlement.seats)) == 1
