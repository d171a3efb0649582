"""The file by which clients' agents come to trust a vendor."""

from urllib.parse import quote

from sqlalchemy import update

from app.trust.models import TrustRepository
from wire.enrolment import parse


def test_an_agent_reads_server_vendor_and_root_from_it(crm, world, settings):
    answer = crm.get("/connection-file")
    told = parse(answer.content)
    assert told.server == str(settings.public_url).rstrip("/")
    assert (told.vendor.id, told.vendor.name) == (str(world.vendor.id), world.vendor.name)
    assert told.root["signed"]["version"] == 1
    assert told.key is None
    name = quote(f"{world.vendor.name}.podkluch", safe="")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer.headers["content-type"] == "application/json"


def test_each_vendor_has_a_root_of_its_own(crm, other, automation):
    told = parse(crm.get("/connection-file").content)
    assert told.vendor.id != str(other.vendor.id)
    assert automation("owner", "catalog.read").get("/connection-file").status_code == 403


def test_without_a_root_there_is_nothing_to_send(crm, world, session):
    gone = update(TrustRepository).where(TrustRepository.vendor_id == world.vendor.id)
    session.execute(gone.values(root_version=0, root_expires_at=None))
    session.commit()
    answer = crm.get("/connection-file")
    assert (answer.status_code, answer.json()["code"]) == (409, "TRUST_NOT_READY")


def test_what_one_has_already_is_not_sent_again(crm):
    told = crm.get("/connection-file").headers["etag"]
    again = crm.send("GET", "/connection-file", headers={"If-None-Match": told})
    assert again.status_code == 304
