"""Lists of keys by what they hold, and the names by which seats are found."""

import uuid
from datetime import date

import psycopg
import pytest
from sqlalchemy import insert, update

from app.audit.actor import SYSTEM
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.customers.models import Customer
from app.kit import migrate
from app.kit.db import new_id
from app.licensing.models import Entitlement, LicenseKey, LicenseKeyCode
from app.licensing.queries import lists
from app.licensing.schemas.views import ListKeys
from tests.factories.clock import day

pytestmark = pytest.mark.usefixtures("noon")
BEFORE = "2026_11_22_alarms"
HELD = """
INSERT INTO entitlements (id, vendor_id, created_at, key_id, product_id, status, source, starts_on,
    active_count, channel, is_trial, row_version)
VALUES (%(id)s, %(id)s, now(), %(key)s, %(product)s, 'active', 'manual', now(), 1, 'stable',
    false, 1)
"""
SEAT = """
INSERT INTO activations (id, vendor_id, created_at, entitlement_id, infobase_id, machine,
    windows_user, status, last_seen_at)
VALUES (%(id)s, %(id)s, now(), %(id)s, %(id)s, '', '', 'active', now())
"""
NAMES = "SELECT key_id, product_id FROM activations"


@pytest.fixture
def hold(world, session):
    """Puts a product into a key until some day."""
    row = {"vendor_id": world.vendor.id, "created_at": session.now(), "source": "manual"}
    row |= {"starts_on": day(0), "channel": "stable", "is_trial": False, "active_count": 0}

    def run(key, product, until: date | None, status: str = "active") -> None:
        told = {"id": new_id(), "key_id": key.id, "product_id": product.id, "row_version": 1}
        told |= {"valid_until": until, "status": status}
        session.connection().execute(insert(Entitlement.__table__).values(row | told))
        session.commit()

    return run


@pytest.fixture
def another(world, session):
    command = CreateProduct(code="aaa-first", name="Ценники", default_term={"days": 30})
    made = create_product(session, world.vendor.id, command, actor=SYSTEM)
    session.commit()
    return made


@pytest.fixture
def find(world, session):
    """The keys of all pages of one row each, and their number."""

    def run(**asked) -> list:
        found, cursor = [], None
        while not found or cursor:
            wish = ListKeys(**asked, limit=1, cursor=cursor)
            page = lists.keys_looked_for(session, world.vendor.id, wish)
            found, cursor = [*found, *page.rows], page.next_cursor
            if not page.rows:
                break
        number = lists.keys_count(session, world.vendor.id, ListKeys(**asked))
        assert number == len(found)
        return [key.id for key in found]

    return run


def become(session, model, row_id: uuid.UUID, status: str) -> None:
    table = model.__table__
    changed = update(table).where(table.c.id == row_id).values(status=status)
    session.connection().execute(changed)
    session.expire_all()


def test_a_key_with_two_such_products_is_found_once(world, hold, another, find):
    newer, _ = world.another_key()
    for key in (world.key, newer):
        hold(key, world.product, day(10))
        hold(key, another, day(12))
    assert find(expires_from=day(10), expires_to=day(12)) == [newer.id, world.key.id]
    assert find(product=another.code) == [newer.id, world.key.id]
    assert find(product=another.code, expires_to=day(11)) == []
    assert find(expires_from=day(13)) == []


def test_what_was_withdrawn_or_has_no_end_does_not_end(world, hold, another, find):
    hold(world.key, world.product, day(10), "withdrawn")
    hold(world.key, another, None)
    assert find(expires_from=day(0)) == find(expires_to=day(99)) == []
    assert find(product=world.product.code) == []
    assert find(product=another.code) == [world.key.id]


def test_another_condition_narrows_the_keys_of_a_product(world, session, hold, find):
    newer, _ = world.another_key()
    for key in (world.key, newer):
        hold(key, world.product, day(10))
    become(session, LicenseKey, newer.id, "suspended")
    asked = {"product": world.product.code, "expires_to": day(10)}
    assert find(**asked, status="suspended") == [newer.id]
    assert find(**asked, status="expiring") == [world.key.id]
    assert find(**asked, is_legacy=True) == []


def test_keys_are_found_by_where_their_codes_are_from(world, session, find):
    newer, _ = world.another_key()
    assert find(is_legacy=False) == [newer.id, world.key.id]
    codes = LicenseKeyCode.__table__
    legacy = update(codes).where(codes.c.key_id == newer.id).values(kind="legacy")
    session.connection().execute(legacy)
    assert find(is_legacy=True) == [newer.id]
    assert find(is_legacy=False) == [world.key.id]


def test_keys_of_blocked_customers_are_found_however_many_these_are(
    world, session, find, monkeypatch
):
    newer, _ = world.another_key(world.another_customer())
    for each in (world.key, newer):
        become(session, Customer, each.customer_id, "blocked")
    assert find(status="blocked") == [newer.id, world.key.id]
    monkeypatch.setattr("app.licensing.queries.keystates.CAP", 1)
    assert find(status="blocked") == [newer.id, world.key.id]
    assert find(status="empty") == []


def told(url: str) -> dict[str, uuid.UUID]:
    """A product in a key, and a seat of it that the release before takes."""
    ids = {"id": new_id(), "key": new_id(), "product": new_id()}
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # of nobody's
        connection.execute(HELD, ids)
        connection.execute(SEAT, ids)
    return ids


def test_a_seat_is_named_whatever_release_takes_it(clone_database):
    url = clone_database()
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE activations ENABLE ALWAYS TRIGGER name_seat")
    ids = told(url)
    with psycopg.connect(url) as connection:
        assert connection.execute(NAMES).fetchall() == [(ids["key"], ids["product"])]


def test_the_seats_that_there_were_are_named(clone_database):
    url = clone_database()
    migrate.downgrade(url, BEFORE)
    ids = told(url)
    migrate.upgrade(url)
    with psycopg.connect(url) as connection:
        assert connection.execute(NAMES).fetchall() == [(ids["key"], ids["product"])]
