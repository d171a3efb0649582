"""A workplace for tests of the agent: its folder, one simulated infobase, one licence server."""

import base64
import gc
import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from typer.core import TyperCommand
from typer.main import get_command

from agent.__main__ import build, main
from agent.codes import Lang
from agent.pins import Pins
from tests.simulators.exchange import BOOKKEEPING, EULA_TEXT, KEY, sha
from tests.simulators.licence_server import LicenceServer
from wire.enrolment import parse

EXTENSION = "warehouse-helper"
ACCEPT = ("--accept-eula", sha(EULA_TEXT))


@cache
def assembled(lang: Lang) -> TyperCommand:
    """The command line, made once in a process: that takes as long as what most commands do."""
    return get_command(build(lang))


class Terminal(io.StringIO):
    """A console with a person in front of it."""

    def isatty(self):
        return True


@dataclass
class Ran:
    """What one run of the agent said."""

    exit: int
    out: str
    err: str

    @property
    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self):
        return self.events[-1]

    def of(self, kind):
        return [event for event in self.events if event["ev"] == kind]


class Bench:
    """Runs the agent in this process, with the infobase and the server of the test."""

    def __init__(self, folder: Path, server: LicenceServer, monkeypatch: pytest.MonkeyPatch):
        self.server = server
        self.home, self.base = folder / "home", folder / "base"
        self.base.mkdir()
        self.file = self.base / "infobase.json"
        self.write(
            configuration={"name": BOOKKEEPING, "version": "3.0.150.34"},
            platform_version="8.3.25.1286",
        )
        self._patch = monkeypatch
        self.pin(server)
        monkeypatch.setenv("PODKLUCH_HOME", str(self.home))
        monkeypatch.setattr("agent.__main__.build", assembled)

    def pin(self, server: LicenceServer):
        """Trust the vendor of a server, as its connection file would have it."""
        Pins(self.home / "pins").keep(parse(server.repository.connection(server.url)))

    @property
    def state(self):
        return json.loads(self.file.read_text("utf-8"))

    def write(self, **changes):
        """Change the infobase from outside."""
        state = self.state if self.file.exists() else {}
        self.file.write_text(json.dumps({**state, **changes}, ensure_ascii=False), "utf-8")

    def extensions(self):
        """(name, version, bytes) of what the infobase holds."""
        return [
            (row["name"], row["version"], base64.b64decode(row["data"]))
            for row in self.state.get("extensions", [])
        ]

    def run(self, *arguments, stdin="", stream=io.StringIO) -> Ran:
        """One command line as it stands; `stream` is the kind of console there is."""
        out, err = stream(), stream()
        self._patch.setattr(sys, "stdin", stream(stdin))
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main([str(item) for item in arguments])
        gc.collect()  # a session of 1C ends with the process that holds it; here that goes on
        return Ran(ended.value.code or 0, out.getvalue(), err.getvalue())

    def typed(self, *arguments, answers=()) -> Ran:
        """The same by a person at a terminal, who types these lines."""
        stdin = "".join(f"{answer}\n" for answer in answers)
        return self.run(*arguments, stdin=stdin, stream=Terminal)

    def arguments(self, *command):
        return (
            *command, "--json", "--key-stdin",
            "--server", self.server.url, "--simulated", str(self.base),
        )  # fmt: skip

    def do(self, *command) -> Ran:
        """A command with key, server, infobase and JSON."""
        return self.run(*self.arguments(*command), stdin=f"{KEY}\n")

    def install(self, *options) -> Ran:
        return self.do("install", EXTENSION, *ACCEPT, *options)
