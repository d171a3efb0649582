"""The server as a process of its own, and a wire to it that can be cut."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from app.kit.config import Settings
from tests.s3 import ACCESS_KEY, SECRET

ROOT = Path(__file__).parents[2]
LITTLE = 64 * 1024


def environment_of(settings: Settings, database_url: str) -> dict[str, str]:
    """The settings of a test as a process reads them."""
    told = {
        "ENVIRONMENT": settings.environment,
        "DATABASE_URL": database_url,
        "DATA": str(settings.data),
        "UPLOAD_MAX_BYTES": str(settings.upload_max_bytes),
        "DOWNLOAD_MODE": settings.download_mode,
    }
    if settings.artifacts:
        told |= {"ARTIFACTS": settings.artifacts, "S3_ENDPOINT": str(settings.s3_endpoint)}
        told |= {"S3_ACCESS_KEY": ACCESS_KEY, "S3_SECRET_KEY": SECRET}
    return os.environ | {f"PODKLUCH_{name}": text for name, text in told.items()}


def launched(
    module: str, *arguments: str, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[str]":
    """A module as a process, which says on a line of its own when it works."""
    with log.open("a") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


class Service:
    """`podkluch serve` over one database, by default its own; killed and started again."""

    def __init__(
        self, database_url: str | None, folder: Path, environment: str = "development"
    ) -> None:
        self.log = folder / "server.log"
        self.starts = 0
        self._environment = os.environ | {
            "PODKLUCH_ENVIRONMENT": environment,
            "PODKLUCH_DATA": str(folder),
        }
        if database_url is not None:
            self._environment["PODKLUCH_DATABASE_URL"] = database_url
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it answers; `url` is where."""
        command = ("app.cli", "serve", "--port", "0", "--json")
        self._process = launched(*command, environment=self._environment, log=self.log)
        self.url = json.loads(self._process.stdout.readline())["url"]
        self.starts += 1

    def kill(self) -> None:
        """kill -9, and gone; nothing if it does not run."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname, parts.port


class Wire:
    """A TCP proxy in front of a service, which counts what reaches the client.

    `faults` are (bytes of answers so far, what happens then), in their order. An act that returns
    True cuts the client off at once; else whatever was on its way still arrives.
    """

    def __init__(self, service: Service, faults: list[tuple[int, Callable[[], bool]]]) -> None:
        self._service, self._faults = service, faults
        self.delivered = 0
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Ends the wire; whoever still uses it is cut."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        """One connection after the other: the agent under test opens no second one meanwhile."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(self._service.address) as server:
                # Little is to be on its way when the server dies.
                server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
                upwards = threading.Thread(target=self._upwards, args=(client, server))
                upwards.start()
                self._downwards(server, client)
                for end in (client, server):
                    shut(end)
                upwards.join()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        while data := received(client):
            self.requests += data.count(b"GET /api/v1/artifacts/")
            if not sent(server, data):
                return
        shut(server)

    def _downwards(self, server: socket.socket, client: socket.socket) -> None:
        while data := received(server):
            if not sent(client, data):
                return
            self.delivered += len(data)
            if self._faults and self.delivered >= self._faults[0][0]:
                _, act = self._faults.pop(0)
                if act():
                    return


def received(end: socket.socket) -> bytes:
    """The next bytes; none where the connection has ended, one way or the other."""
    try:
        return end.recv(16 * 1024)
    except OSError:
        return b""


def sent(end: socket.socket, data: bytes) -> bool:
    try:
        end.sendall(data)
    except OSError:
        return False
    return True


def shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended already
        return
