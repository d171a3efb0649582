"""The verdict on a key, as an agent asks for it."""

from tests.factories.world import bearer


def test_an_empty_key_is_an_answer(client, world):
    answer = client.post("/api/v1/license-checks", json={}, headers=bearer(world.code))
    assert answer.status_code == 200
    assert answer.json()["code"] == "KEY_EMPTY"
    assert answer.json()["valid"] is False
