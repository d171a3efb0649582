"""Refusing a coupon: the first reason in order, and nothing is changed."""

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Vendor
from app.audit.models import AuditEvent
from app.coupons.models import Coupon, Redemption
from app.customers.models import Customer
from app.licensing.models import Entitlement, LicenseKey
from tests.factories.calls import PRODUCT, YEAR, refused
from tests.factories.clock import TODAY, day
from tests.factories.contents import contents
from tests.factories.world import make_world
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")


def count(connection, model=Redemption):
    return connection.scalar(select(func.count()).select_from(model))


def used(connection):
    return connection.scalars(select(Coupon.redemption_count)).all()


@pytest.mark.parametrize(
    ("operation", "code", "params"),
    [
        (
            {"term": {"until": day(-1).isoformat()}},
            "COUPON_TERM_PASSED",
            {"until": day(-1).isoformat()},
        ),
        (
            {"term": {"days": 1}, "if_present": "refuse"},
            "PRODUCT_ALREADY_PRESENT",
            {"product": "Складской помощник"},
        ),
    ],
)
def test_one_refused_operation_refuses_the_whole_coupon(
    coupon, installer, connection, operation, code, params
):
    code_ = coupon(YEAR, YEAR | {"channel": "rc"}, {"product": PRODUCT} | operation)
    answer = installer.redeem(code_)
    assert refused(answer) == (409, code)
    assert answer.json()["params"] == params | {"operation": 2}
    assert used(connection) == [0]
    assert [count(connection, model) for model in (Redemption, Entitlement)] == [0, 0]


def test_a_coupon_that_changes_nothing_stays_unused(coupon, installer, connection):
    endless = {"product": PRODUCT, "term": {"perpetual": True}, "seats": None}
    assert installer.redeem(coupon(endless)).status_code == 201
    idle = coupon(YEAR, YEAR | {"seats": 9})
    assert refused(installer.redeem(idle)) == (409, "COUPON_NO_EFFECT")
    assert sorted(used(connection)) == [0, 1]
    assert connection.scalar(select(LicenseKey.rights_version)) == 1


@pytest.mark.parametrize("op", ["extend_term", "extend_updates"])
def test_a_perpetual_term_extended_is_no_effect_and_leaves_the_coupon(
    coupon, installer, connection, op
):
    installer.redeem(coupon({"product": PRODUCT, "term": {"perpetual": True}})).raise_for_status()
    longer = coupon({"op": op, "product": PRODUCT, "term": {"days": 365}})
    assert installer.preview(longer).json()["code"] == "COUPON_NO_EFFECT"
    assert refused(installer.redeem(longer)) == (409, "COUPON_NO_EFFECT")
    assert sorted(used(connection)) == [0, 1]


def test_of_a_typo_no_coupon_is_looked_for(coupon, installer, statements):
    code = coupon()
    swapped = code[:-2] + code[-1] + code[-2] if code[-1] != code[-2] else code[:-1] + "U"
    with statements() as run:
        answer = installer.redeem(swapped)
    assert refused(answer) == (422, "COUPON_MALFORMED")
    assert not any("FROM coupons" in statement for statement in run)


def test_a_key_in_place_of_a_coupon_is_named(world, installer):
    answer = installer.redeem(world.code)
    assert refused(answer) == (422, "COUPON_MALFORMED")
    assert answer.json()["params"] == {"given": "key"}
    assert world.code not in answer.text


def test_a_coupon_is_known_however_it_is_typed(coupon, installer):
    code = coupon().lower().replace("-", " – ")
    assert installer.redeem(f"  {code}\u200b").status_code == 201


def test_another_vendor_s_coupon_is_as_absent_as_none(session, installer):
    other = make_world(session, "OTHR")
    [theirs] = other.coupon()
    session.commit()
    nobodys = codes.new_code(codes.CodeKind.COUPON, "DEMO").text
    answers = [installer.redeem(code).json() for code in (theirs, nobodys)]
    for answer in answers:
        assert answer.pop("request_id")
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "COUPON_NOT_FOUND"


