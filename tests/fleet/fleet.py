"""Two `podkluch serve` behind nginx, over one PostgreSQL and one bucket."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from sqlalchemy import Connection, Engine, create_engine

from app.kit.config import Settings
from app.kit.db import Kit
from app.kit.signing.keyring import create_master
from tests.factories.kit import MASTER, a_kit
from tests.faults.service import ROOT, environment_of
from tests.fleet import undo
from tests.fleet.nginx import nginx
from tests.fleet.page import VARIABLE, Page, SharedClock

PATIENCE = 60


class Member:
    """One process of the command; it is started, ended and killed by its own handle."""

    def __init__(self, folder: Path, command: str, environment: Mapping[str, str]) -> None:
        self.log, self._command = folder / f"{folder.name}.log", command
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
                [sys.executable, "-m", self._module, self._command, *arguments],
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

    @property
    def _module(self) -> str:
        return "tests.fleet.member" if VARIABLE in self._environment else "app.cli"

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

    url: str
    members: list[Member]
    engine: Engine
    kit: Kit
    clock: SharedClock | None = None
    page: Page | None = None
    more: list[Member] = field(default_factory=list)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A look at the database, and a hand in it; all that is done meanwhile is taken back."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            connection.info["fleet"] = self
            yield connection
            self.take_back(connection, 0)
            if self.clock:
                self.clock.at = None

    def take_back(self, connection: Connection, to: int) -> None:
        """The database is as it was at a mark, and no server remembers anything else."""
        undo.back(connection, to)
        if self.page:
            self.page.take_back()

    def client(self, address: str | None = None) -> httpx2.Client:
        """Programs' way in, in Russian, by default from this machine."""
        told = {"Accept-Language": "ru"} | ({"X-Client-Address": address} if address else {})
        return httpx2.Client(
            base_url=self.url, headers=told, follow_redirects=True, timeout=PATIENCE
        )


@contextmanager
def running(
    database_url: str, settings: Settings, folder: Path, *, reachable: bool = False
) -> Iterator[Fleet]:
    """Two servers and nginx; `reachable` ones have a clock that is set, and forget when told to."""
    create_master(folder / "master", MASTER)
    environment = environment_of(settings, database_url) | {
        "PODKLUCH_MASTER_KEY_FILE": str(folder / "master"),
        "PODKLUCH_TRUSTED_PROXIES": '["127.0.0.1/32"]',
        "PYTHONPATH": str(ROOT),
    }
    with ExitStack() as stack:
        page = Page(folder / "page") if reachable else None
        clock = SharedClock(page) if page else None
        if page:
            stack.callback(page.close)
            environment[VARIABLE] = str(page.file)
        members = []
        for name in "ab":
            (folder / name).mkdir()
            member = Member(folder / name, "serve", environment)
            stack.callback(member.end)
            member.start()
            members.append(member)
        url = stack.enter_context(nginx(folder / "nginx", [each.address for each in members]))
        engine = create_engine(database_url)
        stack.callback(engine.dispose)
        kit = a_kit(settings, clock) if clock else a_kit(settings)
        if reachable:
            with engine.begin() as connection:
                undo.prepare(connection)
        yield Fleet(url, members, engine, kit, clock, page)
