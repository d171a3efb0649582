"""Every page at 100,000 keys and 1,000,000 events: few statements, each by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text

from app.kit.config import Settings
from app.kit.db import UnitOfWork
from tests.browser.pages import FIXED, PAGES, VARIANTS
from tests.browser.site import Site, furnish
from tests.factories.application import an_app
from tests.factories.crowd import make_crowd
from tests.factories.crowd_rows import LARGE, PAGE
from tests.factories.kit import a_kit
from tests.factories.people import HERE
from tests.factories.plans import Told, blocks, faults_of, told

pytestmark = pytest.mark.long

BLOCKS = 4_100
"""What one statement may read: a count goes to its cap of 1,001 rows, each in its own block, and
may ask of each what its customer or its products say, by an index of three levels."""
STATEMENTS = 22
BUDGETS = {
    "/cabinet": 29,
    "/cabinet?days=365": 29,
    "/cabinet?days=365&product=warehouse-helper": 29,
    "/cabinet/coupons/generate?like={batch_id}": 27,
    "/cabinet/redemptions/{redemption_id}/reverse": 36,
    "/cabinet/support/activation/{activation_id}": 38,
    "/cabinet/support/key/{key_id}?{day}": 24,
}
"""The first page has charts and warnings; one more coupon like another tells what the key that it
is for holds; a reversal is rehearsed; a seat's story is told for three keys; days have to be found
in the log."""
SUMS = {
    "/cabinet": 4_500,
    "/cabinet?days=365": 4_500,
    "/cabinet?days=365&product=warehouse-helper": 9_000,
    "/cabinet/customers?has_expiring=true": 4_000,
    "/cabinet/customers?sort=-company&has_expiring=true": 4_000,
    "/cabinet/extensions": 1_000,
    "/cabinet/configurations": 5_000,
    "/cabinet/releases/{release_id}/compatibility": 5_000,
    "/cabinet/releases/{draft_id}/compatibility": 5_000,
    "/cabinet/releases/{release_id}/audience": 9_000,
    "/cabinet/releases/{release_id}/audience?show=compatible": 9_000,
    "/cabinet/releases/{release_id}/publish": 9_000,
    "/cabinet/releases/{draft_id}/publish": 9_000,
    "/cabinet/releases/{paused_id}/publish": 9_000,
}
"""Pages that add up all keys or infobases, each table read once: blocks that is."""
RARE = "/cabinet/license-keys?product=p7"
"""A product that few keys hold: the planner takes it for one that many do."""
SUMS |= {RARE: 5_000}
OF_NO_BATCH = ("/cabinet/coupons?product=p7", "/cabinet/coupons?product=unsold")
"""No batch is about these."""
SUMS |= dict.fromkeys(OF_NO_BATCH, 300)
STORY = "/cabinet/support/key/{key_id}?code=NOBODY_HAS_IT"
"""Looked for in all 10,000 events of the key."""
SUMS |= {STORY: 24_000}
OF_STATES = {
    "/cabinet/license-keys?status=suspended": 2_000,
    "/cabinet/license-keys?status=empty": 500,
    "/cabinet/license-keys?status=expiring": 2_500,
    "/cabinet/license-keys?status=blocked": 2_000,
}
"""States that the key itself or its customer decides. Of 2,145 keys with an end soon the planner
gathers each, or looks for a page of them among the newest."""
SUMS |= OF_STATES
OF_INSTALLED = (
    "/cabinet/installations?outcome=rollback_failed",
    "/cabinet/installations?code=INFOBASE_LOCKED",
    "/cabinet/installations?version=9.9.9",
    "/cabinet/installations?version=0.77",
    "/cabinet/installations?configuration_name=Нет",
    "/cabinet/installations?extension=e7",
    "/cabinet/installations?{day}",
)
"""What is installed and what was reported are looked through in the same ways."""
FILTERS = (
    *OF_STATES,
    "/cabinet/customers?sort=-company",
    "/cabinet/customers?sort=-created_at",
    "/cabinet/customers?q=клиент+777",
    "/cabinet/customers?status=blocked",
    "/cabinet/customers?responsible=Менеджер+7",
    "/cabinet/customers?distributor_id={distributor_id}",
    "/cabinet/customers?has_expiring=true",
    "/cabinet/customers?email=a77@example.com",
    "/cabinet/license-keys?hint=00ABC",
    "/cabinet/license-keys?status=active",
    "/cabinet/license-keys?product=warehouse-helper",
    RARE,
    "/cabinet/license-keys?expires_from=2026-01-01&expires_to=2999-01-01",
    "/cabinet/license-keys?has_free_seats=true",
    "/cabinet/license-keys?is_legacy=true",
    "/cabinet/coupons?hint=00ABC",
    "/cabinet/coupons?status=disabled",
    "/cabinet/coupons?preset=extend_trial",
    "/cabinet/coupons?product=warehouse-helper",
    *OF_NO_BATCH,
    "/cabinet/coupons?invoice_number=С-77",
    "/cabinet/coupons?{day}",
    "/cabinet/coupons?bound_key_id={key_id}",
    "/cabinet/coupons?bound_customer_id={customer_id}",
    "/cabinet/coupons/batches?{day}",
    "/cabinet/downloads?status=started",
    "/cabinet/downloads?status=aborted&{day}",
    "/cabinet/downloads?extension=e7",
    "/cabinet/downloads?extension=idle",
    "/cabinet/downloads?key_id={key_id}",
    "/cabinet/downloads?customer_id={customer_id}",
    "/cabinet/downloads?release_id={draft_id}",
    "/cabinet/downloads?ip=198.51.7.0/24",
    "/cabinet/downloads?{day}",
    *OF_INSTALLED,
    "/cabinet/installations/reports?operation=repair",
    *(each.replace("?", "/reports?") for each in OF_INSTALLED),
    "/cabinet/audit?action=vendor.created",
    "/cabinet/audit?ip=198.51.7.0/24",
    "/cabinet/audit?request_id=request-77777",
    "/cabinet/audit?subject_id={key_id}",
    "/cabinet/audit?actor_id={key_id}",
    "/cabinet/audit?{day}",
    "/cabinet/audit?cursor=500000",
    "/cabinet/support/key/{key_id}?{day}",
    STORY,
    "/cabinet/support/address/198.51.7.0",
    "/cabinet/support/request/request-77777",
)
DAY = {"day": "created_from=2026-01-01&created_to=2026-01-02"}


@dataclass(frozen=True)
class Desk:
    """Somebody's cabinet over a database."""

    engine: Engine
    site: Site
    client: TestClient
    known: dict[str, list[Told]] = field(default_factory=dict)

    def statements(self, path: str) -> list[Told]:
        """What a page asks the database, once it knows what processes remember."""
        if path not in self.known:
            filled = path.format_map(dict(self.site.ids) | FIXED | DAY)
            self.client.get(filled)
            with told(self.engine) as self.known[path]:
                answer = self.client.get(filled)
            assert answer.status_code == 200, (filled, answer.status_code)
            # once a minute, on whatever page it falls
            self.known[path][:] = [each for each in self.known[path] if not is_touch(each)]
        return self.known[path]


