"""`podkluch serve`: up, telling where, and down again without leaving anything."""

import json
import signal
import socket
from collections.abc import Iterator

import httpx2
import pytest

from app.kit import migrate
from app.kit.revisions import REVISIONS
from tests.database import private_folder
from tests.waiting import PATIENCE

pytestmark = pytest.mark.long


@pytest.fixture
def serve(podkluch) -> Iterator:
    """Starts servers; those that still run are ended after the test."""
    started = []

    def serve(*options):
        server = podkluch.process("serve", "--port", "0", *options)
        started.append(server)
        return server

    yield serve
    for server in started:
        server.kill()
        server.communicate()


def test_it_prints_one_line_of_json_once_it_answers(serve):
    server = serve("--json")
    url = json.loads(server.stdout.readline())["url"]
    assert url.startswith("http://127.0.0.1:")
    assert httpx2.get(f"{url}/health/ready").status_code == 200
    server.terminate()
    rest, _ = server.communicate(timeout=PATIENCE)
    assert (server.returncode, rest) == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_people_where_it_listens_and_ends_in_peace(serve, how):
    server = serve("--lang", "ru")
    line = server.stdout.readline()
    assert line.startswith("Сервер слушает http://127.0.0.1:")
    server.send_signal(how)
    _, log = server.communicate(timeout=PATIENCE)
    assert server.returncode == 0
    assert "Traceback" not in log


def test_its_log_is_json_and_knows_no_secret(serve, podkluch, customer):
    key = podkluch.json("key", "issue", "--customer", customer["id"])
    server = serve("--json")
    url = json.loads(server.stdout.readline())["url"]
    answer = httpx2.post(
        f"{url}/api/v1/license-checks",
        json={},
        headers={"Authorization": f"Bearer {key['code']}", "X-Request-Id": "request-of-a-test"},
    )
    assert answer.status_code < 500
    server.terminate()
    _, log = server.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line.get("request_id") == "request-of-a-test" for line in lines)
    assert key["code"] not in log


def test_a_port_in_use_is_named(podkluch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = podkluch("serve", "--port", port, code=3)
    assert refused.stderr.startswith(f"ADDRESS_UNUSABLE: Нельзя слушать 127.0.0.1:{port}")


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_an_error_of_usage(podkluch, port):
    podkluch("serve", "--port", port, code=2)


def test_the_database_that_it_started_ends_after_it(bare):
    with private_folder() as folder:
        bare.environment["PODKLUCH_DATA"] = str(folder)
        bare("migrate")
        server = bare.process("serve", "--port", "0", "--json")
        try:
            url = json.loads(server.stdout.readline())["url"]
            assert httpx2.get(f"{url}/health/ready").status_code == 200
            assert (folder / "postgres" / "postmaster.pid").exists()
            server.terminate()
            server.communicate(timeout=PATIENCE)
            assert server.returncode == 0
            assert not (folder / "postgres" / "postmaster.pid").exists()
        finally:
            server.kill()
            server.communicate()


def test_it_waits_for_the_migration_and_then_serves(serve, podkluch, url):
    migrate.downgrade(url, REVISIONS[-2])
    server = serve("--json", "--lang", "en")
    assert server.stderr.readline().startswith("MIGRATIONS_PENDING: ")
    podkluch("migrate")
    there = json.loads(server.stdout.readline())["url"]
    assert httpx2.get(f"{there}/health/ready").status_code == 200
