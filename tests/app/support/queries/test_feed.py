"""The feed of a story: everything, newest first, page by page, narrowed, in few statements."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.audit import service as audit
from app.audit.actor import SYSTEM
from app.audit.models import Action
from app.kit.paging import CursorInvalid
from app.kit.problems import NotFound
from app.licensing.problems import ActivationNotFound
from app.support.queries.story import about, lines_of, story
from app.support.schemas import FindStory, Kind
from tests.factories.calls import Installer
from tests.factories.clock import NOON
from tests.factories.world import make_world

BUDGET = 24
"""Statements of a whole story, however long it is."""


@pytest.fixture
def told(world, session):
    """The lines of the world's key, as (what, outcome or code)."""

    def tell(**asked):
        of = about(session, world.vendor.id, Kind.KEY, str(world.key.id)).threads
        found = lines_of(session, world.vendor.id, of, FindStory(**asked))
        return [
            (line.event.action, line.event.outcome) if line.event else ("check", line.check.code)
            for line in found.lines
        ]

    return tell


def noted(world, session, count: int, key=None) -> None:
    """Many events of one key, the world's if no other."""
    subject = key or world.key
    for number in range(count):
        audit.record(
            session, Action.LICENSE_KEY_RESUMED, actor=SYSTEM, subject=subject, number=number
        )
    session.commit()


def test_events_denials_checks_and_reports_are_one_story(world, session, installer, told):
    world.release()
    session.commit()
    installer.activate()
    installer.check()
    installer.redeem(world.coupon()[0])
    session.commit()
    [code] = world.coupon()
    session.commit()
    installer.redeem(code)
    installer.activate()
    installer.report(installer.a_report(outcome="failed", code="EXCLUSIVE_LOCK"))
    lines = told()
    assert lines[0] == ("extension.install_failed", "ok")
    assert ("activation.created", "denied") in lines
    assert ("check", "KEY_EMPTY") in lines
    assert lines[-1] == ("license_key.issued", "ok")
    assert [action for action, _ in lines].index("activation.created") < lines.index(
        ("coupon.redeemed", "ok")
    )


def test_pages_follow_each_other_without_gaps_or_doubles(world, session, installer):
    noted(world, session, 23)
    for _ in range(4):
        installer.beside().check()
    vendor_id, ident = world.vendor.id, str(world.key.id)
    of = about(session, vendor_id, Kind.KEY, ident).threads
    whole = lines_of(session, vendor_id, of, FindStory(limit=200)).lines
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        found = lines_of(session, vendor_id, of, FindStory(limit=5, cursor=cursor))
        seen, cursor, pages = [*seen, *found.lines], found.next_cursor, pages + 1
    assert pages == (len(whole) + 4) // 5
    assert [line.at for line in seen] == [line.at for line in whole]
    ids = [line.event.seq if line.event else line.check.id for line in seen]
    assert len(ids) == len(set(ids)) == len(whole)


@pytest.mark.parametrize(
    "cursor", ["", "x", "W10", "WzEsMiwzXQ", "bnVsbA", "9" * 400, "WyJhIixudWxsXQ"]
)
def test_a_foreign_cursor_is_refused(world, session, cursor):
    of = about(session, world.vendor.id, Kind.KEY, str(world.key.id)).threads
    with pytest.raises(CursorInvalid):
        lines_of(session, world.vendor.id, of, FindStory(cursor=cursor))


def test_only_refusals(world, session, installer, told):
    noted(world, session, 3)
    installer.activate()
    assert told(refused=True) == [("activation.created", "denied")]


def test_a_reason_code_finds_denials_checks_and_reports(installer, told):
    installer.check()
    installer.activate()
    assert told(code="PRODUCT_MISSING") == [("activation.created", "denied")]
    assert told(code="KEY_EMPTY") == [("check", "KEY_EMPTY")]


@pytest.mark.usefixtures("noon")
def test_a_period_counts_the_vendors_days(world, session, clock, told):
    noted(world, session, 1)
    clock.at = NOON + timedelta(days=3)
    noted(world, session, 2)
    day = (NOON + timedelta(days=3)).date()
    assert len(told(created_from=day)) == 2
    assert told(created_to=day - timedelta(days=1))[0] == ("license_key.resumed", "ok")
    assert told(created_from=day + timedelta(days=1)) == []


def test_an_infobase_and_an_agents_version_narrow_it(world, session, installer, told):
    [code] = world.coupon()
    session.commit()
    installer.redeem(code)
    installer.activate()
    other = installer.beside()
    other.activate()
    story_of = story(session, world.vendor.id, Kind.KEY, str(world.key.id), FindStory())
    labels = {row.label: row.id for row in story_of.infobases}
    assert set(labels) == {"Бухгалтерия", "Склад"}
    assert told(infobase_id=labels["Склад"]) == [("activation.created", "ok")]
    assert told(agent_version="9.9.9") == []


def test_other_keys_on_the_same_coupon_stay_out(world, session, client, told):
    _, second = world.another_key(world.another_customer())
    [code] = world.coupon(max_redemptions=5)
    session.commit()
    Installer(client, world.code).redeem(code).raise_for_status()
    Installer(client, second).redeem(code).raise_for_status()
    assert [action for action, _ in told()].count("coupon.redeemed") == 1


def test_another_vendors_subject_is_not_found(world, session):
    other = make_world(session, "OTHR")
    for kind, ident in (
        (Kind.KEY, other.key.id),
        (Kind.CUSTOMER, other.customer.id),
        (Kind.INFOBASE, uuid4()),
        (Kind.COUPON, uuid4()),
        (Kind.ACTIVATION, uuid4()),
        (Kind.KEY, "not-an-id"),
    ):
        with pytest.raises((NotFound, ActivationNotFound)):
            story(session, world.vendor.id, kind, str(ident), FindStory())


@pytest.mark.usefixtures("noon")
def test_a_gap_is_explained_by_the_time_of_keeping(world, session, clock):
    key = str(world.key.id)
    assert story(session, world.vendor.id, Kind.KEY, key, FindStory()).feed.gap_before is None
    clock.at = NOON + timedelta(days=500)
    later = story(session, world.vendor.id, Kind.KEY, key, FindStory())
    assert later.feed.gap_before == NOON + timedelta(days=100)


def test_a_long_story_takes_as_many_statements_as_a_short_one(
    world, session, installer, statements
):
    world.release()
    [code] = world.coupon(operations=[{"product": world.product.code, "term": {"days": 9}}])
    session.commit()
    installer.redeem(code)
    for number in range(12):
        agent = installer.beside(f"База {number}")
        agent.activate()
        agent.report(agent.a_report())
    noted(world, session, 200)
    session.kit.cache.forget()
    with statements() as seen:
        found = story(session, world.vendor.id, Kind.KEY, str(world.key.id), FindStory())
    assert len(found.feed.lines) == 50
    assert len(seen) <= BUDGET


def test_each_source_is_read_by_its_index(world, session, plans):
    noted(world, session, 60)
    for _ in range(4):  # else all events of keys are this one's, and indexes of either are as good
        noted(world, session, 60, world.another_key()[0])
    session.execute(text("ANALYZE audit_events"))
    of = about(session, world.vendor.id, Kind.KEY, str(world.key.id)).threads
    with plans() as seen:
        lines_of(session, world.vendor.id, of, FindStory())
    whole = "\n".join(seen)
    for index in (
        "ix_audit_events_vendor_id_subject_id_seq",
        "ix_audit_events_vendor_id_actor_id_seq",
        "ix_license_checks_vendor_id_key_id_id",
    ):
        assert index in whole
    assert "Seq Scan" not in whole
