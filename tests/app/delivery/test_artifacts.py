"""Fetching bytes: one secret, one file, every right checked anew each time."""

import hashlib

import pytest
from sqlalchemy import select, update

from app.accounts.models import Vendor
from app.audit.models import AuditEvent
from app.catalog.models import Artifact, Extension, Product, Release
from app.customers.models import Customer
from app.delivery.models import Download
from app.licensing.models import Activation, Entitlement, LicenseKey
from tests.factories.calls import refused
from tests.factories.clock import NOON, day
from tests.factories.contents import contents
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def download(on_offer, installer):
    """A fresh download of the release on offer."""
    assert installer.activate().status_code == 201
    answer = installer.ask(on_offer.id)
    assert answer.status_code == 201
    return answer.json()


def started(connection):
    row = connection.execute(select(Download.status, Download.started_at)).one()
    actions = connection.scalars(select(AuditEvent.action)).all()
    return row.status, actions.count("download.started")


def test_the_bytes_are_those_of_the_release(download, installer, world):
    answer = installer.fetch(download)
    assert answer.status_code == 200
    assert answer.content == world.cfe()
    assert hashlib.sha256(answer.content).hexdigest() == download["artifact"]["sha256"]
    assert answer.headers["etag"] == f'"{download["artifact"]["sha256"]}"'
    assert int(answer.headers["content-length"]) == download["artifact"]["size"]


def test_the_first_request_for_bytes_starts_the_download_and_no_other(
    download, installer, connection
):
    assert started(connection) == ("issued", 0)
    installer.fetch(download, method="HEAD")
    installer.fetch(download, If_None_Match=f'"{download["artifact"]["sha256"]}"')
    assert installer.fetch(download, Range="bytes=99999999-").status_code == 416
    assert started(connection) == ("issued", 0)
    installer.fetch(download)
    assert started(connection) == ("started", 1)
    before = contents(connection)
    assert installer.fetch(download, Range="bytes=10-").status_code == 206
    installer.fetch(download)
    assert contents(connection) == before


def test_a_download_that_is_complete_may_be_fetched_again_and_stays_complete(
    download, installer, connection
):
    installer.fetch(download)
    done = {
        "download_id": download["download_id"],
        "sha256": download["artifact"]["sha256"],
        "bytes": download["artifact"]["size"],
    }
    installer.report(downloads=[done])
    assert installer.fetch(download).status_code == 200
    assert started(connection) == ("completed", 1)


RIGHTS = [
    (Vendor, {"status": "suspended"}, (403, "VENDOR_SUSPENDED")),
    (Customer, {"status": "blocked"}, (403, "CUSTOMER_BLOCKED")),
    (LicenseKey, {"status": "suspended"}, (403, "KEY_SUSPENDED")),
    (LicenseKey, {"status": "revoked"}, (403, "KEY_REVOKED")),
    (Entitlement, {"status": "withdrawn"}, (403, "ENTITLEMENT_WITHDRAWN")),
    (Entitlement, {"status": "suspended"}, (403, "ENTITLEMENT_SUSPENDED")),
    (Entitlement, {"starts_on": day(1)}, (403, "ENTITLEMENT_NOT_STARTED")),
    (Entitlement, {"valid_until": day(-1)}, (403, "UPDATES_EXPIRED")),
    (Entitlement, {"valid_until": day(-1), "is_trial": True}, (403, "TRIAL_EXPIRED")),
    (Entitlement, {"updates_until": day(-1)}, (403, "UPDATES_EXPIRED")),
    (Release, {"channel": "rc"}, (403, "CHANNEL_NOT_ALLOWED")),
    (Release, {"status": "paused"}, (409, "RELEASE_PAUSED")),
    (Release, {"status": "withdrawn"}, (410, "RELEASE_WITHDRAWN")),
    (Extension, {"published": False}, (404, "NOT_FOUND")),
    (Activation, {"status": "released", "released_at": NOON}, (404, "ACTIVATION_NOT_FOUND")),
    (Activation, {"status": "revoked", "released_at": NOON}, (404, "ACTIVATION_NOT_FOUND")),
    (Artifact, {"status": "quarantined"}, (409, "ARTIFACT_QUARANTINED")),
]


