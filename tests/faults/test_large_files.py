"""Two hundred megabytes in and out of a real server: its memory does not notice."""

import hashlib
import json
import logging
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateDraft
from app.catalog.service.drafts import create_draft
from app.kit.db import reading
from app.kit.signing.keyring import create_master
from app.kit.storage import store_of
from app.trust import queries as trust
from onec.cfe import probe_container
from onec.cfe.container import CONFIGINFO
from onec.cfe_writer import container, with_configinfo
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.cfe import ROOT_UUID, good_cfe
from tests.factories.kit import MASTER
from tests.factories.world import BUH, bearer
from tests.faults.publishing import Installer
from tests.faults.service import ROOT, environment_of

pytestmark = pytest.mark.fault
MEGABYTE = 1 << 20
SIZE = 200 * MEGABYTE
LIMIT = SIZE + 10 * MEGABYTE
GROWTH = 32 * MEGABYTE
logger = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def large_cfe(tmp_path_factory) -> Path:
    """A sound extension with five entries of forty megabytes that do not deflate."""
    small = {entry.name: bytes(entry.raw) for entry in probe_container(good_cfe())}
    del small[CONFIGINFO]
    names = [f"0f2d9c1e-7a4b-4f0e-8f53-1c6f0b7a9d{number:02x}.0" for number in range(5)]
    big = {name: stored(os.urandom(SIZE // 5)) for name in names}
    path = tmp_path_factory.mktemp("large") / "large.cfe"
    path.write_bytes(container(sorted(with_configinfo(small | big, ROOT_UUID).items())))
    return path


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

    def __init__(self, stage) -> None:
        with stage.acting() as world:
            self.token = a_token(world.session, world.vendor.id)
            told = CreateDraft.model_validate(
                {"extension": "warehouse-helper", "version": "1.0", "notes_ru": "-", "rules": [BUH]}
            )
            draft = create_draft(world.session, world.vendor.id, told, actor=SYSTEM)
        self.release = str(draft.id)
        self.path = f"{VENDOR_API}/releases/{self.release}/artifact"

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.token) | {"If-Match": '"1"'}

    def put(self, client, url: str, content, length: int):
        headers = self.headers | {"Content-Length": str(length)}
        return client.put(f"{url}{self.path}", content=content, headers=headers)

    def publish(self, client, url: str):
        place = f"{url}{VENDOR_API}/releases/{self.release}/publish"
        return client.post(place, json={}, headers=bearer(self.token))

    def head(self, length: int) -> bytes:
        """What stands before the bytes on the wire."""
        told = self.headers | {"Host": "x", "Content-Length": str(length)}
        lines = [f"PUT {self.path} HTTP/1.1", *(f"{name}: {text}" for name, text in told.items())]
        return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture
def vendor(stage):
    return Vendor(stage)


@pytest.fixture
def installer(stage, tmp_path):
    """An agent at a server, with the right to a seat."""
    stage.redeem(stage.world.code, *stage.coupons())
    with reading(stage.engine, stage.kit) as session:
        pin = trust.connection_file(session, stage.world.vendor.id)
    return lambda url: Installer.at(url, stage.world.code, tmp_path / "agent", pin)


@pytest.fixture
def serving(stage):
    """Runs the server over the stage's database and another store."""
    return lambda settings: served(settings, stage.url)


@contextmanager
def served(settings, database_url):
    """The server as a process: its address and its memory."""
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


@contextmanager
def watched(pid: int):
    """The largest amount of memory of its own that the process is seen with meanwhile."""
    peak, done = [memory(pid)], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak.append(max(peak[-1], memory(pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def memory(pid: int) -> int:
    """Without pages of files, which the system takes back whenever it likes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", text).group(1)) * 1024


STORES = [
    ("local", "direct"),
    pytest.param(("rclone", "direct"), marks=pytest.mark.s3),
    pytest.param(("rclone", "redirect"), marks=pytest.mark.s3),
]
"""Where the bytes are, and whether the server sends them or says where they are."""


@pytest.mark.parametrize("store", STORES, ids="-".join)
def test_a_large_file_goes_in_and_out_with_flat_memory(
    serving, settings_of, vendor, installer, large_cfe, store
):
    kind, mode = store
    with (
        serving(settings_of(kind, download_mode=mode, upload_max_bytes=LIMIT)) as (url, pid),
        httpx2.Client(timeout=120) as client,
        installer(url) as agent,
    ):
        agent.sit()
        with watched(pid) as peak, large_cfe.open("rb") as file:
            answer = vendor.put(client, url, file, large_cfe.stat().st_size)
            assert answer.status_code == 200, answer.text
            published = vendor.publish(client, url)
            assert published.status_code == 200, published.text
            right = agent.right(vendor.release)
            size, sha256 = received(agent, right)
        assert size == large_cfe.stat().st_size > SIZE
        assert sha256 == agent.signed("1.0").sha256 == right.artifact.sha256
    logger.info("%s, %s: %d MB more", kind, mode, (peak[-1] - peak[0]) // MEGABYTE)
    assert len(peak) > 10
    assert peak[-1] - peak[0] < GROWTH


def received(agent, right):
    """Length and SHA-256 of what comes to the agent, from whoever sends it."""
    size, whole = 0, hashlib.sha256()
    with agent.client.artifact(right, {}) as response:
        for piece in response.iter_raw():
            size += len(piece)
            whole.update(piece)
    return size, whole.hexdigest()


def test_a_full_disk_is_told_and_needs_no_restart(serving, settings_of, vendor):
    body = good_cfe(pad_entries=3_000)
    assert len(body) > MEGABYTE
    settings = settings_of("local")
    store = store_of(settings)
    with serving(settings) as (url, pid), httpx2.Client(timeout=60) as client:
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MEGABYTE // 2, before[1]))
        refused = vendor.put(client, url, body, len(body))
        assert (refused.status_code, refused.json()["code"]) == (507, "DISK_FULL")
        assert [*store.unfinished(), *store.digests()] == []
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        assert vendor.put(client, url, body, len(body)).json()["artifact"]["size"] == len(body)


def test_a_server_killed_during_an_upload_keeps_nothing_that_has_a_name(
    serving, settings_of, vendor
):
    body, settings = good_cfe(pad_entries=3_000), settings_of("local")
    store = store_of(settings)
    for part in (1, 65_536, len(body) // 2, len(body) - 1):
        with serving(settings) as (url, pid), socket.create_connection(at(url)) as wire:
            wire.sendall(vendor.head(len(body)) + body[:part])
            os.kill(pid, signal.SIGKILL)
            with suppress(ConnectionResetError):
                while wire.recv(1024):
                    pass
        assert list(store.digests()) == []
    with serving(settings) as (url, _), httpx2.Client(timeout=60) as client:
        assert vendor.put(client, url, body, len(body)).status_code == 200


def at(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
