"""Coupons in the cabinet: made once, seen before they are made, activated and taken back."""

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.coupons.models import Coupon, CouponBatch, Redemption
from app.licensing.models import Entitlement
from tests.factories.people import Browser, hidden, said

ROW = {
    "preset": "add_product",
    "rows-0-product": "warehouse-helper",
    "rows-0-term": "days",
    "rows-0-days": "365",
    "rows-0-seats_kind": "number",
    "rows-0-seats": "10",
    "count": "2",
    "max_redemptions": "1",
}


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def preview(desk: Browser, **changes: str):
    return desk.post("/coupons/generate", ROW | {"do": "check"} | changes)


def make(desk: Browser, **changes: str):
    """Both steps; the fields of the preview are those that make the coupons."""
    shown = preview(desk, **changes)
    form = shown.text.partition('value="create"')[0]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return desk.post("/coupons/generate", dict(fields) | {"do": "create"})


def codes(answer) -> list[str]:
    return re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", answer.text, re.DOTALL)[1].split()


def test_the_sentence_says_what_the_coupons_do(desk):
    answer = desk.post("/coupons/describe", ROW)
    assert "10 seats" in said(answer)
    assert "365 days" in said(answer)
    assert "<html" not in answer.text


def test_an_unfinished_form_has_no_sentence_and_no_error(desk):
    answer = desk.post("/coupons/describe", ROW | {"rows-0-product": "", "rows-0-days": "x"})
    assert answer.status_code == 200
    assert "Fill in the product" in said(answer)


def test_the_preview_makes_nothing(desk, session):
    assert preview(desk).status_code == 200
    assert session.scalars(select(CouponBatch)).all() == []


