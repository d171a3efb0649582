"""What a key says of its products, kept by the database, and the lists of keys by state."""

import threading
from datetime import date
from itertools import product

import psycopg
import pytest
from sqlalchemy import insert, select, update

from app.audit.actor import SYSTEM
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.kit.db import new_id
from app.licensing.models import ENDLESS, Entitlement, LicenseKey
from app.licensing.queries.checks import key_state
from app.licensing.queries.keystates import counted, in_state
from app.licensing.queries.rights import key_rights
from tests.factories.clock import day
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("noon")
LASTING, ENDED = day(365), day(-1)
PRODUCTS = {
    "withdrawn": ("withdrawn", day(-9), LASTING),
    "suspended": ("suspended", day(-9), LASTING),
    "waiting": ("active", day(1), LASTING),
    "ended": ("active", day(-9), ENDED),
    "ends today": ("active", day(-9), day(0)),
    "ends soon": ("active", day(0), day(14)),
    "lasts": ("active", day(-9), LASTING),
    "endless": ("active", day(-9), None),
}
STATES = {
    "KEY_EMPTY": "empty",
    "ENTITLEMENT_SUSPENDED": "suspended",
    "ENTITLEMENT_EXPIRED": "expired",
    "EXPIRING": "expiring",
    "ACTIVE": "active",
}
"""A key with nothing but products that have not started yet is in no list of a state."""


@pytest.fixture
def two(world, session) -> list:
    """Two products in the world's key."""
    command = CreateProduct(code="aaa-first", name="Ценники", default_term={"days": 30})
    more = create_product(session, world.vendor.id, command, actor=SYSTEM)
    session.commit()
    held = [new_id(), new_id()]
    for each, of in zip(held, (world.product, more), strict=True):
        row = {"id": each, "vendor_id": world.vendor.id, "created_at": session.now()}
        row |= {"key_id": world.key.id, "product_id": of.id, "source": "manual", "row_version": 1}
        row |= {"starts_on": day(0), "channel": "stable", "is_trial": False, "active_count": 0}
        row |= {"status": "active"}
        session.connection().execute(insert(Entitlement.__table__).values(row))
    session.commit()
    return held


def become(session, entitlement_id, name: str) -> None:
    values = dict(zip(("status", "starts_on", "valid_until"), PRODUCTS[name], strict=True))
    changed = update(Entitlement.__table__).where(Entitlement.__table__.c.id == entitlement_id)
    session.connection().execute(changed.values(values))


def found_in(session, world) -> set[str]:
    """The states whose list, and whose count, has the key."""
    keys = select(LicenseKey.id).where(LicenseKey.id == world.key.id)
    listed, numbers = set(), {}
    for state in STATES.values():
        if session.scalar(keys.where(in_state(session, world.vendor.id, state).any)):
            listed.add(state)
        numbers[state] = counted(session, world.vendor.id, state, keys)
    assert numbers == {state: int(state in listed) for state in STATES.values()}
    return listed


def test_a_key_is_in_the_list_of_its_state_whatever_its_products_are(world, session, two):
    differing = {}
    for names in product(PRODUCTS, repeat=2):
        for each, name in zip(two, names, strict=True):
            become(session, each, name)
        session.expire_all()
        badge = STATES.get(key_state(key_rights(session, world.vendor.id, world.key.id)))
        found = found_in(session, world)
        if found != ({badge} if badge else set()):
            differing[names] = badge, found
    assert differing == {}


def told(session, world) -> tuple[int, date | None, date | None]:
    query = select(LicenseKey.held, LicenseKey.lasts_until, LicenseKey.starts_last)
    return tuple(session.execute(query.where(LicenseKey.id == world.key.id)).one())


def test_a_key_knows_its_products(world, session, two):
    first, second = two
    become(session, first, "ends soon")
    become(session, second, "waiting")
    assert told(session, world) == (2, LASTING, day(1))
    become(session, second, "endless")
    assert told(session, world) == (2, ENDLESS, day(0))
    become(session, second, "suspended")
    assert told(session, world) == (2, day(14), day(0))
    become(session, first, "withdrawn")
    assert told(session, world) == (1, None, None)


KEY = """
INSERT INTO license_keys (id, vendor_id, created_at, customer_id, status, comment, hint,
    rights_version, row_version, held)
VALUES (%(key)s, %(key)s, now(), %(key)s, 'active', '', '', 0, 1, 2)
"""
HELD = """
INSERT INTO entitlements (id, vendor_id, created_at, key_id, product_id, status, source, starts_on,
    active_count, channel, is_trial, row_version)
VALUES (%(id)s, %(key)s, now(), %(key)s, %(id)s, 'active', 'manual', now(), 0, 'stable', false, 1)
"""
WITHDRAW = "UPDATE entitlements SET status = 'withdrawn' WHERE id = %s"
WAITS = "SELECT pg_blocking_pids(%s) <> '{}'"


def test_of_two_changes_at_once_the_later_sees_the_first(clone_database):
    url = clone_database()
    key, first, second = (new_id() for _ in range(3))
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # a key of nobody's
        connection.execute(KEY, {"key": key})
        for each in (first, second):
            connection.execute(HELD, {"key": key, "id": each})
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        pid = other.info.backend_pid
        one.execute(WITHDRAW, [first])
        later = threading.Thread(target=other.execute, args=(WITHDRAW, [second]))
        later.start()
        until(lambda: one.execute(WAITS, [pid]).fetchone()[0])
        one.commit()
        later.join()
        assert other.execute("SELECT held FROM license_keys").fetchone() == (0,)
