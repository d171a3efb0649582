"""Clients of a vendor over HTTP, each in a thread, which write down what they asked and heard."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx2

from tests.factories.automation import VENDOR_API
from tests.factories.calls import PRODUCT
from tests.factories.world import bearer
from tests.faults.history import OK, UNKNOWN, Attempt
from tests.faults.shop import Shop
from tests.faults.vendor_model import CREATED, REPEATED, Operation

UNAVAILABLE = 503
PAUSE = 0.2
REASON = {"reason": "Просьба клиента"}
BODIES = {
    "suspend": REASON,
    "rotate": REASON | {"grace_hours": 72},
    "publish": {},
    "withdraw": {"withdrawn_reason_ru": "Ошибка в отчётах", "advice": "stop"},
}
MADE = {"redeem": "redemption", "activate": "activation"}


@dataclass
class Client:
    """One client: what it wishes, what it has heard, and what no server of ours may answer."""

    number: int
    shop: Shop
    chance: random.Random
    weights: Mapping[str, int]
    heard: Callable[[], None] = lambda: None
    """Called after each answer that says what became of the request."""
    attempts: list[Attempt] = field(default_factory=list)
    unknown: Operation | None = None
    """What has to be asked once more, before anything else."""
    surprises: list[str] = field(default_factory=list)
    unavailable: int = 0
    known: int = 0
    """How many answers said what became of the request."""

    def act(self, http: httpx2.Client, url: str) -> bool:
        """One request, the unknown one first; says whether there was an answer."""
        told = self.unknown or self.shop.wish(self.chance, self.weights)
        request_id = f"history-{self.number:02}-{len(self.attempts):05}"
        attempt = Attempt(self.number, request_id, told, time.monotonic())
        self.attempts.append(attempt)
        self.unknown = told
        try:
            answer = self._send(http, url, attempt)
        except httpx2.TransportError:
            return False
        self._hear(attempt, answer)
        if attempt.said != UNKNOWN:
            self.unknown, attempt.answered = None, time.monotonic()
            self.known += 1
            self.heard()
        return True

    def _send(self, http: httpx2.Client, url: str, attempt: Attempt) -> httpx2.Response:
        told, act = attempt.told, attempt.told["act"]
        headers = {"X-Request-Id": attempt.request_id}
        if act in MADE:
            path, body = self._own(told)
            headers |= bearer(self.shop.codes[told["key"]])
            return http.post(f"{url}/api/v1/{path}", json=body, headers=headers)
        if act == "release":
            headers |= bearer(self.shop.codes[told["key"]])
            return http.delete(f"{url}/api/v1/activations/{told['activation']}", headers=headers)
        noun = f"releases/{told['release']}" if "release" in told else f"license-keys/{told['key']}"
        headers |= bearer(self.shop.token)
        place = f"{url}{VENDOR_API}/{noun}/{act}"
        return http.post(place, json=BODIES.get(act), headers=headers)

    @staticmethod
    def _own(told: Operation) -> tuple[str, dict[str, object]]:
        """What an agent asks with the key."""
        if told["act"] == "redeem":
            return "redemptions", {"coupon": told["coupon"]}
        infobase = {"id": told["infobase"], "label": "База", "kind": "file"}
        body = {"product": PRODUCT, "infobase": infobase, "machine": "PC"}
        return "activations", body | {"windows_user": "user", "agent_version": "1.0.0"}

    def _hear(self, attempt: Attempt, answer: httpx2.Response) -> None:
        """What the answer says; a 503 says as little as none, but it says when to come again."""
        if answer.status_code == UNAVAILABLE:
            self.unavailable += 1
            self._require_polite(answer)
        elif answer.is_server_error:
            self.surprises.append(f"{attempt}: {answer.status_code} {answer.text[:500]}")
        elif answer.is_success:
            self._succeed(attempt, answer)
        else:
            attempt.said = answer.json()["code"]

    def _require_polite(self, answer: httpx2.Response) -> None:
        kind, wait = (answer.headers.get(name, "") for name in ("content-type", "retry-after"))
        if kind != "application/problem+json" or not wait.isdigit():
            self.surprises.append(f"503 {kind} Retry-After: {wait}")

    def _succeed(self, attempt: Attempt, answer: httpx2.Response) -> None:
        told, act = attempt.told, attempt.told["act"]
        attempt.said = OK
        if act in MADE:
            found = answer.json()[MADE[act]]
            attempt.said = CREATED if answer.status_code == 201 else REPEATED
            attempt.made = found["id"]
        if act == "redeem":
            attempt.until = found["effects"][-1]["after"]["valid_until"]
        if act == "activate":
            self.shop.seats.append((found["id"], told["key"]))
        if act == "rotate":
            self.shop.codes[told["key"]] = answer.json()["code"]


class Clients:
    """Several of them at once."""

    def __init__(self, shop: Shop, count: int, weights: Mapping[str, int], seed: int) -> None:
        self.answers, self._changed = 0, threading.Condition()
        self.all = [
            Client(number, shop, random.Random(f"{seed} {number}"), weights, self._one)  # noqa: S311
            for number in range(count)
        ]

    def until(self, over: threading.Event, url: str) -> list[threading.Thread]:
        """All act until that is over, or the server gone; who is asked to wait waits a little."""

        def live(client: Client) -> None:
            with httpx2.Client(timeout=60) as http:
                while not over.is_set() and client.act(http, url):
                    if client.unknown:
                        over.wait(PAUSE)

        return self.each(live)

    def each(self, act: Callable[[Client], None]) -> list[threading.Thread]:
        """What every client does, in a thread of its own."""
        threads = [threading.Thread(target=act, args=(client,)) for client in self.all]
        for thread in threads:
            thread.start()
        return threads

    def wait_for(self, more: int) -> None:
        """Returns when so many more answers have come."""
        with self._changed:
            enough = self.answers + more
            assert self._changed.wait_for(lambda: self.answers >= enough, timeout=120)

    @property
    def attempts(self) -> Sequence[Attempt]:
        return [attempt for client in self.all for attempt in client.attempts]

    @property
    def surprises(self) -> list[str]:
        return [said for client in self.all for said in client.surprises]

    def settle(self, url: str) -> list[int]:
        """The last unknown outcomes, asked for again; how often each client had to ask."""
        return [self._settled(client, url) for client in self.all]

    @staticmethod
    def _settled(client: Client, url: str) -> int:
        asked = 0
        with httpx2.Client(timeout=60) as http:
            while client.unknown:
                client.act(http, url)
                asked += 1
                assert asked < 10, client.attempts[-1]
        return asked

    def _one(self) -> None:
        with self._changed:
            self.answers += 1
            self._changed.notify_all()


def ended(threads: Sequence[threading.Thread]) -> None:
    """Waits for all of them."""
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
