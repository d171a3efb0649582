"""A token opens from the addresses that it was made for, and from no neighbour of theirs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.accounts.schemas import CreateToken
from app.accounts.service.tokens import create_token
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.kit.config import Settings
from tests.factories.application import an_app
from tests.factories.world import bearer

PROXY = "192.0.2.1"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(environment="test", data=tmp_path, trusted_proxies=(f"{PROXY}/32",))


@pytest.fixture
def opens(connection, kit, session, world) -> Iterator[Callable[..., int]]:
    """The status of a request from an address with a token allowed from these."""
    app = an_app(connection, kit)
    with ExitStack() as clients:

        def ask(allowed: list[str], address: str, **headers: str) -> int:
            told = {"name": "CRM", "role": "owner", "scopes": ["customers.write"]}
            command = CreateToken.model_validate(told | {"allowed_addresses": allowed})
            token = create_token(session, world.vendor.id, command, actor=SYSTEM).text
            session.commit()
            client = clients.enter_context(TestClient(app, client=(address, 50_000)))
            made = {"company": address, "email": "a@example.com"}
            path = "/api/v1/vendor/customers"
            return client.post(path, json=made, headers=bearer(token) | headers).status_code

        yield ask


@pytest.mark.parametrize(
    ("allowed", "address", "status"),
    [
        ([], "203.0.113.9", 201),
        (["203.0.113.9"], "203.0.113.9", 201),
        (["203.0.113.9"], "203.0.113.10", 401),
        (["203.0.113.0/29"], "203.0.113.7", 201),
        (["203.0.113.0/29"], "203.0.113.8", 401),
        (["198.51.100.1", "203.0.113.9"], "203.0.113.9", 201),
        (["203.0.113.9"], "::ffff:203.0.113.9", 201),
        (["2001:db8:1::/64"], "2001:db8:1::5", 201),
        (["2001:db8:1::5"], "2001:db8:1::6", 401),
        (["0.0.0.0/0"], "2001:db8:1::5", 401),
        (["0.0.0.0/0"], "a.socket", 401),
    ],
)
def test_the_exact_address_decides(opens, allowed, address, status):
    assert opens(allowed, address) == status


def test_a_forged_header_moves_nobody(opens):
    assert opens(["203.0.113.9"], "203.0.113.10", **{"X-Forwarded-For": "203.0.113.9"}) == 401


def test_behind_a_trusted_proxy_the_client_is_the_one_it_names(opens):
    assert opens(["203.0.113.9"], PROXY, **{"X-Forwarded-For": "203.0.113.9"}) == 201
    assert opens(["203.0.113.9"], PROXY, **{"X-Forwarded-For": "203.0.113.9, 203.0.113.8"}) == 401


def test_what_is_kept_of_the_address_is_its_network(opens, session):
    assert opens(["203.0.113.9"], "203.0.113.9") == 201
    kept = session.scalars(select(AuditEvent.ip).where(AuditEvent.ip.is_not(None)))
    assert set(kept) == {"203.0.113.0/24"}
