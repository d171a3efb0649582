"""Who sends or takes nothing is gone, and who does not is served meanwhile."""

import resource
import time

import httpx2
import pytest

from tests.deployment.client import healthy
from tests.deployment.slow import SILENT_BODY, SILENT_HEAD, crowd, request_for
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.nginx, pytest.mark.fault]


def allow_files(count: int) -> None:
    """Each connection is one, and some systems allow a process a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))


@pytest.mark.fault(minutes=1)
def test_slow_clients_are_closed_and_healthy_ones_unharmed(shipped, client, pytestconfig) -> None:
    count = {"ci": 100, "campaign": 1_000}[pytestconfig.getoption("--fault-profile")]
    allow_files(3 * count + 500)
    unread = request_for(client.path, client.headers)
    with crowd() as slow, healthy(client, shipped.url) as seen:
        for said, reads in ((SILENT_HEAD, True), (SILENT_BODY, True), (unread, False)):
            for _ in range(count):
                slow.join(shipped.nginx.address, said, reads=reads)
        closed, deadline = 0, time.monotonic() + PATIENCE
        while slow.clients and time.monotonic() < deadline:
            closed += slow.leave()
        assert (closed, len(slow.clients)) == (3 * count, 0)
    assert set(seen) == {"good"}


def test_one_address_holds_so_many_connections_and_no_more(shipped, tmp_path) -> None:
    patient = [
        ("rate=50r/s", "rate=100000r/s"),
        ("client_body_timeout 5s;", "client_body_timeout 600s;"),
    ]
    with shipped.another_nginx(tmp_path / "nginx", patient) as nginx, crowd() as slow:
        for _ in range(100):
            slow.join(nginx.address, SILENT_BODY, reads=True, own_address=False)
        url = f"{nginx.url}/api/v1/information"
        # nginx may still be reading what was sent before.
        refused = until(lambda: with_status(url, 429))
        assert refused.json()["code"] == "RATE_LIMITED"
        assert refused.headers["retry-after"] == "5"
        other = httpx2.HTTPTransport(local_address="127.2.0.1")
        with httpx2.Client(transport=other) as elsewhere:
            assert elsewhere.get(url, timeout=PATIENCE).status_code == 200


def with_status(url: str, status: int) -> httpx2.Response | None:
    """The answer, if it has that status."""
    answer = httpx2.get(url, timeout=PATIENCE)
    return answer if answer.status_code == status else None


def test_one_address_asks_so_often_and_no_more(shipped, tmp_path) -> None:
    slowly = [("rate=50r/s", "rate=1r/m"), ("burst=200 nodelay", "burst=1 nodelay")]
    with shipped.another_nginx(tmp_path / "nginx", slowly) as nginx:
        seen = [httpx2.get(f"{nginx.url}/cabinet/sign-in") for _ in range(3)]
    assert [answer.status_code for answer in seen][-1] == 429
    assert "Слишком много запросов" in seen[-1].text
