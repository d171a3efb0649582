"""What seldom changes is not sent again to whoever has it."""

import pytest

from tests.factories.requests import calls

ROUTES = ["GET /information", "GET /eulas/{eula_id}"]


@pytest.mark.parametrize("route", ROUTES)
def test_whoever_names_the_tag_gets_no_body(client, stage, route):
    call = calls(stage)[route]
    first = call.send(client, stage)
    tag = first.headers["etag"]
    for named in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = call.send(client, stage, headers={"If-None-Match": named})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-cache"
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("route", ROUTES)
def test_another_tag_gets_the_whole_answer(client, stage, route):
    call = calls(stage)[route]
    for named in ('"other"', "", call.send(client, stage).headers["etag"].strip('W/"')):
        answer = call.send(client, stage, headers={"If-None-Match": named})
        assert (answer.status_code, bool(answer.json())) == (200, True)


def test_the_tag_of_information_does_not_hang_on_the_clock(client, stage, clock):
    call = calls(stage)["GET /information"]
    first = call.send(client, stage)
    clock.pass_(hours=1)
    second = call.send(client, stage)
    assert first.json()["server_time"] != second.json()["server_time"]
    assert first.headers["etag"] == second.headers["etag"]


def test_another_language_of_an_agreement_is_another_tag(client, stage):
    eula = stage.world.eula("Новая редакция", text_en="The new edition")
    stage.world.session.commit()
    path = f"/api/v1/eulas/{eula.id}"
    headers = {"Authorization": f"Bearer {stage.world.code}"}
    tags = {
        client.get(path, params={"locale": locale}, headers=headers).headers["etag"]
        for locale in ("ru", "en")
    }
    assert len(tags) == 2


def test_a_tag_opens_nothing(client, stage):
    call = calls(stage)["GET /eulas/{eula_id}"]
    tag = call.send(client, stage).headers["etag"]
    bare = client.get(f"/api/v1{call.path}", headers={"If-None-Match": tag})
    assert bare.status_code == 401
