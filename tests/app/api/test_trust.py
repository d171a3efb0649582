"""Every answer to an agent says which metadata of the vendor are the newest."""

import pytest

from app.trust import queries as trust
from app.trust.service.publishing import resign
from tests.factories.requests import calls
from tests.raising import undoing
from wire.codec import to_dict

NOBODYS = {"GET /information"}
"""No vendor is known to it."""


def test_every_answer_names_the_repository_and_its_newest_timestamp(client, connection, stage):
    vendor_id = stage.world.vendor.id
    now = to_dict(trust.answer(stage.world.session, vendor_id))
    said = {}
    for route, call in calls(stage).items():
        with undoing(connection, stage):
            answer = call.send(client, stage)
        if answer.content and answer.headers["content-type"] == "application/json":
            said[route] = answer.json()["trust"]
    assert len(said) > len(NOBODYS)
    assert said == {route: None if route in NOBODYS else now for route in said}


@pytest.mark.usefixtures("noon")
def test_a_new_timestamp_is_told_at_once(installer, world, session):
    def told():
        return installer.offers().json()["trust"]["timestamp_version"]

    before = told()
    assert resign(session, world.vendor.id) == before + 1
    session.commit()
    assert told() == before + 1


def test_a_key_that_is_unknown_has_no_vendor(client):
    answer = client.post(
        "/api/v1/license-checks",
        json={"products": []},
        headers={"Authorization": "Bearer DEMO-01234-56789-ABCDE-FGHDE"},
    )
    assert answer.json()["trust"] is None
