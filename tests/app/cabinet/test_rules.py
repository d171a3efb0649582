"""The editor of rules and «Who gets it?»: the same answers as agents and programs get."""

import re
import uuid

import pytest
from sqlalchemy import update

from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.licensing.models import Entitlement
from app.licensing.schemas import Activate
from app.licensing.service.activations import activate
from tests.factories.automation import a_token
from tests.factories.people import Browser, hidden, said
from tests.factories.publishing import RULE, SECOND, a_draft, rule
from tests.factories.requests import principal
from tests.factories.world import FITTING, bearer, make_world

BUH = {"configuration_name": "БухгалтерияПредприятия", "configuration_version": "3.0.150.34"}
WORDS = "БухгалтерияПредприятия, PROF: from 3.0.150.0 to 3.0.170.*, but for 3.0.155.12"


@pytest.fixture
def desk(browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.fixture
def card(desk, world) -> str:
    """A draft's path."""
    return a_draft(desk, world)


def rules_of(page) -> list[str]:
    """The rules' configurations in the order of the page."""
    parts = page.text.split('-configuration_name" type="text" value="')[1:]
    return [part.partition('"')[0] for part in parts]


def test_a_saved_rule_is_told_in_words(desk, card):
    page = rule(desk, card)
    assert "The rules are saved" in said(page)
    assert f"{WORDS}; tested up to 3.0.160.20" in said(page)


def test_rows_come_go_and_move_by_buttons_and_nothing_is_kept(desk, card):
    added = rule(desk, card, "add_row")
    assert rules_of(added) == ["БухгалтерияПредприятия", ""]
    moved = rule(desk, card, "up-1", **SECOND)
    assert rules_of(moved) == ["Розница", "БухгалтерияПредприятия"]
    assert rules_of(rule(desk, card, "remove-0", **SECOND)) == ["Розница"]
    assert rules_of(desk.get(f"{card}/compatibility")) == []


def test_every_condition_survives_the_way_there_and_back(desk, card):
    more = {
        "rules-0-platform_min": "8.3.25.1286; 8.3.24.1548",
        "rules-0-platform_excluded": "8.3.21; 8.3.22 – 8.3.22.1850",
        "rules-0-min_compatibility_mode": "8.3.14",
        "rules-0-infobase_kind": "server",
        "rules-0-note": "<b>только сервер</b>",
        "rules-0-excluded": "3.0.155.12, 3.0.156.*\n3.0.157.1",
    }
    page = rule(desk, card, **more)
    again = rule(desk, card, "check", **more)
    for shown in (page, again):
        assert "platform from 8.3.24.1548, 8.3.25.1286" in said(shown)
        assert "platforms except 8.3.21–8.3.21, 8.3.22–8.3.22.1850" in said(shown)
        assert "but for 3.0.155.12, 3.0.156.*, 3.0.157.1" in said(shown)
        assert "compatibility mode from 8.3.14; only a server infobase" in said(shown)
        assert "&lt;b&gt;только сервер" in shown.text
    carried = hidden(page)
    kept = desk.post(f"{card}/compatibility", carried | RULE | more | {"do": "save"})
    assert "The rules are saved" in said(kept)


def test_what_is_wrong_is_told_at_its_field_of_its_rule(desk, card):
    wrong = {
        "rules-1-version_from": "3.0.x",
        "rules-1-excluded": "3.0.155",
        "rules-0-platform_excluded": "8.3.21 - abc",
    }
    page = rule(desk, card, **SECOND, **wrong)
    assert page.status_code == 422
    for name in ("rules-1-version_from", "rules-1-excluded", "rules-0-platform_excluded"):
        assert f'id="{name}-wrong"' in page.text
    assert 'value="3.0.x"' in page.text
    assert "Rule 2, From" in said(page)
    assert "No rule allows anything" not in said(page)


def test_warnings_name_overlaps_and_names_never_met(desk, card):
    other = RULE | {"rules-0-configuration_name": "ПочтиБухгалтерия"}
    double = {name.replace("rules-0", "rules-1"): value for name, value in other.items()}
    page = said(rule(desk, card, "check", **other, **double))
    assert "Rules 1 and 2 overlap: ПочтиБухгалтерия" in page
    assert "The name ПочтиБухгалтерия was never met so far" in page


def test_a_list_of_miko_becomes_rules(desk, card):
    text = '[{"conf": "УправлениеТорговлейБазовая", "min_1c_version": "11.5.1",},]'
    page = rule(desk, card, "miko", miko_list=text)
    assert "УправлениеТорговлей, basic: from 11.5.1" in said(page)
    bad = rule(desk, card, "miko", miko_list="[}")
    assert (bad.status_code, 'id="miko_list-wrong"' in bad.text) == (422, True)
    assert rules_of(bad) == ["БухгалтерияПредприятия"]


def test_the_words_of_one_rule_come_alone(desk, card):
    answer = desk.post(f"{card}/compatibility/words?rule=0", RULE)
    assert said(answer).startswith(WORDS)
    unread = desk.post(f"{card}/compatibility/words?rule=0", RULE | {"rules-0-version_to": "x"})
    assert "cannot be read yet" in said(unread)


def test_the_rules_of_a_published_release_change_with_a_reason(desk, world, session):
    release = world.release()
    session.commit()
    card = f"/releases/{release.id}"
    assert rule(desk, card).status_code == 422
    assert "The rules are saved" in said(rule(desk, card, reason="Вышел новый релиз"))
    assert "Вышел новый релиз" in said(desk.get(f"{card}/history"))


def test_two_editors_of_rules_do_not_overwrite_each_other(desk, card):
    carried = hidden(desk.get(f"{card}/compatibility")) | RULE | {"do": "save"}
    desk.post(f"{card}/compatibility", carried)
    late = desk.post(f"{card}/compatibility", carried | {"rules-0-note": "поздно"})
    assert late.status_code == 409
    assert 'value="поздно"' in late.text


def trial(desk, card, **fields):
    return desk.post(f"{card}/audience", BUH | {"channel": "stable", "do": "test"} | fields)


def test_the_tester_marks_what_is_offered_and_says_why_not(desk, world, session):
    world.release("2.4.0")
    newer = world.release("2.5.0", {"configuration_name": "Розница"})
    session.commit()
    page = said(trial(desk, f"/releases/{newer.id}"))
    assert "2.5.0 does not fit Configuration БухгалтерияПредприятия is not supported" in page
    assert "2.4.0 will be offered fits Compatible (rule 1) COMPATIBLE" in page


def test_if_nothing_fits_the_nearest_is_named(desk, world, session):
    release = world.release()
    session.commit()
    page = said(trial(desk, f"/releases/{release.id}", configuration_version="3.0.149.99"))
    assert "The nearest release is 2.4.0: Needs configuration 3.0.150.0 or later" in page


def test_unsaved_rules_are_tried_and_carried_along(desk, card):
    page = desk.post(f"{card}/audience", RULE | {"unsaved": "1", "do": "try"})
    assert "The rules are not saved" in said(page)
    assert 'name="rules-0-version_from"' in page.text
    tried = trial(desk, card, **RULE, unsaved="1")
    assert "2.4.0 will be offered" in said(tried)
    assert "2.4.0 will be offered" not in said(trial(desk, card))


def test_from_the_tester_the_rules_come_back_and_are_saved(desk, card):
    editor = hidden(desk.get(f"{card}/compatibility"))
    page = desk.post(f"{card}/audience", editor | RULE | {"do": "try"})
    back = desk.post(f"{card}/compatibility", hidden(page) | RULE | {"do": "check"})
    assert rules_of(back) == ["БухгалтерияПредприятия"]
    kept = desk.post(f"{card}/compatibility", hidden(back) | RULE | {"do": "save"})
    assert "The rules are saved" in said(kept)


def test_the_tester_keeps_a_form_without_a_name(desk, card):
    page = trial(desk, card, configuration_name="", platform_version="8.3.24.1548")
    assert (page.status_code, 'id="configuration_name-wrong"' in page.text) == (422, True)
    assert 'value="8.3.24.1548"' in page.text


@pytest.mark.parametrize("version", ["3.0.150.34", "3.0.160.21", "3.0.171.0", "abc"])
def test_cabinet_program_and_agent_answer_alike(desk, world, session, client, version):
    release = world.release()
    token = a_token(session, world.vendor.id)
    session.commit()
    there = f"/releases/{release.id}"
    page = said(trial(desk, there, configuration_version=version, key=world.code))
    configuration = FITTING["configuration"] | {"version": version}
    told = {"configuration": configuration, "show_all": True}
    offers = client.post("/api/v1/offers", json=told, headers=bearer(world.code)).json()["data"]
    evaluated = client.post(
        "/api/v1/vendor/compatibility/evaluate",
        json={"extension": world.extension.code, "configuration": configuration},
        headers=bearer(token),
    ).json()["data"]
    assert offers[0]["code"] in page
    assert evaluated[0]["code"] in said(trial(desk, there, configuration_version=version))


def seat(world, version: str) -> None:
    """One more infobase with a seat, as its agent described it."""
    facts = {"id": uuid.uuid4(), "label": f"База {version}", "kind": "file"}
    configuration = {"name": "БухгалтерияПредприятия", "version": version}
    told = {"product": world.product.code, "infobase": facts, "configuration": configuration}
    caller = principal(world.session, world.code)
    activate(world.session, Activate.model_validate(told), caller=caller)


@pytest.fixture
def seated(world, session):
    """Three infobases: one fits, one is not tested, one is too new; their release is on offer."""
    redeem(session, RedeemCoupon(coupon=world.coupon()[0]), caller=principal(session, world.code))
    for version in ("3.0.150.34", "3.0.160.21", "3.0.171.0"):
        seat(world, version)
    release = world.release()
    session.commit()
    return f"/releases/{release.id}"


def test_the_reach_counts_infobases_by_verdict_and_lists_them(desk, seated):
    page = said(desk.get(f"{seated}/audience"))
    assert "3 infobases have a seat of the product" in page
    assert "get it 1 not tested 1 do not fit 1" in page
    listed = desk.get(f"{seated}/audience?show=untested")
    assert "База 3.0.160.21" in said(listed)
    assert "База 3.0.150.34" not in said(listed)
    taken = re.search(r'name="infobase_id" value="([^"]*)"', listed.text)[1]
    filled = desk.get(f"{seated}/audience?infobase_id={taken}")
    assert 'value="3.0.160.21"' in filled.text


def test_a_customers_infobase_is_found_by_company_label_or_key_and_taken(desk, seated, world):
    for words in (world.customer.company[:8], "160.21", world.key.hint[-5:]):
        page = desk.post(f"{seated}/audience", {"find": words, "do": "find"})
        assert "База 3.0.160.21" in said(page), words
    editor = RULE | {"unsaved": "1", "find": "160.21"}
    page = desk.post(f"{seated}/audience", editor | {"do": "find"})
    assert "База 3.0.150.34" not in said(page)
    taken = re.search(r'name="infobase_id" value="([^"]*)"', page.text)[1]
    filled = desk.post(f"{seated}/audience", editor | {"infobase_id": taken})
    assert 'value="3.0.160.21"' in filled.text
    assert "The rules are not saved" in said(filled)
    part = desk.post(f"{seated}/audience/find", {"find": "160.21"})
    assert "База 3.0.160.21" in said(part)
    assert "<html" not in part.text


@pytest.mark.parametrize("words", ["%", "_", "нет такой", "\x01", "'; --", "  "])
def test_words_that_mean_no_infobase_find_none(desk, seated, words):
    page = desk.post(f"{seated}/audience", {"find": words, "do": "find"})
    assert page.status_code == 200
    assert "База" not in said(page).partition("Known infobases")[0]


def test_infobases_of_another_vendor_are_not_found(desk, seated, session):
    theirs = make_world(session, "ELSE", root=False)
    session.commit()
    redeem(session, RedeemCoupon(coupon=theirs.coupon()[0]), caller=principal(session, theirs.code))
    seat(theirs, "3.0.199.9")
    session.commit()
    assert "3.0.199.9" not in said(desk.post(f"{seated}/audience", {"find": "199.9", "do": "find"}))


def numbered(page) -> list[str]:
    """The infobases of a list, in its order."""
    return re.findall(r'<td class="first">База (\S+)</td>', page.text)


@pytest.fixture
def many(world, session):
    """More infobases of one verdict than a page has, on seats of one key."""
    redeem(session, RedeemCoupon(coupon=world.coupon()[0]), caller=principal(session, world.code))
    session.execute(update(Entitlement).values(seats=60))
    session.expire_all()
    for number in range(53):
        seat(world, f"3.0.171.{number}")
    release = world.release()
    session.commit()
    return f"/releases/{release.id}/audience"


def test_the_infobases_of_a_verdict_have_pages(desk, many):
    first = desk.get(f"{many}?show=incompatible")
    assert numbered(first) == [f"3.0.171.{number}" for number in range(52, 2, -1)]
    cursor = first.text.partition("show=incompatible&amp;cursor=")[2].partition('"')[0]
    rest = desk.get(f"{many}?show=incompatible&cursor={cursor}")
    assert numbered(rest) == ["3.0.171.2", "3.0.171.1", "3.0.171.0"]
    assert "Next 50" not in rest.text


def test_so_have_those_of_rules_that_are_not_saved(desk, many):
    unsaved = RULE | {"unsaved": "1"}
    first = desk.post(many, unsaved | {"show": "incompatible"})
    more = first.text.partition('name="more" value="')[2].partition('"')[0]
    assert len(numbered(first)) == 50
    assert len(numbered(desk.post(many, unsaved | {"more": more}))) == 3


def test_the_reach_of_unsaved_rules_tells_who_would_lose(desk, seated):
    narrow = RULE | {"rules-0-version_from": "3.0.160.21", "unsaved": "1"}
    page = said(desk.post(f"{seated}/audience", narrow | {"do": "try"}))
    assert "would lose an offer 1" in page
    listed = said(desk.post(f"{seated}/audience", narrow | {"show": "losing"}))
    assert "База 3.0.150.34" in listed


def test_another_release_that_fits_keeps_an_infobase_from_losing(desk, seated, world, session):
    world.release("2.3.0")
    session.commit()
    narrow = RULE | {"rules-0-version_from": "3.0.160.21", "unsaved": "1", "do": "try"}
    assert "would lose" not in said(desk.post(f"{seated}/audience", narrow))
