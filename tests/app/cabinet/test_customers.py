"""Customers in the cabinet: what is asked, kept, refused and recorded."""

import re
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.customers.models import Customer
from app.licensing.service.keys import on_behalf
from tests.factories.people import Browser, a_person, hidden, said

NEW = {"company": "ООО «Новый»", "email": "new@example.com"}


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def send(desk: Browser, path: str, **fields: str):
    """The form of a page, filled in."""
    return desk.post(path, hidden(desk.get(path)) | fields)


def test_a_customer_is_added_and_that_is_history(desk, session):
    answer = send(desk, "/customers/new", **NEW)
    assert "ООО «Новый»" in said(answer)
    event = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == "customer.created")
        .order_by(AuditEvent.seq.desc())
    ).first()
    assert (event.subject_label, event.actor_kind) == ("ООО «Новый»", "user")


def test_the_same_form_twice_makes_one_customer(desk, session):
    filled = hidden(desk.get("/customers/new")) | NEW
    first, second = desk.post("/customers/new", filled), desk.post("/customers/new", filled)
    assert str(first.url) == str(second.url)
    assert "This was done before" in said(second)
    found = session.scalars(select(Customer).where(Customer.email == NEW["email"])).all()
    assert len(found) == 1


def test_a_used_form_with_other_values_changes_nothing(desk, session):
    filled = hidden(desk.get("/customers/new")) | NEW
    desk.post("/customers/new", filled)
    answer = desk.post("/customers/new", filled | {"company": "ООО «Другой»"})
    assert answer.status_code == 409
    assert "ООО «Другой»" in answer.text.replace("&#34;", '"')
    assert session.scalars(select(Customer).where(Customer.company == "ООО «Другой»")).all() == []


@pytest.mark.parametrize(
    "hostile", ['<b>"x"</b>&', "=1+1", "\u202eabc", "a\x00b", "x" * 10_000, "Ёлка 😀"]
)
@pytest.mark.parametrize("field", ["company", "inn", "comment", "contact_name", "tags"])
def test_a_refused_form_keeps_what_was_typed(desk, field, hostile):
    answer = send(desk, "/customers/new", **({"company": "", "email": ""} | {field: hostile}))
    assert answer.status_code == 422
    assert "autofocus" in answer.text
    shown = unescape(answer.text.replace("\x00", ""))
    assert hostile.replace("\x00", "") in shown


def test_somebody_alike_is_shown_before_another_is_made(desk, world):
    alike = {"company": "ООО «Копия»", "email": world.customer.email}
    answer = send(desk, "/customers/new", **alike)
    assert answer.status_code == 409
    assert world.customer.company in said(answer)
    again = desk.post("/customers/new", hidden(answer) | alike | {"anyway": "on"})
    assert "ООО «Копия»" in said(again)


def test_two_editors_do_not_overwrite_each_other(desk, world):
    path = f"/customers/{world.customer.id}/edit"
    mine, theirs = hidden(desk.get(path)), hidden(desk.get(path))
    desk.post(path, theirs | NEW | {"company": "ООО «Их»"})
    answer = desk.post(path, mine | NEW | {"company": "ООО «Моё»"})
    assert answer.status_code == 409
    assert "you changed this in another window" in said(answer)
    assert "Yours: ООО «Моё»" in said(answer)
    assert "Saved now: ООО «Их»" in said(answer)
    done = desk.post(
        path, hidden(answer) | NEW | {"company": "ООО «Моё»", "pick-company": "theirs"}
    )
    assert "ООО «Их»" in said(done)


def test_a_conflict_names_who_was_faster(desk, world, session):
    other = a_person(session, world.vendor.id, "manager")
    session.commit()
    path = f"/customers/{world.customer.id}/edit"
    mine, cookie = hidden(desk.get(path)), desk.cookie
    desk.forget()
    send(desk.sign_in(other), path, **NEW)
    desk.come_with(cookie)
    answer = desk.post(path, mine | NEW | {"company": "ООО «Моё»"})
    assert "While you were editing, Person manager changed this" in said(answer)


def test_blocking_needs_a_reason_and_tells_the_consequence(desk, world):
    path = f"/customers/{world.customer.id}/block"
    assert "All keys stop answering at once" in said(desk.get(path))
    assert send(desk, path, reason="x").status_code == 422
    assert "customer is blocked" in said(send(desk, path, reason="не платит"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=ромашк", 1),
        ("q=РОМАШКА", 1),
        ("q=ромашка+ель", 0),
        ("status=blocked", 0),
        ("q=%27%26", 0),
    ],
)
def test_lists_find_words(desk, world, session, asked, found):
    world.another_customer("ООО «Ромашка»")
    session.commit()
    page = desk.get(f"/customers?{asked}")
    assert len(re.findall('class="first"', page.text)) == found


