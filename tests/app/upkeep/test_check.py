"""The examination of a live server: silent about a sound one, and not about any other."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.models import ImageKind
from app.catalog.service import integrity
from app.catalog.service.extensions import add_image
from app.kit.config import Settings
from app.kit.db import make_engine, transaction
from app.kit.findings import Weight
from app.kit.problems import StorageUnavailable
from app.upkeep import check
from tests.factories.pictures import a_png
from tests.factories.shelf import make_shelf

NAMES = [
    "database", "seats", "ledgers", "rights", "coupons", "keys", "batches",
    "names", "reports", "audit", "trust", "files", "leftovers",
]  # fmt: skip
OTHER = {
    "id": "gen_random_uuid()",
    "at": "at + interval '1 second'",
    "actor_kind": "'user'",
    "actor_id": "gen_random_uuid()",
    "actor_label": "'somebody'",
    "action": "'vendor.forged'",
    "outcome": "'denied'",
    "reason": "'BECAUSE'",
    "subject_kind": "'customer'",
    "subject_id": "gen_random_uuid()",
    "subject_label": "'somebody'",
    "data": "data || '{\"forged\": true}'",
    "ip": "'192.0.2.0/24'",
    "user_agent": "'forger'",
    "request_id": "'forged-request'",
    "prev_hash": "sha256('forged')",
    "hash": "sha256('forged')",
}


def unwatched(_):
    return nullcontext(lambda _: None)


@pytest.fixture
def examine(engine, kit, world):
    """Runs every check and gives what it found: (check, code) in their order."""
    del world

    def examine(*, full=False):
        reports = list(check.run(engine, kit, full=full, watch=unwatched))
        return [
            (report.check.name, finding.code) for report in reports for finding in report.findings
        ]

    return examine


@pytest.fixture
def artifact(world, kit):
    """The file of the release in the store."""
    (digest,) = kit.artifacts.digests()
    assert world.extension
    return kit.artifacts.path(digest)


def test_a_sound_server_gives_no_cause_for_complaint(engine, kit, world):
    reports = list(check.run(engine, kit, full=True, watch=unwatched))
    assert [report.check.name for report in reports] == NAMES
    assert [report.findings for report in reports] == [[]] * len(NAMES)
    with engine.connect() as connection:
        events = connection.scalar(text("SELECT count(*) FROM audit_events"))
        signed = connection.scalar(text("SELECT count(*) FROM trust_metadata"))
    read = {report.check.name: report.examined for report in reports if report.examined}
    assert read == {"audit": events, "trust": signed, "files": 1}
    assert world.vendor.id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entitlements SET active_count = 1",
        "UPDATE entitlements SET active_count = 3",
        "UPDATE activations SET status = 'released', released_at = now() WHERE machine = ''",
        """UPDATE activations SET status = 'revoked', released_at = now()
        WHERE id = (SELECT id FROM activations LIMIT 1)""",
    ],
)
def test_a_wrong_count_of_seats_is_found(tamper, examine, statement):
    tamper(statement)
    assert examine() == [("seats", "SEATS_MISCOUNTED")]


def test_more_seats_taken_than_there_are_is_found(tamper, examine):
    tamper(
        "ALTER TABLE entitlements DROP CONSTRAINT ck_entitlements_active_count",
        "UPDATE entitlements SET seats = 1",
    )
    assert examine() == [("seats", "SEATS_MISCOUNTED"), ("rights", "RIGHTS_OFF_LEDGER")]


@pytest.mark.parametrize(
    "change",
    [
        "status = 'suspended'",
        "starts_on = starts_on - 1",
        "valid_until = valid_until + 1",
        "valid_until = NULL",
        "updates_until = valid_until",
        "seats = NULL",
        "channel = 'dev'",
        "is_trial = true",
    ],
)
def test_rights_that_no_ledger_explains_are_found(tamper, examine, change):
    rights = "UPDATE entitlements SET {}"
    tamper(rights.format(change))
    assert examine() == [("rights", "RIGHTS_OFF_LEDGER")]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM entitlement_changes WHERE seq = 1", [("ledgers", "LEDGER_BROKEN")]),
        ("DELETE FROM entitlement_changes WHERE seq = 2", [("rights", "RIGHTS_OFF_LEDGER")]),
        ("DELETE FROM entitlement_changes", [("rights", "RIGHTS_OFF_LEDGER")]),
        (
            "UPDATE entitlement_changes SET seq = 3 WHERE seq = 2",
            [("ledgers", "LEDGER_BROKEN")],
        ),
        (
            "UPDATE entitlement_changes SET before = NULL WHERE seq = 2",
            [("ledgers", "LEDGER_BROKEN")],
        ),
        (
            "UPDATE entitlement_changes SET before = after WHERE seq = 1",
            [("ledgers", "LEDGER_BROKEN")],
        ),
        (
            "UPDATE entitlement_changes SET after = after || '{\"seats\": 9}' WHERE seq = 1",
            [("ledgers", "LEDGER_BROKEN")],
        ),
        (
            "UPDATE entitlement_changes SET after = after || '{\"seats\": 9}' WHERE seq = 2",
            [("rights", "RIGHTS_OFF_LEDGER")],
        ),
    ],
)
def test_a_ledger_that_was_changed_is_found(tamper, examine, statement, found):
    tamper(statement)
    assert examine() == found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE coupons SET redemption_count = 0",
        "UPDATE redemptions SET reversed_at = now()",
        "DELETE FROM redemptions",
    ],
)
def test_a_wrong_count_of_redemptions_is_found(tamper, examine, statement):
    tamper(statement)
    assert examine() == [("coupons", "COUPON_MISCOUNTED")] * 2


def test_a_coupon_used_above_its_limit_is_found(tamper, examine):
    tamper(
        "ALTER TABLE coupons DROP CONSTRAINT ck_coupons_redemption_count",
        "ALTER TABLE coupons DROP CONSTRAINT ck_coupons_max_redemptions",
        "UPDATE coupons SET max_redemptions = 0 WHERE id::text ="
        " (SELECT min(coupon_id::text) FROM redemptions)",
    )
    assert examine() == [("coupons", "COUPON_MISCOUNTED")]


@pytest.mark.parametrize(
    "change",
    [
        "held = held + 1",
        "lasts_until = NULL",
        "starts_last = starts_last - 1",
    ],
)
def test_a_key_that_says_something_else_of_its_products_is_found(tamper, examine, change):
    keys = "UPDATE license_keys SET {} WHERE held > 0"
    tamper(keys.format(change))
    assert {*examine()} == {("keys", "KEY_MISSUMMED")}


@pytest.mark.parametrize("products", ["NULL", "'{}'", "products || products"])
def test_a_batch_that_names_other_products_is_found(tamper, examine, products):
    batches = "UPDATE coupon_batches SET products = {}"
    tamper(batches.format(products))
    assert {*examine()} == {("batches", "BATCH_MISSUMMED")}


@pytest.mark.parametrize("name", ["key_id", "product_id"])
def test_a_seat_that_names_something_else_is_found(tamper, examine, name):
    seats = "UPDATE activations SET {} = id"
    tamper(seats.format(name))
    assert {*examine()} == {("names", "SEAT_MISNAMED")}


def test_of_very_many_findings_the_rest_are_counted(tamper, engine, kit, world, monkeypatch):
    del world
    tamper("UPDATE audit_events SET hash = sha256(hash) WHERE vendor_id = :vendor")
    [whole] = [
        each for each in check.run(engine, kit, full=False, watch=unwatched) if each.findings
    ]
    monkeypatch.setattr(check, "MOST", 2)
    [part] = [each for each in check.run(engine, kit, full=False, watch=unwatched) if each.findings]
    assert part.findings[:2] == whole.findings[:2]
    rest = {each.code: int(each.subject.split()[0]) for each in part.findings[2:]}
    assert sum(rest.values()) == len(whole.findings) - 2
    assert set(rest) == {each.code for each in whole.findings[2:]}
    assert part.examined == whole.examined


REPORT = """
INSERT INTO install_reports (id, vendor_id, created_at, operation_id, key_id, infobase_id,
    operation, outcome, message, durations_ms, consents, occurred_at)
