"""Two hundred megabytes in and out of a real server: its memory does not notice."""

import hashlib
import logging
import random
import re
import resource
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from app.kit.db import reading
from app.kit.storage import store_of
from app.trust import queries as trust
from tests.faults.publishing import Installer
from tests.faults.uploads import MEGABYTE, Vendor, large_cfe, served

pytestmark = pytest.mark.fault
SIZE = 200 * MEGABYTE
LIMIT = SIZE + 10 * MEGABYTE
GROWTH = 32 * MEGABYTE
logger = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def large_file(tmp_path_factory) -> Path:
    """A sound extension with five entries of forty megabytes that do not deflate."""
    path = tmp_path_factory.mktemp("large") / "large.cfe"
    path.write_bytes(large_cfe(SIZE))
    return path


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
    serving, settings_of, vendor, installer, large_file, store
):
    kind, mode = store
    with (
        serving(settings_of(kind, download_mode=mode, upload_max_bytes=LIMIT)) as (url, pid),
        httpx2.Client(timeout=120) as client,
        installer(url) as agent,
    ):
        agent.sit()
        with watched(pid) as peak, large_file.open("rb") as file:
            answer = vendor.put(client, url, file, large_file.stat().st_size)
            assert answer.status_code == 200, answer.text
            published = vendor.publish(client, url)
            assert published.status_code == 200, published.text
            right = agent.right(vendor.release)
            size, sha256 = received(agent, right)
        assert size == large_file.stat().st_size > SIZE
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


def test_a_full_disk_is_told_and_needs_no_restart(serving, settings_of, stage, rounds):
    chance, kept = random.Random(20261122), set()  # noqa: S311 - how much room there is
    settings = settings_of("local")
    store = store_of(settings)
    with serving(settings) as (url, pid), httpx2.Client(timeout=60) as client:
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        for number in range(rounds(ci=1, campaign=10)):
            vendor, body = Vendor(stage, f"1.{number}"), large_cfe(3 * MEGABYTE)
            room = chance.randrange(3 * MEGABYTE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, before[1]))
            refused = vendor.put(client, url, body, len(body))
            assert (refused.status_code, refused.json()["code"]) == (507, "DISK_FULL")
            assert list(store.unfinished()) == []
            assert set(store.digests()) == kept
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            answer = vendor.put(client, url, body, len(body))
            assert answer.json()["artifact"]["size"] == len(body)
            kept.add(hashlib.sha256(body).hexdigest())
            assert set(store.digests()) == kept
