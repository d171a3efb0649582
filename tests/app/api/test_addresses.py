"""A token opens from the addresses that it was made for, and from no neighbour of theirs."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.accounts.schemas import CreateToken
from app.accounts.service.tokens import create_token
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.kit.config import Settings
from tests.factories.world import bearer

PROXY = "192.0.2.1"
SOCKET = pytest.mark.in_process("a client without an address, which nginx always has")
NAMED = pytest.mark.in_process("a header that nginx writes itself")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(environment="test", data=tmp_path, trusted_proxies=(f"{PROXY}/32",))


@pytest.fixture
def opens(client_at, session, world) -> Callable[..., int]:
    """The status of a request from an address with a token allowed from these."""

    def ask(allowed: list[str], address: str, **headers: str) -> int:
        told = {"name": "CRM", "role": "owner", "scopes": ["customers.write"]}
        command = CreateToken.model_validate(told | {"allowed_addresses": allowed})
        token = create_token(session, world.vendor.id, command, actor=SYSTEM).text
        session.commit()
        made = {"company": address, "email": "a@example.com"}
        answer = client_at(address).post(
            "/api/v1/vendor/customers", json=made, headers=bearer(token) | headers
        )
        return answer.status_code

    return ask


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
        pytest.param(["0.0.0.0/0"], "a.socket", 401, marks=SOCKET),
    ],
)
def test_the_exact_address_decides(opens, allowed, address, status):
    assert opens(allowed, address) == status


def test_a_forged_header_moves_nobody(opens):
    assert opens(["203.0.113.9"], "203.0.113.10", **{"X-Forwarded-For": "203.0.113.9"}) == 401


@NAMED
def test_behind_a_trusted_proxy_the_client_is_the_one_it_names(opens):
    assert opens(["203.0.113.9"], PROXY, **{"X-Forwarded-For": "203.0.113.9"}) == 201
    assert opens(["203.0.113.9"], PROXY, **{"X-Forwarded-For": "203.0.113.9, 203.0.113.8"}) == 401


def test_what_is_kept_of_the_address_is_its_network(opens, session):
    assert opens(["203.0.113.9"], "203.0.113.9") == 201
    kept = session.scalars(select(AuditEvent.ip).where(AuditEvent.ip.is_not(None)))
    assert set(kept) == {"203.0.113.0/24"}
