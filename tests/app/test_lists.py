"""Lists of the cabinet and of the vendor's API, each filter of them, at two sizes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, create_engine, select, text

import app.main  # noqa: F401 - so that all queries are known
from app.kit.config import Settings
from app.kit.db import Kit, make_engine
from app.kit.fields import ListQuery
from app.kit.paging import capped_sum
from app.licensing.models import LicenseKey
from app.licensing.schemas.views import AskedKeys
from tests.bench.budgets import asked
from tests.bench.dataset import Dataset, build
from tests.bench.lists import places
from tests.bench.numbering import Scale
from tests.bench.pages import KINDS, Reading, Readings, believe_large, growth, readings
from tests.bench.through import WAYS, way_of
from tests.factories.application import an_app
from tests.factories.kit import a_kit

BLOCKS, GROWTH = 150, 1.35
SMALL, LARGE = 400, 4_000
BELIEVED = 1_000_000
"""Keys that the planner is told of: it plans as for five million downloads."""


@dataclass(frozen=True)
class Own:
    """A dataset of this run's own."""

    dataset: Dataset
    kit: Kit

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        made = create_engine(self.dataset.url)
        try:
            yield made
        finally:
            made.dispose()


def read(cluster, name: str, folder, keys: int) -> Readings:
    """Every list of a vendor with so many keys."""
    url = cluster.clone(name)
    try:
        kit = a_kit(Settings(environment="test", data=folder, totp_required=False))
        dataset = build(url, Scale(keys, vendors=2, releases=200), kit)
        believe_large(url, BELIEVED // keys)
        return readings(Own(dataset, kit))
    finally:
        cluster.drop(url)


@pytest.fixture(scope="module")
def found(cluster, worker_id, tmp_path_factory) -> tuple[Readings, Readings]:
    """What each list reads at the two sizes."""
    small, large = (
        read(cluster, f"{worker_id}_lists_{keys}", tmp_path_factory.mktemp("lists"), keys)
        for keys in (SMALL, LARGE)
    )
    return small, large


def subclasses(of: type) -> Iterator[type]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_query_of_a_list_is_asked_by_some_route(kit):
    used = {place.model for place in places(an_app(None, kit))}
    assert set(subclasses(ListQuery)) - used == {AskedKeys}  # what two others have in common


@pytest.mark.parametrize("parts", [1, 2])
def test_the_counts_of_lists_are_known(session, parts):
    with asked() as seen:
        capped_sum(session, [select(LicenseKey)] * parts)
    assert [each for each in seen if KINDS["count"].search(each.text)] == seen != []


@pytest.mark.long
def test_every_list_is_found_in_few_blocks(found):
    over = {
        name: each.blocks
        for readings in found
        for name, each in readings.items()
        if each.blocks > bound(name)
    }
    assert over == {}


def bound(name: str) -> float:
    way = way_of(name)
    if way is None:
        return BLOCKS
    return float("inf") if way.blocks is None else way.blocks


@pytest.mark.long
def test_no_list_reads_through_a_table_or_sorts_one(found):
    _, large = found
    faults = {name: each.faults for name, each in large.items() if each.faults}
    assert {name: each for name, each in faults.items() if way_of(name) is None} == {}


@pytest.mark.long
def test_ten_times_the_rows_cost_a_page_no_more(found):
    small, large = found
    grown = {name: growth(small.get(name), each) for name, each in large.items()}
    assert {name: by for name, by in grown.items() if by > GROWTH and not way_of(name)} == {}


@pytest.mark.long
def test_each_reason_is_somebody_s(found):
    _, large = found
    assert {way.form for way in WAYS} == {way.form for name in large if (way := way_of(name))}


def test_a_page_that_grows_is_noticed():
    small, large = (Reading(blocks, 51, (), "") for blocks in (100, 142))
    assert growth(small, large) > GROWTH
    assert growth(Reading(100, 50, (), ""), large) == growth(None, large) == 1


def test_the_pool_has_each_list_planned_for_its_values(database_url, settings):
    engine = make_engine(database_url, settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
    engine.dispose()
