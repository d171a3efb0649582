"""What was fetched, installed and accepted, as a vendor's program reads it."""

import hashlib

import pytest

from app.delivery.models import Download, InstallReport
from tests.factories.automation import Automation, a_token
from tests.factories.calls import YEAR, Installer
from tests.factories.world import FITTING

pytestmark = pytest.mark.usefixtures("noon")
TEXT = "Лицензионное соглашение"


@pytest.fixture
def installed(world, session, client):
    """An infobase that fetched and installed 2.4.0, and another one that failed with it."""
    [coupon] = world.coupon(operations=[YEAR])
    world.eula(TEXT)
    release = world.release()
    session.commit()
    first = Installer(client, world.code)
    assert first.redeem(coupon).status_code == 201
    second = first.beside()
    for installer in (first, second):
        assert installer.activate().status_code == 201
        [row] = installer.offers().json()["data"]
        digest = hashlib.sha256(TEXT.encode()).hexdigest()
        assert installer.accept(row["eula"]["id"], digest).status_code == 201
    told = first.ask(release.id).json()
    assert first.fetch(told).status_code == 200
    arrived = {
        "download_id": told["download_id"],
        "sha256": told["artifact"]["sha256"],
        "bytes": told["artifact"]["size"],
    }
    done = first.a_report(release_id=str(release.id), version="2.4.0")
    first.report(done, downloads=[arrived])
    failed = {"outcome": "failed", "code": "COM_FAILED", "release_id": str(release.id)}
    second.report(second.a_report(**failed), second.a_report(**failed | {"code": "LATER"}))
    return {"first": first, "second": second, "release": release, "world": world}


def test_a_download_is_listed_with_what_it_was_and_for_whom(crm, installed):
    [row] = crm.get("/downloads").json()["data"]
    assert (row["status"], row["bytes"]) == ("completed", row["size"])
    assert row["release"] == {
        "id": str(installed["release"].id),
        "extension": "warehouse-helper",
        "version": "2.4.0",
    }
    assert row["owner"]["company"] == "ООО «Василёк»"
    assert "secret" not in str(row)
    assert "buyer@example.com" not in str(row)


@pytest.mark.parametrize(
    ("path", "filters", "count"),
    [
        ("/downloads", {"extension": "warehouse-helper"}, 1),
        ("/downloads", {"extension": "absent"}, 0),
        ("/downloads", {"status": "aborted"}, 0),
        ("/install-reports", {}, 3),
        ("/install-reports", {"outcome": "failed"}, 2),
        ("/install-reports", {"code": "LATER"}, 1),
        ("/install-reports", {"extension": "absent"}, 0),
        ("/infobases", {}, 2),
        ("/infobases", {"configuration_name": "БухгалтерияПредприятия"}, 2),
        ("/infobases", {"kind": "server"}, 0),
        ("/eula-acceptances", {}, 2),
        ("/compatibility/observed", {"extension": "warehouse-helper"}, 1),
        ("/compatibility/observed", {"extension": "absent"}, 0),
    ],
)
@pytest.mark.usefixtures("installed")
def test_lists_are_filtered_and_paged(crm, path, filters, count):
    pages = crm.pages(path, limit=1, **filters)
    assert sum(map(len, pages)) == count
    rows = [row for page in pages for row in page]
    assert len({str(row) for row in rows}) == count


def test_a_report_tells_its_infobase_and_its_key(crm, installed):
    [row] = crm.get("/install-reports", outcome="done").json()["data"]
    assert row["infobase"]["uid"] == installed["first"].infobase["id"]
    assert row["owner"]["key"] == installed["world"].key.hint
    assert (row["extension"], row["version"]) == ("warehouse-helper", "2.4.0")


def test_an_acceptance_names_the_text_and_who_agreed(crm, installed):
    rows = crm.get("/eula-acceptances").json()["data"]
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert {row["text_sha256"] for row in rows} == {digest}
    assert {row["accepted_by"] for row in rows} == {"VASILEK\\Администратор"}
    [own] = crm.get("/eula-acceptances", infobase_id=rows[0]["infobase"]["id"]).json()["data"]
    assert own["id"] == rows[0]["id"]
    assert installed["world"].customer.company == own["owner"]["company"]


def test_experience_adds_up_what_installers_reported(crm, installed):
    [row] = crm.get("/compatibility/observed").json()["data"]
    assert row["release"]["version"] == "2.4.0"
    [told] = row["configurations"]
    configuration = FITTING["configuration"]
    assert told["configuration_name"] == configuration["name"]
    assert told["configuration_version"] == configuration["version"]
    assert (told["done"], told["failed"], told["rolled_back"]) == (1, 2, 0)
    assert told["last_code"] == "LATER"
    back = installed["first"].a_report(
        outcome="rolled_back", release_id=str(installed["release"].id)
    )
    installed["first"].report(back)
    [row] = crm.get("/compatibility/observed").json()["data"]
    assert row["configurations"][0]["rolled_back"] == 1


@pytest.mark.usefixtures("installed")
def test_another_vendor_sees_nothing_of_it(client, session, other):
    token = a_token(session, other.vendor.id)
    session.commit()
    theirs = Automation(client, token)
    for path in ("/downloads", "/install-reports", "/infobases", "/eula-acceptances"):
        assert theirs.get(path).json()["data"] == []
    assert theirs.get("/compatibility/observed").json()["data"] == []


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (Download, ("key_id", "customer_id", "activation_id", "release_id", "extension_id")),
        (InstallReport, ("infobase_id", "key_id", "release_id", "extension_id", "outcome", "code")),
    ],
)
def test_each_filter_that_leaves_few_rows_has_its_index(table, names):
    beginnings = {tuple(index.columns.keys()[:2]) for index in table.__table__.indexes}
    assert beginnings >= {("vendor_id", name) for name in names}