def test_a_double_click_makes_one_batch_and_shows_no_code_again(desk, session):
    shown = preview(desk)
    fields = re.findall(
        r'<input type="hidden" name="([^"]*)" value="([^"]*)">',
        shown.text.partition('value="create"')[0],
    )
    first = desk.post("/coupons/generate", dict(fields) | {"do": "create"})
    second = desk.post("/coupons/generate", dict(fields) | {"do": "create"})
    assert len(codes(first)) == 2
    assert "/coupons/batches/" in str(second.url)
    assert codes(first)[0] not in second.text
    assert len(session.scalars(select(CouponBatch)).all()) == 1
    assert len(session.scalars(select(Coupon)).all()) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rows-0-days": "0"}, "rows-0-days"),
        ({"rows-0-days": "x" * 10_000}, "rows-0-days"),
        ({"rows-0-seats": "-1"}, "rows-0-seats"),
        ({"count": "100001"}, "count"),
        ({"valid_until": "yesterday"}, "valid_until"),
    ],
)
def test_an_error_stands_at_its_field_and_everything_is_kept(desk, changes, field):
    answer = preview(desk, **changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert changes[field] in answer.text
    assert 'value="10"' in answer.text or field == "rows-0-seats"


@pytest.mark.parametrize("bad", ["nonsense", "'; --", "\x00"])
@pytest.mark.parametrize("field", ["bound_key_id", "bound_customer_id", "distributor_id"])
def test_hidden_fields_that_were_edited_are_refused(desk, field, bad):
    assert preview(desk, **{field: bad}).status_code == 422


def test_rows_are_added_moved_and_removed_without_javascript(desk):
    two = desk.post("/coupons/generate", ROW | {"do": "add_row"})
    assert 'id="rows-1-product"' in two.text
    one = desk.post("/coupons/generate", ROW | {"rows-1-product": "x", "do": "remove-0"})
    assert 'id="rows-1-product"' not in one.text


def test_another_preset_keeps_what_was_typed(desk, world):
    typed = ROW | {"invoice_number": "77/б", "comment": "скидка", "rows-0-days": "33"}
    trial = desk.post("/coupons/generate", typed | {"do": "preset-extend_trial"})
    for kept in ('value="77/б"', "скидка", 'value="33"', 'name="preset" value="extend_trial"'):
        assert kept in trial.text, kept
    asked = desk.post("/coupons/generate", typed | {"do": "preset-replace_products"})
    assert "Whose products change?" in said(asked)
    wrong = desk.post("/coupons/generate/key", hidden(asked) | {"key": "x"})
    assert wrong.status_code == 422
    made = desk.post("/coupons/generate/key", hidden(wrong) | {"key": world.code})
    assert f'name="bound_key_id" value="{world.key.id}"' in made.text
    assert 'value="77/б"' in made.text
    back = desk.post("/coupons/generate", hidden(made) | {"do": "preset-custom"})
    assert 'name="bound_key_id" value=""' in back.text


def test_a_coupon_is_tried_activated_and_taken_back(desk, session, world):
    [code, _] = codes(make(desk))
    given = {"key": world.code.lower(), "coupon": code}
    tried = desk.post("/coupons/redeem", given | {"do": "check"})
    assert "until 2" in said(tried)
    assert session.scalars(select(Redemption)).all() == []
    done = desk.post("/coupons/redeem", hidden(tried) | {"do": "redeem"})
    assert "The coupon is activated" in said(done)
    redemption = session.scalars(select(Redemption)).one()
    path = f"/redemptions/{redemption.id}/reverse"
    assert desk.post(path, hidden(desk.get(path)) | {"reason": "no"}).status_code == 422
    back = desk.post(path, hidden(desk.get(path)) | {"reason": "ошибка менеджера"})
    assert "taken back" in said(back)
    session.expire_all()
    assert session.scalars(select(Entitlement)).one().status == "withdrawn"


def test_a_changed_key_is_asked_about_again(desk, world):
    [code, other] = codes(make(desk))
    tried = desk.post("/coupons/redeem", {"key": world.code, "coupon": code, "do": "check"})
    for step in ("check", "redeem"):
        answer = desk.post("/coupons/redeem", {"key": world.code, "coupon": other, "do": step})
    assert answer.status_code == 200
    again = desk.post("/coupons/redeem", hidden(tried) | {"do": "redeem"})
    assert again.status_code == 409
    assert "preview again" in said(again)


@pytest.mark.parametrize("coupon", ["", "x", "DEMOUPD-AAAAA-AAAAA-AAAAA-AAAAA", "x" * 1_001])
def test_a_refused_coupon_keeps_the_form_and_counts(desk, world, coupon):
    answer = desk.post("/coupons/redeem", {"key": world.code, "coupon": coupon, "do": "check"})
    assert answer.status_code in {200, 422}
    assert "coupon" in said(answer).lower()


def test_codes_leave_as_files_and_that_is_recorded(desk, session):
    made = make(desk)
    batch = session.scalars(select(CouponBatch)).one()
    for form, start in (("txt", codes(made)[0]), ("csv", "\ufeff")):
        answer = desk.post(f"/coupons/batches/{batch.id}/codes", {"format": form})
        assert answer.text.startswith(start)
    events = session.scalars(select(AuditEvent.action)).all()
    assert events.count("coupon_batch.exported") == 2


def test_a_file_has_the_codes_in_the_order_of_their_making(desk, session):
    made = codes(make(desk, count="60"))
    batch = session.scalars(select(CouponBatch)).one()
    answer = desk.post(f"/coupons/batches/{batch.id}/codes", {"format": "txt"})
    assert answer.text.split() == made


def test_a_full_coupon_needs_a_reason_and_is_recorded(desk, session):
    [code, _] = codes(make(desk))
    [coupon] = [one for one in session.scalars(select(Coupon)) if one.hint[-5:] == code[-5:]]
    path = f"/coupons/{coupon.id}/reveal"
    assert code not in desk.get(path).text
    assert desk.post(path, {"cause": "other"}).status_code == 422
    assert code in desk.post(path, {"cause": "checking"}).text
    assert "coupon.revealed" in session.scalars(select(AuditEvent.action)).all()


def test_a_list_of_coupons_reads_as_few_statements_as_a_longer_one(desk, statements):
    make(desk)
    with statements() as few:
        desk.get("/coupons")
    make(desk, count="40")
    with statements() as more:
        desk.get("/coupons")
    assert len(more) == len(few)
