"""`podkluch token`: credentials of automation, shown once and kept as a digest."""

import json

import pytest
from sqlalchemy import text

from app.accounts.service.tokens import is_token
from tests.app.cli.leaks import traces

CRM = ("token", "create", "--name", "CRM", "--role", "manager", "--scope", "customers.read")


@pytest.fixture
def made(podkluch, vendor):
    """A token for a CRM that may read customers and redeem coupons."""
    del vendor
    return podkluch.json(*CRM, "--scope", "coupons.redeem", "--days", 30)


def test_a_token_has_its_scopes_and_its_end(made, stored):
    assert is_token(made["token"])
    assert made["hint"] == f"pkt_…{made['token'][-4:]}"
    assert (made["role"], made["scopes"]) == ("manager", ["coupons.redeem", "customers.read"])
    with stored.connect() as connection:
        days = "SELECT round(extract(epoch FROM expires_at - created_at) / 86400) FROM api_tokens"
        assert connection.scalar(text(days)) == 30


def test_the_token_is_left_nowhere(podkluch, made, stored):
    assert traces(stored, podkluch.data, made["token"]) == []


def test_people_are_told_that_it_is_shown_only_now(podkluch, vendor):
    del vendor
    shown = podkluch(*CRM, "--allow", "192.0.2.0/24").stdout
    assert shown.startswith("Токен выпущен\n")
    for words in ("pkt_", "192.0.2.0/24", "показан только сейчас"):
        assert words in shown


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        (("--role", "support", "--scope", "customers.write"), ""),
        (("--role", "owner", "--scope", "keys.reveal"), ""),
        (("--role", "owner", "--scope", "keys.read", "--days", 367), "/days"),
        (("--role", "owner", "--scope", "keys.read", "--allow", "home"), "/allowed_addresses/0"),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_a_token_beyond_its_bounds_is_refused(podkluch, stored, arguments, pointer):
    refused = podkluch.json("token", "create", "--name", "CRM", *arguments, code=1)
    found = [
        error["pointer"].rpartition("/ipv")[0] or error["pointer"] for error in refused["errors"]
    ]
    assert pointer in [place.removesuffix("/ipv4network") for place in found]
    with stored.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM api_tokens")) == 0


@pytest.mark.parametrize("arguments", [("--role", "god"), ("--role", "owner", "--scope", "all")])
@pytest.mark.usefixtures("vendor")
def test_an_unknown_role_or_scope_is_an_error_of_usage(podkluch, arguments):
    podkluch("token", "create", "--name", "CRM", *arguments, code=2)


def test_tokens_are_listed_without_their_text(podkluch, made):
    listed = podkluch.json("token", "list")["tokens"]
    assert listed == [{name: value for name, value in made.items() if name != "token"}]
    shown = podkluch("token", "list").stdout
    assert shown.startswith("CRM\n")
    assert made["token"] not in shown


@pytest.mark.usefixtures("vendor")
def test_no_tokens_are_said_to_be_none(podkluch):
    assert podkluch("token", "list").stdout == "Токенов нет.\n"


def test_a_revoked_token_says_since_when(podkluch, made):
    first = podkluch.json("token", "revoke", made["id"])
    assert first["revoked_at"] is not None
    assert podkluch.json("token", "revoke", made["id"]) == first
    assert podkluch.json("token", "list")["tokens"] == [first]


def test_another_vendors_token_does_not_exist(podkluch, made):
    podkluch("vendor", "create", "--slug", "other", "--name", "Другой", "--prefix", "OTHR")
    assert podkluch.json("token", "list", "--vendor", "other")["tokens"] == []
    refused = podkluch("token", "revoke", made["id"], "--vendor", "other", "--json", code=1)
    assert json.loads(refused.stdout)["code"] == "NOT_FOUND"
