"""What a soak asks: all kinds of requests, each of them one that should succeed."""

import random
import uuid
from itertools import cycle
from typing import Any

from app.accounts.models import SessionStage
from app.accounts.service import sessions
from app.audit.actor import Caller
from app.kit.db import transaction
from tests.bench import limits
from tests.bench.asking import check, infobase, offers
from tests.bench.downloads import File, Shelf
from tests.bench.load import Request, request
from tests.bench.numbering import held_by, is_blocked, lines_of
from tests.bench.store import Base
from tests.factories.people import a_person

SHARES = {
    "check": 40,
    "offers": 25,
    "download": 10,
    "activation": 10,
    "redemption": 5,
    "page": 5,
    "list": 5,
}
"""Of a hundred requests."""
PAGES = ("/cabinet", "/cabinet/configurations", "/cabinet/products", "/cabinet/extensions")
LISTS = ("/cabinet/downloads", "/cabinet/license-keys", "/cabinet/customers", "/cabinet/audit")
AHEAD = 1_000
"""Coupons and downloads that lie ready."""


class Mix:
    """An endless row of them."""

    def __init__(self, base: Base) -> None:
        self.base, self.shelf = base, Shelf(base)
        self.dice = random.Random(1)  # noqa: S311 - every soak asks alike
        self.buyers = cycle(limits.buyers(base.dataset.scale))
        self.seated = cycle(limits.buyers(base.dataset.scale))
        self.cookie = f"podkluch_dev={signed_in(base)}"
        self.pages, self.lists = cycle(PAGES), cycle(LISTS)
        self.coupons: list[str] = []
        self.secrets: list[str] = []

    def refill(self) -> None:
        """Makes what can be used only once; for a thread beside the load."""
        if len(self.coupons) < AHEAD:
            self.coupons += limits.coupons(self.base, AHEAD)
        if len(self.secrets) < AHEAD:
            self.secrets += self.shelf.issue(File.of_dataset(1), AHEAD)

    def next(self) -> tuple[str, Request]:
        """A kind and a request of it."""
        [name] = self.dice.choices(list(SHARES), list(SHARES.values()))
        made = getattr(self, f"_{name}")
        return name, made()

    def _check(self) -> Request:
        return check(self.base, self._key())

    def _offers(self) -> Request:
        return offers(self.base, self._key())

    def _download(self) -> Request:
        return request("GET", File.of_dataset(1).path, self.secrets.pop())

    def _activation(self) -> Request:
        """The second of the key's products; the first is active already."""
        key = next(self.seated)
        scale = self.base.dataset.scale
        number = 1 + held_by(scale, key)[1] - lines_of(scale.vendor_of(key))[0]
        return limits.activation(self.base, key, infobase(key), f"p{number}")

    def _redemption(self) -> Request:
        return limits.redemption(self.base, next(self.buyers), self.coupons.pop())

    def _page(self) -> Request:
        return request("GET", next(self.pages), cookie=self.cookie)

    def _list(self) -> Request:
        return request("GET", next(self.lists), cookie=self.cookie)

    def _key(self) -> int:
        scale: Any = self.base.dataset.scale
        while is_blocked(key := self.dice.randint(1, scale.keys)):
            continue
        return key


def signed_in(base: Base) -> str:
    """A session of an owner, as fresh as the run."""
    vendor_id, name = uuid.UUID(base.dataset.site.ids["vendor_id"]), uuid.uuid4().hex[:8]
    with base.engine() as engine, transaction(engine, base.kit) as session:
        email = f"{name}@example.com"
        person = a_person(session, vendor_id, "owner", factor=False, email=email)
        stage = SessionStage.OPEN
        return sessions.begin(session, person.id, stage, Caller(), vendor_id=vendor_id, shown=True)
