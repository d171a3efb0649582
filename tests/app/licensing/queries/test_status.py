"""The status of a product in a key: total, pure, the first reason that holds."""

from datetime import date
from itertools import product as all_of

import pytest

from app.accounts.models import Vendor
from app.catalog.models import Product
from app.customers.models import Customer
from app.kit.problems import Problem
from app.licensing.models import Entitlement, LicenseKey
from app.licensing.queries.rights import Entitled, KeyRights
from app.licensing.queries.status import (
    Status,
    entitlement_status,
    is_covered,
    is_usable,
    refusal,
    status_text,
    window_end,
)
from tests.factories.clock import NOON, TODAY, day

USABLE = {Status.ACTIVE, Status.EXPIRING}


def case(**changes):
    """Rights with one product that ends in a hundred days, and the product in them."""
    told = {
        "vendor": "active",
        "customer": "active",
        "key": "active",
        "own": "active",
        "starts": TODAY,
        "until": day(100),
        "updates": None,
        "trial": False,
        "after_expiry": "keep_releases",
    } | changes
    entitlement = Entitlement(
        status=told["own"],
        starts_on=told["starts"],
        valid_until=told["until"],
        updates_until=told["updates"],
        is_trial=told["trial"],
    )
    product = Product(name="Складской помощник", after_expiry=told["after_expiry"])
    item = Entitled(entitlement, product, None)
    rights = KeyRights(
        LicenseKey(status=told["key"]),
        Customer(status=told["customer"]),
        Vendor(status=told["vendor"], expiring_days=14),
        [item],
        None,
        NOON,
        TODAY,
    )
    return rights, item


PRECEDENCE = [
    ("VENDOR_SUSPENDED", {"vendor": "suspended"}),
    ("CUSTOMER_BLOCKED", {"customer": "blocked"}),
    ("KEY_REVOKED", {"key": "revoked"}),
    ("KEY_SUSPENDED", {"key": "suspended"}),
    ("ENTITLEMENT_WITHDRAWN", {"own": "withdrawn"}),
    ("ENTITLEMENT_SUSPENDED", {"own": "suspended"}),
    ("ENTITLEMENT_NOT_STARTED", {"starts": day(1)}),
    ("ENTITLEMENT_EXPIRED", {"until": day(-1)}),
    ("EXPIRING", {"until": day(14)}),
    ("ACTIVE", {}),
]


@pytest.mark.parametrize("place", range(len(PRECEDENCE)))
def test_the_first_reason_in_order_decides_over_all_later_ones(place):
    code, own = PRECEDENCE[place]
    later = {}
    for _, changes in reversed(PRECEDENCE[place + 1 :]):
        later |= changes
    assert entitlement_status(*case(**(later | own))) == code


def test_every_combination_of_states_has_a_status():
    seen = set()
    for vendor, customer, key, own, starts, until, trial, after in all_of(
        ("active", "suspended"),
        ("active", "blocked", "archived"),
        ("active", "suspended", "revoked"),
        ("active", "suspended", "withdrawn"),
        (day(-1), TODAY, day(1)),
        (None, date.min, day(-1), TODAY, day(14), day(15), date.max),
        (False, True),
        ("keep_releases", "block"),
    ):
        rights, item = case(
            vendor=vendor,
            customer=customer,
            key=key,
            own=own,
            starts=starts,
            until=until,
            trial=trial,
            after_expiry=after,
        )
        status, problem = entitlement_status(rights, item), refusal(rights, item)
        kept = status is Status.ENTITLEMENT_EXPIRED and after == "keep_releases"
        assert is_usable(rights, item) == (status in USABLE or kept)
        assert problem is None or isinstance(problem, Problem)
        assert (problem.code if problem else None) in {None, status.value}
        for language in ("ru", "en"):
            assert status_text(entitlement_status(rights, item), item, rights.today, language)
        seen.add(status)
    assert seen == set(Status)


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (day(-1), "ENTITLEMENT_EXPIRED"),
        (TODAY, "EXPIRING"),
        (day(14), "EXPIRING"),
        (day(15), "ACTIVE"),
        (None, "ACTIVE"),
    ],
)
def test_the_last_day_is_inclusive_and_fourteen_days_are_expiring(until, code):
    assert entitlement_status(*case(until=until)) == code


