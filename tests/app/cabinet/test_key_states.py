"""One vocabulary for the state of a key: the filter, the badge and the tile agree."""

import re
from datetime import timedelta

import pytest

from app.audit.actor import SYSTEM
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.customers.schemas import BlockCustomer
from app.customers.service import block
from app.licensing.schemas import WithReason
from app.licensing.service.keys import InstallerPrincipal
from app.licensing.service.lifecycle import revoke, suspend
from tests.factories.clock import NOON
from tests.factories.people import Browser, said

WORDS = {
    "empty": "empty",
    "active": "active",
    "expiring": "expiring",
    "expired": "expired",
    "suspended": "suspended",
    "revoked": "revoked",
    "blocked": "customer blocked",
}
WHY = WithReason(reason="по просьбе")


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def key_with(world, session, days: int = 0, customer=None):
    """A key, with the product for so many days if there are any."""
    key, _ = world.another_key(customer)
    if days:
        told = {"product": world.product.code, "term": {"days": days}, "seats": 3}
        [code] = world.coupon(operations=[told], max_redemptions=1)
        holder = InstallerPrincipal(world.vendor.id, key.id, key.customer_id, SYSTEM)
        redeem(session, RedeemCoupon(coupon=code), caller=holder)
    return key


@pytest.fixture
def hints(world, session, clock) -> dict[str, str]:
    """One key in each state, by its hint; the world's own key is empty too."""
    clock.at = NOON
    keys = {"expired": key_with(world, session, 3)}
    clock.at = NOON + timedelta(days=10)
    keys |= {"empty": key_with(world, session), "active": key_with(world, session, 365)}
    keys |= {"expiring": key_with(world, session, 5)}
    for state, act in (("suspended", suspend), ("revoked", revoke)):
        keys[state] = key_with(world, session, 365)
        act(session, world.vendor.id, keys[state].id, WHY, actor=SYSTEM)
    late = world.another_customer()
    keys["blocked"] = key_with(world, session, 365, late)
    block(session, world.vendor.id, late.id, BlockCustomer(reason="не платит"), actor=SYSTEM)
    session.commit()
    return {state: key.hint for state, key in keys.items()}


@pytest.mark.parametrize("state", WORDS)
def test_the_filter_finds_the_keys_whose_badge_says_so(hints, desk, state):
    page = desk.get(f"/license-keys?status={state}")
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert hints[state] in body
    assert [each for other, each in hints.items() if other != state and each in body] == []
    badges = re.findall(r"badge-state[^>]*>.*?</svg>([^<]*)</span>", body)
    assert set(badges) == {WORDS[state]}


def test_the_tile_counts_what_its_link_shows(hints, desk):
    page = desk.get("")
    assert "1 active keys" in said(page)
    assert hints["active"] in desk.get("/license-keys?status=active").text
    assert 'href="/cabinet/license-keys?status=active"' in page.text
    offered = desk.get("/license-keys").text.partition('name="status"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]+)"', offered) == list(WORDS)
