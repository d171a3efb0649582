"""What is installed now, what is offered, and who is behind; downloads and files of both."""

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.customers.models import Customer
from app.delivery.models import Download
from app.licensing.models import Entitlement
from tests.factories.calls import YEAR, Installer
from tests.factories.clock import NOON
from tests.factories.people import Browser, a_person, hidden, said
from tests.factories.world import BUH

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


@pytest.fixture
def placed(world, session, installer) -> Installer:
    """An infobase with release 2.4.0."""
    [coupon] = world.coupon(operations=[YEAR | {"seats": 9}])
    release = world.release("2.4.0", BUH)
    session.commit()
    installer.redeem(coupon).raise_for_status()
    installer.activate().raise_for_status()
    assert installer.ask(release.id).is_success
    told = installer.a_report(release_id=str(release.id), version="2.4.0")
    installer.report(told).raise_for_status()
    return installer


def rows(answer) -> list[str]:
    """The rows of the list, each in one line."""
    body = answer.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        " ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in body.split("<tr>") if row.strip()
    ]


def attempt(placed: Installer, release, **told: object) -> None:
    """One more report of the same infobase."""
    report = placed.a_report(release_id=str(release.id), operation="upgrade", **told)
    placed.report(report).raise_for_status()


def test_an_infobase_stands_once_with_its_version_and_what_is_offered(desk, placed, world, session):
    [row] = rows(desk.get("/installations"))
    assert "2.4.0 — installed" in row
    newer = world.release("2.5.0", BUH)
    session.commit()
    [row] = rows(desk.get("/installations"))
    assert "2.4.0 2.5.0 installed" in row
    attempt(placed, newer, previous_version="2.4.0", version="2.5.0", outcome="done")
    [row] = rows(desk.get("/installations"))
    assert "2.5.0 — installed" in row


def test_a_failed_upgrade_leaves_what_was_there(desk, placed, world, session):
    newer = world.release("2.5.0", BUH)
    session.commit()
    attempt(placed, newer, outcome="failed", code="EXCLUSIVE_LOCK", version="2.4.0")
    [row] = rows(desk.get("/installations"))
    assert "2.4.0 2.5.0 failed" in row
    assert "EXCLUSIVE_LOCK" in row


def test_what_was_removed_is_not_installed(desk, placed):
    told = placed.a_report(operation="uninstall", outcome="done")
    placed.report(told).raise_for_status()
    assert rows(desk.get("/installations")) == []
    assert len(rows(desk.get("/installations/reports"))) == 2


@pytest.mark.usefixtures("placed")
def test_a_release_that_does_not_fit_is_not_offered(desk, world, session):
    world.release("2.5.0", BUH | {"version_from": "3.0.999.0", "version_to": "3.0.*"})
    session.commit()
    [row] = rows(desk.get("/installations?behind=true"))
    assert "2.4.0 — installed" in row


@pytest.mark.usefixtures("placed")
def test_a_release_is_not_offered_to_a_key_that_may_not_have_it(desk, world, session):
    world.release("2.5.0", BUH)
    session.commit()
    fields = {"reason": "does not pay any more"}
    desk.post(f"/license-keys/{world.key.id}/suspend", fields)
    answer = desk.get("/installations")
    assert answer.status_code == 200
    [row] = rows(answer)
    assert "2.4.0 — installed" in row


@pytest.mark.usefixtures("placed")
def test_a_release_of_a_product_that_was_withdrawn_is_not_offered(desk, world, session):
    world.release("2.5.0", BUH)
    held = select(Entitlement).where(Entitlement.key_id == world.key.id)
    for entitlement in session.scalars(held):
        entitlement.status = "withdrawn"
    session.commit()
    [row] = rows(desk.get("/installations"))
    assert "2.4.0 — installed" in row


