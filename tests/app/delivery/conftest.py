"""A customer that has bought a year of the product."""

import pytest

from tests.factories.calls import YEAR


@pytest.fixture
def buy(world, session, installer):
    """Redeems a coupon with these changes of an ordinary one."""

    def run(**operation):
        [coupon] = world.coupon(operations=[YEAR | operation])
        session.commit()
        assert installer.redeem(coupon).status_code == 201

    return run


@pytest.fixture
def on_offer(buy, publish):
    """A release that the customer may have."""
    buy()
    return publish()


@pytest.fixture
def publish(world, session):
    """Publishes a release, committed."""

    def run(version="2.4.0", *rules, **changes):
        made = world.release(version, *rules, **changes)
        session.commit()
        return made

    return run
