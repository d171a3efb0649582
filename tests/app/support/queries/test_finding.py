"""Search: each kind by its index, only what the role may read, nothing of another vendor."""

import pytest
from sqlalchemy import select, text

from app.accounts.schemas import PERMISSIONS, Role
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.customers import service as customers
from app.customers.schemas import CreateCustomer
from app.licensing.models import Infobase
from app.support.queries.classify import classify
from app.support.queries.finding import find
from tests.factories.world import World, bearer, make_world


@pytest.fixture
def look(world, session):
    """What somebody of a role finds."""

    def find_as(pasted: str, role: Role = Role.OWNER, of: World = world):
        hits = find(session, of.vendor.id, classify(pasted), PERMISSIONS[role])
        return [(hit.kind, hit.title) for hit in hits]

    return find_as


def a_customer(world, session, **told):
    wish = CreateCustomer(company="ООО «Ёлка и партнёры»", email="elka@example.com", **told)
    return customers.create(session, world.vendor.id, wish, actor=SYSTEM)


def test_a_key_leads_to_its_key(world, look):
    assert look(world.code.lower()) == [("key", world.key.hint)]


def test_another_vendors_key_is_nothing(world, session, look):
    assert world
    assert look(make_world(session, "OTHR").code) == []


def test_a_coupon_leads_to_its_coupon(world, look):
    [code] = world.coupon()
    [(kind, hint)] = look(code)
    assert kind == "coupon"
    assert hint.endswith(code[-5:])


def test_the_last_five_symbols_are_enough(world, look):
    assert ("key", world.key.hint) in look(world.code[-5:])


def test_a_mistyped_key_asks_nobody(world, look, statements):
    wrong = world.code[:-1] + ("0" if world.code[-1] != "0" else "1")
    with statements() as seen:
        assert look(wrong) == []
    assert seen == []


@pytest.mark.parametrize("pasted", ["ёлка", "ЕЛКА ПАРТН", "7700123459", "elka@example.com"])
def test_customers_are_found_by_words_inn_and_mail(world, session, look, pasted):
    a_customer(world, session, inn="7700123459")
    assert look(pasted) == [("customer", "ООО «Ёлка и партнёры»")]


@pytest.mark.parametrize("pasted", ["+7 (495) 123-45-67", "8 495 1234567", "495 123 45 67"])
def test_a_phone_is_found_however_it_is_written(world, session, look, pasted):
    a_customer(world, session, phone="+7 495 123-45-67")
    assert look(pasted) == [("customer", "ООО «Ёлка и партнёры»")]
    assert look(pasted, Role.AUDITOR) == []


def test_an_invoice_leads_to_its_batch(world, look):
    world.coupon(invoice_number="СЧ-118")
    assert look("СЧ-118") == [("batch", "Партия")]


def test_ids_of_every_kind_lead_to_their_things(world, session, look, installer):
    release = world.release()
    installer.redeem(world.coupon()[0])
    session.commit()
    installer.redeem(world.coupon()[0])
    session.commit()
    installer.activate()
    seat = session.scalars(select(Infobase)).one()
    event = session.scalars(select(AuditEvent).limit(1)).one()
    assert look(str(world.customer.id)) == [("customer", world.customer.company)]
    assert look(str(world.key.id)) == [("key", world.key.hint)]
    assert look(str(seat.uid)) == look(str(seat.id)) == [("infobase", seat.label)]
    assert look(str(release.id)) == [("release", "2.4.0")]
    assert look(str(event.id))[0][0] == "event"


def test_a_request_leads_to_what_it_did(session, look, client, world):
    headers = bearer(world.code) | {"X-Request-Id": "from-the-screen-1"}
    client.post("/api/v1/license-checks", json={}, headers=headers)
    session.expire_all()
    assert look("from-the-screen-1") == [("request", "from-the-screen-1")]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_finds_only_what_it_may_read(world, look, role):
    may = PERMISSIONS[role]
    for pasted, needed in ((world.code, "keys.read"), (str(world.product.id), "catalog.read")):
        assert bool(look(pasted, role)) == (needed in may)


@pytest.fixture
def crowd(world, session) -> None:
    """So many customers that reading all of them is no way to find one."""
    session.execute(
        text(
            "INSERT INTO customers (id, vendor_id, created_at, company, name_norm, search_text, "
            "contact_name, phone, email, comment, status, tags, row_version) SELECT "
            "gen_random_uuid(), :vendor, now(), 'К' || n, 'к' || n, 'к' || n, '', "
            "'+7 495 ' || lpad(n::text, 7, '0'), 'k' || n || '@example.com', '', 'active', '{}', 1 "
            "FROM generate_series(1, 5000) n"
        ),
        {"vendor": world.vendor.id},
    )
    session.execute(text("ANALYZE customers"))


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("pasted", "index"),
    [
        ("к77", "ix_customers_search"),
        ("+7 495 000-12-34", "ix_customers_phone"),
        ("7700123459", "ix_customers_vendor_id_inn"),
        ("k77@example.com", "ix_customers_vendor_id_email"),
    ],
)
def test_customers_are_found_by_an_index(look, plans, pasted, index):
    with plans() as seen:
        look(pasted)
    assert any(index in plan for plan in seen), seen


@pytest.mark.parametrize("pasted", ["58J0D", "СЧ-118", "7f2c91e04b5d1122", "203.0.113.7"])
def test_nothing_is_found_by_reading_a_whole_table(look, plans, pasted):
    with plans() as seen:
        look(pasted)
    assert seen
    assert not any("Seq Scan" in plan for plan in seen), seen
