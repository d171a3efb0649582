"""Level A of lists: what finding a page of each reads at two sizes, and what no plan may do."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from fastapi.testclient import TestClient

from app.kit.db import UnitOfWork
from tests.bench.budgets import Statement, asked, exact, forbidden, plan_of
from tests.bench.dataset import LARGE
from tests.bench.lists import Place, Values, Variant, places
from tests.bench.measure import BrokenRunError, Figure
from tests.bench.store import Base
from tests.browser.pages import FIXED
from tests.factories.application import an_app
from tests.factories.automation import a_token
from tests.factories.people import HERE
from tests.factories.plans import blocks

BLOCKS, GROWTH = 150, 1.35
FULL = 51
"""Rows of a full page and the one behind it, which tells that there is a next one."""
PLAN = "force_custom_plan"
"""How the server's pool has every statement planned: see `app.kit.db.make_engine`."""
_COUNT = re.compile(r"SELECT count\(\*\) AS count_1\s+FROM \(SELECT")
_PAGE = re.compile(r"ORDER BY [^()]*LIMIT \S+\s*$")
_NEXT = re.compile(r'href="([^"]*[?&;]cursor=[^"]+)"')
_NOTHING = (404,)
"""What a page answers that names the thing it is narrowed by, where there is none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a page of a list was found, or its rows counted, at worst of the first two pages."""

    blocks: int
    rows: int
    faults: tuple[str, ...]
    text: str


Readings = dict[str, Reading]


@dataclass(slots=True)
class Reader:
    """Somebody of a vendor who opens lists, in a browser and by a program."""

    client: TestClient
    connection: psycopg.Connection
    ids: Mapping[str, str]
    token: str
    found: Readings = field(default_factory=dict)

    def read(self, variant: Variant) -> None:
        """The first page and, if there is one, the next."""
        address = variant.address(self.ids)
        for _ in range(2):
            if address := self._turn(variant, address):
                continue
            return

    def _turn(self, variant: Variant, address: str) -> str:
        own = {"Authorization": f"Bearer {self.token}"}
        headers = HERE if variant.place.is_page else own
        with asked() as seen:
            answer = self.client.get(address, headers=headers)
        if answer.status_code not in (200, *_NOTHING):
            raise BrokenRunError(f"{address}: {answer.status_code}")
        for each in seen:
            for kind, form in (("page", _PAGE), ("count", _COUNT)):
                if form.search(each.text):
                    self._note(f"{variant.name}, {kind}", each)
        if variant.place.is_page:
            link = _NEXT.search(answer.text)
            return link[1].replace("&amp;", "&") if link else ""
        cursor = answer.json().get("next_cursor")
        joint = "&" if "?" in variant.address(self.ids) else "?"
        return f"{variant.address(self.ids)}{joint}cursor={cursor}" if cursor else ""

    def _note(self, name: str, statement: Statement) -> None:
        plan = plan_of(self.connection, statement, PLAN)
        made = Reading(
            blocks(plan), int(plan["Actual Rows"]), tuple(forbidden(plan)), statement.text
        )
        known = self.found.get(name)
        if known is None or made.blocks > known.blocks:
            self.found[name] = made


def readings(base: Base) -> Readings:
    """Of every variant of every list of the main vendor."""
    ids = dict(base.dataset.site.ids) | FIXED
    with _reader(base, ids) as reader:
        values = Values.of(reader.connection, ids["vendor_id"])
        for place in places(reader.client.app):
            _warm(reader, place)
            for variant in values.variants(place):
                reader.read(variant)
        return reader.found


def _warm(reader: Reader, place: Place) -> None:
    """What a process remembers is read."""
    reader.client.get(place.path.format_map(reader.ids), headers=HERE, follow_redirects=False)


@contextmanager
def _reader(base: Base, ids: Mapping[str, str]) -> Iterator[Reader]:
    with base.engine() as engine:
        with UnitOfWork(engine, kit=base.kit) as session:
            token = a_token(session, uuid.UUID(ids["vendor_id"]))
            session.commit()
        with (
            TestClient(an_app(engine, base.kit)) as client,
            psycopg.connect(base.dataset.url, prepare_threshold=None) as connection,
        ):
            client.cookies.set("podkluch_dev", base.dataset.site.cookies["light-en"])
            yield Reader(client, connection, ids, token)


def believe_large(url: str, factor: int) -> None:
    """Lets the planner believe that the tables are so many times as long as they are."""
    told = "UPDATE pg_class SET reltuples = reltuples * %s WHERE relname = ANY(%s)"
    with psycopg.connect(url) as connection:
        connection.execute(told, [factor, list(LARGE)])


def worst(found: Readings) -> Iterator[tuple[str, Reading]]:
    """What no index alone finds, with its reason in `THROUGH`, apart."""
    return ((name, each) for name, each in found.items() if reason_of(name) is None)
