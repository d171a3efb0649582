"""The starter: the shipped file under real nginx, and nothing left after it."""

import socket
from pathlib import Path

import httpx2
import pytest

from tests.nginx.server import UNLIMITED, configured, serving

pytestmark = pytest.mark.nginx


def test_it_answers_on_a_free_port_and_is_gone_afterwards(tmp_path: Path) -> None:
    with serving(tmp_path / "nginx", ["127.0.0.1:9"], tmp_path) as nginx:
        assert httpx2.get(f"{nginx.url}/anything").status_code >= 500  # nobody is behind it
        assert '"path":"/anything"' in nginx.log()
    assert nginx.process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(nginx.address)


def test_a_change_that_finds_nothing_is_a_mistake(tmp_path: Path) -> None:
    assert "rate=100000r/s" in configured(tmp_path, ["127.0.0.1:9"], tmp_path, UNLIMITED)
    with pytest.raises(AssertionError, match="no such line"):
        configured(tmp_path, ["127.0.0.1:9"], tmp_path, [("no such line", "")])


def test_a_file_that_nginx_refuses_is_told_with_its_words(tmp_path: Path) -> None:
    wrong = [("server_tokens off;", "server_tokens perhaps;")]
    with (
        pytest.raises(AssertionError, match='invalid value "perhaps"'),
        serving(tmp_path / "nginx", ["127.0.0.1:9"], tmp_path, wrong),
    ):
        pass
