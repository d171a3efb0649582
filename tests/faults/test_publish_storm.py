"""Offers while a vendor changes the catalogue all the time: never late, never rebuilt in vain."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest
from fastapi.testclient import TestClient

from app.audit.actor import SYSTEM
from app.catalog.service import releases
from app.kit.db import transaction
from app.main import create_app
from tests.factories.calls import YEAR, Installer
from tests.factories.kit import a_kit

ROUNDS, ASKING = 40, 4


class Process:
    """What a process of the server has of its own: an application with its kit and cache."""

    def __init__(self, key, client):
        self.kit = client.app.state.kit
        self.installer = Installer(client, key)
        self.builds = 0
        cache, build = self.kit.cache, self.kit.cache._keep

        def counted(key, built):
            self.builds += 1
            return build(key, built)

        cache._keep = counted

    def offered(self):
        answer = self.installer.offers()
        assert answer.status_code == 200, answer.text
        return [row["release"]["version"] for row in answer.json()["data"]]


@pytest.fixture
def storm(stage):
    """Two processes, a key with the product, and a release that the vendor turns on and off."""
    with stage.acting() as world:
        release_id, key = world.release("2.4.0").id, world.code
        [coupon] = world.coupon(operations=[YEAR])
    with ExitStack() as running:
        apps = [create_app(stage.engine, a_kit(stage.kit.settings)) for _ in range(2)]
        clients = [running.enter_context(TestClient(app)) for app in apps]
        processes = [Process(key, client) for client in clients]
        assert processes[0].installer.redeem(coupon).status_code == 201
        yield stage, processes, release_id


def turn(stage, release_id, *, on):
    verb = releases.resume if on else releases.pause
    with transaction(stage.engine, stage.kit) as session:
        verb(session, stage.world.vendor.id, release_id, actor=SYSTEM)


@pytest.mark.fault
def test_every_change_is_seen_by_the_next_request_of_every_process(storm):
    stage, processes, release_id = storm
    over = Event()

    def keep_asking(process):
        while not over.is_set():
            assert process.offered() in ([], ["2.4.0"])

    with ThreadPoolExecutor(ASKING) as pool:
        asking = [pool.submit(keep_asking, processes[n % 2]) for n in range(ASKING)]
        try:
            for number in range(ROUNDS):
                turn(stage, release_id, on=bool(number % 2))
                expected = ["2.4.0"] if number % 2 else []
                assert [process.offered() for process in processes] == [expected, expected]
        finally:
            over.set()
        for each in asking:
            each.result()
    for process in processes:
        assert process.builds <= ROUNDS + 1  # one build of a version serves whoever waits for it
        before = process.builds
        for _ in range(10):
            process.offered()
        assert process.builds == before  # the calm after the storm
