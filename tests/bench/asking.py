"""What the load asks: plans of requests over the keys of a dataset, and what must be answered."""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from tests.bench.load import Request, request
from tests.bench.measure import BrokenRunError
from tests.bench.numbering import Scale, environment_of, held_by, ident, is_blocked, lines_of
from tests.bench.store import Base

API = "/api/v1"
FULL = 0.95
"""The share of answers that must hold something."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A key that asks, with what its answers must say."""

    key: int
    blocked: bool
    products: frozenset[str]
    """Codes of what it holds."""
    best: frozenset[str]
    """`extension version` of what it is offered first."""


def keys(scale: Scale, number: int, seed: int = 7) -> list[int]:
    """Keys from the whole space, any of them as likely as another."""
    dice = random.Random(seed)  # noqa: S311 - every run asks the same
    return [dice.randint(1, scale.keys) for _ in range(number)]


def expected(scale: Scale, key: int) -> Asked:
    """By the numbers of the dataset alone."""
    lines = lines_of(scale.vendor_of(key))
    steps = [1 + line - lines[0] for line in held_by(scale, key)]
    version = f"1.{environment_of(scale, key).ordinal}"
    return Asked(
        key,
        is_blocked(key),
        frozenset(f"p{step}" for step in steps),
        frozenset(f"e{step} {version}" for step in steps),
    )


def infobase(key: int) -> str:
    """The infobase of a key, as its agent names it."""
    return str(ident("41", key))


def check(base: Base, key: int, uid: str = "") -> Request:
    """A licence check; a blocked key is answered as well."""
    body = {"infobase": {"id": uid or infobase(key)}}
    return request("POST", f"{API}/license-checks", base.dataset.code(key), body)


def offers(base: Base, key: int) -> Request:
    """What fits the infobase of a key; a blocked key is refused."""
    scale = base.dataset.scale
    environment = environment_of(scale, key)
    body = {
        "configuration": {"name": environment.configuration, "version": environment.version},
        "platform_version": "8.3.25.1286",
        "infobase": {"id": infobase(key)},
        "installed": [],
    }
    status = 403 if is_blocked(key) else 200
    return request("POST", f"{API}/offers", base.dataset.code(key), body, status=status)


ROUTES = {"check": check, "offers": offers}


def sending(wanted: Request) -> dict[str, object]:
    """A request of a plan, as another client takes it."""
    head, _, content = wanted.text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split()
    headers = dict(line.split(": ", 1) for line in lines)
    return {"method": method, "url": path, "headers": headers, "content": content.encode()}


def sent(client: httpx2.Client, wanted: Request) -> httpx2.Response:
    """The answer to a request of a plan."""
    return client.request(**sending(wanted))


def compare(base: Base, url: str, sample: Sequence[int]) -> float:
    """Answers against what the dataset's numbers say; the share that holds something."""
    full = 0
    with httpx2.Client(base_url=url, timeout=60) as client:
        for key in sample:
            told = expected(base.dataset.scale, key)
            checked = sent(client, check(base, key)).json()
            listed = sent(client, offers(base, key))
            _require(_check_says(checked, told), "check", key, checked)
            _require(_offers_say(listed, told), "offers", key, listed.json())
            full += not told.blocked
    share = full / len(sample)
    if share < FULL:
        raise BrokenRunError(f"only {share:.0%} of the answers hold something")
    return share


def _check_says(answer: dict, told: Asked) -> bool:
    held = {each["product"]["code"] for each in answer["entitlements"]}
    return answer["valid"] is not told.blocked and told.products <= held


def _offers_say(answer: httpx2.Response, told: Asked) -> bool:
    if told.blocked:
        return answer.status_code == 403
    rows = answer.json()["data"]
    best = {
        f"{row['extension']['code']} {row['release']['version']}" for row in rows if row["best"]
    }
    return answer.status_code == 200 and told.best <= best


def _require(holds: bool, route: str, key: int, answer: object) -> None:  # noqa: FBT001 - the claim itself
    if not holds:
        shown = json.dumps(answer, ensure_ascii=False)[:500]
        raise BrokenRunError(f"{route} of key {key} answers otherwise than it should: {shown}")


def a_fresh_infobase() -> str:
    return str(uuid.uuid4())
