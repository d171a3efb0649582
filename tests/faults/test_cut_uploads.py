"""kill -9 of the server in the middle of an upload: nothing has a name, and the next try works."""

import hashlib
import os
import random
import signal
import socket
from contextlib import ExitStack, suppress

import httpx2
import pytest

from app.catalog.models import Artifact
from app.kit.clock import utc_now
from tests.faults.uploads import MEGABYTE, Vendor, at, large_cfe, served
from tests.waiting import until

pytestmark = pytest.mark.fault
DAY_AGO = 25 * 3600


def kill_in(server, store, head, part):
    """Ends the server when it has these bytes of a body; the last megabyte waits in memory."""
    url, pid = server
    with socket.create_connection(at(url)) as wire:
        wire.sendall(head + part)
        written = len(part) - MEGABYTE
        until(lambda: any(path.stat().st_size > written for path in arriving(store)))
        os.kill(pid, signal.SIGKILL)
        with suppress(ConnectionResetError):
            while wire.recv(1024):
                pass


def arriving(store):
    return list((store.folder / "incoming").glob("*"))


def age(store):
    """A day goes by: what is younger may belong to a server that runs."""
    then = utc_now().timestamp() - DAY_AGO
    [left] = arriving(store)
    os.utime(left, (then, then))


@pytest.mark.fault(minutes=4)
def test_a_server_killed_during_an_upload_leaves_nothing_and_the_next_try_works(stage, rounds):
    chance, settings = random.Random(20261122), stage.kit.settings  # noqa: S311 - where to kill
    store, size, kept = stage.kit.artifacts, rounds(ci=2, campaign=20) * MEGABYTE, set()
    with ExitStack() as servers, httpx2.Client(timeout=120) as client:
        url, pid = servers.enter_context(served(settings, stage.url))
        for number in range(rounds(ci=5, campaign=50)):
            vendor, body = Vendor(stage, f"1.{number}"), large_cfe(size)
            kill_in((url, pid), store, vendor.head(len(body)), body[: chance.randrange(1, size)])
            assert set(store.digests()) == kept
            assert stage.count(Artifact) == len(kept)
            age(store)
            url, pid = servers.enter_context(served(settings, stage.url))
            assert list(store.unfinished()) == []  # a start sweeps it
            answer = vendor.put(client, url, body, len(body))
            assert answer.status_code == 200, answer.text
            kept.add(hashlib.sha256(body).hexdigest())
            assert set(store.digests()) == kept
    assert stage.count(Artifact, Artifact.status == "ready") == len(kept) == number + 1
    assert stage.contradictions() == []
