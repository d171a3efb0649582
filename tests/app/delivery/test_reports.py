"""What agents report: each operation once, a bad one alone, in words without secrets."""

import uuid

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.customers.models import Customer
from app.delivery.models import InstallReport
from app.delivery.service.reports import scrubbed
from app.licensing.models import Activation, Infobase, LicenseKey
from tests.factories.calls import Installer, refused
from tests.factories.clock import NOON
from tests.factories.contents import contents
from tests.factories.world import an_infobase, bearer, make_world
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def release(on_offer, installer):
    """The release on offer; the infobase has its seat."""
    assert installer.activate().status_code == 201
    return on_offer


@pytest.fixture
def told(release, installer):
    """A finished installation of the release."""
    return installer.a_report(release_id=str(release.id), version="2.4.0")


def results(answer):
    assert answer.status_code == 200
    return [(result["status"], result["code"]) for result in answer.json()["results"]]


def kept(connection):
    return connection.execute(select(InstallReport)).one()


def test_a_report_is_kept_as_it_was_told(told, installer, connection, release):
    told |= {
        "operation": "upgrade",
        "outcome": "done_restart_required",
        "previous_version": "2.3.1",
        "artifact_sha256": "9f" * 32,
        "platform_version": "8.3.25.1286",
        "durations_ms": {"DOWNLOADED": 900, "WRITING": 4100},
        "com_hresult": "0x80020009",
        "consents": ["eula", "unsafe"],
    }
    answer = installer.report(told)
    assert answer.json()["results"] == [
        {
            "operation_id": told["operation_id"],
            "download_id": None,
            "status": "stored",
            "code": None,
        }
    ]
    row = kept(connection)
    assert str(row.operation_id) == told["operation_id"]
    for member in ("operation", "outcome", "previous_version", "version", "artifact_sha256"):
        assert getattr(row, member) == told[member]
    assert (row.durations_ms, row.consents) == (told["durations_ms"], told["consents"])
    assert (row.release_id, row.com_hresult) == (release.id, "0x80020009")
    assert row.created_at.isoformat() == "2026-11-22T09:00:00+00:00"
    assert row.occurred_at.isoformat() == "2026-11-22T09:12:40+00:00"


def test_the_same_operation_again_changes_nothing(told, installer, connection, clock):
    assert results(installer.report(told)) == [("stored", None)]
    clock.pass_(days=1)
    before = contents(connection)
    assert results(installer.report(told, told | {"outcome": "failed"})) == [
        ("duplicate", None),
        ("duplicate", None),
    ]
    assert contents(connection) == before


BAD = [
    ({"operation": "explode"}, "VALIDATION_FAILED"),
    ({"outcome": None}, "VALIDATION_FAILED"),
    ({"operation_id": "1"}, "VALIDATION_FAILED"),
    ({"occurred_at": "2026-11-22"}, "VALIDATION_FAILED"),
    ({"occurred_at": "2026-11-22T09:00:00"}, "VALIDATION_FAILED"),
    ({"message": "а\u0000б"}, "VALIDATION_FAILED"),
    ({"message": "x" * 2_049}, "VALIDATION_FAILED"),
    ({"durations_ms": {"DOWNLOADED": -1}}, "VALIDATION_FAILED"),
    ({"durations_ms": {"DOWNLOADED": 2**63}}, "VALIDATION_FAILED"),
    ({"durations_ms": {str(number): 1 for number in range(51)}}, "VALIDATION_FAILED"),
    ({"consents": ["x"] * 21}, "VALIDATION_FAILED"),
    ({"artifact_sha256": "xyz"}, "VALIDATION_FAILED"),
    ({"infobase": {"id": str(uuid.uuid4())}}, "NOT_FOUND"),
    ({"infobase": None}, "VALIDATION_FAILED"),
    ({"extension": "../etc"}, "VALIDATION_FAILED"),
]


@pytest.mark.usefixtures("release")
def test_one_bad_report_never_blocks_the_others(installer, connection):
    spool, expected = [], []
    for changes, code in BAD:
        spool += [installer.a_report(), installer.a_report() | changes]
        expected += [("stored", None), ("rejected", code)]
    assert results(installer.report(*spool)) == expected
    assert connection.scalar(select(func.count(InstallReport.id))) == len(BAD)


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("nothing", [None, 7, "report", [], {}, [{}]])
def test_what_is_no_report_at_all_blocks_nothing_either(installer, nothing):
    answer = installer.report(nothing, installer.a_report(), downloads=[nothing])
    assert results(answer) == [
        ("rejected", "VALIDATION_FAILED"),
        ("stored", None),
        ("rejected", "VALIDATION_FAILED"),
    ]


@pytest.mark.usefixtures("release")
def test_results_stand_in_the_order_of_the_spool(installer):
    spool = [installer.a_report() for _ in range(5)]
    answer = installer.report(*spool)
    assert [result["operation_id"] for result in answer.json()["results"]] == [
        report["operation_id"] for report in spool
    ]


