"""Where a demo takes place: its own folder, database, server and a line that breaks once."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from app.demo import interrupts
from app.demo.cut import Forwarder
from app.demo.database import running
from app.demo.interrupts import postponed
from app.demo.processes import Answer, Programs, Running, UnexpectedError, tail
from app.demo.sample import make_infobase
from app.kit import embedded
from app.kit.signing.keyring import create_master

SERVER_LOG, AGENT_ERRORS = "server.log", "agent.errors"
_LOGS = (SERVER_LOG, AGENT_ERRORS, "agent/logs/agent.log")


class Stage:
    """Everything that a demo starts and makes; all of it is gone when the stage is left."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.database_url = self.url = self.agents_url = ""

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="podkluch-demo-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        # PostgreSQL refuses root: the user who runs it then has to get through to its own folder.
        self.folder.chmod(0o711)
        self.programs = Programs(self.folder)
        self.infobase = self.folder / "infobase"
        # Keys of a root are never inside the folder of a server.
        self.medium = Path(tempfile.mkdtemp(prefix="podkluch-demo-root-"))
        self._stack.callback(shutil.rmtree, self.medium, ignore_errors=True)
        make_infobase(self.infobase)
        create_master(self.folder / "keys" / "master")
        return self

    def __exit__(self, *_: object) -> None:
        interrupts.over()
        self._stack.close()

    def start_database(self) -> None:
        """A PostgreSQL of our own, whose data are deleted afterwards."""
        data = self.folder / "postgres"
        self._stack.callback(embedded.remove, data)
        self.database_url = self._stack.enter_context(running(data))

    def start_server(self) -> None:
        """The real server on a free port, and the line to it that agents use."""
        arguments = ("serve", "--host=127.0.0.1", "--port=0", "--json")
        with postponed():
            server = self.programs.start("app.cli", *arguments, log=SERVER_LOG)
            self._stack.callback(server.stop)
        said = next(server.documents(), None)
        if said is None or "url" not in said:
            got = self.log_tail(SERVER_LOG) if said is None else str(said)
            raise UnexpectedError("сервер назовёт свой адрес", got)
        server.calm()
        self.url = said["url"]
        self.forwarder = self._stack.enter_context(Forwarder(self.url))
        self.agents_url = self.forwarder.url

    def start_agent(self, *arguments: str, said: str = "") -> Running:
        """The real agent at work on the simulated infobase."""
        with postponed():
            run = self.programs.start("agent", *arguments, "--json", said=said, log=AGENT_ERRORS)
            self._stack.callback(run.stop)
        return run

    def agent(self, *arguments: str, said: str = "") -> Answer:
        """How a command of the agent ended."""
        return result_of(self.start_agent(*arguments, said=said).documents())

    def rest(self, method: str, path: str, key: str = "", body: object = None) -> tuple[int, Any]:
        """Status and JSON of one request to the server's own address."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        headers = {"Content-Type": "application/json", "Accept-Language": "ru"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or "null")
        finally:
            connection.close()

    def log_tail(self, *names: str) -> str:
        """The last lines of the logs, each under its name."""
        found = [(name, self.folder / name) for name in names or _LOGS]
        texts = [
            (name, tail(path.read_text(encoding="utf-8", errors="replace")))
            for name, path in found
            if path.exists()
        ]
        return "\n".join(f"--- {name}\n{text}" for name, text in texts if text)


def result_of(events: Iterator[Answer]) -> Answer:
    """The agent's last word."""
    for event in events:
        if event["ev"] == "result":
            return event
    raise UnexpectedError("агент сообщит итог", "агент завершился молча")
