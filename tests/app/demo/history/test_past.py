"""The story once it is lived through: each screen has something to show, all of it sound."""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text

from app.accounts import queries as accounts
from app.accounts.models import ApiToken, Letter, Vendor
from app.audit.models import AuditEvent
from app.catalog.models import Extension, Product, Release
from app.coupons import queries as coupons
from app.coupons.models import Coupon, Redemption
from app.customers.models import Customer, Distributor
from app.delivery.models import Download, InstallReport
from app.delivery.queries.catalogue import published
from app.demo import seed
from app.demo.history.eight import TITLES
from app.demo.history.load import HistoryRefusedError, load
from app.demo.history.post import _REFUSED
from app.kit.clock import local_date
from app.kit.db import ReadSession, reading, transaction
from app.kit.outbox import Job
from app.licensing.models import Activation, Entitlement, Infobase, LicenseCheck, LicenseKey
from app.licensing.queries.checks import key_state
from app.licensing.queries.rights import key_rights
from app.licensing.queries.status import Status, entitlement_status
from app.licensing.service import keys
from app.upkeep import check
from onec.compatibility import Environment, evaluate
from tests.app.demo.history.conftest import Past

pytestmark = pytest.mark.long  # a year is lived through before the first of them


@pytest.fixture
def reader(past: Past) -> Iterator[ReadSession]:
    with reading(past.engine, past.kit) as session:
        yield session


@pytest.fixture
def vendor(reader) -> Vendor:
    return accounts.vendor_by_slug(reader, seed.SLUG)


@pytest.fixture
def rights(reader, vendor):
    ids = reader.scalars(select(LicenseKey.id)).all()
    return [key_rights(reader, vendor.id, key_id) for key_id in ids]


def test_a_check_finds_nothing_to_mend(past: Past, quietly):
    reports = list(check.run(past.engine, past.kit, full=True, watch=quietly))
    assert [finding for report in reports for finding in report.findings] == []
    examined = {report.check.name: report.examined for report in reports}
    assert examined["audit"] > 3_000
    assert examined["files"] == 41


def test_the_size_is_that_of_a_year(reader):
    def count(model) -> int:
        return reader.scalar(select(func.count()).select_from(model))

    assert (count(Vendor), count(Customer), count(Distributor)) == (1, 150, 6)
    assert (count(Product), count(Extension), count(Release)) == (3, 5, 40)
    assert count(LicenseKey) >= 300
    assert count(Activation) + count(Download) + 2 * count(InstallReport) >= 1_500
    assert count(Redemption) >= 100
    assert count(ApiToken) == 4


def test_the_vendor_says_that_it_is_a_demo(vendor):
    assert vendor.name.startswith("Демо-вендор")
    assert vendor.prefix == "DEMO"


def test_what_people_did_was_done_by_those_who_can_sign_in(reader, vendor):
    people = {each.user.id: each.membership.role for each in accounts.colleagues(reader, vendor.id)}
    events = select(AuditEvent.action, AuditEvent.actor_id).where(AuditEvent.actor_kind == "user")
    done = reader.execute(events).all()
    assert {who for _, who in done} <= set(people)
    wrong = {(action, people[who]) for action, who in done if (action, people[who]) in NOT_THEIRS}
    assert {people[who] for _, who in done} == {"owner", "manager", "release", "support"}
    assert wrong == set()


NOT_THEIRS = {("api_token.created", "manager"), ("release.published", "manager")}
"""What the table of roles would not let them do."""


def test_events_go_on_in_time_and_reach_back_a_year(reader):
    events = reader.scalars(select(AuditEvent.at).order_by(AuditEvent.seq)).all()
    assert events == sorted(events)
    assert (events[-1] - events[0]).days in {364, 365}


KEYS = {
    "KEY_EMPTY",
    "ACTIVE",
    "EXPIRING",
    "ENTITLEMENT_SUSPENDED",
    "ENTITLEMENT_EXPIRED",
    "ENTITLEMENT_NOT_STARTED",
    "TRIAL_EXPIRED",
    "KEY_SUSPENDED",
    "KEY_REVOKED",
    "CUSTOMER_BLOCKED",
}
NOBODYS = {Status.VENDOR_SUSPENDED}
"""A vendor is suspended by nobody here."""