SELECT id, vendor_id, now(), id, key_id, infobase_id, 'install', 'done', '', '{}', '[]', now()
FROM activations
"""


def test_a_report_that_is_marked_wrongly_is_found(tamper, examine):
    tamper(REPORT)
    assert examine() == []
    tamper("UPDATE install_reports SET is_current = true")
    assert {*examine()} == {("reports", "REPORT_MISMARKED")}


def test_every_column_of_an_event_is_covered_by_these_tests():
    assert set(OTHER) == set(AuditEvent.__table__.columns.keys()) - {"vendor_id", "seq"}


@pytest.mark.parametrize("column", OTHER)
def test_an_event_that_was_changed_is_found(tamper, examine, column):
    change = "UPDATE audit_events SET {} = {} WHERE vendor_id = :vendor AND seq = 3"
    tamper(change.format(column, OTHER[column]))
    code = "AUDIT_LINK_BROKEN" if column == "prev_hash" else "AUDIT_HASH_WRONG"
    assert ("audit", code) in examine()


def test_an_event_under_another_vendor_is_found(tamper, examine):
    tamper(
        "UPDATE audit_events SET seq = 999,"
        " vendor_id = (SELECT id FROM vendors WHERE id != :vendor)"
        " WHERE vendor_id = :vendor AND seq = 4"
    )
    assert ("audit", "AUDIT_SEQ_GAP") in examine()


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("DELETE FROM audit_events WHERE {own} AND seq = 1", ["AUDIT_SEQ_GAP"]),
        ("DELETE FROM audit_events WHERE {own} AND seq = 3", ["AUDIT_SEQ_GAP"]),
        ("DELETE FROM audit_events WHERE {own} AND seq = {last}", ["AUDIT_HEAD_WRONG"]),
        ("DELETE FROM audit_events WHERE {own}", ["AUDIT_HEAD_WRONG"]),
        ("DELETE FROM audit_heads WHERE {own}", ["AUDIT_HEAD_WRONG"]),
        ("UPDATE audit_heads SET seq = seq - 1 WHERE {own}", ["AUDIT_HEAD_WRONG"]),
        ("UPDATE audit_heads SET hash = sha256('x') WHERE {own}", ["AUDIT_HEAD_WRONG"]),
    ],
)
def test_an_event_or_head_that_was_removed_is_found(tamper, examine, statement, codes):
    last = "(SELECT seq FROM audit_heads WHERE vendor_id = :vendor)"
    tamper(statement.format(own="vendor_id = :vendor", last=last))
    assert examine() == [("audit", code) for code in codes]


def test_two_events_that_changed_places_are_found(tamper, examine):
    move = "UPDATE audit_events SET seq = {} WHERE vendor_id = :vendor AND seq = {}"
    tamper(move.format(900, 3), move.format(3, 4), move.format(4, 900))
    assert examine().count(("audit", "AUDIT_LINK_BROKEN")) == 3


def test_a_file_that_is_gone_is_found(examine, artifact):
    artifact.unlink()
    assert examine() == [("files", "ARTIFACT_MISSING")]


def test_a_file_of_another_length_is_found(examine, artifact):
    artifact.write_bytes(artifact.read_bytes()[:-1])
    assert examine() == [("files", "ARTIFACT_LENGTH")]


def test_changed_bytes_of_the_same_length_are_found_by_the_full_check_alone(examine, artifact):
    artifact.write_bytes(artifact.read_bytes()[:-1] + b"\xaa")
    assert examine() == []
    assert examine(full=True) == [("files", "ARTIFACT_DAMAGED")]


def test_a_file_that_cannot_be_read_is_a_finding_and_no_crash(examine, artifact, monkeypatch):
    def broken(*_):
        raise StorageUnavailable from OSError(5, "Input/output error")

    assert artifact.exists()
    monkeypatch.setattr(integrity, "digest_of", broken)
    assert examine(full=True) == [("files", "ARTIFACT_UNREADABLE")]


def test_bytes_that_two_files_share_are_read_once(world, engine, kit, tamper, monkeypatch):
    read = []
    monkeypatch.setattr(integrity, "digest_of", lambda _, sha256: read.append(sha256) or sha256)
    tamper(
        "ALTER TABLE artifacts DROP CONSTRAINT fk_artifacts_vendor_id_release_id",
        "DROP INDEX uq_artifacts_release",
        "DROP INDEX uq_artifacts_extension_sha256",
        "INSERT INTO artifacts SELECT (jsonb_populate_record(a, jsonb_build_object('id',"
        " gen_random_uuid()))).* FROM artifacts a",
    )
    reports = list(check.run(engine, kit, full=True, watch=unwatched))
    assert {report.check.name: report.examined for report in reports}["files"] == 2
    assert len(read) == 1
    assert world


def test_documents_and_pictures_are_examined_like_files(world, engine, kit, examine):
    with transaction(engine, kit) as session:
        world.session = session
        document = make_shelf(world, world.extension).document
        told = {"data": a_png(), "actor": SYSTEM}
        place = (session, world.vendor.id, world.extension.id, ImageKind.LOGO)
        picture = add_image(*place, **told)
    assert examine(full=True) == []
    for row in (document, picture):
        kit.artifacts.path(row.sha256).unlink()
    assert examine() == [("files", "ARTIFACT_MISSING")] * 2


def test_leftovers_are_remarks(engine, kit, examine):
    kit.artifacts.put([b"nobody's"])
    (kit.artifacts.folder / "incoming" / "half").write_bytes(b"ha")
    assert examine() == [("leftovers", "UPLOAD_UNFINISHED"), ("leftovers", "FILE_UNREFERENCED")]
    *_, last = check.run(engine, kit, full=False, watch=unwatched)
    assert {finding.weight for finding in last.findings} == {Weight.REMARK}


def test_a_foreign_schema_ends_the_examination(engine, kit, tamper):
    tamper("UPDATE alembic_version SET version_num = 'older'")
    reports = list(check.run(engine, kit, full=False, watch=unwatched))
    assert [report.check.name for report in reports] == ["database"]
    assert [finding.code for finding in reports[0].findings] == ["SCHEMA_NOT_CURRENT"]


def test_a_database_that_may_forget_is_found(engine, kit, settings, world):
    with engine.begin() as connection:
        connection.execute(
            text(f'ALTER DATABASE "{engine.url.database}" SET synchronous_commit = off')
        )
    engine.dispose()
    strict = replace(kit, settings=Settings(environment="development", data=settings.data))
    first, *_ = check.run(engine, strict, full=False, watch=unwatched)
    assert [finding.code for finding in first.findings] == ["UNSAFE_DATABASE_SETTINGS"]
    assert "synchronous_commit" in first.findings[0].subject
    assert world


def test_it_writes_nothing_and_needs_one_connection(engine, kit, settings, world):
    with engine.begin() as connection:
        connection.execute(
            text(f'ALTER DATABASE "{engine.url.database}" SET default_transaction_read_only = on')
        )
    single = make_engine(
        engine.url.render_as_string(hide_password=False),
        settings.model_copy(update={"threads": 1}),
    )
    reports = list(check.run(single, kit, full=True, watch=unwatched))
    single.dispose()
    assert len(reports) == len(NAMES)
    assert world