@pytest.mark.usefixtures("release")
def test_a_spool_holds_a_hundred(installer):
    assert len(results(installer.report(*[installer.a_report()] * 100))) == 100
    answer = installer.report(*[installer.a_report()] * 101)
    assert refused(answer) == (422, "VALIDATION_FAILED")


# What is installed


def present(connection):
    return connection.scalars(select(Activation.installed_release_id)).all()


@pytest.mark.parametrize("operation", ["install", "upgrade", "repair", "downgrade"])
@pytest.mark.parametrize("outcome", ["done", "done_restart_required"])
def test_a_finished_installation_names_what_is_installed(
    told, installer, connection, release, operation, outcome
):
    installer.report(told | {"operation": operation, "outcome": outcome})
    assert present(connection) == [release.id]


@pytest.mark.parametrize("outcome", ["noop", "failed", "rolled_back", "rollback_failed"])
def test_an_unfinished_one_does_not(told, installer, connection, outcome):
    installer.report(told | {"outcome": outcome})
    assert present(connection) == [None]


def test_a_removal_leaves_nothing_installed(told, installer, connection):
    installer.report(told)
    removed = installer.a_report(operation="uninstall", release_id=told["release_id"])
    installer.report(removed)
    assert present(connection) == [None]


def test_a_spool_sent_with_the_key_names_it_as_well(told, installer, connection, release):
    installer.report(told, credential=installer.key)
    assert present(connection) == [release.id]


def test_each_product_of_an_infobase_has_its_own(world, session, told, installer, connection, buy):
    create_product(
        session, world.vendor.id, CreateProduct(code="price-tags", name="Ценники"), actor=SYSTEM
    )
    session.commit()
    buy(product="price-tags")
    installer.activate("price-tags")
    installer.report(told)
    by_product = connection.execute(
        select(Activation.installed_release_id).order_by(Activation.id)
    ).scalars()
    assert [str(found) if found else None for found in by_product] == [told["release_id"], None]


def test_a_release_of_another_extension_is_not_what_is_installed(told, installer, connection):
    installer.report(told | {"extension": "another-thing"})
    assert present(connection) == [None]
    assert kept(connection).release_id is None


def test_another_vendor_s_release_is_not_named(session, told, installer, connection):
    other = make_world(session, "OTHR")
    theirs = other.release()
    session.commit()
    assert results(installer.report(told | {"release_id": str(theirs.id)})) == [("stored", None)]
    assert (kept(connection).release_id, present(connection)) == (None, [None])


# The infobase


def test_the_infobase_is_described_by_its_newest_report(told, installer, connection):
    told |= {
        "configuration": {"name": "Розница", "version": "2.3.1.1"},
        "platform_version": "8.3.26.1",
        "agent_version": "1.2.0",
    }
    installer.report(told)
    installer.report(installer.a_report(configuration=None, platform_version=None))
    row = connection.execute(select(Infobase)).one()
    assert (row.configuration_name, row.configuration_version, row.platform_version) == (
        "Розница",
        "2.3.1.1",
        "8.3.26.1",
    )
    assert row.agent_version == "1.0.0"


@pytest.mark.usefixtures("release")
def test_a_token_reports_for_its_own_infobase(installer):
    beside = installer.beside()
    beside.activate()
    answer = installer.report(installer.a_report(infobase=beside.here))
    assert results(answer) == [("rejected", "NOT_FOUND")]


@pytest.fixture
def another_key(world, session, client, installer):
    """Makes an agent with a key of its own that knows the first infobase."""

    def make(customer=None):
        _, code = world.another_key(customer)
        [coupon] = world.coupon()
        session.commit()
        other = Installer(client, code)
        assert other.redeem(coupon).status_code == 201
        other.infobase = installer.infobase
        return other

    return make


def test_a_stranger_s_key_says_nothing_of_an_infobase(told, another_key, world, connection):
    stranger = another_key(world.another_customer())
    before = contents(connection)
    lie = {"configuration": {"name": "Чужая", "version": "6.6.6"}}
    answer = stranger.report(told | lie, credential=stranger.key)
    assert results(answer) == [("rejected", "NOT_FOUND")]
    assert contents(connection) == before


def test_what_is_said_of_a_stranger_s_infobase_is_refused_alone(told, another_key, world):
    stranger = another_key(world.another_customer())
    stranger.infobase = an_infobase("Розница")
    assert stranger.activate().status_code == 201
    own = stranger.a_report()
    answer = stranger.report(told, own, credential=stranger.key)
    assert results(answer) == [("rejected", "NOT_FOUND"), ("stored", None)]