def test_keys_are_in_every_state(rights):
    assert {key_state(each) for each in rights} == KEYS


def test_products_are_in_every_state(rights):
    held = [(each, item) for each in rights for item in each.entitlements]
    assert {entitlement_status(*pair) for pair in held} == set(Status) - NOBODYS
    rows = [item.entitlement for _, item in held]
    assert any(row.valid_until is None and row.updates_until for row in rows)
    assert any(row.is_trial and row.valid_until >= each.today for each, row in _trials(held))


def _trials(held):
    return [(each, item.entitlement) for each, item in held if item.entitlement.is_trial]


def test_coupons_are_in_every_state(reader, vendor, past):
    today = local_date(past.kit.clock(), vendor.time_zone)
    states = {coupons.state_of(each, today) for each in reader.scalars(select(Coupon))}
    assert states == {"disabled", "not_started", "expired", "exhausted", "active"}
    assert reader.scalar(select(Redemption.id).where(Redemption.reversed_at.is_not(None)))


STATES = (
    (Release.status, {"draft", "published", "paused", "withdrawn"}),
    (Release.channel, {"stable", "beta"}),
    (Release.advice, {None, "stop", "rollback_to"}),
    (Release.critical, {True, False}),
    (Activation.status, {"active", "released", "revoked"}),
    (Activation.release_cause, {None, "agent", "customer", "support", "coupon"}),
    (Download.status, {"started", "completed", "aborted"}),
    (
        InstallReport.outcome,
        {"done", "done_restart_required", "noop", "failed", "rolled_back", "rollback_failed"},
    ),
    (InstallReport.operation, {"install", "upgrade", "repair", "downgrade", "uninstall"}),
    (Customer.status, {"active", "blocked", "archived"}),
    (Distributor.status, {"active", "archived"}),
    (LicenseKey.status, {"active", "suspended", "revoked"}),
    (Entitlement.status, {"active", "suspended", "withdrawn"}),
    (Entitlement.channel, {"stable", "beta"}),
    (Infobase.kind, {"file", "server"}),
    (LicenseCheck.kind, {"check", "offers"}),
    (LicenseCheck.valid, {True, False}),
    (Letter.kind, {"key", "coupons", "reminder", "invitation", "test"}),
    (Job.kind, {"mail.key", "mail.test"}),
)


@pytest.mark.parametrize(("column", "states"), STATES, ids=[str(column) for column, _ in STATES])
def test_every_state_occurs(reader, column, states):
    assert set(reader.scalars(select(column).distinct())) == states


def test_a_release_is_on_its_way_to_everybody(reader):
    spreading = select(Release.rollout_percent).where(Release.status == "published")
    assert set(reader.scalars(spreading.distinct())) == {25, 100}


def test_seats_of_long_silent_infobases_stay_taken(reader):
    long_ago = text("last_seen_at < now() - interval '90 days'")
    silent = select(Activation.id).where(Activation.status == "active", long_ago)
    assert reader.scalars(silent).first()


def test_infobases_meet_every_verdict(reader, vendor):
    lines = published(reader, vendor).lines.values()
    places = [
        Environment.of(
            base.configuration_name, base.configuration_version, platform=base.platform_version
        )
        for base in reader.scalars(select(Infobase).where(Infobase.configuration_name.is_not(None)))
    ]
    verdicts = Counter(
        evaluate(release.rules, place).verdict.value
        for line in lines
        for release in line[:2]
        for place in places
    )
    assert set(verdicts) == {"compatible", "untested", "incompatible"}


def test_releases_went_differently_with_versions_of_the_configuration(reader):
    rows = reader.execute(
        select(InstallReport.release_id, InstallReport.configuration_version, InstallReport.outcome)
    ).all()
    cells = {(row.release_id, row.configuration_version) for row in rows}
    mixed = Counter(cell for cell, *_ in {((r[0], r[1]), r[2] == "done") for r in rows})
    assert len(cells) > 60
    assert any(count > 1 for count in mixed.values())


