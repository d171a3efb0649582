"""Every operation on every state that a product in a key can have."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.licensing.problems import (
    CouponStale,
    NotApplicable,
    ProductAlreadyPresent,
    TermPassed,
    TrialAlreadyUsed,
)
from app.licensing.schemas import OPERATIONS
from app.licensing.service.algebra import (
    FeatureFacts,
    KeyState,
    ProductFacts,
    Rights,
    TrialState,
    apply,
    fold,
)
from app.licensing.service.algebra.rights import rank
from tests.factories.clock import TODAY, day
from wire.extensions import Channel

PAID = Rights("active", day(-100), day(30), None, 3, (), Channel.STABLE, is_trial=False)
TRIAL = replace(PAID, valid_until=day(5), is_trial=True)
OVER = replace(TRIAL, valid_until=day(-1))
ENDLESS = replace(PAID, valid_until=None)
UNLIMITED = replace(PAID, seats=None)
WITHDRAWN = replace(PAID, status="withdrawn")
SUSPENDED = replace(PAID, status="suspended")
RUNNING = TrialState(day(-9), 14)
FACTS = {
    "main": ProductFacts(
        "main",
        "Склад",
        default_seats=3,
        features={
            "scanner": FeatureFacts(5, multiplied=True),
            "print": FeatureFacts(None, multiplied=True),
            "host": FeatureFacts(1, multiplied=False),
        },
        ends_trials=("tags",),
    ),
    "tags": ProductFacts("tags", "Ценники", 1, trial_kind="calendar_days", trial_days=14),
    "free": ProductFacts("free", "Даром", 1, trial_kind="free_perpetual"),
}


def read(op, **told):
    [operation] = OPERATIONS.validate_python([{"op": op, "product": "main"} | told])
    return operation


def run(rights, operation, *, trial=None, code="main", **others):
    """The changes of an operation on a key with one product, and others beside it."""
    held = {code: rights} if rights else {}
    trials = {code: trial} if trial else {}
    return apply(KeyState(held | others, trials), operation, FACTS, TODAY)


def after(rights, operation, **told):
    return run(rights, operation, **told)[0].after


EXTEND = read("extend_term", term={"days": 10})
UPDATES = read("extend_updates", term={"days": 10})
SEATS = read("add_seats", seats=2)
SCANNER = read("add_feature", feature="scanner", quantity=5)
SWITCH = read("add_feature", feature="print")
RC = read("set_channel", channel="rc")


@pytest.mark.parametrize("operation", [EXTEND, UPDATES, SEATS, SCANNER, SWITCH, RC])
@pytest.mark.parametrize("rights", [None, WITHDRAWN])
def test_what_is_not_in_the_key_can_only_be_added(rights, operation):
    with pytest.raises(NotApplicable) as refused:
        run(rights, operation)
    assert refused.value.params["product"] == "Склад"


@pytest.mark.parametrize("operation", [EXTEND, UPDATES, SEATS, SCANNER, SWITCH, RC])
def test_a_suspended_product_takes_operations_and_stays_suspended(operation):
    changed = after(SUSPENDED, operation)
    assert changed != SUSPENDED
    assert changed.status == "suspended"


@pytest.mark.parametrize(
    ("rights", "operation"),
    [
        pytest.param(ENDLESS, EXTEND, id="a perpetual term is not extended"),
        pytest.param(ENDLESS, UPDATES, id="updates that never end are not extended"),
        pytest.param(UNLIMITED, SEATS, id="unlimited seats get no more"),
        pytest.param(
            replace(PAID, features=(("print", None),)), SWITCH, id="a switch that is on stays on"
        ),
        pytest.param(
            replace(PAID, features=(("scanner", None),)), SCANNER, id="without limit, no more"
        ),
        pytest.param(replace(PAID, channel=Channel.RC), RC, id="the same channel"),
        pytest.param(replace(PAID, channel=Channel.DEV), RC, id="a riper channel"),
        pytest.param(
            PAID, read("extend_term", term={"until": day(30).isoformat()}), id="the same end"
        ),
        pytest.param(
            PAID, read("extend_term", term={"until": day(1).isoformat()}), id="an earlier end"
        ),
    ],
)
def test_no_effect_leaves_the_rights_as_they_are(rights, operation):
    [change] = run(rights, operation)
    assert not change.applied
    assert change.after == rights


ends = st.none() | st.integers(-50, 300).map(day)
held = st.builds(
    Rights,
    status=st.sampled_from(["active", "suspended"]),
    starts_on=st.just(day(-60)),
    valid_until=ends,
    updates_until=ends,
    seats=st.none() | st.integers(1, 9),
    features=st.just(()) | st.integers(1, 9).map(lambda number: (("scanner", number),)),
    channel=st.sampled_from(Channel),
    is_trial=st.just(value=False),
)
lengths = st.integers(1, 400).map(lambda days: {"days": days}) | st.integers(0, 400).map(
    lambda days: {"until": day(days).isoformat()}
)
adjusting = st.one_of(
    st.builds(lambda term: read("extend_term", term=term), lengths),
    st.builds(lambda term: read("extend_updates", term=term), lengths),
    st.builds(lambda number: read("add_seats", seats=number), st.integers(1, 9)),
    st.builds(
        lambda number: read("add_feature", feature="scanner", quantity=number), st.integers(1, 9)
    ),
    st.builds(lambda name: read("set_channel", channel=name), st.sampled_from(list(Channel))),
)


@given(held, adjusting)
def test_no_operation_but_a_replacement_shortens_a_right(rights, operation):
    changed = after(rights, operation)
    for window in (lambda r: r.valid_until, lambda r: r.updates_until or r.valid_until):
        assert (window(changed) or date.max) >= (window(rights) or date.max)
    assert (changed.seats or 10**6) >= (rights.seats or 10**6)
    assert dict(changed.features).items() >= dict(rights.features).items() or (
        dict(changed.features)["scanner"] > dict(rights.features)["scanner"]
    )
    assert rank(changed.channel) >= rank(rights.channel)
    assert (changed.status, changed.starts_on) == (rights.status, rights.starts_on)


@pytest.mark.parametrize(
    ("rights", "operation", "expected"),
    [
        (PAID, EXTEND, {"valid_until": day(40)}),
        (replace(PAID, valid_until=day(-3)), EXTEND, {"valid_until": day(10)}),
        (PAID, read("extend_term", term={"perpetual": True}), {"valid_until": None}),
        (PAID, UPDATES, {"updates_until": day(40)}),
        (replace(PAID, updates_until=day(50)), UPDATES, {"updates_until": day(60)}),
        (replace(ENDLESS, updates_until=day(-50)), UPDATES, {"updates_until": day(10)}),
        (TRIAL, UPDATES, {"updates_until": day(15)}),
        (PAID, SEATS, {"seats": 5}),
        (TRIAL, SEATS, {"seats": 5}),
        (PAID, SCANNER, {"features": (("scanner", 5),)}),
        (
            replace(PAID, features=(("print", None), ("scanner", 2))),
            SCANNER,
            {"features": (("print", None), ("scanner", 7))},
        ),
        (PAID, SWITCH, {"features": (("print", None),)}),
        (replace(PAID, features=(("print", 2),)), SWITCH, {"features": (("print", None),)}),
        (PAID, RC, {"channel": Channel.RC}),
    ],
)
def test_an_operation_changes_its_own_right_alone(rights, operation, expected):
    assert after(rights, operation) == replace(rights, **expected)


def test_a_trial_is_not_extended_as_if_it_were_paid():
    with pytest.raises(NotApplicable):
        run(TRIAL, EXTEND)


def test_no_number_of_seats_passes_the_limit():
    with pytest.raises(NotApplicable):
        run(replace(PAID, seats=99_999), SEATS)


@pytest.mark.parametrize("op", ["extend_term", "extend_updates"])
def test_a_date_that_has_passed_is_refused(op):
    with pytest.raises(TermPassed):
        run(PAID, read(op, term={"until": day(-1).isoformat()}))


def test_the_calendar_ends_with_the_year_9999():
    late = replace(PAID, valid_until=day(0).replace(9999, 12, 25))
    assert after(late, EXTEND).valid_until.isoformat() == "9999-12-31"


# add_product


def test_features_come_by_quantity_where_they_are_multiplied():
    added = after(None, read("add_product", quantity=4, term={"days": 1}))
    assert added.seats == 12
    assert added.features == (("host", 1), ("print", None), ("scanner", 20))


def test_features_that_are_named_replace_those_of_the_product():
    named = [{"feature": "scanner", "quantity": 2}]
    added = after(None, read("add_product", quantity=4, term={"days": 1}, features=named))
    assert added.features == (("scanner", 2),)


def test_an_extended_product_has_the_most_of_every_feature():
    held = replace(PAID, features=(("host", 7), ("scanner", 2)))
    changed = after(held, read("add_product", term={"days": 1}))
    assert changed.features == (("host", 7), ("print", None), ("scanner", 5))


def test_the_refusing_kind_refuses_what_is_paid_for_and_converts_a_trial():
    careful = read("add_product", term={"days": 1}, if_present="refuse")
    with pytest.raises(ProductAlreadyPresent):
        run(PAID, careful)
    [change] = run(TRIAL, careful, trial=RUNNING)
    assert (change.after.is_trial, change.trial_after.end_reason) == (False, "converted")


def test_a_paid_product_ends_the_trials_that_it_supersedes():
    bought = read("add_product", term={"days": 1})
    state = KeyState({"tags": TRIAL}, {"tags": RUNNING})
    own, ended = apply(state, bought, FACTS, TODAY)
    assert (own.product, ended.product) == ("main", "tags")
    assert ended.after == replace(TRIAL, valid_until=day(-1))
    assert ended.trial_after == replace(RUNNING, ended_on=TODAY, end_reason="superseded")


@pytest.mark.parametrize("rights", [OVER, PAID, replace(TRIAL, status="withdrawn")])
def test_only_a_running_trial_is_superseded(rights):
    assert len(run(None, read("add_product", term={"days": 1}), tags=rights)) == 1


# start_trial


def start(if_used="refuse", product="tags", **told):
    return read("start_trial", product=product, if_used=if_used, **told)


def test_a_trial_lasts_as_long_as_the_operation_or_the_product_says():
    for told, days in (({}, 14), ({"days": 3}, 3)):
        [change] = run(None, start(**told), code="tags")
        assert (change.after.valid_until, change.after.is_trial) == (day(days), True)
        assert change.trial_after == TrialState(TODAY, days)


@pytest.mark.parametrize(
    ("rights", "end"),
    [
        pytest.param(TRIAL, 10, id="running: + days"),
        pytest.param(OVER, 5, id="over: reopened"),
    ],
)
def test_an_extending_trial_goes_on_from_its_end_or_from_today(rights, end):
    [change] = run(rights, start("extend", days=5), trial=RUNNING, code="tags")
    assert change.after == replace(rights, valid_until=day(end))
    assert change.trial_after == TrialState(day(-9), 19)


@pytest.mark.parametrize("rights", [TRIAL, OVER, None])
def test_a_trial_is_once_per_key_and_product(rights):
    with pytest.raises(TrialAlreadyUsed):
        run(rights, start(), trial=RUNNING, code="tags")


@pytest.mark.parametrize("if_used", ["refuse", "extend"])
def test_what_is_paid_for_is_not_tried_out(if_used):
    with pytest.raises(NotApplicable):
        run(PAID, start(if_used), code="tags")


def test_a_product_without_a_trial_has_one_by_a_coupon_that_names_its_days():
    with pytest.raises(NotApplicable):
        run(None, start(product="main"))
    assert after(None, start(product="main", days=7)).valid_until == day(7)


def test_a_free_product_is_there_for_ever_without_a_trial_and_again_without_effect():
    [change] = run(None, start(product="free"), code="free")
    assert (change.after.valid_until, change.after.seats) == (None, None)
    assert (change.after.is_trial, change.trial_after) == (False, None)
    [again] = run(change.after, start(product="free"), code="free")
    assert not again.applied


# replace_products


def swap(state, *rows, before=...):
    held = state.snapshot() if before is ... else before
    [operation] = OPERATIONS.validate_python(
        [{"op": "replace_products", "before": held, "after": list(rows)}]
    )
    return fold(state, apply(state, operation, FACTS, TODAY))


def test_a_replacement_makes_the_whole_set():
    state = KeyState({"main": PAID, "free": ENDLESS}, {})
    done = swap(
        state,
        {"product": "main", "seats": 1, "term": {"days": 5}},
        {"product": "tags", "seats": None, "term": {"perpetual": True}},
    )
    assert (done.rights["main"].seats, done.rights["main"].valid_until) == (1, day(5))
    assert done.rights["main"].starts_on == PAID.starts_on
    assert (done.rights["tags"].seats, done.rights["tags"].valid_until) == (None, None)
    assert done.rights["free"] == replace(ENDLESS, status="withdrawn")


def test_a_replacement_for_another_set_is_stale():
    state = KeyState({"main": PAID}, {})
    for before in ({}, {"main": SUSPENDED.snapshot()}, {"tags": PAID.snapshot()}):
        with pytest.raises(CouponStale):
            swap(state, {"product": "main", "term": {"days": 5}}, before=before)


def test_a_replacement_by_nothing_empties_the_key():
    assert swap(KeyState({"main": PAID}, {})).snapshot() == {}


# Order


def test_only_seats_and_features_commute():
    def both(one, two):
        state = KeyState({"main": PAID}, {})
        for operation in (one, two):
            state = fold(state, apply(state, operation, FACTS, TODAY))
        return state

    assert both(SEATS, SCANNER) == both(SCANNER, SEATS)
    until = read("extend_term", term={"until": day(100).isoformat()})
    assert both(EXTEND, until) != both(until, EXTEND)
