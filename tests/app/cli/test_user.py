"""`podkluch user`, and the owner that `vendor create` makes."""

import pytest
from sqlalchemy import text

VECTOR = ("--slug", "vector", "--name", "ООО «Вектор»", "--prefix", "VEKT")
OWNER = ("--owner", "anna@example.com")


@pytest.fixture
def made(podkluch):
    return podkluch.json("vendor", "create", *VECTOR, *OWNER)


def rows(stored, query: str) -> list[tuple[object, ...]]:
    with stored.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_vendor_comes_with_its_owner_and_a_link_for_them(made, stored):
    assert made["owner"] == "anna@example.com"
    assert made["link"].startswith("http://127.0.0.1:8000/cabinet/invite/pkl_")
    people = "SELECT email, status, role FROM users JOIN memberships ON user_id = users.id"
    assert rows(stored, people) == [("anna@example.com", "invited", "owner")]


def test_the_link_is_kept_nowhere_in_the_open(made, stored):
    secret = made["link"].rpartition("/")[2].encode()
    [(digest, cipher)] = rows(stored, "SELECT digest, cipher FROM one_time_links")
    assert secret not in bytes(digest) + bytes(cipher)
    assert rows(stored, "SELECT count(*) FROM audit_events WHERE data::text LIKE '%pkl\\_%'") == [
        (0,)
    ]


@pytest.mark.usefixtures("made")
def test_others_are_invited_and_listed(podkluch):
    podkluch.json("user", "invite", "oleg@example.com", "--role", "support")
    found = podkluch.json("user", "list")["users"]
    assert [(each["email"], each["role"]) for each in found] == [
        ("anna@example.com", "owner"),
        ("oleg@example.com", "support"),
    ]
    assert "oleg@example.com" in podkluch("user", "list").stdout


@pytest.mark.usefixtures("made")
def test_a_person_is_invited_once(podkluch):
    assert "USER_EXISTS" in podkluch("user", "invite", "Anna@example.com", code=1).output


@pytest.mark.usefixtures("made")
def test_whoever_lost_the_phone_sets_up_another(podkluch, stored):
    podkluch("user", "reset-second-factor", "anna@example.com")
    events = rows(stored, "SELECT action, data->>'change' FROM audit_events ORDER BY seq")
    assert events[-1] == ("user.second_factor_changed", "removed")


def test_a_stranger_has_nothing_to_reset(podkluch, made):
    assert made
    for act in ("reset-second-factor", "reset-password"):
        podkluch("user", act, "nobody@example.com", code=1)