STORIES = {
    "expired": ("download.issued", "ENTITLEMENT_EXPIRED"),
    "seats": ("activation.created", "SEAT_LIMIT_REACHED"),
    "configuration": ("offers", "CONFIGURATION_UNSUPPORTED"),
    "platform": ("offers", "PLATFORM_TOO_OLD"),
    "eula": ("download.issued", "EULA_REQUIRED"),
    "withdrawn": ("download.issued", "RELEASE_WITHDRAWN"),
    "locked": ("EXCLUSIVE_LOCK", "failed"),
    "rollback": ("ROLLED_BACK", "rolled_back"),
}


def test_letters_are_sent_waiting_and_given_up(reader):
    letters = reader.scalars(select(Letter)).all()
    told = Counter(each.status for each in letters)
    assert set(told) == {"sent", "queued", "failed"}
    assert told["sent"] > 30
    assert (told["queued"], told["failed"]) == (2, 1)
    jobs = {job.payload["letter"]: job.dead_at for job in reader.scalars(select(Job))}
    assert jobs == {str(each.id): each.failed_at for each in letters if each.status != "sent"}
    assert {each.error for each in letters if each.error} == {_REFUSED}


WHY = {
    "CONFIGURATION_UNSUPPORTED",
    "EDITION_UNSUPPORTED",
    "VERSION_TOO_OLD",
    "VERSION_EXCLUDED",
    "RELEASE_WITHDRAWN",
    "PLATFORM_TOO_OLD",
}


def test_agents_were_told_why_nothing_fits_and_what_they_run_is_kept(reader):
    asked = reader.scalars(select(LicenseCheck).where(LicenseCheck.kind == "offers")).all()
    assert {row.code for row in asked} == WHY
    for row in asked:
        assert row.configuration_name
        assert row.configuration_version
        assert row.platform_version
        assert [each["code"] for each in row.refusals] == [row.code]
    checks = select(LicenseCheck.code).where(LicenseCheck.kind == "check")
    assert set(reader.scalars(checks)) >= {"ACTIVE", "ENTITLEMENT_EXPIRED", "KEY_SUSPENDED"}


@pytest.mark.parametrize(("name", "expected"), STORIES.items())
def test_each_story_of_support_is_found_by_its_key(past, reader, vendor, name, expected):
    assert list(past.stories) == list(TITLES) == list(STORIES)
    key = keys.find(reader, vendor.id, past.stories[name])
    assert key is not None
    denied = select(AuditEvent.action, AuditEvent.reason).where(
        AuditEvent.subject_id == key.id, AuditEvent.outcome == "denied"
    )
    reported = select(InstallReport.code, InstallReport.outcome).where(
        InstallReport.key_id == key.id, InstallReport.code.is_not(None)
    )
    told = select(LicenseCheck.kind, LicenseCheck.code).where(LicenseCheck.key_id == key.id)
    seen = {tuple(row) for query in (denied, reported, told) for row in reader.execute(query)}
    assert expected in seen
    others = {wanted for story, wanted in STORIES.items() if story != name} - {expected}
    assert not seen & others


def test_no_code_of_a_key_is_in_the_events(past, reader):
    told = "\n".join(str(each) for each in reader.scalars(select(AuditEvent.data)))
    assert not any(code in told for code in past.stories.values())


def test_a_history_is_made_only_once(past: Past):
    with past.engine.begin() as connection, pytest.raises(HistoryRefusedError, match="only once"):
        load(connection, past.kit)


def test_the_demo_goes_on_where_the_history_ends(past: Past):
    with past.engine.connect() as connection, connection.begin() as undone:
        with transaction(connection, past.kit) as session:
            made = seed.load(session)
            assert accounts.vendor_by_slug(session, seed.SLUG).name == seed.VENDOR
            assert keys.find(session, accounts.vendor_by_slug(session, seed.SLUG).id, made.key)
        undone.rollback()
