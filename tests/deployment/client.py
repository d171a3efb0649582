"""Who comes through nginx: a vendor's program, and a client's agent with the right to a file."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx2

from app.kit.db import reading
from app.trust import queries as trust
from onec.cfe import probe_container
from onec.cfe.container import CONFIGINFO
from onec.cfe_writer import container, with_configinfo
from tests.deployment.topology import Topology
from tests.factories.automation import a_token
from tests.factories.cfe import ROOT_UUID, good_cfe
from tests.factories.world import bearer
from tests.faults.publishing import Installer, Program
from tests.waiting import PATIENCE

VERSION = "2.4.0"
PAUSE = 0.1  # seconds between two requests of one who is not in a hurry
SIZE = 8 << 20
"""Bytes: more than the system keeps for a connection whose other end does not read."""


def a_large_file() -> bytes:
    """A sound extension that does not deflate."""
    small = {entry.name: bytes(entry.raw) for entry in probe_container(good_cfe(version=VERSION))}
    del small[CONFIGINFO]
    large = {"0f2d9c1e-7a4b-4f0e-8f53-1c6f0b7a9d00.0": stored(os.urandom(SIZE))}
    return container(sorted(with_configinfo(small | large, ROOT_UUID).items()))


def stored(data: bytes) -> bytes:
    """A deflate stream that only stores (RFC 1951 §3.2.4)."""
    parts = []
    for at in range(0, len(data), 65_535):
        block = data[at : at + 65_535]
        last = at + len(block) == len(data)
        parts += [bytes([last]), len(block).to_bytes(2, "little")]
        parts += [(len(block) ^ 0xFFFF).to_bytes(2, "little"), block]
    return b"".join(parts)


@dataclass(frozen=True)
class Client:
    """An agent below its commands, and what it may download."""

    agent: Installer
    file: bytes
    path: str
    headers: dict[str, str]
    url: str

    @classmethod
    @contextmanager
    def of(cls, shipped: Topology, folder: Path) -> Iterator[Self]:
        stage, file = shipped.stage, a_large_file()
        with stage.acting() as world:
            token = a_token(world.session, world.vendor.id)
        release = Program(shipped.url, token).publish(VERSION, file)
        [key] = stage.sold(1)
        with reading(stage.engine, stage.kit) as session:
            pin = trust.connection_file(session, stage.world.vendor.id)
        with Installer.at(shipped.url, key, folder, pin) as agent:
            agent.sit()
            right = agent.right(release)
            yield cls(agent, file, right.url, bearer(right.secret), shipped.url)

    def ask(self, method: str = "GET", url: str = "", **headers: str) -> httpx2.Response:
        """The file, or what is said instead of it."""
        told = self.headers | {name.replace("_", "-"): text for name, text in headers.items()}
        return httpx2.request(method, f"{url or self.url}{self.path}", headers=told, timeout=60)


@contextmanager
def healthy(client: Client, url: str) -> Iterator[list[str]]:
    """Somebody who asks and downloads there all the time; what came of it so far."""
    seen: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(PAUSE):
            answer = httpx2.get(f"{url}/health/live", timeout=PATIENCE)
            seen.append("good" if answer.status_code == 200 else f"{answer.status_code} asked")
            part = client.ask(url=url, Range="bytes=0-99")
            good = (part.status_code, part.content) == (206, client.file[:100])
            seen.append("good" if good else f"{part.status_code} downloading")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
