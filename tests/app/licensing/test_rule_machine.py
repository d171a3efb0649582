"""Any history of a key, done by the real verbs, is what the folded algebra says it is."""

import uuid

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as bounds
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.audit.actor import SYSTEM
from app.coupons.schemas import GenerateCoupons, RedeemCoupon, ReverseRedemption
from app.coupons.service import batches, redemptions, reversals
from app.coupons.service.integrity import find_miscounted_coupons
from app.kit.db import make_engine, reading, transaction
from app.licensing.models import Entitlement
from app.licensing.problems import NoEffect, TermPassed
from app.licensing.schemas import OPERATIONS, Activate, ChangeRights, WithReason
from app.licensing.service import manual
from app.licensing.service.activations import activate
from app.licensing.service.integrity import (
    find_broken_ledgers,
    find_miscounted_seats,
    find_rights_off_ledger,
)
from app.licensing.service.keys import InstallerPrincipal
from app.licensing.service.state import facts, load
from tests.factories.clock import NOON, day
from tests.factories.goods import a_feature, a_free_product, a_trial_product
from tests.factories.world import make_world
from tests.model import KeyModel, code_of

pytestmark = [pytest.mark.long, pytest.mark.fault(minutes=17)]

PRODUCTS = ("warehouse-helper", "price-tags", "free-tool")
BECAUSE = WithReason(reason="Просьба клиента")

products = st.sampled_from(PRODUCTS)
terms = (
    st.builds(lambda days: {"days": days}, st.integers(1, 60))
    | st.builds(lambda shift: {"until": day(shift).isoformat()}, st.integers(-3, 90))
    | st.just({"perpetual": True})
)
ends = terms.filter(lambda term: "perpetual" not in term)
seats = st.none() | st.integers(1, 3)
channels = st.sampled_from(["stable", "rc", "beta"])


def kind(op, **told):
    return st.fixed_dictionaries({"op": st.just(op), "product": products} | told)


rows = {"term": terms, "seats": seats, "channel": channels}
added = st.fixed_dictionaries(
    {"op": st.just("add_product"), "product": products} | rows,
    optional={
        "updates": ends,
        "quantity": st.integers(1, 3),
        "if_present": st.sampled_from(["extend", "refuse"]),
    },
)
adjusted = st.one_of(
    kind("extend_term", term=terms),
    kind("extend_updates", term=ends),
    kind("add_seats", seats=st.integers(1, 2)),
    kind("add_feature", feature=st.just("scanner"), quantity=st.none() | st.integers(1, 9)),
    kind("set_channel", channel=channels),
)
tried = st.fixed_dictionaries(
    {"op": st.just("start_trial"), "product": products},
    optional={"days": st.integers(1, 20), "if_used": st.sampled_from(["refuse", "extend"])},
)
replaced = st.builds(
    lambda after: {"op": "replace_products", "after": after},
    st.lists(
        st.fixed_dictionaries({"product": products} | rows),
        max_size=2,
        unique_by=lambda row: row["product"],
    ),
)