def test_a_late_spool_comes_with_the_customer_s_next_key(told, another_key, connection):
    heir = another_key()
    assert results(heir.report(told, credential=heir.key)) == [("stored", None)]
    assert kept(connection).outcome == "done"


@pytest.mark.parametrize("how", ["moved on", "given back"])
def test_a_late_spool_comes_after_the_seat_has_gone(told, installer, how):
    seat = f"activations/{installer.activate().json()['activation']['id']}"
    if how == "moved on":
        place = {"machine": "SRV-NEW", "windows_user": "Анна", "agent_version": "1.0.0"}
        place["infobase"] = an_infobase("Новый сервер")
        gone = installer.post(f"{seat}/rebind", installer.token, **place)
    else:
        gone = installer.client.delete(f"/api/v1/{seat}", headers=bearer(installer.token))
    assert gone.is_success
    assert results(installer.report(told, credential=installer.key)) == [("stored", None)]


@pytest.mark.usefixtures("release")
def test_another_vendor_s_infobase_is_unknown(session, installer, client):
    other = make_world(session, "OTHR")
    session.commit()
    stranger = Installer(client, other.code)
    answer = stranger.report(installer.a_report(), credential=other.code)
    assert results(answer) == [("rejected", "NOT_FOUND")]


@pytest.mark.parametrize(
    ("model", "state"),
    [
        (LicenseKey, {"status": "revoked"}),
        (LicenseKey, {"status": "suspended"}),
        (Customer, {"status": "blocked"}),
        (Vendor, {"status": "suspended"}),
        (Activation, {"status": "revoked", "released_at": NOON}),
    ],
)
def test_what_happened_is_told_after_every_right_has_ended(
    told, installer, connection, model, state
):
    written(connection, update(model).values(**state))
    assert results(installer.report(told)) == [("stored", None)]
    assert kept(connection).outcome == "done"


@pytest.mark.parametrize(
    ("occurred", "kept_as"),
    [
        ("0001-01-01T00:00:00+23:59", "2000-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59-23:59", "2200-01-01T00:00:00+00:00"),
        ("2031-05-06T12:00:00+03:00", "2031-05-06T09:00:00+00:00"),
    ],
)
def test_the_agent_s_clock_is_not_believed(told, installer, connection, occurred, kept_as):
    assert results(installer.report(told | {"occurred_at": occurred})) == [("stored", None)]
    row = kept(connection)
    assert row.occurred_at.isoformat() == kept_as
    assert row.created_at.isoformat() == "2026-11-22T09:00:00+00:00"


@pytest.mark.parametrize(
    ("operation", "outcome", "action"),
    [
        ("install", "done", "extension.installed"),
        ("upgrade", "done_restart_required", "extension.upgraded"),
        ("repair", "done", "extension.repaired"),
        ("downgrade", "done", "extension.downgraded"),
        ("uninstall", "done", "extension.removed"),
        ("rollback", "done", "extension.rolled_back"),
        ("install", "failed", "extension.install_failed"),
        ("upgrade", "rollback_failed", "extension.install_failed"),
        ("upgrade", "rolled_back", "extension.rolled_back"),
        ("install", "noop", "infobase.reported"),
        ("rollback", "noop", "infobase.reported"),
    ],
)
def test_a_stored_report_is_one_event(told, installer, session, operation, outcome, action):
    before = session.scalar(select(func.max(AuditEvent.seq)))
    installer.report(told | {"operation": operation, "outcome": outcome})
    events = session.scalars(select(AuditEvent).where(AuditEvent.seq > before)).all()
    assert [event.action for event in events] == [action]
    assert events[0].data["outcome"] == outcome


# Secrets

COUPON = "DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST"
KEY = "DEMO-ABEKM-HCTPX-01234-567C7"


@pytest.mark.parametrize(
    "text",
    [
        'Srvr="srv";Ref="base";Usr="Иванов";Pwd="s3cret";',
        'Pwd = "s3""cret";',
        "pwd='s3cret'",
        "Pwd=my s3cret; база",
        'Pwd="s3cret без кавычки в конце',
        "UC=s3cret",
        'File="C:\\base";UC="s3cret"',
        "Pwd=s3cret\nвторая строка",
    ],
)
def test_passwords_never_reach_the_server_s_tables(text):
    told = scrubbed(text)
    assert "cret" not in told
    assert "s3" not in told


@pytest.mark.parametrize("secret", [COUPON, KEY, KEY.lower(), "pki_" + "A" * 43, "pkd_" + "b" * 43])
def test_codes_never_reach_the_server_s_tables(told, installer, connection, secret):
    installer.report(told | {"message": f"Ошибка: {secret} не подошёл"})
    assert kept(connection).message == "Ошибка: [secret] не подошёл"


def test_an_ordinary_message_stays_as_it_is():
    text = "Не удалось получить монопольный доступ: в базе 3 сеанса (0x80020009)"
    assert scrubbed(text) == text
