"""What ends has ended at the next request, whichever process it meets: nothing is remembered."""

from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import WithdrawRelease
from app.catalog.service import releases
from app.customers import service as customers
from app.customers.schemas import BlockCustomer
from app.kit.db import transaction
from app.licensing.schemas import WithReason
from app.licensing.service import lifecycle
from app.main import create_app
from tests.factories.calls import YEAR, Installer
from tests.factories.kit import a_kit
from tests.waiting import until

pytestmark = pytest.mark.fault
WHY = {"reason": "Так решил поставщик"}


@pytest.fixture
def workers(stage):
    """Two processes as a key with the product meets them, and the release that fits."""
    with stage.acting() as world:
        release_id, key = world.release("2.4.0").id, world.code
        [coupon] = world.coupon(operations=[YEAR])
    with ExitStack() as running:
        apps = [create_app(stage.engine, a_kit(stage.kit.settings)) for _ in range(2)]
        agents = [Installer(running.enter_context(TestClient(app)), key) for app in apps]
        assert agents[0].redeem(coupon).status_code == 201
        yield agents, release_id


def told(agents):
    """What each process says of the key and of the release, one after the other."""
    found = []
    for agent in agents:
        checked, listed = heard(agent.check), heard(agent.offers)
        found.append((checked["code"], len(listed["data"]) if "data" in listed else listed["code"]))
    return found


def heard(ask):
    """What is answered at last: to be told to come again is neither late nor a refusal."""
    return until(lambda: (said := ask().json()).get("code") != "BUSY" and said)


def turns(stage, release_id):
    """Ways to end and to begin again, with what is said meanwhile."""
    vendor_id, key_id = stage.world.vendor.id, stage.world.key.id
    why, customer_id = WithReason(**WHY), stage.world.customer.id
    block = BlockCustomer.model_validate(WHY)
    return [
        (
            lambda session: lifecycle.suspend(session, vendor_id, key_id, why, actor=SYSTEM),
            lambda session: lifecycle.resume(session, vendor_id, key_id, actor=SYSTEM),
            ("KEY_SUSPENDED", "KEY_SUSPENDED"),
        ),
        (
            lambda session: customers.block(session, vendor_id, customer_id, block, actor=SYSTEM),
            lambda session: customers.unblock(session, vendor_id, customer_id, actor=SYSTEM),
            ("CUSTOMER_BLOCKED", "CUSTOMER_BLOCKED"),
        ),
        (
            lambda session: releases.pause(session, vendor_id, release_id, actor=SYSTEM),
            lambda session: releases.resume(session, vendor_id, release_id, actor=SYSTEM),
            ("ACTIVE", 0),
        ),
    ]


def test_nothing_is_allowed_late_and_nothing_refused_late(stage, workers, rounds):
    agents, release_id = workers
    acts = turns(stage, release_id)
    late = []
    for number in range(rounds(ci=60, campaign=1_000)):
        end, begin, expected = acts[number % len(acts)]
        for act, said in ((end, expected), (begin, ("ACTIVE", 1))):
            with transaction(stage.engine, stage.kit) as session:
                act(session)
            found = told(agents)
            if found != [said] * 2:
                late.append((number, said, found))
    assert late == []


def test_what_ends_for_good_has_ended_everywhere(stage, workers):
    agents, release_id = workers
    vendor_id = stage.world.vendor.id
    assert told(agents) == [("ACTIVE", 1)] * 2
    withdrawn = WithdrawRelease(withdrawn_reason_ru="Ошибка в обмене")
    with transaction(stage.engine, stage.kit) as session:
        releases.withdraw(session, vendor_id, release_id, withdrawn, actor=SYSTEM)
    assert told(agents) == [("ACTIVE", 0)] * 2
    with transaction(stage.engine, stage.kit) as session:
        lifecycle.revoke(session, vendor_id, stage.world.key.id, WithReason(**WHY), actor=SYSTEM)
    assert told(agents) == [("KEY_REVOKED", "KEY_REVOKED")] * 2
