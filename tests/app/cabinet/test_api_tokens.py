"""API tokens: shown once, never stronger than their maker, ended at once."""

import re

import pytest
from sqlalchemy import select

from app.accounts.models import ApiToken
from tests.factories.people import hidden, said
from tests.factories.world import bearer

WISH = {"name": "CRM", "scopes": ["customers.read", "keys.read"], "days": "30"}


@pytest.fixture
def maker(browser, owner):
    return browser.sign_in(owner)


def test_a_token_is_shown_once_and_works(maker, client, session):
    form = hidden(maker.get("/api-tokens/new"))
    answer = maker.post("/api-tokens/new", form | WISH)
    [token] = re.findall(r"pkt_[\w-]{43}[0-9a-f]{6}", said(answer))
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/api/v1/vendor/customers", headers=bearer(token)).status_code == 200
    assert client.get("/api/v1/vendor/products", headers=bearer(token)).status_code == 403
    listed = maker.get("/api-tokens")
    assert token not in listed.text
    assert token[-4:] in said(listed)
    again = maker.post("/api-tokens/new", form | WISH)
    assert token not in again.text
    assert len(session.scalars(select(ApiToken)).all()) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["keys.reveal"]}, "summary"),
        ({"days": "9999"}, "days"),
        ({"allowed_addresses": "nowhere"}, "allowed_addresses"),
    ],
)
def test_a_wrong_wish_makes_no_token_and_keeps_the_form(maker, session, wrong, field):
    answer = maker.post("/api-tokens/new", WISH | wrong)
    assert answer.status_code == 422, field
    assert session.scalars(select(ApiToken)).all() == []
    if field != "name":
        assert 'value="CRM"' in answer.text


def test_a_revoked_token_opens_nothing(maker, client, session):
    answer = maker.post("/api-tokens/new", WISH)
    [token] = re.findall(r"pkt_[\w-]{43}[0-9a-f]{6}", said(answer))
    row = session.scalars(select(ApiToken)).one()
    assert "Revoke the token CRM?" in said(maker.get(f"/api-tokens/{row.id}/revoke"))
    maker.post(f"/api-tokens/{row.id}/revoke")
    assert client.get("/api/v1/vendor/customers", headers=bearer(token)).status_code == 401
    assert "revoked" in said(maker.get("/api-tokens"))
