"""kill -9 of the server in the middle of redemptions and activations: nothing told is lost."""

import logging
import random
import threading

import pytest

from tests.faults.clients import Clients, ended
from tests.faults.history import UNKNOWN
from tests.faults.shop import PAID, Shop

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)
CLIENTS = 8


@pytest.fixture
def shop(durable_stage, rounds):
    """Two keys that four clients share each, so that they contend for rows."""
    made = Shop.over(durable_stage, keys=2, seats=None)
    made.stock(coupons=rounds(ci=300, campaign=3_000), uses=(1, 2))
    made.open(infobases=0)
    return made


def cycle(service, clients, answers):
    """Starts the server, lets the clients act, and kills it after so many answers."""
    over = threading.Event()
    service.start()
    threads = clients.until(over, service.url)
    try:
        clients.wait_for(answers)
        service.kill()
        ended(threads)  # each by a request that nobody answers any more
    finally:
        over.set()
        ended(threads)


@pytest.mark.fault(minutes=10)
def test_nothing_acknowledged_is_lost_and_one_retry_settles_the_rest(
    service, shop, rounds, figures
):
    chance = random.Random(20261122)  # noqa: S311 - when to kill
    clients, kills = Clients(shop, CLIENTS, PAID, seed=6), rounds(ci=10, campaign=100)
    for _ in range(kills):
        cycle(service, clients, chance.randint(CLIENTS, 40))
    service.start()
    left = sum(client.unknown is not None for client in clients.all)
    assert sum(clients.settle(service.url)) == left > 0  # each by one retry
    found = shop.examine(clients.attempts)
    shop.measure(figures, clients.attempts)
    figures("app_kills", kills)
    unknown = [attempt for attempt in clients.attempts if attempt.said == UNKNOWN]
    done = sum(attempt.seq is not None for attempt in unknown)
    logger.info(
        "%d attempts, %d unknown, %d of them done", len(clients.attempts), len(unknown), done
    )
    assert clients.surprises == []
    assert found == []
