"""Real nginx with the shipped file: addresses, ports and paths are replaced, nothing else."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.nginx import program
from tests.processes import MARK, run_mark

SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx.conf"
Changes = Sequence[tuple[str, str]]
"""Pairs of a pattern and what comes in its place; each must be found."""
UNLIMITED: Changes = ((r"rate=[^;]+", "rate=100000r/s"), (r"limit_conn connections 100;", ""))
"""For loads from one address, which the shipped limits would refuse."""


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    configuration: Callable[[Sequence[str]], str]
    """The file before other servers."""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def turn_to(self, apps: Sequence[str]) -> None:
        """Tells it of other servers; what it began it ends as it was."""
        (self.folder / "nginx.conf").write_text(as_ours(self.configuration(apps)), "utf-8")
        self.process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        """What it wrote of requests so far."""
        return (self.folder / "access.log").read_text("utf-8")

    def errors(self) -> str:
        return (self.folder / "error.log").read_text("utf-8")


def configured(folder: Path, apps: Sequence[str], artifacts: Path, changes: Changes = ()) -> str:
    """The shipped file for this folder; `apps` are the servers' "host:port"."""
    servers = "\n        ".join(f"server {app} max_fails=0;" for app in apps)
    always: Changes = (
        (r"\bserver app:8000 max_fails=0;", servers),
        (r"(?<=alias )/var/lib/podkluch/artifacts(?=/sha256/;)", str(artifacts)),
        (r"/var/cache/nginx", str(folder)),
        (r"(?<=error_log )stderr\b", str(folder / "error.log")),
        (r"(?<=access_log )/dev/stdout\b", str(folder / "access.log")),
    )
    text = SHIPPED.read_text("utf-8")
    for pattern, instead in (*always, *changes):
        text, found = re.subn(pattern, lambda _, instead=instead: instead, text)
        assert found, f"deploy/nginx.conf has no {pattern}"
    return text


def begun(
    found: program.Program, folder: Path, text: str, listener: socket.socket
) -> subprocess.Popen[bytes]:
    """nginx with a file of this text in this folder, on a socket that others have opened."""
    file = folder / "nginx.conf"
    file.write_text(as_ours(text), "utf-8")
    # The mark is on the command line, because nginx writes its title over its environment.
    told = f"daemon off; env {MARK}={run_mark()};"
    command = [str(found.path), "-p", str(folder), "-c", str(file), "-g", told]
    environment = os.environ | found.environment
    checked = subprocess.run(
        [*command, "-t"], env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    # The socket is handed down as at an upgrade of nginx, so nobody can take the port away.
    return subprocess.Popen(
        command,
        env=environment | {"NGINX": f"{listener.fileno()};"},
        pass_fds=[listener.fileno()],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def as_ours(text: str) -> str:
    """Files of a test belong to whoever runs it, and root's folders are closed to others."""
    return f"user root;\n{text}" if os.geteuid() == 0 else text


@contextmanager
def serving(
    folder: Path, apps: Sequence[str], artifacts: Path, changes: Changes = ()
) -> Iterator[Nginx]:
    """nginx on a free port of 127.0.0.1 before these servers, until the end of the `with`."""
    found = program.find()
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0), backlog=511) as listener:
        port = listener.getsockname()[1]
        listen = (r"\blisten 8080;", f"listen 127.0.0.1:{port};")

        def configuration(apps: Sequence[str]) -> str:
            return configured(folder, apps, artifacts, (listen, *changes))

        process = begun(found, folder, configuration(apps), listener)
    try:
        _require_answer(process, folder, port)
        yield Nginx(f"http://127.0.0.1:{port}", folder, process, configuration)
    finally:
        process.terminate()
        process.wait()


def _require_answer(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    """Waits on the handed down socket, whose queue keeps us until nginx takes us out of it."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET\r\n\r\n")  # no server behind it has to be asked
        assert client.recv(64), f"rc {process.poll()}: {(folder / 'error.log').read_text('utf-8')}"
