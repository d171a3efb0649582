"""G7: limits hold in any rush, before anything is timed; then redemptions against other writes."""

import uuid
from collections.abc import Iterator, Sequence

import httpx2

from app.audit.actor import SYSTEM
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches
from app.kit.db import transaction
from tests.bench.asking import API, infobase, sent
from tests.bench.budgets import exact
from tests.bench.contest import Hall, Side, cpu, rps
from tests.bench.downloads import File, Shelf
from tests.bench.load import Request, request
from tests.bench.measure import BrokenRunError, Figure
from tests.bench.numbering import Scale, is_blocked
from tests.bench.rush import Crowd
from tests.bench.servers import Server
from tests.bench.store import Base
from tests.factories.automation import a_token

PER_BATCH = 1_000
LIMITS = (1, 3, 10)
FEW, MANY = 20, 200
"""Clients of a rush, and of every 20th."""
SOLD = "warehouse-helper"
"""A product that no key of the crowd holds."""
LATE = 20
"""Downloads that are asked for after their key was suspended."""


def coupons(base: Base, number: int, most: int = 1, seats: int = 3) -> list[str]:
    """Codes of fresh coupons that may be redeemed so often each."""
    operation = {"op": "add_product", "product": SOLD, "term": {"days": 1}, "seats": seats}
    told = {"name": "bench", "operations": [operation], "max_redemptions": most}
    vendor_id = uuid.UUID(base.dataset.site.ids["vendor_id"])
    codes: list[str] = []
    with base.engine() as engine:
        while len(codes) < number:
            count = min(PER_BATCH, number - len(codes))
            wanted = GenerateCoupons.model_validate(told | {"count": count})
            with transaction(engine, base.kit) as session:
                codes += batches.generate(session, vendor_id, wanted, actor=SYSTEM).codes
    return codes


def buyers(scale: Scale) -> list[int]:
    """Keys of the main vendor that may redeem, one of each customer."""
    return [
        2 * customer
        for customer in range(1, scale.customers + 1)
        if scale.vendor_of_customer(customer) == 1
        and not is_blocked(2 * customer)
        and customer % 500 != 4  # archived
    ]


def redemption(base: Base, key: int, coupon: str) -> Request:
    """A coupon on a key, for the first time."""
    body = {"coupon": coupon}
    return request("POST", f"{API}/redemptions", base.dataset.code(key), body, status=201)


def activation(base: Base, key: int, uid: str, product: str = SOLD) -> Request:
    """A seat for an infobase."""
    body = {
        "product": product,
        "infobase": {"id": uid, "label": "База", "kind": "file"},
        "machine": "PC",
        "windows_user": "user",
        "agent_version": "1.0.0",
        "configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
        "platform_version": "8.3.25.1286",
    }
    return request("POST", f"{API}/activations", base.dataset.code(key), body, status=201)


def exactness(hall: Hall, base: Base, server: Server, rounds: int) -> Figure:
    """Seats and coupons in a rush, and downloads after a suspension; any excess ends the run."""
    hall.say(f"limits, {rounds} rounds")
    free, redeeming = buyers(base.dataset.scale), buyers(base.dataset.scale)[-MANY:]
    with Crowd(server.url, MANY) as crowd:
        for limit in LIMITS:
            share = -(-rounds // len(LIMITS))
            mine, free = free[:share], free[share:]
            sold = coupons(base, share, seats=limit)
            raced = coupons(base, share, most=limit)
            for number, (key, seats, coupon) in enumerate(zip(mine, sold, raced, strict=True)):
                clients = MANY if number % 20 == 19 else FEW
                _require(crowd.rush([redemption(base, key, seats)]), 1, 1)
                here = [activation(base, key, str(uuid.uuid4())) for _ in range(clients)]
                _require(crowd.rush(here), limit, clients)
                there = [redemption(base, each, coupon) for each in redeeming[:clients]]
                _require(crowd.rush(there), limit, clients)
        _same_infobase(crowd, base, free[0])
    late = _after_suspension(base, server)
    return exact("limits.overuse", late, rounds=2 * rounds, limits=LIMITS, late_downloads=LATE)


def _require(answers: dict[int, int], limit: int, clients: int) -> None:
    """Exactly as many as there are, everybody else refused, nobody answered by an error."""
    if answers != {status: n for status, n in ((201, limit), (409, clients - limit)) if n}:
        raise BrokenRunError(f"{clients} clients and a limit of {limit}: {dict(answers)}")


def _same_infobase(crowd: Crowd, base: Base, key: int) -> None:
    [code] = coupons(base, 1, seats=1)
    crowd.rush([redemption(base, key, code)])
    answers = crowd.rush([activation(base, key, infobase(key))] * 50)
    if set(answers) - {200, 201} or answers[201] != 1:
        raise BrokenRunError(f"one infobase, fifty times: {dict(answers)}")


def _after_suspension(base: Base, server: Server) -> int:
    """How many downloads still begin after the key was suspended: the next request refuses."""
    shelf, begun = Shelf(base), 0
    token = _token(base)
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        for secret, key_id in shelf.issued_to(File.of_dataset(1), LATE):
            body = {"reason": "benchmark"}
            path = f"{API}/vendor/license-keys/{key_id}/suspend"
            done = sent(client, request("POST", path, token, body))
            if done.status_code != 200:
                raise BrokenRunError(f"suspend: {done.status_code} {done.text[:200]}")
            path = File.of_dataset(1).path
            begun += sent(client, request("GET", path, secret)).status_code == 200
    return begun


def _token(base: Base) -> str:
    with base.engine() as engine, transaction(engine, base.kit) as session:
        return a_token(session, uuid.UUID(base.dataset.site.ids["vendor_id"]))


def figures(hall: Hall, base: Base, server: Server) -> Iterator[Figure]:
    """Redemptions against an audited insert of the usual kind, and one coupon against many."""
    number = int(400 * hall.seconds * (hall.pairs + 1))
    keys = buyers(base.dataset.scale)
    hall.say("redemptions")
    codes = coupons(base, 2 * number)
    first = _plan(hall, base, keys, codes[:number], "redemptions")
    kept = hall.client.keep("customers", _customers(base, number))
    plain = Side(server, kept, 4, number)
    found = hall.contest(Side(server, first, 4, number), plain)
    yield found.figure("coupons.redemption", rps)
    yield found.figure("coupons.redemption.cpu", cpu, "B")
    hall.say("one coupon for all")
    hot = coupons(base, len(keys) // 100 + 1, most=len(keys))
    second = _plan(hall, base, keys, codes[number:], "redemptions-2")
    one = _plan(hall, base, keys, [code for code in hot for _ in keys][:number], "hot")
    sides = Side(server, one, 4, number), Side(server, second, 4, number)
    yield hall.contest(*sides).figure("coupons.hot", rps)


def _plan(hall: Hall, base: Base, keys: Sequence[int], codes: Sequence[str], name: str) -> str:
    """Coupons on keys in turn: two neighbours never wait for one key."""
    made = [redemption(base, keys[at % len(keys)], code) for at, code in enumerate(codes)]
    return hall.client.keep(name, made)


def _customers(base: Base, number: int) -> list[Request]:
    token, path = _token(base), f"{API}/vendor/customers"
    bodies = ({"company": f"ООО «Новый {n}»", "email": "n@example.com"} for n in range(number))
    return [request("POST", path, token, body, status=201) for body in bodies]
