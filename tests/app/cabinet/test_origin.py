"""What another site makes a browser send changes nothing."""

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from tests.factories.people import PASSWORD, a_person, user_of

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "https://127.0.0.1:8000"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Origin": "http://[::1"},
    {"Referer": "http://127.0.0.1:8000/cabinet"},
    {},
]
OURS = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://127.0.0.1:8000"},
]


@pytest.fixture
def manager(world, session, browser):
    made = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    browser.sign_in(made)
    return made


def rename(client, headers, vendor_id):
    fields = {
        "name": "Ева", "locale": "en", "time_zone": "Asia/Tomsk", "theme": "auto",
        "density": "compact", "vendor_id": str(vendor_id),
    }  # fmt: skip
    return client.post("/cabinet/profile", data=fields, headers=headers, follow_redirects=False)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_post_from_elsewhere_is_refused(client, manager, session, headers):
    answer = rename(client, headers, manager.vendor_id)
    assert (answer.status_code, "CSRF_FAILED" in answer.text) == (403, True)
    assert user_of(session, manager).name == "Person manager"


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_a_post_from_our_own_page_is_done(client, manager, session, headers):
    assert rename(client, headers, manager.vendor_id).status_code == 303
    assert user_of(session, manager).name == "Ева"


def test_signing_in_from_elsewhere_is_refused_too(client, manager):
    client.cookies.clear()
    fields = {"email": manager.email, "password": PASSWORD}
    answer = client.post("/cabinet/sign-in", data=fields, headers=FOREIGN[0])
    assert answer.status_code == 403
    assert "podkluch_dev" not in client.cookies


def test_every_page_that_changes_something_asks_where_it_came_from(client, manager):
    assert manager
    paths = [
        context.path
        for context in iter_route_contexts(client.app.routes)
        if isinstance(context.original_route, APIRoute)
        and (context.path or "").startswith("/cabinet")
        and "POST" in (context.methods or ())
    ]
    assert len(paths) > 20
    nowhere = "0192f0c1-2f3a-7c11-8e4d-000000000000"
    for path in paths:
        whole = "/".join(nowhere if "{" in part else part for part in path.split("/"))
        answer = client.post(whole, data={"a": "b"}, headers=FOREIGN[0])
        assert (path, answer.status_code) == (path, 403)
        assert "CSRF_FAILED" in answer.text
