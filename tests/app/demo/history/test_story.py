"""The story before anybody lives it: what is planned, and how it is walked through."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Vendor
from app.accounts.schemas import CreateVendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.customers.schemas import CreateCustomer
from app.demo.history.fates import LIVES, newest
from app.demo.history.goods import WARES
from app.demo.history.load import HistoryRefusedError, load, tell
from app.demo.history.people import companies
from app.demo.history.walk import DAYS, Act, Calendar, Story, UnlikelyStoryError, walk
from app.kit.config import Settings
from app.kit.problems import Conflict
from tests.factories.clock import NOON
from tests.factories.kit import a_kit

SOME = 400


def planned(seed: int):
    return [(act.at, act.name, act.refused) for act in tell(NOON, seed).story.in_order()]


def test_the_same_seed_tells_the_same_story():
    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


@pytest.mark.long
@pytest.mark.usefixtures("noon")
def test_the_same_seed_leaves_the_same_events(connection, kit):
    seen = []
    for _ in range(2):
        undone = connection.begin_nested()
        acts = tell(NOON).story.in_order()[:SOME]
        walk(connection, kit, acts, lambda _: None)
        events = select(
            AuditEvent.at, AuditEvent.action, AuditEvent.outcome, AuditEvent.actor_label
        )
        seen.append(connection.execute(events.order_by(AuditEvent.seq)).all())
        undone.rollback()
    first, second = seen
    assert len(first) > SOME / 2
    # Actors are called by hints of keys, and these are never the same twice.
    assert [row[:3] for row in first] == [row[:3] for row in second]


def test_nothing_happens_before_the_year_or_later_than_now():
    acts = tell(NOON).story.in_order()
    begin = Calendar(NOON).moment(0, 0)
    assert all(begin <= act.at <= NOON for act in acts)
    assert [act.name for act in acts if act.at == NOON] == ["resign"]


@pytest.mark.parametrize("seed", range(2, 12))
def test_other_seeds_have_a_story_too(seed):
    names = Counter(act.name for act in tell(NOON, seed).story.acts)
    assert names["customer"] == 150
    assert names["publish"] == 39


def test_customers_are_told_apart_and_none_could_be_real():
    known = [CreateCustomer.model_validate(each) for each in companies()]
    assert len({each.company for each in known}) == len(known) == 150
    assert len({each.inn for each in known}) == 150
    for each in known:
        assert each.inn is not None
        assert each.inn.startswith("00")
        assert each.email.endswith("@example.com")


def test_a_release_is_free_for_all_only_while_nothing_holds_it():
    by = {(life.planned.ware.code, life.planned.number): life for life in LIVES}
    assert len(LIVES) == 40
    assert not by["document-check", 7].free
    assert not by["stock", 7].free
    assert not by["handy", 7].free
    withdrawn = by["document-check", 5]
    assert withdrawn.free == range(withdrawn.day + 1, withdrawn.day + 4)
    assert newest(WARES[0], withdrawn.day + 2) == 5
    assert newest(WARES[0], withdrawn.day + 4) == 4
    assert newest(WARES[0], 0) is None


def test_weekends_are_spared_until_the_last_one():
    calendar = Calendar(NOON)
    days = [calendar.workday(day) for day in range(DAYS)]
    free = {day for day in days if calendar.date(day).weekday() > 4}
    assert free <= {DAYS - 1, DAYS - 2}
    assert max(days) == DAYS - 1


def a_vendor(session):
    command = CreateVendor(slug="x", name="Икс", prefix="XXXX")
    accounts.create_vendor(session, command, actor=SYSTEM)


def refuse(_):
    raise Conflict


AT = datetime(2026, 5, 1, tzinfo=UTC)


def test_an_act_that_goes_otherwise_ends_the_story(connection, kit):
    with pytest.raises(UnlikelyStoryError, match="CONFLICT"):
        walk(connection, kit, [Act(AT, "x", refuse)], lambda _: None)
    with pytest.raises(UnlikelyStoryError, match="x: not refused"):
        walk(connection, kit, [Act(AT, "x", a_vendor, "CONFLICT")], lambda _: None)
    walk(connection, kit, [Act(AT, "x", refuse, "CONFLICT")], lambda _: None)


def test_a_history_that_fails_leaves_nothing(engine, kit, monkeypatch):
    acts = [Act(AT, "vendor", a_vendor), Act(AT, "again", a_vendor, "OTHER")]
    story = Story(Random(1), Calendar(AT), acts)  # noqa: S311 - nothing secret comes of it
    told = type("World", (), {"story": story})
    monkeypatch.setattr("app.demo.history.load.tell", lambda *_, **__: told)
    with pytest.raises(UnlikelyStoryError), engine.begin() as connection:
        load(connection, kit)
    with engine.connect() as connection:
        assert connection.scalar(select(Vendor.id)) is None


@pytest.mark.usefixtures("world")
def test_a_database_with_a_vendor_gets_no_history(connection, kit):
    with pytest.raises(HistoryRefusedError, match="only once"):
        load(connection, kit)


def test_a_production_gets_no_history(connection, tmp_path):
    settings = Settings(environment="test", data=tmp_path)
    kit = a_kit(settings.model_copy(update={"environment": "production"}))
    with pytest.raises(HistoryRefusedError, match="production"):
        load(connection, kit)
    assert connection.scalar(select(Vendor.id)) is None
