"""Asking for a release: matched again, for the seat that asks, with a secret of its own."""

import hashlib

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.catalog.models import Artifact, Product, Release
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.customers.models import Customer
from app.delivery.models import Download
from app.kit.db import new_id
from app.licensing.models import Activation, Entitlement, LicenseKey
from tests.factories.calls import Installer, refused
from tests.factories.clock import NOON, day
from tests.factories.world import BUH, FITTING, make_world
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def seated(on_offer, installer):
    """The release on offer; the infobase has its seat."""
    assert installer.activate().status_code == 201
    return on_offer


def issued(connection):
    return connection.scalar(select(func.count(Download.id)))


def test_a_download_is_a_secret_for_one_file_and_a_day(seated, installer, session):
    answer = installer.ask(seated.id)
    assert answer.status_code == 201
    told = answer.json()
    artifact = session.scalars(select(Artifact)).one()
    assert told["url"] == f"/api/v1/artifacts/{artifact.sha256}"
    assert told["expires_at"] == "2026-11-23T09:00:00.000Z"
    assert told["artifact"] == {
        "sha256": artifact.sha256,
        "size": artifact.size,
        "filename": "СкладскойПомощник_2.4.0.cfe",
        "target": "ext/warehouse-helper/2.4.0/warehouse-helper.cfe",
    }
    assert told["secret"].startswith("pkd_")
    assert len(told["secret"]) == 47
    row = session.scalars(select(Download)).one()
    assert row.digest == hashlib.sha256(told["secret"].encode()).digest()
    assert (str(row.id), row.status, row.started_at) == (told["download_id"], "issued", None)


def test_each_download_is_one_event_and_no_start(seated, installer, connection):
    installer.ask(seated.id)
    installer.ask(seated.id)
    actions = connection.scalars(select(AuditEvent.action)).all()
    assert actions.count("download.issued") == 2
    assert "download.started" not in actions


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"configuration": {"name": "Розница", "version": "3.0.150.34"}},
            "CONFIGURATION_UNSUPPORTED",
        ),
        (
            {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.149.1"}},
            "VERSION_TOO_OLD",
        ),
        (
            {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.160.21"}},
            "VERSION_NOT_TESTED",
        ),
        (
            {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0"}},
            "VERSION_UNKNOWN",
        ),
        ({"platform_version": "восьмая"}, "PLATFORM_UNKNOWN"),
    ],
)
def test_the_release_is_matched_again(seated, installer, connection, facts, reason):
    answer = installer.ask(seated.id, **facts)
    assert refused(answer) == (409, "NOT_COMPATIBLE")
    assert answer.json()["params"]["reason"] == reason
    assert issued(connection) == 0


def test_an_untested_release_is_given_to_whoever_accepts_it(seated, installer):
    facts = {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.160.21"}}
    assert installer.ask(seated.id, accept_untested=True, **facts).status_code == 201
    facts["configuration"]["version"] = "3.0.171.0"
    answer = installer.ask(seated.id, accept_untested=True, **facts)
    assert answer.json()["params"] == {
        "reason": "VERSION_TOO_NEW",
        "why": {
            "ru": "Поддерживается до 3.0.170.*, у вас 3.0.171.0",
            "en": "Supported up to 3.0.170.*, found 3.0.171.0",
        },
        "to": "3.0.170.*",
        "found": "3.0.171.0",
    }


def test_an_earlier_release_is_given(seated, installer, publish):
    publish("2.5.0")
    assert installer.ask(seated.id).status_code == 201


@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Vendor, {"status": "suspended"}, (403, "VENDOR_SUSPENDED")),
        (Customer, {"status": "blocked"}, (403, "CUSTOMER_BLOCKED")),
        (LicenseKey, {"status": "revoked"}, (403, "KEY_REVOKED")),
        (LicenseKey, {"status": "suspended"}, (403, "KEY_SUSPENDED")),
        (Entitlement, {"status": "withdrawn"}, (403, "ENTITLEMENT_WITHDRAWN")),
        (Entitlement, {"status": "suspended"}, (403, "ENTITLEMENT_SUSPENDED")),
        (Entitlement, {"starts_on": day(1)}, (403, "ENTITLEMENT_NOT_STARTED")),
        (Entitlement, {"valid_until": day(-1), "is_trial": True}, (403, "TRIAL_EXPIRED")),
        (Entitlement, {"valid_until": day(-1)}, (403, "UPDATES_EXPIRED")),
        (Release, {"channel": "dev"}, (403, "CHANNEL_NOT_ALLOWED")),
        (Release, {"status": "paused"}, (409, "RELEASE_PAUSED")),
        (Release, {"status": "withdrawn"}, (410, "RELEASE_WITHDRAWN")),
        (Release, {"status": "draft"}, (404, "NOT_FOUND")),
        (Artifact, {"status": "quarantined"}, (409, "ARTIFACT_QUARANTINED")),
        (Activation, {"status": "released", "released_at": NOON}, (404, "ACTIVATION_NOT_FOUND")),
    ],
)
def test_every_right_is_asked_for(seated, installer, connection, model, state, code):
    written(connection, update(model).values(**state))
    assert refused(installer.ask(seated.id)) == code
    assert issued(connection) == 0
    last = connection.execute(
        select(AuditEvent.action, AuditEvent.outcome, AuditEvent.reason).order_by(
            AuditEvent.seq.desc()
        )
    ).first()
    assert tuple(last) == ("download.issued", "denied", code[1])


