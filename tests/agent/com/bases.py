"""Infobases for tests of COM: a simulated 1C in a folder, and sessions of it."""

import json
import os
import sys
from pathlib import Path

from agent.com.direct import DirectLink
from agent.com.dispatch import Disp
from agent.com.link import Manner
from agent.com.protocol import VERSION, ConnectorChoice, Opening
from agent.com.remote import ComInfobase, Ways
from agent.com.session import ComSession
from agent.com.timeouts import Timeouts
from agent.simulated import connector
from agent.target import Target
from onec.connection import ConnectionString
from tests.factories.cfe import good_cfe
from wire.extensions import InfobaseKind

NAME = "СкладскойПомощник"
DATA = good_cfe()
NEWER = good_cfe(version="2.5.0")
PASSWORD = "Пароль-7f3a9c"  # a secret nobody else would say


class Base:
    """One simulated infobase, and the folder in which files are handed over."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.handed = folder / "base", folder / "handed"
        self.folder.mkdir()
        self.handed.mkdir()
        self.set(
            configuration={"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
            platform_version="8.3.25.1286",
        )

    @property
    def file(self) -> Path:
        return self.folder / "infobase.json"

    @property
    def state(self) -> dict:
        return json.loads(self.file.read_text("utf-8"))

    def set(self, **values) -> None:
        state = self.state if self.file.exists() else {}
        self.file.write_text(json.dumps({**state, **values}), "utf-8")

    def target(self, **secrets) -> Target:
        return Target(ConnectionString(file=str(self.folder), **secrets), simulated=self.folder)

    def infobase(self, link=DirectLink, *, cluster=None, user=None, **timeouts) -> ComInfobase:
        ways = Ways(self.handed, Timeouts(**timeouts), link=link)
        return ComInfobase(self.target(**(user or {})), ways, cluster)

    def opening(self, **secrets) -> Opening:
        text = ConnectionString(file=str(self.folder), **secrets).reveal()
        choice = ConnectorChoice(simulated=str(self.folder))
        return Opening(VERSION, choice, InfobaseKind.FILE, text)

    def disp(self) -> Disp:
        return Disp(connector(self.folder)).made("Connect", f'File="{self.folder}";')

    def session(self, gate=lambda _state: None) -> ComSession:
        return ComSession(self.disp(), InfobaseKind.FILE, gate)


def python(program: str, **timeouts) -> Manner:
    """A child that runs this program in place of ours."""
    return Manner(Timeouts(**timeouts), command=(sys.executable, "-c", program))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"} and os.getpgid(pid) > 0
