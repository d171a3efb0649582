"""A file that came in at one server goes out by the other, from the bucket that both know."""

import hashlib

import httpx2
import pytest

from tests.factories.world import BUH, bearer

pytestmark = [pytest.mark.s3, pytest.mark.nginx]
RANGED = {206, 200}
"""Some services answer a range with 200: Content-Range alone says what comes."""


@pytest.fixture
def uploaded(crms, world) -> bytes:
    """The bytes of a release whose draft, file and publication came to the servers by turns."""
    first, second = crms
    told = {"extension": world.extension.code, "notes_ru": "Новое", "rules": [BUH]}
    draft = first.post("/releases", **told).raise_for_status().json()
    file, place = world.cfe("2.4.0"), f"/releases/{draft['id']}"
    second.upload(f"{place}/artifact", file, draft["row_version"]).raise_for_status()
    first.post(f"{place}/publish").raise_for_status()
    return file


def part(client: httpx2.Client, download: dict[str, str], asked: str) -> httpx2.Response:
    """One range: the way to it from a server, its bytes from the bucket."""
    path = f"/api/v1/artifacts/{download['url'].rpartition('/')[2]}"
    headers = bearer(download["secret"]) | {"Range": asked}
    answer = client.get(path, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return httpx2.get(answer.headers["location"], headers={"Range": asked})


def test_a_file_from_one_is_fetched_from_the_other_and_resumed(agents, world, session, uploaded):
    [coupon] = world.coupon()
    session.commit()
    here, there = agents
    assert here.redeem(coupon).status_code == 201
    there.activate().raise_for_status()
    here.token = there.token
    [row] = [each for each in there.offers().json()["data"] if each["available"]]
    download = here.ask(row["release"]["id"]).raise_for_status().json()
    first = part(there.client, download, "bytes=0-99")
    rest = part(here.client, download, "bytes=100-")
    assert {first.status_code, rest.status_code} <= RANGED
    assert first.headers["content-range"] == f"bytes 0-99/{len(uploaded)}"
    assert rest.headers["content-range"].startswith("bytes 100-")
    whole = first.content + rest.content
    assert whole == uploaded
    assert hashlib.sha256(whole).hexdigest() == row["artifact"]["sha256"]


def test_no_server_keeps_a_file_to_itself(fleet, uploaded):
    """What arrives lies in a folder of the server until the bucket has it, and no longer."""
    for member in fleet.members:
        assert [found for found in member.folder.rglob("*") if found.is_file()] == [member.log]
    digest = hashlib.sha256(uploaded).hexdigest()
    assert b"".join(fleet.kit.artifacts.read(digest)) == uploaded
