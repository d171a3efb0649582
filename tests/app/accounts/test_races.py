"""What works once works once, however many come at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from app.accounts.models import LinkPurpose, Membership, User
from app.accounts.problems import LastOwner, LinkInvalid, OtpInvalid, SetupDone
from app.accounts.schemas.people import SetPassword, SetUp
from app.accounts.service import links, own_account, people, second_factors, sessions
from app.accounts.service.viewers import Viewer, identify
from app.audit.actor import Caller
from app.kit.db import Kit, UnitOfWork, make_engine, transaction
from app.kit.problems import Problem
from tests.factories.people import PASSWORD, Person, a_person
from tests.factories.world import make_world

pytestmark = pytest.mark.usefixtures("noon")
AT_ONCE = 4


@dataclass
class Server:
    """A database of this test's own, with real commits."""

    engine: Engine
    kit: Kit

    def race(self, *acts: Callable[[UnitOfWork], object]) -> list[str]:
        """Begins all at once, each in a transaction of its own; `ok` or the refusal of each."""
        start = Barrier(len(acts))

        def run(act: Callable[[UnitOfWork], object]) -> str:
            start.wait()
            try:
                with transaction(self.engine, self.kit) as session:
                    act(session)
            except Problem as problem:
                return problem.code
            return "ok"

        with ThreadPoolExecutor(len(acts)) as pool:
            return sorted(pool.map(run, acts))


@pytest.fixture
def server(clone_database, settings, kit) -> Iterator[Server]:
    engine = make_engine(clone_database(), settings)
    yield Server(engine, kit)
    engine.dispose()


def made(server: Server, *names: str, factor: bool = False) -> list[Person]:
    """Owners of a fresh vendor."""
    with transaction(server.engine, server.kit) as session:
        vendor = make_world(session, root=False).vendor
        return [
            a_person(session, vendor.id, "owner", factor=factor, email=f"{name}@example.com")
            for name in names
        ]


def once(refused: type[Problem]) -> list[str]:
    return sorted([*[refused.code] * (AT_ONCE - 1), "ok"])


def test_a_code_opens_once(server):
    [owner] = made(server, "first", factor=True)
    with transaction(server.engine, server.kit) as session:
        code = owner.code(session)
    told = server.race(*[lambda s: second_factors.use(s, owner.id, code)] * AT_ONCE)
    assert told == once(OtpInvalid)


def test_a_recovery_code_opens_once(server):
    [owner] = made(server, "first", factor=True)
    code = owner.recovery_codes[0]
    told = server.race(*[lambda s: second_factors.use(s, owner.id, code)] * AT_ONCE)
    assert told == once(OtpInvalid)


def test_a_link_works_once(server):
    [owner] = made(server, "first")
    with transaction(server.engine, server.kit) as session:
        fresh = links.make(session, LinkPurpose.PASSWORD_RESET, owner.id, owner.vendor_id)
        session.written.clear()
        secret = fresh.address.rpartition("/")[2]
    wanted = SetPassword(password="совсем другой пароль")
    told = server.race(
        *[lambda s: own_account.reset_password(s, secret, wanted, Caller())] * AT_ONCE
    )
    assert told == once(LinkInvalid)


def test_a_fresh_server_has_one_first_owner(server):
    def owner(number: int) -> SetUp:
        told = {"slug": f"v{number}", "name": "ООО «Вектор»", "prefix": f"VEK{'ABCD'[number]}"}
        email = f"owner{number}@example.com"
        return SetUp(email=email, name="Анна", password=PASSWORD, vendor=told)

    told = server.race(
        *[lambda s, n=n: people.set_up(s, owner(n), caller=Caller()) for n in range(AT_ONCE)]
    )
    assert told == once(SetupDone)
    with transaction(server.engine, server.kit) as session:
        assert len(session.scalars(select(User)).all()) == 1


def test_two_owners_who_shut_each_other_out_leave_one(server):
    owners = made(server, "first", "second")
    seen = []
    for each in owners:
        with transaction(server.engine, server.kit) as session:
            secret = sessions.begin(session, each.id, "open", Caller())
        viewer = identify(server.engine, server.kit, secret, Caller())
        assert isinstance(viewer, Viewer)
        seen.append(viewer)
    first, second = seen
    told = server.race(
        lambda s: people.disable(s, first.vendor_id, second.user_id, by=first),
        lambda s: people.disable(s, first.vendor_id, first.user_id, by=second),
    )
    assert told == sorted([LastOwner.code, "ok"])
    with transaction(server.engine, server.kit) as session:
        assert [each.opens for each in session.scalars(select(Membership))].count(True) == 1