@pytest.mark.parametrize(
    ("told", "shift", "code"),
    [
        ({"valid_from": day(1).isoformat()}, 0, (403, "COUPON_NOT_STARTED")),
        ({"valid_from": day(1).isoformat()}, 1, (201, None)),
        ({"valid_until": day(1).isoformat()}, 1, (201, None)),
        ({"valid_until": day(1).isoformat()}, 2, (403, "COUPON_EXPIRED")),
    ],
)
def test_a_coupon_s_own_dates_are_inclusive(coupon, installer, clock, told, shift, code):
    given = coupon(**told)
    clock.turn_to(day(shift))
    answer = installer.redeem(given)
    assert (answer.status_code, answer.json().get("code")) == code


def test_a_bound_coupon_opens_for_its_key_or_customer_alone(
    world, coupon, installer, stranger, second
):
    to_key = coupon(bound_key_id=str(world.key.id))
    to_customer = coupon(bound_customer_id=str(world.customer.id))
    assert refused(stranger.redeem(to_key)) == (409, "COUPON_WRONG_KEY")
    assert refused(stranger.redeem(to_customer)) == (409, "COUPON_WRONG_CUSTOMER")
    assert refused(second.redeem(to_key)) == (409, "COUPON_WRONG_KEY")
    assert installer.redeem(to_key).status_code == 201
    assert second.redeem(to_customer).status_code == 201


@pytest.mark.usefixtures("stranger")
def test_the_first_refusal_in_order_is_told(coupon, installer, second, connection):
    """Everything is wrong at once; what is told is mended, and the next reason appears."""
    first = coupon({"product": PRODUCT, "term": {"until": TODAY.isoformat()}}, max_redemptions=2)
    assert second.redeem(first).status_code == 201
    other_key = connection.scalar(select(Redemption.key_id))
    _break_everything(connection, bound_to=other_key)
    for number, (expected, mend) in enumerate(_mending(connection)):
        typed = first[:-1] + "U" if number == 0 else first
        assert refused(installer.redeem(typed)) == expected
        if mend:
            mend()
    assert installer.redeem(first).status_code == 201


def _break_everything(connection, *, bound_to):
    connection.execute(
        update(Coupon).values(
            status="disabled",
            valid_from=day(5),
            valid_until=day(-5),
            bound_key_id=bound_to,
            redemption_count=2,
            operations=[{"product": PRODUCT, "term": {"until": day(-1).isoformat()}}],
        )
    )
    connection.execute(update(LicenseKey).values(status="suspended"))
    connection.execute(update(Customer).values(status="blocked"))
    connection.execute(update(Vendor).values(status="suspended"))


def _mending(connection):
    """Each refusal in its order, with what takes its reason away."""
    others = select(Customer.id).where(Customer.company == "ООО «Ромашка»").scalar_subquery()

    def change(model, **values):
        return lambda: connection.execute(update(model).values(**values))

    return [
        ((422, "COUPON_MALFORMED"), None),
        ((403, "COUPON_DISABLED"), change(Coupon, status="active")),
        ((403, "COUPON_NOT_STARTED"), change(Coupon, valid_from=None)),
        ((403, "COUPON_EXPIRED"), change(Coupon, valid_until=None)),
        (
            (409, "COUPON_WRONG_KEY"),
            change(Coupon, bound_key_id=None, bound_customer_id=others),
        ),
        ((409, "COUPON_WRONG_CUSTOMER"), change(Coupon, bound_customer_id=None)),
        ((409, "COUPON_ALREADY_REDEEMED"), change(Redemption, reversed_at=func.now())),
        ((409, "COUPON_EXHAUSTED"), change(Coupon, redemption_count=0)),
        ((403, "VENDOR_SUSPENDED"), change(Vendor, status="active")),
        ((403, "CUSTOMER_BLOCKED"), change(Customer, status="active")),
        ((403, "KEY_SUSPENDED"), change(LicenseKey, status="active")),
        ((409, "COUPON_TERM_PASSED"), change(Coupon, operations=[YEAR])),
    ]


def test_a_refusal_is_recorded_and_changes_nothing_else(coupon, installer, connection):
    code = coupon(valid_until=day(-1).isoformat())
    before = contents(connection)
    assert refused(installer.redeem(code)) == (403, "COUPON_EXPIRED")
    after = contents(connection)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"audit_events", "audit_heads"}
    event = connection.execute(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (event.action, event.outcome, event.reason, event.subject_kind) == (
        "coupon.redeemed",
        "denied",
        "COUPON_EXPIRED",
        "coupon",
    )
    assert len(after["audit_events"]) == len(before["audit_events"]) + 1
