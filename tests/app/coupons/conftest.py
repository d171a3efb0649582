"""Coupons and those who redeem them."""

import pytest

from tests.factories.calls import Installer


@pytest.fixture
def coupon(world, session):
    """Makes one coupon; the arguments are its operations and those of its batch."""

    def make(*operations, **told):
        if operations:
            told["operations"] = list(operations)
        [code] = world.coupon(**told)
        session.commit()
        return code

    return make


@pytest.fixture
def holder(world, session, client):
    """Makes the agent of one more key: of the world's customer, or of a new one."""

    def make(company=None):
        _, code = world.another_key(world.another_customer(company) if company else None)
        session.commit()
        return Installer(client, code)

    return make


@pytest.fixture
def second(holder):
    """The agent of the same customer's second key."""
    return holder()


@pytest.fixture
def stranger(holder):
    """The agent of another customer's key."""
    return holder("ООО «Ромашка»")
