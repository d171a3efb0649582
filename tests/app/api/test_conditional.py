"""Agents need not fetch twice what has not changed."""

import pytest

from tests.factories.requests import calls


@pytest.mark.parametrize("route", ["GET /information", "GET /eulas/{eula_id}"])
def test_what_an_agent_has_already_is_not_sent_again(client, stage, route):
    call = calls(stage)[route]
    first = call.send(client, stage)
    assert first.headers["cache-control"] == "private, no-cache"
    told = first.headers["etag"]
    for known in (told, f"W/{told}", f'"other", {told}'):
        again = call.send(client, stage, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", told)
        assert again.headers["vary"] == "Accept-Language"
    assert call.send(client, stage, headers={"If-None-Match": '"other"'}).status_code == 200


def test_each_language_of_an_agreement_has_a_tag_of_its_own(client, stage):
    world = stage.world
    eula = world.eula("Новый текст", text_en="New text")
    world.session.commit()
    tags = {
        client.get(
            f"/api/v1/eulas/{eula.id}?locale={locale}",
            headers={"Authorization": f"Bearer {world.code}"},
        ).headers["etag"]
        for locale in ("ru", "en")
    }
    assert tags == {f'"{eula.sha256_ru}"', f'"{eula.sha256_en}"'}


def test_a_refusal_has_no_tag(client, stage):
    answer = calls(stage)["GET /eulas/{eula_id}"].send(
        client, stage, headers={"Authorization": "", "If-None-Match": "*"}
    )
    assert answer.status_code == 401
    assert "etag" not in answer.headers
