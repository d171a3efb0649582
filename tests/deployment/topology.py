"""The services of docker-compose.yml as processes of this machine; host names become loopback."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import make_engine
from app.kit.signing.keyring import create_master
from tests.database import private_folder
from tests.deployment.shipped import SERVICES, environment
from tests.factories.kit import MASTER, a_kit
from tests.faults.service import launched
from tests.faults.stage import Stage
from tests.nginx.server import Changes, Nginx, serving
from tests.waiting import PATIENCE


@dataclass(frozen=True)
class Topology:
    """Everything up: `stage` acts on the database, everybody else comes through nginx."""

    folder: Path
    stage: Stage
    nginx: Nginx
    app: str
    """Where the app answers to nginx."""
    host: "Host"

    @property
    def url(self) -> str:
        return self.nginx.url

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    @contextmanager
    def another_nginx(self, folder: Path, changes: Changes) -> Iterator[Nginx]:
        """One more before the same app, with a changed file."""
        with serving(folder, [self.app], self.artifacts, changes) as nginx:
            yield nginx


class Host:
    """One machine in place of the network of containers."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self._instead = {
            "postgresql://podkluch@db/podkluch": database_url,
            "/run/secrets": str(folder / "secrets"),
            "/var/lib/podkluch": str(folder),
            "10.93.7.0/24": "127.0.0.1/32",
        }
        (folder / "secrets").mkdir()
        (folder / "secrets" / "database_password").write_text("of nobody")
        create_master(folder / "secrets" / "master", MASTER)

    def start(self, service: str, *more: str) -> subprocess.Popen[str]:
        """The command of a service with its environment and no other settings."""
        program, *words = SERVICES[service]["command"]
        assert program == "podkluch"
        port = {"0.0.0.0": "127.0.0.1", "8000": "0"}  # noqa: S104 - what the file says is replaced
        command = ("app.cli", *(port.get(word, word) for word in words), *more)
        log = self.folder / f"{service}.log"
        return launched(*command, environment=self._environment(service), log=log)

    def _environment(self, service: str) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PODKLUCH_")}
        marks = {name: text for name, text in os.environ.items() if "TEST" in name}
        given = environment(service)
        for there, here in self._instead.items():
            given = {name: text.replace(there, here) for name, text in given.items()}
        return kept | marks | given

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text("utf-8")

    @contextmanager
    def running(self, service: str) -> Iterator[dict[str, object]]:
        """What a service says when it is up, and its process; ended at once afterwards."""
        process = self.start(service, "--json")
        try:
            said = process.stdout.readline()
            assert said, self.log(service)
            yield json.loads(said) | {"process": process}
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(1 if service == "app" else 60)
            process.terminate()  # the app answers on for a while, and a second signal ends that
            process.communicate(timeout=PATIENCE)
        assert process.returncode in {0, -signal.SIGTERM}, self.log(service)


@contextmanager
def topology(folder: Path) -> Iterator[Topology]:
    """Database, migration, two processes of the app, the worker and nginx, as the file has them."""
    with ExitStack() as stack:
        place = stack.enter_context(private_folder())
        server = stack.enter_context(embedded.start(place / "postgres"))
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE podkluch TEMPLATE template0 ENCODING 'UTF8'")
        url = server.url.replace("/postgres?", "/podkluch?")
        host = Host(folder, url)
        migration = host.start("migrate")
        migration.communicate(timeout=120)
        assert migration.returncode == 0, host.log("migrate")
        app = stack.enter_context(host.running("app"))["url"].removeprefix("http://")
        stack.enter_context(host.running("worker"))
        nginx = stack.enter_context(serving(folder / "nginx", [app], folder / "artifacts"))
        settings = Settings(environment="test", data=folder)
        engine = make_engine(url, settings)
        stack.callback(engine.dispose)
        yield Topology(folder, Stage.set(url, engine, a_kit(settings)), nginx, app, host)