def test_a_trial_that_ended_gives_nothing_whatever_the_product_keeps():
    for after in ("keep_releases", "block"):
        rights, item = case(until=day(-1), trial=True, after_expiry=after)
        assert entitlement_status(rights, item) == "TRIAL_EXPIRED"
        assert not is_usable(rights, item)


def test_an_expired_product_is_usable_only_where_it_keeps_its_releases():
    assert is_usable(*case(until=day(-1), after_expiry="keep_releases"))
    assert not is_usable(*case(until=day(-1), after_expiry="block"))


@pytest.mark.parametrize(
    ("changes", "ru", "en"),
    [
        ({"until": date(2027, 12, 31)}, "Действует до 31.12.2027", "Valid until 2027-12-31"),
        ({"until": None}, "Бессрочно", "Perpetual"),
        ({"until": day(9)}, "Истекает через 9 дней", "Ends in 9 days"),
        ({"until": day(1)}, "Истекает через 1 день", "Ends in 1 day"),
        ({"until": TODAY}, "Истекает сегодня", "Ends today"),
        ({"until": day(12), "trial": True}, "Триал: осталось 12 дней", "Trial: 12 days left"),
        (
            {"until": date(2026, 10, 9), "trial": True},
            "Триал закончился 09.10.2026",
            "The trial ended on 2026-10-09",
        ),
        (
            {"until": date(2026, 3, 31)},
            "Подписка закончилась 31.03.2026, доступны релизы до этой даты",
            "The subscription ended on 2026-03-31, releases up to that date are available",
        ),
        (
            {"until": date(2026, 3, 31), "after_expiry": "block"},
            "Подписка закончилась 31.03.2026",
            "The subscription ended on 2026-03-31",
        ),
        ({"key": "suspended"}, "Ключ приостановлен", "The key is suspended"),
        (
            {"own": "withdrawn"},
            "Продукт «Складской помощник» изъят из ключа",
            "Складской помощник was withdrawn",
        ),
        ({"starts": date(2026, 12, 1)}, "Действует с 01.12.2026", "Starts on 2026-12-01"),
    ],
)
def test_people_read_the_status_as_a_sentence(changes, ru, en):
    rights, item = case(**changes)
    status = entitlement_status(rights, item)
    assert status_text(status, item, rights.today, "ru") == ru
    assert status_text(status, item, rights.today, "en") == en


@pytest.mark.parametrize(
    ("valid", "updates", "covered"),
    [
        (None, None, True),
        ("2026-03-01", None, True),
        ("2026-02-28", None, False),
        (None, "2026-02-28", False),
        ("2026-12-31", "2026-02-28", False),
        ("2026-01-31", "2026-03-15", True),
    ],
)
def test_a_release_is_covered_up_to_the_end_of_updates(valid, updates, covered):
    entitlement = Entitlement(
        valid_until=valid and date.fromisoformat(valid),
        updates_until=updates and date.fromisoformat(updates),
    )
    assert is_covered(entitlement, date(2026, 3, 1)) is covered


@pytest.mark.parametrize(
    ("valid", "updates"),
    [("2026-03-01", None), ("2026-02-28", None), ("2026-01-31", "2026-03-15")],
)
def test_where_a_product_blocks_at_its_end_every_expired_row_is_expired(valid, updates):
    told = {"until": date.fromisoformat(valid), "updates": updates and date.fromisoformat(updates)}
    told |= {"starts": date(2025, 1, 1)}
    assert refusal(*case(**told, after_expiry="keep_releases")) is None
    problem = refusal(*case(**told, after_expiry="block"))
    assert problem.code == "ENTITLEMENT_EXPIRED"


def test_a_release_older_than_the_entitlement_is_covered():
    young = Entitlement(starts_on=TODAY, valid_until=day(30), updates_until=None)
    assert is_covered(young, day(-1_000))


def test_updates_with_an_end_of_their_own_decide_also_over_a_term_for_ever():
    assert window_end(Entitlement(valid_until=None, updates_until=day(3))) == day(3)
    assert window_end(Entitlement(valid_until=day(3), updates_until=None)) == day(3)