def is_touch(each: Told) -> bool:
    """A session is told that its person is there still."""
    return each.statement.startswith("UPDATE user_sessions SET last_seen_at=")


@contextmanager
def furnished(cluster, name: str, folder, *, crowd: bool) -> Iterator[Desk]:
    """A database of its own with one thing of every kind, or with very many."""
    url = cluster.clone(name)
    engine = create_engine(url)
    kit = a_kit(Settings(environment="test", data=folder, totp_required=False))
    with UnitOfWork(engine, kit=kit) as session:
        site = furnish(session)
        session.commit()
    if crowd:
        fill(engine, site)
    with TestClient(an_app(engine, kit), headers=HERE) as client:
        client.cookies.set("podkluch_dev", site.cookies["light-en"])
        yield Desk(engine, site, client)
    engine.dispose()
    cluster.drop(url)


def fill(engine: Engine, site: Site) -> None:
    """More than a page of everything, and very much of what grows."""
    with engine.begin() as connection:
        make_crowd(connection, site.ids)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("VACUUM ANALYZE"))


@pytest.fixture(scope="module", autouse=True)
def quiet(cluster, worker_id, tmp_path_factory) -> dict[str, int]:
    """How many statements each page takes where there is one row of each kind, or two.

    Counted before all else, for the application is over one database at a time.
    """
    folder = tmp_path_factory.mktemp("quiet")
    with furnished(cluster, f"{worker_id}_quiet", folder, crowd=False) as desk:
        return {path: len(desk.statements(path)) for path in (*PAGES, *VARIANTS)}


@pytest.fixture(scope="module")
def crowded(cluster, worker_id, tmp_path_factory) -> Iterator[Desk]:
    """The cabinet of a vendor with a crowd."""
    folder = tmp_path_factory.mktemp("crowd")
    with furnished(cluster, f"{worker_id}_crowd", folder, crowd=True) as desk:
        yield desk


@pytest.mark.parametrize("path", [*PAGES, *VARIANTS, *FILTERS])
def test_a_page_stays_within_its_budget_and_reads_by_indexes(crowded, path):
    seen = crowded.statements(path)
    assert len(seen) <= BUDGETS.get(path, STATEMENTS), len(seen)
    with crowded.engine.connect() as connection:
        for each in seen:
            if each.statement.startswith(("SELECT", "WITH")):
                plan = each.plan(connection)
                assert blocks(plan) <= SUMS.get(path, BLOCKS), each.statement
                assert path in SUMS or not list(faults_of(plan, LARGE)), each.statement


@pytest.mark.parametrize("path", [*PAGES, *VARIANTS])
def test_no_page_takes_a_statement_for_each_row(quiet, crowded, path):
    assert len(crowded.statements(path)) - quiet[path] < PAGE // 2


def test_a_scan_of_a_whole_table_and_a_large_sort_are_noticed(crowded):
    through = Told("SELECT count(*) FROM license_keys WHERE comment <> ''", {})
    sort = Told("SELECT id FROM license_keys WHERE comment = '' ORDER BY hint, id", {})
    with crowded.engine.connect() as connection:
        connection.execute(text("SET max_parallel_workers_per_gather = 0"))
        assert list(faults_of(through.plan(connection), LARGE)) == ["reads through license_keys"]
        assert any(fault.startswith("sorts") for fault in faults_of(sort.plan(connection), LARGE))
