"""Level A of lists: what finding a page of each reads at two sizes, and what no plan may do."""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from fastapi.testclient import TestClient

from app.kit.db import UnitOfWork
from tests.bench.budgets import Statement, asked, exact, plan_of
from tests.bench.dataset import LARGE
from tests.bench.lists import Values, Variant, places
from tests.bench.measure import BrokenRunError, Figure
from tests.bench.store import Base
from tests.bench.through import reason_of
from tests.browser.pages import FIXED
from tests.factories.application import an_app
from tests.factories.automation import a_token
from tests.factories.people import HERE
from tests.factories.plans import Node, blocks, nodes

FULL = 51
"""Rows of a full page and the one behind it, which tells that there is a next one."""
LEVELS = 6
"""Blocks that one more level of some indexes costs: no growth to speak of."""
GROWING = ("coupon_batches", "eula_acceptances", "trials", *LARGE)
WHOLE, SORTED = 2_000, 1_000
"""Rows of a sequential scan and of a sort that are more than a page or a count needs."""
PLAN = "force_custom_plan"
"""How the server's pool has every statement planned: see `app.kit.db.make_engine`."""
KINDS = {
    "page": re.compile(r"ORDER BY [^()]*LIMIT \S+\s*$"),
    "count": re.compile(r"SELECT count\(\*\) AS count_1\s+FROM \(SELECT"),
}
_NEXT = re.compile(r'href="([^"]*[?&;]cursor=[^"]+)"')
_ANSWERS = (200, 404)
"""A page that names the thing which it is narrowed by is not found where there is none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a page of a list was found, or its rows counted, at worst of the pages looked at."""

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
        """The first page; of what many rows have, the next one as well."""
        behind = self._turn(variant, variant.address(self.ids))
        if behind and variant.is_long:
            self._turn(variant, behind)

    def open(self, address: str, variant: Variant) -> str:
        """What the address answers, as text."""
        own = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.get(address, headers=HERE if variant.place.is_page else own)
        if answer.status_code not in _ANSWERS:
            raise BrokenRunError(f"{address}: {answer.status_code}")
        return answer.text

    def _turn(self, variant: Variant, address: str) -> str:
        """Reads one page; the address of the next."""
        with asked() as seen:
            text = self.open(address, variant)
        for each in seen:
            for kind, form in KINDS.items():
                if form.search(each.text):
                    self._note(f"{variant.name}, {kind}", each)
        return self._next(variant, text)

    def _next(self, variant: Variant, text: str) -> str:
        if variant.place.is_page:
            link = _NEXT.search(text)
            return link[1].replace("&amp;", "&") if link else ""
        cursor = re.search(r'"next_cursor":"([^"]+)"', text)
        here = variant.address(self.ids)
        return f"{here}{'&' if '?' in here else '?'}cursor={cursor[1]}" if cursor else ""

    def _note(self, name: str, statement: Statement) -> None:
        plan = plan_of(self.connection, statement, PLAN)
        faults = tuple(faults_of(plan))
        made = Reading(blocks(plan), int(plan["Actual Rows"]), faults, statement.text)
        known = self.found.get(name)
        if known is None or made.blocks > known.blocks:
            self.found[name] = made


def faults_of(plan: Node) -> Iterator[str]:
    """Large tables that are read through, sorts of more than a page needs, pages by number."""
    for node in nodes(plan):
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE and rows > WHOLE:
            yield f"reads through {node['Relation Name']}"
        if node["Node Type"] == "Sort" and node["Plans"][0]["Actual Rows"] > SORTED:
            yield f"sorts {node['Plans'][0]['Actual Rows']:.0f} rows"


def readings(base: Base) -> Readings:
    """Of every variant of every list of the main vendor."""
    ids = dict(base.dataset.site.ids) | FIXED
    with _reader(base, ids) as reader:
        values = Values.of(reader.connection, ids["vendor_id"])
        for place in places(reader.client.app):
            reader.open(Variant("", place).address(ids), Variant("", place))  # what is remembered
            for variant in values.variants(place):
                reader.read(variant)
        return reader.found


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
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM")
        connection.execute(told, [factor, list(GROWING)])


def growth(small: Reading | None, large: Reading) -> float:
    """How much more a full page reads at the larger size; a level of an index is nothing."""
    if small is None or min(small.rows, large.rows) < FULL:
        return 1.0
    return max(large.blocks - LEVELS, small.blocks) / small.blocks


def figures(small: Readings, large: Readings) -> Iterator[Figure]:
    """Of two sizes; what is found through other tables is told apart, with its reasons."""
    direct = {name: each for name, each in large.items() if reason_of(name) is None}
    grown = {name: growth(small.get(name), each) for name, each in direct.items()}
    most = max(direct, key=lambda name: direct[name].blocks)
    yield exact("lists.blocks", direct[most].blocks, list=most, table=table(large))
    most = max(grown, key=lambda name: grown[name])
    yield exact("lists.growth", grown[most], list=most)
    faults = [f"{name}: {fault}" for name, each in direct.items() for fault in each.faults]
    yield exact("lists.forbidden", len(faults), faults=faults)
    through = {name: reason_of(name) for name in large if name not in direct}
    yield exact("lists.through", len(through), reasons=through)


def table(found: Readings) -> dict[str, int]:
    """The blocks of every list, for the documentation."""
    return {name: each.blocks for name, each in sorted(found.items())}
