"""Everything at once over two server processes: the recorded history is that of a sound vendor."""

import logging
from collections import Counter

import httpx2
import pytest

from tests.faults.clients import Clients, ended
from tests.faults.shop import MIXED, Shop
from tests.faults.stage import Stage

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)


@pytest.mark.fault(minutes=60)
def test_a_mixed_history_is_that_of_a_sound_vendor(durable_stage, services, rounds, figures):
    for seed in range(rounds(ci=2, campaign=20)):
        acts = rounds(ci=200, campaign=2_000)
        prefix = "MIX" + chr(ord("A") + seed)
        stage = Stage.set(durable_stage.url, durable_stage.engine, durable_stage.kit, prefix)
        shop = Shop.over(stage, keys=4, transfers=rounds(ci=30, campaign=500))
        shop.stock(coupons=acts // 4, uses=(1, 1, 3), drafts=rounds(ci=20, campaign=120))
        shop.open(infobases=8)
        clients = Clients(shop, rounds(ci=4, campaign=8), MIXED, seed)
        ended(clients.each(lambda client, acts=acts: live(client, services, acts)))
        require_sound(shop, clients, figures)


def live(client, services, acts):
    """So many acts, now over one process and now over the other."""
    with httpx2.Client(timeout=60) as http:
        while len(client.attempts) < acts or client.unknown:
            client.act(http, client.chance.choice(services).url)


def require_sound(shop, clients, figures):
    assert clients.surprises == []
    found = shop.examine(clients.attempts)
    shop.measure(figures, clients.attempts)
    said = Counter((each.told["act"], each.said) for each in clients.attempts)
    logger.info("history: %s", dict(said))
    assert {each.told["act"] for each in clients.attempts if each.is_good} == set(MIXED)
    figures("history_violations", len(found), of=said.total())
    assert found == []
