"""Two `podkluch serve` behind nginx, over one PostgreSQL and one bucket."""

import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType

import httpx2
from sqlalchemy import Connection, Engine, create_engine

from app.kit.config import Settings
from app.kit.db import Kit
from app.kit.signing.keyring import create_master
from tests.factories.kit import MASTER, a_kit
from tests.faults.service import ROOT, environment_of, launched
from tests.fleet import undo
from tests.fleet.page import VARIABLE, Page, SharedClock
from tests.nginx.server import UNLIMITED, Nginx, serving
from tests.waiting import PATIENCE, until

BEFORE = (
    *UNLIMITED,
    (r"worker_processes auto", "worker_processes 1"),
    (r"#(?=set_real_ip_from )", ""),
    (r"192\.0\.2\.0/24", "127.0.0.0/8"),
    (r"#real_ip_header X-Forwarded-For", "real_ip_header X-Client-Address"),
)
"""How the shipped file differs: no limits, one turn for all clients, and a balancer before it,

which tests play.
"""


_ESTABLISHED = "01"


def _sockets() -> Iterator[tuple[str, str, str]]:
    """Of each TCP socket of this machine: its own address, its state, its queues (proc(5))."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, *_ = line.split()
        yield local, state, queues


class Member:
    """One process of the command; it is started, ended and killed by its own handle."""

    def __init__(self, folder: Path, command: str, environment: Mapping[str, str]) -> None:
        folder.mkdir()
        self.folder, self.log = folder, folder / "said.log"
        self._command = command
        self._environment = dict(environment) | {"PODKLUCH_DATA": str(folder)}
        self._process: subprocess.Popen[str] | None = None
        # Bound and never listening, it keeps the port for this one, whoever looks for a free one.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        return int(self._place.getsockname()[1])

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
        """Returns when it says that it works."""
        self.launch()
        self.require_work()

    def launch(self) -> None:
        """Begins to start it."""
        arguments = ["--port", str(self.port), "--json"] if self._command == "serve" else ["--json"]
        command = ("tests.fleet.member", self._command, *arguments)
        self._process = launched(*command, environment=self._environment, log=self.log)

    def require_work(self) -> None:
        """Waits until it says that it works."""
        assert self._process
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said, self.log.read_text()

    def close(self) -> None:
        """Ends it in order, and lets its place go."""
        self.end()
        self._place.close()

    def end(self, number: int = signal.SIGTERM) -> None:
        """A signal, and gone; nothing if it does not run."""
        if self._process:
            self._process.send_signal(number)
            self._process.communicate()
            self._process = None

    def runs(self) -> bool:
        """Whether it was started and not ended."""
        return self._process is not None

    def pause(self) -> None:
        """It does nothing more; whoever asks waits."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def wait_for_a_request(self) -> None:
        """Until a paused one has received something: Linux tells how much nobody has read yet."""
        port = f":{self.port:04X}"
        until(
            lambda: any(
                local.endswith(port) and int(queues.partition(":")[2], 16)
                for local, state, queues in _sockets()
                if state == _ESTABLISHED
            )
        )

    def heard(self, mark: str) -> bool:
        """Whether it has answered the request of this id."""
        return f'"request_id": "{mark}"' in self.log.read_text()

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
    folder: Path
    environment: Mapping[str, str]

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

    @contextmanager
    def worker(self) -> Iterator[None]:
        """`podkluch worker` beside the servers; it has ended when the `with` ends."""
        member = Member(Path(mkdtemp(dir=self.folder)) / "worker", "worker", self.environment)
        with closing(member):
            member.start()
            yield

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
            stack.callback(member.close)
            member.launch()
        for member in members:
            member.require_work()
        apps = [each.address for each in members]
        nginx = stack.enter_context(serving(folder / "nginx", apps, folder, BEFORE))
        engine = create_engine(database_url)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            undo.prepare(connection)
        clock = SharedClock(page)
        kit = a_kit(settings, clock)
        yield Fleet(nginx, members, engine, kit, clock, page, folder, environment)


def _environment(url: str, settings: Settings, folder: Path, page: Page) -> dict[str, str]:
    """What every process of the fleet reads; the folder of its own files comes on top."""
    create_master(folder / "master", MASTER)
    return environment_of(settings, url) | {
        "PODKLUCH_MASTER_KEY_FILE": str(folder / "master"),
        "PODKLUCH_TRUSTED_PROXIES": '["127.0.0.1/32"]',
        "PYTHONPATH": str(ROOT),
        VARIABLE: str(page.file),
    }
