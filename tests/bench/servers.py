"""Servers as real processes, stopped by their ids: the no-op, ours, and nginx with plain files."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import BrokenRunError, NotRunError
from tests.nginx import program
from tests.nginx import server as nginx
from tests.nginx.program import NoNginxError

PATIENCE = 60.0
BYTECODE = Path(__file__).parents[2] / "var" / "bench" / "bytecode"
STATIC = """\
pid {folder}/nginx.pid;
worker_processes 1;
error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ root {root}; }}
    }}
}}
"""
"""Only files: what nginx can do at best on this machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers on a port of 127.0.0.1, and the processes whose trees it is."""

    port: int
    pids: tuple[int, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def compiled() -> dict[str, str]:
    """The environment with a place for bytecode, also where none is wanted beside the sources."""
    kept = dict(os.environ)
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):
        kept["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    return kept


@dataclass(frozen=True, slots=True)
class Place:
    """What our server is started on."""

    database: str
    data: Path

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Nothing of the caller's settings, everything of ours."""
        own = compiled().items()
        kept = {name: text for name, text in own if not name.startswith("PODKLUCH_")}
        told = {
            "PODKLUCH_DATABASE_URL": self.database,
            "PODKLUCH_DATA": str(self.data),
            "PODKLUCH_TOTP_REQUIRED": "false",
        }
        return kept | told | dict(more)


@contextmanager
def _running(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """A program that prints a line of JSON with its address as soon as it answers."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Server(_port(process, log), (process.pid,))
    finally:
        _end(process)
        process.stdout.close()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    line = process.stdout.readline()
    try:
        return int(json.loads(line)["url"].rpartition(":")[2])
    except (ValueError, KeyError):
        _end(process)
        said = (line + process.stdout.read()).decode(errors="replace")
        raise BrokenRunError(f"a server did not start: {said} {_tail(log)}") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2_000:]


@contextmanager
def noop(folder: Path) -> Iterator[Server]:
    """FastAPI with a ready answer."""
    with _running(
        [sys.executable, "-m", "tests.bench.noop"], folder / "noop.log", os.environ
    ) as up:
        yield up


@contextmanager
def ours(place: Place, name: str = "ours", **settings: str) -> Iterator[Server]:
    """`podkluch serve`, everything on; settings are PODKLUCH_ variables without that prefix."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--json"]
    more = {f"PODKLUCH_{key.upper()}": text for key, text in settings.items()}
    with _running(command, place.data / f"{name}.log", place.environment(more)) as up:
        yield up


@contextmanager
def worker(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """`podkluch worker`, which does what waits in the outbox."""
    with (place.data / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "worker"],
            env=place.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        _end(process)


@contextmanager
def accelerated(place: Place, folder: Path) -> Iterator[Server]:
    """Ours behind nginx with the shipped file, which sends the bytes."""
    with (
        ours(place, "accel", download_mode="accel", trusted_proxies='["127.0.0.1/32"]') as app,
        _found(folder, app, place) as front,
    ):
        yield Server(front.address[1], (front.process.pid, *app.pids))


@contextmanager
def _found(folder: Path, app: Server, place: Place) -> Iterator[nginx.Nginx]:
    try:
        up = nginx.serving(
            folder / "accel", [f"127.0.0.1:{app.port}"], place.data / "artifacts", nginx.UNLIMITED
        )
        with up as front:
            yield front
    except NoNginxError as error:
        raise NotRunError(str(error)) from None


@contextmanager
def static(folder: Path, root: Path) -> Iterator[Server]:
    """Plain files from nginx."""
    try:
        found = program.find()
    except NoNginxError as error:
        raise NotRunError(str(error)) from None
    home = folder / "plain"
    home.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0), backlog=511) as listener:
        port = listener.getsockname()[1]
        text = STATIC.format(folder=home, root=root, port=port)
        process = nginx.begun(found, home, text, listener)
    try:
        yield Server(port, (process.pid,))
    finally:
        _end(process)
