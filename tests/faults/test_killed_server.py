"""kill -9 of the server in the middle of redemptions and activations: nothing told is lost."""

import random
import threading
from collections import deque
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.coupons.models import Coupon, Redemption
from app.licensing.models import Activation, Entitlement, EntitlementChange, Infobase
from tests.factories.world import bearer

pytestmark = pytest.mark.fault

CLIENTS = 8
CYCLES = 10
DONE = (200, 201)
MEMBERS = {"redemptions": "redemption", "activations": "activation"}


@dataclass
class Act:
    """A request, and what is known of it; `result` is the id that the server told."""

    path: str
    body: dict[str, object]
    result: str | None = None


@dataclass
class Agent:
    """A client that repeats what it got no answer to before it does anything else."""

    key: str
    coupons: deque[str]
    done: list[Act] = field(default_factory=list)
    unknown: Act | None = None
    repeated: list[Act] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def next(self) -> Act:
        if self.unknown:
            return self.unknown
        if len(self.done) % 2:
            infobase = {"id": str(uuid4()), "label": "База", "kind": "file"}
            told = {"product": "warehouse-helper", "infobase": infobase}
            told |= {"machine": "PC", "windows_user": "user", "agent_version": "1.0.0"}
            return Act("activations", told)
        return Act("redemptions", {"coupon": self.coupons.popleft()})

    def run(self, url: str, acknowledged: "Counting") -> None:
        """Acts until the connection breaks."""
        with httpx2.Client(base_url=f"{url}/api/v1/", headers=bearer(self.key)) as client:
            while True:
                act = self.next()
                try:
                    answer = client.post(act.path, json=act.body)
                except httpx2.TransportError:
                    self.unknown = act
                    return
                self.settle(act, answer)
                acknowledged.one()

    def settle(self, act: Act, answer: httpx2.Response) -> None:
        if answer.status_code not in DONE:
            self.surprises.append(f"{act.path}: {answer.status_code} {answer.text}")
            return
        told = answer.json()
        act.result = told[{"redemptions": "redemption", "activations": "activation"}[act.path]][
            "id"
        ]
        act.answered = answer.status_code
        self.done.append(act)
        if act is self.unknown:
            self.repeated.append(act)
            self.unknown = None


class Counting:
    """Counts answers, and wakes whoever waits for so many."""

    def __init__(self) -> None:
        self.number, self._changed = 0, threading.Condition()

    def one(self) -> None:
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def wait_for(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.number >= number, timeout=60)


@pytest.fixture
def agents(durable_stage):
    """Two keys that four agents share each, so that they contend for rows."""
    keys = durable_stage.keys(2)
    coupons = durable_stage.coupons(CLIENTS * CYCLES * 20, term={"days": 1}, seats=None)
    for key in keys:
        first = coupons.pop()
        durable_stage.redeem(key, first)
    share = len(coupons) // CLIENTS
    return [
        Agent(keys[number % 2], deque(coupons[number * share : (number + 1) * share]))
        for number in range(CLIENTS)
    ]


def cycle(service, agents, answers):
    """Starts the server, lets the agents act, and kills it after so many answers."""
    service.start()
    acknowledged = Counting()
    threads = [
        threading.Thread(target=agent.run, args=(service.url, acknowledged)) for agent in agents
    ]
    for thread in threads:
        thread.start()
    acknowledged.wait_for(answers)
    service.kill()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def test_nothing_acknowledged_is_lost_and_one_retry_settles_the_rest(
    durable_stage, service, agents
):
    chance = random.Random(20261122)  # noqa: S311 - when to kill
    for _ in range(CYCLES):
        cycle(service, agents, chance.randint(CLIENTS, 40))
    repeats(service, agents)
    assert [said for agent in agents for said in agent.surprises] == []
    done = [act for agent in agents for act in agent.done]
    assert sum(len(agent.repeated) for agent in agents) >= CLIENTS
    require_stored(durable_stage, done)
    require_once_each(durable_stage, done)
    assert durable_stage.contradictions() == []


def repeats(service, agents):
    """The last unknown outcomes, each asked for once more."""
    service.start()
    for agent in agents:
        with httpx2.Client(base_url=f"{service.url}/api/v1/", headers=bearer(agent.key)) as client:
            act = agent.unknown
            agent.settle(act, client.post(act.path, json=act.body))
            assert agent.unknown is None


def require_stored(stage, done):
    """Every id that was told is a row, and it is the row of what was asked."""
    with stage.engine.connect() as connection:
        redeemed = dict(
            connection.execute(
                select(Redemption.id, Coupon.hint).join(Coupon, Coupon.id == Redemption.coupon_id)
            ).all()
        )
        seated = dict(
            connection.execute(
                select(Activation.id, Infobase.uid).join(
                    Infobase, Infobase.id == Activation.infobase_id
                )
            ).all()
        )
    told = {str(found): hint[-5:] for found, hint in redeemed.items()}
    told |= {str(found): str(uid) for found, uid in seated.items()}
    for act in done:
        asked = act.body.get("coupon", "")[-5:] or act.body["infobase"]["id"]
        assert told[act.result] == asked


def require_once_each(stage, done):
    """No row that nobody was told of, and one event for each: nothing was done twice."""
    redeemed = [act for act in done if act.path == "redemptions"]
    seated = [act for act in done if act.path == "activations"]
    first = 2  # the redemptions that gave both keys the product
    assert stage.count(Redemption) == stage.count(EntitlementChange) == len(redeemed) + first
    assert stage.count(Coupon, Coupon.redemption_count == 1) == len(redeemed) + first
    assert stage.events("coupon.redeemed") == len(redeemed) + first
    assert stage.count(Activation) == len({act.result for act in seated}) == len(seated)
    with stage.engine.connect() as connection:
        assert sum(connection.scalars(select(Entitlement.active_count))) == len(seated)
    fresh = AuditEvent.data["repeated"].as_boolean().is_(False)
    assert stage.count(AuditEvent, AuditEvent.action == "activation.created", fresh) == len(seated)
