"""The first page: numbers of a period and a product, charts, warnings."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Letter
from app.accounts.schemas.health import CHECKS, SCHEDULE, State
from app.accounts.service import alarms
from app.accounts.service.alarms import LOOK
from app.audit.actor import SYSTEM
from app.cabinet.banners import OWN, PLACES
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.kit.schedules import ScheduleRow
from app.trust.models import TrustRepository
from tests.factories.people import Browser, a_person, said


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


@pytest.fixture
def in_use(world, session, installer):
    """One infobase with a release, and a newer release that it does not have."""
    [coupon] = world.coupon()
    release = world.release()
    session.commit()
    installer.redeem(coupon)
    installer.activate()
    assert installer.ask(release.id).is_success
    told = installer.a_report(release_id=str(release.id), version=release.version)
    assert installer.report(told).is_success
    return release


@pytest.mark.usefixtures("in_use")
def test_the_share_on_the_newest_release_is_told(desk, world, session):
    assert "100 % (1 / 1)" in said(desk.get(""))
    world.release("2.5.0")
    session.commit()
    page = said(desk.get(""))
    assert "2.5.0 0 % (0 / 1)" in page


@pytest.mark.usefixtures("in_use")
def test_a_product_narrows_every_number(desk, world, session):
    told = {"code": "other", "name": "Другой", "default_term": {"days": 9}, "default_seats": 1}
    create_product(session, world.vendor.id, CreateProduct(**told), actor=SYSTEM)
    session.commit()
    mine = said(desk.get("?product=warehouse-helper"))
    for number in ("1 active keys", "1 new activations", "1 downloads"):
        assert number in mine, number
    other = said(desk.get("?product=other"))
    for number in ("0 active keys", "0 new activations", "0 downloads"):
        assert number in other, number
    assert "100 %" not in other
    assert "БухгалтерияПредприятия" not in other


@pytest.mark.parametrize("asked", ["?product=%27", "?days=8"])
def test_what_is_no_filter_is_refused(desk, asked):
    assert desk.get(asked).status_code == 422


def test_a_failed_installation_stands_on_the_page(desk, installer, in_use):
    told = installer.a_report(
        outcome="failed", code="LOCK_FAILED", release_id=str(in_use.id), version="2.4.0"
    )
    assert installer.report(told).is_success
    page = said(desk.get(""))
    assert "Last failed installations" in page
    assert "LOCK_FAILED" in page


def warned(desk) -> str:
    return said(desk.get(""))


def test_trust_that_runs_out_is_warned_of(desk, world, session):
    repository = session.scalars(
        select(TrustRepository).where(TrustRepository.vendor_id == world.vendor.id)
    ).one()
    assert "root of trust ends" not in warned(desk)
    now = session.now()
    repository.root_expires_at = now + timedelta(days=20, hours=1)
    repository.timestamp_signed_at = now - timedelta(days=4)
    session.commit()
    page = warned(desk)
    assert "The root of trust ends in 20 days" in page
    assert "not been signed anew for 4 days" in page
    there = said(desk.get("/trust"))
    assert "The root of trust ends in 20 days" in there
    assert "not been signed anew for 4 days" in there
    repository.root_expires_at = now - timedelta(hours=1)
    session.commit()
    assert "The root of trust has ended" in warned(desk)
    assert "The root of trust has ended" in said(desk.get("/trust"))


def test_a_signing_that_failed_is_warned_of_until_one_goes_well(desk, session):
    row = ScheduleRow(name="trust.resign", period=timedelta(days=1), created_at=session.now())
    row.last_started_at, row.error = session.now(), "SigningFailed"
    session.add(row)
    session.commit()
    assert "The last signing failed" in warned(desk)
    row.last_done_at, row.error = session.now(), None
    session.commit()
    assert "The last signing failed" not in warned(desk)


@pytest.fixture
def found(world, session):
    """The worker has looked, and found checks in these states."""

    def found(states: dict[str, State]) -> None:
        alarms.keep(session, world.vendor.id, states)
        session.commit()

    return found


def test_whatever_check_is_not_in_order_is_warned_of(desk, found):
    assert "No backup has been taken" not in warned(desk)
    for state in (State.WARN, State.FAIL):
        found(dict.fromkeys(CHECKS, state))
        page = warned(desk)
        for name, check in CHECKS.items():
            assert (page.count(check.trouble) == 1) is (name not in OWN), name
    found(dict.fromkeys(CHECKS, State.OK))
    assert "No backup has been taken" not in warned(desk)


def test_the_worst_comes_first_and_what_does_not_fit_is_folded(desk, found):
    wrong = {"clock": State.WARN, "last_backup": State.FAIL, "unknown_keys": State.WARN}
    found({"clock": State.WARN})  # and MASTER's words, which nobody has confirmed
    assert "more warning" not in warned(desk)
    found(wrong | {"disk_free": State.FAIL})
    shown, summary, folded = desk.get("").text.partition("2 more warnings")
    assert summary
    troubles = {name: CHECKS[name].trouble for name in (*wrong, "disk_free")}
    for name in ("last_backup", "disk_free"):
        assert shown.index(troubles[name]) < shown.index(CHECKS["master_words"].trouble)
    for name in ("clock", "unknown_keys"):
        assert troubles[name] in folded.partition("</details>")[0]


def test_each_warning_leads_where_more_is_told(desk, found):
    found(dict.fromkeys(CHECKS, State.FAIL))
    banners = {path for name, (path, _) in PLACES.items() if name not in OWN}
    assert "/cabinet/audit/verify" in banners
    page = desk.get("").text
    for path in banners:
        assert f'href="{path}"' in page
        address, _, place = path.partition("#")
        there = desk.get(address.removeprefix("/cabinet"))
        assert there.status_code == 200
        assert not place or f'id="{place}"' in there.text


@pytest.mark.parametrize(
    ("role", "sees"), [("owner", True), ("admin", True), ("manager", False), ("support", False)]
)
def test_the_server_is_the_business_of_owners_and_administrators(
    browser, world, session, found, role, sees
):
    person = a_person(session, world.vendor.id, role)
    found({"disk_free": State.WARN, "master_words": State.WARN})
    page = warned(browser.sign_in(person))
    assert ("Room for files runs out" in page) is sees
    assert ("MASTER secret is not written down" in page) is sees


def test_a_worker_that_looks_no_more_is_warned_of(desk, session, clock):
    row = ScheduleRow(name=SCHEDULE, period=LOOK, created_at=session.now())
    row.last_started_at = row.last_done_at = session.now()
    session.add(row)
    session.commit()
    clock.pass_(minutes=9)
    assert "Nobody watches the server" not in warned(desk)
    clock.pass_(minutes=1)
    assert "Nobody watches the server" in warned(desk)


def test_letters_that_failed_are_warned_of(desk, world, session):
    told = {"kind": "test", "recipient": "a@example.com", "locale": "ru", "data": {}}
    subject = {"subject_kind": "vendor", "subject_id": world.vendor.id, "subject_label": "x"}
    row = Letter(vendor_id=world.vendor.id, **told, **subject)
    row.created_at = row.failed_at = session.now()
    session.add(row)
    session.commit()
    assert "Letters that were not delivered: 1" in warned(desk)


def test_codes_shown_today_are_told_to_the_owner_alone(desk, world, session):
    other = a_person(session, world.vendor.id, "admin")
    session.commit()
    desk.post(f"/license-keys/{world.key.id}/reveal", {"cause": "checking"})
    assert "Full codes were shown today: 1" in warned(desk)
    desk.forget()
    desk.sign_in(other)
    assert "Full codes were shown" not in warned(desk)


def test_master_is_asked_about_until_it_is_confirmed(desk):
    assert "MASTER secret is not written down" in warned(desk)


@pytest.mark.usefixtures("in_use")
def test_the_overview_reads_as_few_statements_with_more_rows(desk, world, statements):
    with statements() as few:
        desk.get("")
    world.release("2.6.0")
    for _ in range(5):
        world.another_key()
    world.session.commit()
    with statements() as more:
        desk.get("")
    assert len(more) == len(few) <= 33


def test_refusals_are_told_as_refusals_and_in_sentences(desk, installer):
    installer.activate()
    page = said(desk.get(""))
    assert "Activation refused" in page
    assert "PRODUCT_MISSING" in page
    assert "The key lacks the product" in page


def test_the_root_of_trust_is_one_of_the_first_steps(desk, world, session):
    step = re.compile(r'href="/cabinet/trust"><svg[^>]*><use[^>]*></use></svg> Make the root')
    command = f"podkluch trust init --local --vendor {world.vendor.slug} --keys"
    assert not step.search(desk.get("").text)
    assert command not in said(desk.get("/trust"))
    row = session.scalars(select(TrustRepository)).one()
    row.root_version, row.root_expires_at = 0, None
    session.commit()
    assert step.search(desk.get("").text)
    assert command in said(desk.get("/trust"))


def test_long_periods_are_drawn_by_week_and_short_ones_by_day(desk, in_use, session):
    del in_use
    today = session.now().date()
    for days, word in (("7", "day"), ("30", "day"), ("365", "week")):
        page = desk.get(f"?days={days}").text
        assert f"Downloads by {word}" in page
        table = page.partition('id="over-time"')[2].partition("</table>")[0]
        rows = re.findall(r'data-value="(\d+)"', table)
        assert sum(map(int, rows)) == 1
        assert len(rows) == (int(days) if word == "day" else weeks_until(today))


def weeks_until(today) -> int:
    """How many calendar weeks a year ending today touches."""
    first = today - timedelta(days=364)
    mondays = (today - timedelta(days=today.weekday())) - (first - timedelta(days=first.weekday()))
    return mondays.days // 7 + 1
