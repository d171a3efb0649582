"""Several rows of a list at once: counted first, then all or none."""

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.coupons.models import Coupon
from app.licensing.models import LicenseKey
from tests.factories.people import Browser, hidden, said
from tests.factories.world import make_world


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def asked(name: str, ids) -> str:
    return "&".join(f"{name}={each}" for each in ids)


def counted(session, action: str) -> int:
    query = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
    return session.scalar(query)


def test_ticked_keys_are_counted_and_suspended_together(desk, world, session, installer):
    [coupon] = world.coupon()
    other, _ = world.another_key()
    session.commit()
    installer.redeem(coupon)
    installer.activate()
    path = f"/license-keys/suspend?{asked('keys', [world.key.id, other.id])}"
    page = desk.get(path)
    assert "Suspend 2 keys?" in said(page)
    assert "1 infobase loses access now" in said(page)
    sent = hidden(page) | {"keys": [str(world.key.id), str(other.id)]}
    short = desk.post("/license-keys/suspend", sent | {"reason": "x"})
    assert short.status_code == 422
    assert "Suspend 2 keys?" in said(short)
    done = desk.post("/license-keys/suspend", sent | {"reason": "не оплачено"})
    assert "Keys suspended: 2" in said(done)
    assert set(session.scalars(select(LicenseKey.status))) == {"suspended"}
    assert counted(session, "license_key.suspended") == 2


def test_foreign_keys_are_no_keys(desk, session):
    theirs = make_world(session, "ELSE", root=False)
    session.commit()
    page = desk.get(f"/license-keys/suspend?keys={theirs.key.id}")
    assert "No active key is ticked" in said(page)
    sent = {"keys": str(theirs.key.id), "reason": "чужой ключ"}
    assert "Keys suspended: 0" in said(desk.post("/license-keys/suspend", sent))
    session.refresh(theirs.key)
    assert theirs.key.status == "active"


def test_ticked_coupons_are_disabled_together(desk, world, session):
    world.coupon(count=3)
    session.commit()
    ids = [str(each) for each in session.scalars(select(Coupon.id).order_by(Coupon.id))]
    assert f'name="coupons" value="{ids[0]}"' in desk.get("/coupons").text
    page = desk.get(f"/coupons/disable?{asked('coupons', ids[:2])}")
    assert "Disable 2 coupons?" in said(page)
    sent = hidden(page) | {"coupons": ids[:2], "reason": "утекла партия"}
    assert "Coupons disabled: 2" in said(desk.post("/coupons/disable", sent))
    assert "This was done before" in said(desk.post("/coupons/disable", sent))
    statuses = session.scalars(select(Coupon.status).order_by(Coupon.id)).all()
    assert statuses == ["disabled", "disabled", "active"]
    assert counted(session, "coupon.disabled") == 2


@pytest.mark.parametrize("path", ["/license-keys/suspend?keys=x", "/coupons/disable?coupons=%00"])
def test_edited_addresses_are_refused(desk, path):
    assert desk.get(path).status_code == 422


def test_the_quota_of_moves_stands_on_the_card(desk, world, session, installer):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    path = f"/license-keys/{world.key.id}/seats"
    assert f"{world.product.name} 0 of {world.product.transfer_quota}" in said(desk.get(path))
    seat = installer.activate().json()["activation"]["id"]
    answer = installer.client.delete(
        f"/api/v1/activations/{seat}", headers={"Authorization": f"Bearer {installer.token}"}
    )
    assert answer.is_success, answer.text
    assert f"{world.product.name} 1 of {world.product.transfer_quota}" in said(desk.get(path))


def test_all_that_the_filters_find_are_counted_confirmed_and_disabled(desk, world, session):
    made = world.coupon(count=3)
    world.coupon(count=2)
    session.commit()
    batch = session.scalars(select(Coupon.batch_id).order_by(Coupon.id)).first()
    path = f"/coupons/disable?all=1&batch_id={batch}"
    page = desk.get(path)
    assert f"Disable {len(made)} coupons?" in said(page)
    sent = hidden(page) | {"reason": "утекла партия"}
    assert sent["told"] == "3"
    assert f"Coupons disabled: {len(made)}" in said(desk.post(path, sent))
    assert counted(session, "coupon.disabled") == 3
    assert "No coupon is ticked" in said(desk.get(path))


def test_a_list_that_changed_meanwhile_is_asked_about_again(desk, world, session):
    other, _ = world.another_key()
    session.commit()
    path = "/license-keys/suspend?all=1&status=empty"
    page = desk.get(path)
    assert "Suspend 2 keys?" in said(page)
    world.another_key()
    session.commit()
    sent = hidden(page) | {"reason": "не оплачено"}
    again = desk.post(path, sent)
    assert (again.status_code, "it is 3 rows now" in said(again)) == (409, True)
    session.refresh(other)
    assert other.status == "active"
    done = desk.post(path, sent | hidden(again))
    assert "Keys suspended: 3" in said(done)
    assert counted(session, "license_key.suspended") == 3


def test_more_rows_than_one_act_takes_are_refused(desk, world, session, monkeypatch):
    monkeypatch.setattr("app.cabinet.several.BULK_MAX", 2)
    world.coupon(count=3)
    session.commit()
    page = desk.get("/coupons/disable?all=1")
    assert "Narrow the filters" in said(page)
    answer = desk.post("/coupons/disable?all=1", {"told": "3", "reason": "утекла партия"})
    assert (answer.status_code, "At most 2 rows at once" in said(answer)) == (409, True)


def test_a_page_comes_with_all_rows_ticked(desk, world, session):
    world.coupon(count=3)
    session.commit()
    boxes = desk.get("/coupons?status=active&ticked=all").text
    assert boxes.count(" checked aria-label") == 3
    assert 'href="/cabinet/coupons?status=active">' in boxes  # the way back
    assert "checked aria-label" not in desk.get("/coupons?status=active").text