class KeyMachine(RuleBasedStateMachine):
    """One fresh key per example; every verb in a transaction of its own."""

    def __init__(self, world, engine, kit, clock):
        super().__init__()
        self.world, self.engine, self.kit, self.clock = world, engine, kit, clock

    @initialize()
    def begin(self):
        self.clock.at = NOON
        with self.doing() as session:
            self.world.session = session
            self.key, _ = self.world.another_key(self.world.another_customer())
            known = facts(session, self.vendor).of_products
        self.model, self.redeemed = KeyModel(known), []

    @property
    def vendor(self):
        return self.world.vendor.id

    @property
    def caller(self):
        return InstallerPrincipal(self.vendor, self.key.id, self.key.customer_id, SYSTEM)

    @property
    def today(self):
        return self.clock.at.date()

    def doing(self):
        return transaction(self.engine, self.kit)

    @rule(operations=st.lists(st.one_of(added, adjusted, tried), min_size=1, max_size=3))
    def redeem(self, operations):
        self.redeem_one(operations)

    @rule(operation=replaced)
    def replace(self, operation):
        self.redeem_one([operation], bound_key_id=self.key.id)

    def redeem_one(self, operations, **bound):
        told = {"name": "Партия", "operations": operations} | bound
        try:
            with self.doing() as session:
                made = batches.generate(
                    session, self.vendor, GenerateCoupons.model_validate(told), actor=SYSTEM
                )
        except (NoEffect, TermPassed):
            assert bound  # only of a key that is named it is known beforehand
            return
        command, done = RedeemCoupon(coupon=made.codes[0]), []
        with self.doing() as session:
            promised = redemptions.preview(session, command, caller=self.caller)

        def really():
            with self.doing() as session:
                done.append(redemptions.redeem(session, command, caller=self.caller).redemption)

        cause = uuid.uuid4()
        expected = code_of(lambda: self.model.operate(cause, made.operations, self.today))
        assert code_of(really) == expected
        assert (promised.problem.code if promised.problem else None) == expected
        if done:
            assert promised.effects == done[0].effects
            self.redeemed.append((done[0].id, cause))

    @rule(operations=st.lists(st.one_of(added, adjusted), min_size=1, max_size=2))
    def change_by_hand(self, operations):
        command = ChangeRights.model_validate({"operations": operations, "reason": BECAUSE.reason})

        def really():
            with self.doing() as session:
                manual.change_rights(session, self.vendor, self.key.id, command, actor=SYSTEM)

        listed = OPERATIONS.validate_python(operations)
        expected = code_of(lambda: self.model.operate(uuid.uuid4(), listed, self.today))
        assert code_of(really) == expected

    @precondition(lambda self: self.redeemed)
    @rule(data=st.data())
    def reverse(self, data):
        redemption_id, cause = data.draw(st.sampled_from(self.redeemed))
        command = ReverseRedemption(reason=BECAUSE.reason)

        def really():
            with self.doing() as session:
                reversals.reverse(session, self.vendor, redemption_id, command, actor=SYSTEM)

        assert code_of(really) == code_of(lambda: self.model.reverse(cause))

    @precondition(lambda self: self.model.state.rights)
    @rule(
        data=st.data(),
        act=st.sampled_from(
            [
                ("suspended", manual.suspend_entitlement),
                ("active", manual.resume_entitlement),
                ("withdrawn", manual.withdraw_entitlement),
            ]
        ),
    )
    def decide(self, data, act):
        product = data.draw(st.sampled_from(sorted(self.model.state.rights)))
        status, verb = act

        def really():
            with self.doing() as session:
                row = load(session, self.vendor, self.key.id).entitlements[product]
                verb(session, self.vendor, row.id, BECAUSE, actor=SYSTEM)

        expected = code_of(lambda: self.model.set_status(uuid.uuid4(), product, status))
        assert code_of(really) == expected

    @rule(product=products)
    def sit(self, product):
        place = {"id": uuid.uuid4(), "label": "База"}
        command = Activate.model_validate({"product": product, "infobase": place})

        def really():
            with self.doing() as session:
                activate(session, command, caller=self.caller)

        took = code_of(really) is None
        assert took == self.model.takes_seat(product, self.today)

    @rule(days=st.integers(1, 40))
    def wait(self, days):
        self.clock.pass_(days=days)

    @invariant()
    def it_is_what_the_algebra_says(self):
        with reading(self.engine, self.kit) as session:
            rows = load(session, self.vendor, self.key.id)
            taken = {code: row.active_count for code, row in rows.entitlements.items()}
        assert rows.state == self.model.state
        assert taken == {code: self.model.seats.get(code, 0) for code in taken}


@pytest.fixture
def engine(clone_database, settings):
    """Real commits: in one long transaction every row written again would leave its versions."""
    engine = make_engine(clone_database(), settings)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(engine, kit):
    """Three products: one with features that ends the trial of another, and a free one."""
    with transaction(engine, kit) as session:
        world = make_world(session)
        a_feature(world, of=world.product, quantity=2)
        a_trial_product(world)
        a_free_product(world)
        world.product.ends_trials = ["price-tags"]
    return world


def test_any_history_of_a_key_is_the_folded_algebra(shop, engine, kit, clock, pytestconfig):
    campaign = pytestconfig.getoption("--fault-profile") == "campaign"
    run_state_machine_as_test(
        lambda: KeyMachine(shop, engine, kit, clock),
        settings=bounds(
            max_examples=2_000 if campaign else 200,
            stateful_step_count=50 if campaign else 6,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with reading(engine, kit) as session:
        assert session.query(Entitlement).count() > 0
        for find in (
            find_miscounted_seats,
            find_broken_ledgers,
            find_rights_off_ledger,
            find_miscounted_coupons,
        ):
            assert list(find(session)) == []
