"""Two `podkluch serve` behind nginx, over one PostgreSQL and one bucket."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx2
from sqlalchemy import Connection, Engine, create_engine

from app.kit.config import Settings
from app.kit.db import Kit
from app.kit.signing.keyring import create_master
from tests.factories.kit import MASTER, a_kit
from tests.faults.service import ROOT, environment_of
from tests.fleet import undo
from tests.fleet.page import VARIABLE, Page, SharedClock
from tests.nginx.server import Nginx, serving

PATIENCE = 60
BEFORE = (
    (r"rate=\d+r/s", "rate=100000r/s"),
    (r"limit_conn connections 100;", ""),
    (r"#(?=set_real_ip_from )", ""),
    (r"192\.0\.2\.0/24", "127.0.0.0/8"),
    (r"#real_ip_header X-Forwarded-For", "real_ip_header X-Client-Address"),
)
"""How the shipped file differs: a balancer stands before it, which tests play, and no limits."""


class Member:
    """One process of the command; it is started, ended and killed by its own handle."""

    def __init__(self, folder: Path, command: str, environment: Mapping[str, str]) -> None:
        folder.mkdir()
        self.log, self._command = folder / "said.log", command
        self._environment = dict(environment) | {"PODKLUCH_DATA": str(folder)}
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Returns when it says that it works; a server that was here before keeps its port."""
        arguments = ["--port", str(self.port), "--json"] if self._command == "serve" else ["--json"]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fleet.member", self._command, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said, self.log.read_text()
        if self._command == "serve":
            self.port = int(json.loads(said)["url"].rpartition(":")[2])

    def end(self, number: int = signal.SIGTERM) -> None:
        """A signal, and gone; nothing if it does not run."""
        if self._process:
            self._process.send_signal(number)
            self._process.communicate()
            self._process = None

    def answered(self) -> int:
        """How many requests it has answered."""
        return self.log.read_text().count('"event": "request"')


@dataclass
class Fleet:
    """The servers, their address, and a way around them to their database."""

    nginx: Nginx
    members: list[Member]
    engine: Engine
    kit: Kit
    clock: SharedClock
    page: Page

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A look at the database, and a hand in it; all that is done meanwhile is taken back."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            connection.info["fleet"] = self
            yield connection
            self.take_back(connection, 0)
            self.clock.at = None

    def take_back(self, connection: Connection, to: int) -> None:
        """The database is as it was at a mark, and no server remembers anything else."""
        undo.back(connection, to)
        self.page.take_back()

    def client(self, address: str | None = None) -> httpx2.Client:
        """Programs' way in, by default from this machine."""
        return a_client(self.nginx.url, {"X-Client-Address": address} if address else {})


def a_client(url: str, headers: Mapping[str, str] = MappingProxyType({})) -> httpx2.Client:
    """A client in Russian that follows redirects, as the one that asks within a process does."""
    told = {"Accept-Language": "ru", **headers}
    return httpx2.Client(base_url=url, headers=told, follow_redirects=True, timeout=PATIENCE)


@contextmanager
def running(database_url: str, settings: Settings, folder: Path) -> Iterator[Fleet]:
    """Two servers and nginx, until the end of the `with`."""
    with ExitStack() as stack:
        page = stack.enter_context(closing(Page(folder / "page")))
        environment = _environment(database_url, settings, folder, page)
        members = [Member(folder / name, "serve", environment) for name in "ab"]
        for member in members:
            stack.callback(member.end)
            member.start()
        apps = [each.address for each in members]
        nginx = stack.enter_context(serving(folder / "nginx", apps, folder, BEFORE))
        engine = create_engine(database_url)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            undo.prepare(connection)
        clock = SharedClock(page)
        yield Fleet(nginx, members, engine, a_kit(settings, clock), clock, page)


def _environment(url: str, settings: Settings, folder: Path, page: Page) -> dict[str, str]:
    """What every process of the fleet reads; the folder of its own files comes on top."""
    create_master(folder / "master", MASTER)
    return environment_of(settings, url) | {
        "PODKLUCH_MASTER_KEY_FILE": str(folder / "master"),
        "PODKLUCH_TRUSTED_PROXIES": '["127.0.0.1/32"]',
        "PYTHONPATH": str(ROOT),
        VARIABLE: str(page.file),
    }