@pytest.mark.parametrize(("model", "state", "code"), RIGHTS)
def test_a_right_that_ends_ends_the_download_from_the_next_request(
    download, installer, connection, model, state, code
):
    assert installer.fetch(download, Range="bytes=0-99").status_code == 206
    written(connection, update(model).values(**state))
    for asked in ({}, {"Range": "bytes=100-"}):
        answer = installer.fetch(download, **asked)
        assert refused(answer) == code
        assert answer.headers["content-type"] == "application/problem+json"
    assert installer.fetch(download, method="HEAD").status_code == code[0]
    same = f'"{download["artifact"]["sha256"]}"'
    assert installer.fetch(download, If_None_Match=same).status_code == code[0]


def test_a_product_that_blocks_at_its_end_gives_no_byte_more(download, installer, connection):
    written(connection, update(Entitlement).values(valid_until=day(-1)))
    written(connection, update(Product).values(after_expiry="block"))
    assert refused(installer.fetch(download)) == (403, "ENTITLEMENT_EXPIRED")


def test_a_right_that_comes_back_opens_the_same_secret(download, installer, connection):
    written(connection, update(LicenseKey).values(status="suspended"))
    assert installer.fetch(download).status_code == 403
    written(connection, update(LicenseKey).values(status="active"))
    assert installer.fetch(download).status_code == 200


def test_a_new_agreement_stops_a_download_that_has_begun(download, installer, world, session):
    assert installer.fetch(download).status_code == 200
    first = world.eula()
    session.commit()
    assert refused(installer.fetch(download)) == (403, "EULA_REQUIRED")
    installer.accept(first.id, first.sha256_ru)
    assert installer.fetch(download).status_code == 200
    world.eula("Новая редакция")
    session.commit()
    assert refused(installer.fetch(download)) == (409, "EULA_OUTDATED")


def test_a_secret_lives_for_a_day(download, installer, clock):
    clock.pass_(hours=24, microseconds=-1)
    assert installer.fetch(download).status_code == 200
    clock.pass_(microseconds=1)
    assert refused(installer.fetch(download)) == (410, "DOWNLOAD_EXPIRED")


def test_a_secret_opens_one_hash(download, installer, publish):
    publish("2.5.0")
    other = installer.offers().json()["data"][0]
    assert other["release"]["version"] == "2.5.0"
    for sha256 in (other["artifact"]["sha256"], "0" * 64):
        elsewhere = download | {"url": f"/api/v1/artifacts/{sha256}"}
        assert refused(installer.fetch(elsewhere)) == (404, "DOWNLOAD_NOT_FOUND")


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("pkd_" + "A" * 43, (404, "DOWNLOAD_NOT_FOUND")),
        ("pki_" + "A" * 43, (401, "TOKEN_INVALID")),
        ("DEMO-ABEKM-HCTPX-01234-567C7", (401, "TOKEN_INVALID")),
    ],
)
def test_another_credential_opens_nothing(download, installer, secret, code):
    assert refused(installer.fetch(download | {"secret": secret})) == code


def test_neither_key_nor_token_of_the_same_agent_opens_it(download, installer):
    for credential in (installer.key, installer.token):
        answer = installer.fetch(download | {"secret": credential})
        assert refused(answer) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize("harm", ["missing", "short", "long", "empty"])
def test_bytes_that_are_not_all_there_are_not_sent(download, installer, kit, connection, harm):
    path = kit.artifacts.path(download["artifact"]["sha256"])
    whole = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes({"short": whole[:-1], "long": whole + b"\0", "empty": b""}[harm])
    for method in ("GET", "HEAD"):
        answer = installer.fetch(download, method=method)
        assert answer.status_code == 409
    assert refused(installer.fetch(download)) == (409, "ARTIFACT_QUARANTINED")
    assert started(connection) == ("issued", 0)
    path.write_bytes(whole)
    assert installer.fetch(download).content == whole


def test_two_secrets_of_one_file_live_side_by_side(download, installer, on_offer, connection):
    again = installer.ask(on_offer.id).json()
    assert again["secret"] != download["secret"]
    assert installer.fetch(download).content == installer.fetch(again).content
    rows = connection.scalars(select(Download.status)).all()
    assert rows == ["started", "started"]


def test_ranges_join_to_the_whole(download, installer, world):
    whole = world.cfe()
    third = len(whole) // 3
    parts = [
        installer.fetch(download, Range=f"bytes={first}-{last}")
        for first, last in ((0, third), (third + 1, 2 * third), (2 * third + 1, ""))
    ]
    assert [part.status_code for part in parts] == [206, 206, 206]
    assert b"".join(part.content for part in parts) == whole
