"""At most four transfers of a key at once, whichever process sends them."""

import uuid

import pytest
from sqlalchemy import func, select

from app.delivery.models import DownloadSlot
from app.delivery.problems import DownloadLimit
from app.delivery.service.slots import PARALLEL, take
from tests.factories.calls import refused

KEY, OTHER = uuid.uuid4(), uuid.uuid4()


def held(connection):
    return connection.scalar(select(func.count()).select_from(DownloadSlot))


def test_the_fifth_transfer_of_a_key_is_refused(session):
    slots = [take(session, KEY) for _ in range(PARALLEL)]
    with pytest.raises(DownloadLimit) as met:
        take(session, KEY)
    assert (met.value.status, met.value.params["max"]) == (429, 4)
    assert met.value.headers == {"Retry-After": "10"}
    take(session, OTHER)
    session.commit()
    slots[2].release()
    take(session, KEY)


def test_a_slot_that_is_not_renewed_frees_itself(session, clock, noon):
    for _ in range(PARALLEL):
        slot = take(session, KEY)
    session.commit()
    clock.pass_(seconds=50)
    slot.renew()
    clock.pass_(seconds=10)
    for _ in range(PARALLEL - 1):
        take(session, KEY)
    with pytest.raises(DownloadLimit):
        take(session, KEY)
    assert noon is None


def test_who_lost_a_slot_does_not_take_it_from_the_next(session, clock, connection, noon):
    late = take(session, KEY)
    session.commit()
    clock.pass_(seconds=61)
    take(session, KEY)
    session.commit()
    late.release()
    assert held(connection) == 1
    assert noon is None


@pytest.fixture
def download(world, session, installer):
    """A fresh download."""
    release = world.release()
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon)
    assert installer.activate().status_code == 201
    return installer.ask(release.id).json()


def test_a_transfer_holds_a_slot_only_while_it_runs(download, installer, connection):
    for _ in range(PARALLEL + 2):
        assert installer.fetch(download).status_code == 200
        assert held(connection) == 0


def test_a_download_waits_while_four_others_run(download, installer, session, world, connection):
    slots = [take(session, world.key.id) for _ in range(PARALLEL)]
    session.commit()
    answer = installer.fetch(download)
    assert refused(answer) == (429, "DOWNLOAD_LIMIT")
    assert answer.headers["retry-after"] == "10"
    assert installer.fetch(download, method="HEAD").status_code == 200
    slots[0].release()
    assert installer.fetch(download).status_code == 200
    assert held(connection) == PARALLEL - 1