def test_pages_of_a_list_go_on_by_key(desk, world, session):
    for number in range(55):
        world.another_customer(f"ООО «{number:02}»")
    session.commit()
    first = desk.get("/customers")
    link = re.search(r'href="/cabinet(/customers\?[^"]*cursor=[^"]+)"', first.text)[1]
    second = desk.get(link.replace("&amp;", "&"))
    names = [re.findall(r'class="first"><a[^>]*>([^<]+)<', each.text) for each in (first, second)]
    assert [len(each) for each in names] == [50, 6]
    assert sorted(names[0] + names[1]) == names[0] + names[1]


def test_a_foreign_cursor_is_refused(desk):
    assert desk.get("/customers?cursor=abc").status_code == 400


def test_an_export_has_the_rows_of_the_list_and_is_recorded(desk, world, session):
    answer = send(desk, "/customers/export?status=active", format="csv")
    assert world.customer.company in answer.text
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "list.exported")).one()
    assert event.data == {"filters": {"status": "active", "sort": "company"}, "rows": 1}


def test_an_export_says_states_and_times_as_the_list_does(desk, world):
    asked = said(desk.get("/customers/export?status=active"))
    assert "State: active" in asked
    [row] = send(desk, "/customers/export?status=active", format="csv").text.splitlines()[1:]
    *_, state, added = row.split(";")
    here = world.customer.created_at.astimezone(ZoneInfo("Europe/Moscow"))
    assert (state, added) == ("active", f"{here:%Y-%m-%d %H:%M}")


def redeemed(world, session, days: int = 365):
    """A product in the world's key."""
    [code] = world.coupon(operations=[{"product": world.product.code, "term": {"days": days}}])
    caller = on_behalf(session, world.vendor.id, world.code, actor=SYSTEM)
    redeem(session, RedeemCoupon(coupon=code), caller=caller)
    session.commit()


def test_the_card_shows_the_products_of_all_keys(desk, world, session):
    redeemed(world, session)
    page = said(desk.get(f"/customers/{world.customer.id}/products"))
    assert world.product.name in page
    assert world.key.hint in page


def test_only_those_whose_products_end_soon_are_found(desk, world, session):
    redeemed(world, session, days=365)
    assert "Nothing matches" in said(desk.get("/customers?has_expiring=true"))
    redeemed_later = world.another_customer("ООО «Скоро»")
    _key, code = world.another_key(redeemed_later)
    [coupon] = world.coupon(operations=[{"product": world.product.code, "term": {"days": 5}}])
    caller = on_behalf(session, world.vendor.id, code, actor=SYSTEM)
    redeem(session, RedeemCoupon(coupon=coupon), caller=caller)
    session.commit()
    page = desk.get("/customers?has_expiring=true")
    assert re.findall(r'class="first"><a[^>]*>([^<]+)<', page.text) == ["ООО «Скоро»"]
    exported = send(desk, "/customers/export?has_expiring=true", format="csv")
    assert "ООО «Скоро»" in exported.text
    assert world.customer.company not in exported.text


def test_downloads_of_the_card_are_those_of_the_customer(desk, world, session, installer):
    redeemed(world, session)
    release = world.release()
    session.commit()
    path = f"/customers/{world.customer.id}/downloads"
    assert "downloaded nothing yet" in said(desk.get(path))
    assert installer.activate().is_success
    assert installer.ask(release.id).is_success
    assert "2.4.0" in said(desk.get(path))


@pytest.mark.parametrize(
    ("act", "there"),
    [("redeem", "redeem?key_id={}"), ("send", "{}/send"), ("connection", "{}/connection")],
)
def test_acts_of_the_card_lead_to_the_key_or_ask_which(desk, world, session, act, there):
    path = f"/customers/{world.customer.id}/keys/{act}"
    assert f"/keys/{act}" in desk.get(f"/customers/{world.customer.id}").text
    assert str(desk.get(path).url).endswith(there.format(world.key.id))
    other, _ = world.another_key()
    session.commit()
    asked = desk.get(path)
    assert there.format(world.key.id) in asked.text
    assert there.format(other.id) in asked.text


def test_a_customer_without_keys_gets_the_connection_file_alone(desk, world, session):
    empty = world.another_customer()
    session.commit()
    path = f"/customers/{empty.id}"
    assert "no active key" in said(desk.get(f"{path}/keys/connection"))
    answer = desk.post(f"{path}/connection")
    assert answer.json()["vendor"]["name"] == world.vendor.name
    assert not answer.json().get("key")