def test_an_expired_product_that_keeps_nothing_gives_nothing(seated, installer, connection):
    written(connection, update(Entitlement).values(valid_until=day(-1)))
    written(connection, update(Product).values(after_expiry="block"))
    assert refused(installer.ask(seated.id)) == (403, "ENTITLEMENT_EXPIRED")


def test_what_does_not_fit_is_said_before_what_is_not_allowed(seated, installer, connection):
    written(connection, update(Release).values(status="paused"))
    facts = {"configuration": {"name": "Розница", "version": "3.0.150.34"}}
    assert refused(installer.ask(seated.id, **facts)) == (409, "NOT_COMPATIBLE")


@pytest.mark.usefixtures("seated")
def test_another_vendor_s_release_is_as_absent_as_none(session, installer):
    other = make_world(session, "OTHR")
    theirs = other.release()
    session.commit()
    answers = [installer.ask(release_id).json() for release_id in (theirs.id, new_id())]
    for answer in answers:
        assert answer.pop("request_id")
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "NOT_FOUND"


def test_a_token_asks_for_its_own_infobase(seated, installer):
    beside = installer.beside()
    beside.activate()
    answer = installer.ask(seated.id, infobase=beside.here)
    assert refused(answer) == (409, "BINDING_MISMATCH")


def test_a_seat_of_another_product_is_no_seat(world, session, seated, installer, buy):
    create_product(
        session, world.vendor.id, CreateProduct(code="price-tags", name="Ценники"), actor=SYSTEM
    )
    session.commit()
    buy(product="price-tags")
    other = Installer(installer.client, installer.key)
    other.activate("price-tags")
    assert refused(other.ask(seated.id)) == (404, "ACTIVATION_NOT_FOUND")


def test_a_key_is_no_token(seated, installer):
    installer.token = installer.key
    assert refused(installer.ask(seated.id)) == (401, "TOKEN_INVALID")


def test_the_word_of_an_agent_completes_a_download_once(seated, installer, session, clock):
    told = installer.ask(seated.id).json()
    done = {
        "download_id": told["download_id"],
        "sha256": told["artifact"]["sha256"],
        "bytes": told["artifact"]["size"],
    }
    clock.pass_(minutes=5)
    first = installer.report(downloads=[done]).json()["results"]
    clock.pass_(minutes=5)
    again = installer.report(downloads=[done | {"bytes": 1}]).json()["results"]
    assert [result["status"] for result in first + again] == ["stored", "duplicate"]
    row = session.scalars(select(Download)).one()
    assert (row.status, row.bytes) == ("completed", told["artifact"]["size"])
    assert row.completed_at.isoformat() == "2026-11-22T09:05:00+00:00"
    events = session.scalars(select(AuditEvent.action)).all()
    assert events.count("download.completed") == 1


def test_a_wrong_hash_completes_nothing(seated, installer, session):
    told = installer.ask(seated.id).json()
    done = {"download_id": told["download_id"], "sha256": "0" * 64, "bytes": 1}
    [result] = installer.report(downloads=[done]).json()["results"]
    assert result == {
        "operation_id": None,
        "download_id": told["download_id"],
        "status": "rejected",
        "code": "DIGEST_MISMATCH",
    }
    assert session.scalars(select(Download)).one().completed_at is None


def test_another_key_completes_nothing(world, session, seated, installer):
    told = installer.ask(seated.id).json()
    _, code = world.another_key(world.another_customer())
    session.commit()
    done = {
        "download_id": told["download_id"],
        "sha256": told["artifact"]["sha256"],
        "bytes": 1,
    }
    [result] = installer.report(downloads=[done], credential=code).json()["results"]
    assert (result["status"], result["code"]) == ("rejected", "NOT_FOUND")


def test_a_release_for_another_line_is_not_given(buy, publish, installer):
    buy()
    newer = publish("2.5.0", BUH | {"version_from": "3.0.160.0"})
    installer.activate()
    assert refused(installer.ask(newer.id, **FITTING)) == (409, "NOT_COMPATIBLE")
