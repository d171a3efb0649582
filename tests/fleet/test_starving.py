"""The database has no connection to give, or goes away under load: come again, and never a 500."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
import psycopg
import pytest
from sqlalchemy import func, select, text

from app.customers.models import Customer
from app.kit import embedded, postgres
from app.kit.db import UnitOfWork
from app.kit.migrate import upgrade
from tests.database import private_folder
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.world import FITTING, bearer, make_world
from tests.fleet.fleet import Fleet, a_client, running
from tests.waiting import until

pytestmark = [pytest.mark.s3, pytest.mark.nginx, pytest.mark.fault]

CALM, CLIENTS, PACE = 5, 6, 0.02
STOPS = {"ci": ("fast", "immediate"), "campaign": ("fast", "immediate") * 10}
SHORTAGES = {"ci": 1, "campaign": 10}
COME_AGAIN = {"BUSY", "DATABASE_UNAVAILABLE"}
FEW = 30
"""Connections that this PostgreSQL gives in all."""
PRODUCTS, CUSTOMERS = f"{VENDOR_API}/products", f"{VENDOR_API}/customers"


@dataclass
class Server:
    """A PostgreSQL that is stopped and started in its place."""

    url: str
    data: Path

    def stop(self, mode: str) -> None:
        """`fast` ends whoever is there, `immediate` is a crash that is recovered from."""
        self._control("-m", mode, "stop")

    def start(self) -> None:
        """With what it was started with before."""
        self._control("-l", self.data / "server.log", "restart")

    def _control(self, *told: str | Path) -> None:
        done, said = postgres.run(postgres.programs() / "pg_ctl", "-D", self.data, "-w", *told)
        assert done, said

    @contextmanager
    def exhausted(self) -> Iterator[None]:
        """Somebody else holds every connection there is."""
        with ExitStack() as stack:
            first = stack.enter_context(psycopg.connect(self.url, autocommit=True))
            ours = {first.info.backend_pid}
            theirs = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            while True:
                try:
                    more = stack.enter_context(psycopg.connect(self.url))
                    ours.add(more.info.backend_pid)
                except psycopg.OperationalError:
                    others = {pid for (pid,) in first.execute(theirs)} - ours
                    if not others:
                        break
                    first.execute(
                        "SELECT pg_terminate_backend(p, 1000) FROM unnest(%s) p", [list(others)]
                    )
            yield


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with private_folder() as folder, embedded.start(folder / "pg") as started:
        upgrade(started.url)
        made = Server(started.url, folder / "pg")
        with psycopg.connect(made.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET max_connections = {FEW}")
        made.start()
        yield made


@pytest.fixture(scope="module")
def fleet(server: Server, settings_of, tmp_path_factory) -> Iterator[Fleet]:
    """Two servers with four threads each."""
    settings = settings_of("moto", download_mode="redirect", threads=4)
    with running(server.url, settings, tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet
    # The database of this module ends with it, and nothing has to be taken back.


@dataclass
class Vendor:
    """Whose program and agent come again and again."""

    token: str
    key: str


@pytest.fixture(scope="module")
def vendor(fleet: Fleet) -> Vendor:
    with UnitOfWork(fleet.engine, kit=fleet.kit) as session:
        world = make_world(session)
        made = Vendor(a_token(session, world.vendor.id), world.code)
        session.commit()
    fleet.engine.dispose()
    return made


def requests(client: httpx2.Client, vendor: Vendor) -> list[Callable[[], httpx2.Response]]:
    """One of each kind: a list, a change, and the two that agents send all day."""
    told = {"company": "ООО «Раз»", "email": "once@example.com"}
    crm, agent = bearer(vendor.token), bearer(vendor.key)
    return [
        partial(client.get, PRODUCTS, headers=crm),
        partial(client.post, CUSTOMERS, json=told, headers=crm),
        partial(client.post, "/api/v1/offers", json=FITTING, headers=agent),
        partial(client.post, "/api/v1/license-checks", json=FITTING, headers=agent),
    ]


def require_come_again(answer: httpx2.Response) -> None:
    """The only refusal that a missing database may lead to."""
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] in COME_AGAIN
    assert int(answer.headers["retry-after"]) >= 1


def is_well(client: httpx2.Client, vendor: Vendor) -> bool:
    """Whether every request succeeds."""
    return all(send().is_success for send in requests(client, vendor))


def require_well(fleet: Fleet, vendor: Vendor) -> None:
    """Soon every request of either server succeeds again, and nobody was restarted."""
    pids = [member.pid for member in fleet.members]
    for member in fleet.members:
        with a_client(member.url) as client:
            until(partial(is_well, client, vendor))
    assert [member.pid for member in fleet.members] == pids


def test_a_server_that_gets_no_connection_says_come_again(fleet, server, vendor, pytestconfig):
    require_well(fleet, vendor)
    for _ in range(SHORTAGES[pytestconfig.getoption("--fault-profile")]):
        with server.exhausted(), a_client(fleet.nginx.url) as client:
            for _ in range(4):
                for send in requests(client, vendor):
                    require_come_again(send())
        require_well(fleet, vendor)


def test_more_requests_than_connections_wait_or_come_again(fleet, vendor):
    """Nobody gets at a table for a while; each server has four threads and forty requests."""
    with ExitStack() as stack:
        clients = [stack.enter_context(a_client(member.url)) for member in fleet.members] * 10
        pool = stack.enter_context(ThreadPoolExecutor(80))
        holder = stack.enter_context(fleet.engine.connect())
        holder.execute(text("LOCK TABLE vendors, api_tokens, license_key_codes"))
        asked = [pool.submit(send) for client in clients for send in requests(client, vendor)]
        first = next(as_completed(asked)).result()
        holder.rollback()
        answers = [each.result() for each in asked]
    fleet.engine.dispose()
    require_come_again(first)
    assert len(answers) == 80
    for answer in answers:
        if not answer.is_success:
            require_come_again(answer)
    require_well(fleet, vendor)


@dataclass
class Load:
    """Programs that make customers all the time, each with a key of its own."""

    url: str
    token: str
    over: threading.Event = field(default_factory=threading.Event)
    acknowledged: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    refused: list[httpx2.Response] = field(default_factory=list)

    def work(self, number: int) -> None:
        """Until it is over, and then once more for whatever was left open."""
        with a_client(self.url) as client:
            count = 0
            while not self.over.wait(PACE):
                count += 1
                self._make(client, f"{number}-{count}")
            for name in [name for name in self.unknown if name.startswith(f"{number}-")]:
                while not self._make(client, name):
                    pass

    def _make(self, client: httpx2.Client, name: str) -> bool:
        told = {"company": name, "email": "load@example.com"}
        headers = bearer(self.token) | {"Idempotency-Key": name}
        answer = client.post(CUSTOMERS, json=told, headers=headers)
        if answer.status_code == 201:
            self.acknowledged[name] += 1
        else:
            self.unknown[name] += 1
            self.refused.append(answer)
        return answer.status_code == 201

    def require_more(self) -> None:
        """Waits until so many more were acknowledged."""
        wanted = self.acknowledged.total() + CALM * CLIENTS
        until(
            lambda: self.acknowledged.total() >= wanted,
            lambda: Counter(each.text for each in self.refused),
        )


@pytest.mark.fault(minutes=2)
def test_a_database_that_is_restarted_under_load_loses_nothing(
    fleet, server, vendor, pytestconfig, figures
):
    load = Load(fleet.nginx.url, vendor.token)
    pids = [member.pid for member in fleet.members]
    with ThreadPoolExecutor(CLIENTS) as pool, a_client(fleet.nginx.url) as client:
        working = [pool.submit(partial(load.work, number)) for number in range(CLIENTS)]
        try:
            for mode in STOPS[pytestconfig.getoption("--fault-profile")]:
                load.require_more()
                server.stop(mode)
                for send in requests(client, vendor):
                    require_come_again(send())
                server.start()
                load.require_more()
        finally:
            load.over.set()
        for each in working:
            each.result()
    bare = sum(answer.status_code != 503 for answer in load.refused)
    figures("bare_5xx", bare, of=len(load.refused))
    for answer in load.refused:
        require_come_again(answer)
    with fleet.engine.connect() as connection:
        names = select(Customer.company).where(Customer.email == "load@example.com")
        kept = Counter(connection.scalars(names))
        doubled = select(func.count()).where(Customer.company.in_(load.acknowledged))
        assert connection.scalar(doubled) == len(load.acknowledged)
    lost = len(load.acknowledged.keys() - kept.keys())
    figures("acknowledged_lost", lost, of=len(load.acknowledged))
    assert kept == Counter(load.acknowledged.keys())
    assert [member.pid for member in fleet.members] == pids
