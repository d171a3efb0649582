"""A program that uploads files of any size, and the server as a process that takes them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateDraft
from app.catalog.service.drafts import create_draft
from app.kit.config import Settings
from app.kit.signing.keyring import create_master
from onec.cfe import probe_container
from onec.cfe.container import CONFIGINFO
from onec.cfe_writer import container, with_configinfo
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.cfe import ROOT_UUID, good_cfe
from tests.factories.kit import MASTER
from tests.factories.world import BUH, bearer
from tests.faults.service import ROOT, environment_of
from tests.faults.stage import Stage

MEGABYTE = 1 << 20


def large_cfe(size: int, version: str = "2.4.0") -> bytes:
    """A sound extension with five entries of together so many bytes that do not deflate."""
    small = {entry.name: bytes(entry.raw) for entry in probe_container(good_cfe(version=version))}
    del small[CONFIGINFO]
    names = [f"0f2d9c1e-7a4b-4f0e-8f53-1c6f0b7a9d{number:02x}.0" for number in range(5)]
    big = {name: stored(os.urandom(size // 5)) for name in names}
    return container(sorted(with_configinfo(small | big, ROOT_UUID).items()))


def stored(data: bytes) -> bytes:
    """A deflate stream that only stores (RFC 1951 §3.2.4), made in no time."""
    parts = []
    for at in range(0, len(data), 65_535):
        block = data[at : at + 65_535]
        last = at + len(block) == len(data)
        parts += [bytes([last]), len(block).to_bytes(2, "little")]
        parts += [(len(block) ^ 0xFFFF).to_bytes(2, "little"), block]
    return b"".join(parts)


class Vendor:
    """A program that uploads to the draft of a release."""

    def __init__(self, stage: Stage, version: str = "1.0") -> None:
        with stage.acting() as world:
            self.token = a_token(world.session, world.vendor.id)
            told = {"extension": "warehouse-helper", "notes_ru": "-", "rules": [BUH]}
            command = CreateDraft.model_validate(told | {"version": version})
            draft = create_draft(world.session, world.vendor.id, command, actor=SYSTEM)
        self.release = str(draft.id)
        self.path = f"{VENDOR_API}/releases/{self.release}/artifact"

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.token) | {"If-Match": '"1"'}

    def put(self, client: httpx2.Client, url: str, content, length: int) -> httpx2.Response:
        headers = self.headers | {"Content-Length": str(length)}
        return client.put(f"{url}{self.path}", content=content, headers=headers)

    def publish(self, client: httpx2.Client, url: str) -> httpx2.Response:
        place = f"{url}{VENDOR_API}/releases/{self.release}/publish"
        return client.post(place, json={}, headers=bearer(self.token))

    def head(self, length: int) -> bytes:
        """What stands before the bytes on the wire."""
        told = self.headers | {"Host": "x", "Content-Length": str(length)}
        lines = [f"PUT {self.path} HTTP/1.1", *(f"{name}: {text}" for name, text in told.items())]
        return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def served(settings: Settings, database_url: str) -> Iterator[tuple[str, int]]:
    """The server as a process: its address and its number; in the end it is killed."""
    if not settings.master_file.exists():
        create_master(settings.master_file, MASTER)
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--json"],
        cwd=ROOT,
        env=environment_of(settings, database_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield json.loads(process.stdout.readline())["url"], process.pid
        finally:
            process.kill()


def at(url: str) -> tuple[str, int]:
    """Host and port of an address."""
    parts = urlsplit(url)
    return parts.hostname, parts.port