@pytest.mark.usefixtures("placed")
def test_only_those_behind_the_newest_stable_release_are_found(desk, world, session):
    assert rows(desk.get("/installations?behind=true")) == []
    world.release("2.6.0", BUH, channel="beta")
    session.commit()
    assert rows(desk.get("/installations?behind=true")) == []
    world.release("2.5.0", BUH)
    session.commit()
    assert len(rows(desk.get("/installations?behind=true"))) == 1


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    ("matching", "other"),
    [
        ("outcome=done", "outcome=failed"),
        ("version=2.4.0", "version=2.4.1"),
        ("customer=василёк", "customer=ромашка"),
        ("customer=вас", "customer=!!"),
        ("extension=warehouse-helper", "extension=other"),
        ("configuration_name=БухгалтерияПредприятия", "configuration_name=Розница"),
        ("created_from=2026-11-01", "created_to=2026-11-01"),
        ("", "code=EXCLUSIVE_LOCK"),
    ],
)
def test_installations_are_found_by_every_column(desk, matching, other):
    assert NOON.month == 11
    assert len(rows(desk.get(f"/installations?{matching}"))) == 1
    assert rows(desk.get(f"/installations?{other}")) == []


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    ("matching", "other"),
    [
        ("status=issued", "status=aborted"),
        ("version=2.4.0", "version=2.5.0"),
        ("customer=василёк", "customer=ромашка"),
        ("configuration_name=БухгалтерияПредприятия", "configuration_name=Розница"),
        ("agent_version=1.3.0", "agent_version=1.3"),
        ("created_from=2026-11-01", "created_to=2026-11-01"),
        ("ip=203.0.113.200", "ip=192.0.2.200"),
        ("ip=203.0.113.0/24", "ip=203.0.114.0/24"),
    ],
)
def test_downloads_are_found_by_every_column(desk, session, matching, other):
    told = {"user_agent": "podkluch-agent/1.3.0", "ip": "203.0.113.0/24"}
    session.execute(Download.__table__.update().values(told))
    session.commit()
    assert len(rows(desk.get(f"/downloads?{matching}"))) == 1
    assert rows(desk.get(f"/downloads?{other}")) == []


@pytest.mark.usefixtures("placed")
def test_downloads_are_found_by_the_end_of_a_key(desk, world):
    assert len(rows(desk.get(f"/downloads?hint={world.key.hint[-5:].lower()}"))) == 1
    assert rows(desk.get("/downloads?hint=00000")) == []


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize("name", ["downloads", "installations"])
def test_the_file_has_the_rows_of_the_list_and_is_recorded(desk, world, session, name):
    change = Customer.__table__.update().values(company="=cmd|'/c calc'!A0")
    session.execute(change)
    session.commit()
    path = f"/{name}/export?extension=warehouse-helper"
    assert f"/cabinet{path}" in desk.get(f"/{name}?extension=warehouse-helper").text
    answer = desk.post(path, hidden(desk.get(path)) | {"format": "csv"})
    head, row = answer.content.decode("utf-8-sig").strip().split("\r\n")
    assert head.count(";") == row.count(";") > 9
    assert "'=cmd" in row
    assert world.code not in row
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "list.exported")).one()
    assert (event.data["rows"], event.data["filters"]) == (1, {"extension": "warehouse-helper"})
    empty = desk.post(f"/{name}/export?created_to=2020-01-01", {"format": "xlsx"})
    assert empty.content.startswith(b"PK")


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize("name", ["downloads", "installations"])
def test_a_role_without_the_right_gets_no_file_and_no_button(browser, world, session, name):
    person = a_person(session, world.vendor.id, "release")
    session.commit()
    browser.sign_in(person)
    assert "/export" not in browser.get(f"/{name}").text
    assert browser.post(f"/{name}/export", {"format": "csv"}).status_code == 403


def test_the_phases_of_a_report_are_told_in_words_with_their_times(desk, placed, world, session):
    release = world.release("2.5.0", BUH)
    session.commit()
    told = {"DOWNLOADED": 1_500, "WRITING": 65_000, "PROBED": 40}
    attempt(placed, release, durations_ms=told, failed_state="WRITING", outcome="failed")
    path = re.search(r"/installations/([0-9a-f-]{36})", desk.get("/installations").text)[1]
    words = said(desk.get(f"/installations/{path}"))
    told = words.partition(" Phase ")[2]
    order = [told.index(name) for name in ("Downloading", "Looking at", "Locking and writing")]
    assert order == sorted(order)
    assert "1.5 s" in words
    assert "1 min 5 s" in words
    assert "Stopped at Locking and writing WRITING" in words


@pytest.mark.usefixtures("placed")
def test_more_infobases_take_no_more_statements(desk, placed, statements):
    with statements() as few:
        desk.get("/installations")
    for number in range(5):
        other = placed.beside(f"База {number}")
        other.activate().raise_for_status()
        other.report(other.a_report(version="2.4.0")).raise_for_status()
    with statements() as more:
        assert len(rows(desk.get("/installations"))) > 1
    assert len(more) == len(few)
