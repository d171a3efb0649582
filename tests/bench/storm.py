"""G8: offers while one vendor publishes twice a second; each publication is seen at once."""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
from sqlalchemy import Engine

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from app.kit.db import transaction
from onec.cfe_writer import make_cfe
from tests.bench.asking import infobase, offers, sent
from tests.bench.budgets import exact
from tests.bench.contest import Contest, Hall, Side, Turn, p99, rps
from tests.bench.load import Request, request
from tests.bench.measure import BrokenRunError, Figure, abba, interval
from tests.bench.numbering import Scale, is_blocked
from tests.bench.reads import warm
from tests.bench.servers import Server
from tests.bench.store import Base
from tests.factories.world import BUH, FITTING

PERIOD = 0.5
"""Seconds between two publications."""
LINE, ONEC_NAME = "idle", "Новое"


@dataclass(slots=True)
class Publisher:
    """Publishes prepared drafts, and asks at once whether the next request sees each."""

    base: Base
    engine: Engine
    server: Server
    drafts: list[tuple[uuid.UUID, str]]
    wrong: int = 0
    published: int = 0
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until it is told to stop."""
        key = next(key for key in range(1, 50) if not is_blocked(key) and self._is_main(key))
        with httpx2.Client(base_url=self.server.url, timeout=60) as client:
            due = time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += PERIOD
                if not self.drafts:
                    self.failures.append("no draft is left")
                    return
                self._publish(client, key)

    def _is_main(self, key: int) -> bool:
        return self.base.dataset.scale.vendor_of(key) == 1

    def _publish(self, client: httpx2.Client, key: int) -> None:
        release_id, version = self.drafts.pop(0)
        vendor_id = uuid.UUID(self.base.dataset.site.ids["vendor_id"])
        with transaction(self.engine, self.base.kit) as session:
            releases.publish(session, vendor_id, release_id, actor=SYSTEM)
        self.published += 1
        answer = sent(client, everything(self.base, key))
        seen = {row["release"]["version"] for row in answer.json().get("data", ())}
        self.wrong += version not in seen

    def begin(self) -> None:
        """Before a run, also before another one."""
        self._stop.clear()

    def stop(self) -> None:
        """No publication begins after this."""
        self._stop.set()


def everything(base: Base, key: int) -> Request:
    """All releases of the line, whether the key may have them or not."""
    body = FITTING | {"infobase": {"id": infobase(key)}, "extension": LINE, "show_all": True}
    return request("POST", "/api/v1/offers", base.dataset.code(key), body)


def drafts(base: Base, engine: Engine, number: int) -> list[tuple[uuid.UUID, str]]:
    """So many releases that wait for their publication."""
    made = []
    vendor_id = uuid.UUID(base.dataset.site.ids["vendor_id"])
    for ordinal in range(1, number + 1):
        version = f"7.{ordinal}"
        told = {"extension": LINE, "version": version, "notes_ru": "Новое", "rules": [BUH] * 4}
        command = CreateRelease.model_validate(told)
        file = make_cfe(ONEC_NAME, "Наше", version, "Вектор", "СП_")
        with transaction(engine, base.kit) as session:
            release = releases.create(session, vendor_id, command, file, actor=SYSTEM)
            made.append((release.id, version))
    return made


def evenly(scale: Scale, number: int) -> list[int]:
    """Keys of all vendors in turn: the one that publishes is asked for no more than another."""
    by_vendor: dict[int, list[int]] = {}
    for key in range(1, scale.keys + 1):
        by_vendor.setdefault(scale.vendor_of(key), []).append(key)
    turns = range(max(1, number // len(by_vendor)))
    return [mine[turn % len(mine)] for turn in turns for mine in by_vendor.values()]


def figures(hall: Hall, base: Base, server: Server, number: int) -> Iterator[Figure]:
    """Rounds with and without publications, one server."""
    hall.say("storm")
    asking = evenly(base.dataset.scale, number)
    kept = hall.client.keep("storm", [offers(base, key) for key in asking])
    side = warm(hall, base, server, kept, len(asking))
    enough = int((hall.pairs + 1) * (hall.seconds + 2) / PERIOD) + 10
    with base.engine() as engine:
        publisher = Publisher(base, engine, server, drafts(base, engine, enough))
        found, after = _rounds(hall, side, publisher)
    if publisher.failures:
        raise BrokenRunError(f"storm: {publisher.failures[0]}")
    raw = {"published": publisher.published}
    yield found.figure("storm.rps", rps)
    yield found.figure("storm.p99", p99)
    calm = [one.round.rps for one in found.base]
    ratio = tuple(one.round.rps / other for one, other in zip(after, calm, strict=True))
    yield Figure("storm.after", "C", interval(ratio), ratio, found.doubts())
    yield exact("storm.wrong", publisher.wrong, "C", **raw)


def _rounds(hall: Hall, side: Side, publisher: Publisher) -> tuple[Contest, list[Turn]]:
    """Stormy and calm ones in ABBA order; behind each storm one more after a second of rest."""
    stormy: dict[int, Turn] = {}
    calm: dict[int, Turn] = {}
    after: list[Turn] = []
    for pair, letter in abba(hall.pairs):
        if letter == "B":
            calm[pair] = hall.turn(side)
            continue
        stormy[pair] = _storm(hall, side, publisher)
        time.sleep(1)
        after.append(hall.turn(side))
    order = range(hall.pairs)
    return Contest([stormy[n] for n in order], [calm[n] for n in order], hall.doubts), after


def _storm(hall: Hall, side: Side, publisher: Publisher) -> Turn:
    publisher.begin()
    thread = threading.Thread(target=publisher.run)
    thread.start()
    try:
        return hall.turn(side, max(hall.seconds, 2 * PERIOD))
    finally:
        publisher.stop()
        thread.join()
