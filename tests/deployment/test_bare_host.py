"""The commands of docs/operations.md for a bare host make what starts there under systemd."""

import os
import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from tests.deployment.shipped import ROOT
from tests.nginx import program

TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
CONTAINER = ("app:8000", "/dev/stdout", "listen 8080", "listen 8443", "pid /var/cache")


def changed() -> str:
    """deploy/nginx.conf after the command of the document."""
    [options] = re.findall(
        r"^sed (-e .*?)\\\n +deploy/nginx\.conf >", TEXT, re.MULTILINE | re.DOTALL
    )
    command = shlex.split(options.replace("\\\n", " "))
    return subprocess.run(
        ["sed", *command, "deploy/nginx.conf"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def test_nothing_of_the_container_stays_in_nginxs_file() -> None:
    shipped, made = (ROOT / "deploy/nginx.conf").read_text("utf-8"), changed()
    assert [words for words in CONTAINER if words not in shipped] == []
    assert [words for words in CONTAINER if words in made] == []
    assert made.splitlines()[0] == "user podkluch;"
    assert "\npid /run/nginx.pid;\n" in made


@pytest.mark.nginx
@pytest.mark.parametrize("is_changed", [True, False])
def test_nginx_takes_the_file_where_its_output_is_a_socket(
    tmp_path: Path,
    is_changed: bool,  # noqa: FBT001 - of pytest
) -> None:
    text = changed() if is_changed else (ROOT / "deploy/nginx.conf").read_text("utf-8")
    text = text.replace("user podkluch;", "user root;" if os.geteuid() == 0 else "")
    text = re.sub(r"listen \d+;", f"listen unix:{tmp_path}/s;", text)
    for place in ("/var/cache/nginx", "/var/log/nginx", "/run"):
        text = text.replace(place, str(tmp_path))
    (tmp_path / "nginx.conf").write_text(text.replace("app:8000", "127.0.0.1:8000"), "utf-8")
    found = program.find()
    output, other = socket.socketpair()
    with output, other:
        done = subprocess.run(
            [found.path, "-t", "-c", tmp_path / "nginx.conf"],
            env=os.environ | found.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode == 0) is is_changed, done.stderr
    assert is_changed or '"/dev/stdout" failed' in done.stderr


def test_every_folder_that_a_unit_may_write_to_is_made_by_a_command() -> None:
    units = [*(ROOT / "deploy").rglob("*.service")]
    wanted = {
        place
        for unit in units
        for line in re.findall(r"^ReadWritePaths=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
        for place in line.split()
    }
    assert len(wanted) == 2
    for place in wanted:
        assert place in TEXT
    assert "install -d -m 0700 -o podkluch /var/backups/podkluch" in TEXT
    assert "install -d -m 0700 -o postgres" in TEXT
