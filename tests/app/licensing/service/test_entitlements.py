"""Changing rights: all operations or none, each with its row in the ledger."""

import pytest
from sqlalchemy import select, update

from app.audit.actor import SYSTEM
from app.catalog.schemas.products import CreateProduct
from app.catalog.service.products import create_product
from app.kit.problems import NotFound
from app.licensing.models import Entitlement, EntitlementChange, LicenseKey
from app.licensing.problems import (
    KeyRevoked,
    KeySuspended,
    ProductAlreadyPresent,
    TermPassed,
)
from app.licensing.schemas import AddProduct
from app.licensing.service.entitlements import apply, lock, rights_digest
from app.licensing.service.ledger import Cause
from app.licensing.service.state import rights_of
from tests.factories.clock import day
from tests.factories.world import make_world

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def change(world, session):
    """Applies operations to the world's key, as a verb does."""

    def run(*operations, key=None):
        told = [
            AddProduct.model_validate(
                {"product": "warehouse-helper", "term": {"days": 10}} | operation
            )
            for operation in operations
        ]
        key_id = (key or world.key).id
        lock(session, world.vendor.id, key_id)
        cause = Cause("manual", None)
        done = apply(session, world.vendor.id, key_id, told, cause=cause, actor=SYSTEM)
        return [effect.change for effect in done]

    return run


@pytest.fixture
def tags(world, session):
    command = CreateProduct(code="price-tags", name="Ценники", default_term={"days": 30})
    return create_product(session, world.vendor.id, command, actor=SYSTEM)


def ledger(session, product):
    return session.scalars(
        select(EntitlementChange)
        .join(Entitlement, Entitlement.id == EntitlementChange.entitlement_id)
        .where(Entitlement.product_id == product.id)
        .order_by(EntitlementChange.seq)
    ).all()


def test_the_ledger_is_one_chain_that_ends_in_the_present(world, session, change, tags):
    change({}, {"product": tags.code}, {"seats": 7})
    change({"channel": "rc"}, {"product": tags.code, "term": {"perpetual": True}})
    session.commit()
    session.expire_all()
    for product, length in ((world.product, 3), (tags, 2)):
        rows = ledger(session, product)
        assert [row.seq for row in rows] == list(range(1, length + 1))
        assert rows[0].before is None
        assert [row.before for row in rows[1:]] == [row.after for row in rows[:-1]]
        stored = session.scalars(
            select(Entitlement).where(Entitlement.product_id == product.id)
        ).one()
        assert rights_of(stored, ()).snapshot() == rows[-1].after


def test_operations_on_one_product_see_each_other_in_their_order(change):
    one, two = change({"term": {"days": 100}}, {"term": {"until": day(200).isoformat()}})
    assert (one.before, two.before) == (None, one.after)
    assert two.after.valid_until == day(200)


def test_an_operation_without_effect_leaves_no_row_and_no_event(world, session, change):
    change({"term": {"perpetual": True}})
    session.commit()
    [effect] = change({"term": {"days": 10}})
    assert not effect.applied
    assert len(ledger(session, world.product)) == 1
    assert session.pending == []


@pytest.mark.parametrize(
    ("refused", "problem"),
    [
        ({"term": {"until": day(-1).isoformat()}}, TermPassed),
        ({"if_present": "refuse"}, ProductAlreadyPresent),
        ({"product": "no-such-thing"}, NotFound),
    ],
)
def test_a_refusal_names_its_operation_and_none_is_applied(session, change, refused, problem):
    with pytest.raises(problem) as caught, session.savepoint():
        change({}, {"seats": 9}, refused)
    assert caught.value.params["operation"] == 2
    assert session.pending == []
    assert session.scalars(select(Entitlement)).all() == []
    assert session.scalars(select(EntitlementChange)).all() == []


def test_a_withdrawn_product_comes_back_in_its_own_row(world, session, change, connection):
    change({})
    session.commit()
    [first] = session.scalars(select(Entitlement.id))
    connection.execute(update(Entitlement).values(status="withdrawn", channel="dev"))
    [effect] = change({})
    assert (effect.before.status, effect.after.status) == ("withdrawn", "active")
    [again] = session.scalars(select(Entitlement.id))
    assert again == first
    assert [row.seq for row in ledger(session, world.product)] == [1, 2]


def test_the_ledger_cannot_be_rewritten(session, change, connection):
    change({})
    session.commit()
    for statement in (
        EntitlementChange.__table__.delete(),
        EntitlementChange.__table__.update().values(seq=2),
    ):
        with pytest.raises(Exception, match="append-only"), connection.begin_nested():
            connection.execute(statement)


def test_each_change_of_rights_moves_the_version_of_the_key(world, session, change):
    change({})
    change({})
    session.commit()
    session.refresh(world.key)
    assert world.key.rights_version == 2


@pytest.mark.parametrize(
    ("status", "problem"), [("suspended", KeySuspended), ("revoked", KeyRevoked)]
)
def test_a_key_that_is_not_active_is_not_changed(world, session, connection, status, problem):
    connection.execute(update(LicenseKey).values(status=status))
    with pytest.raises(problem):
        lock(session, world.vendor.id, world.key.id)


def test_another_vendor_s_product_and_key_do_not_exist(world, session, change):
    other = make_world(session, "OTHR")
    create_product(
        session, other.vendor.id, CreateProduct(code="theirs", name="Чужое"), actor=SYSTEM
    )
    with pytest.raises(NotFound):
        change({"product": "theirs"})
    with pytest.raises(KeyRevoked):
        lock(session, world.vendor.id, other.key.id)


def test_the_digest_moves_with_every_right_and_with_nothing_else(
    world, session, change, connection
):
    def digest():
        return rights_digest(session, world.vendor.id, world.key.id)

    seen = [digest()]
    for operation in ({}, {"seats": 5}, {"channel": "rc"}, {"updates": {"days": 3}}):
        change(operation)
        session.commit()
        seen.append(digest())
    assert len(set(seen)) == len(seen)
    connection.execute(update(Entitlement).values(active_count=1))
    assert digest() == seen[-1]
