"""Seats and their transfers under clients of two processes: never one too many, never an error."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from app.catalog.models import Product
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    InstallationToken,
    Transfer,
)
from app.licensing.service.activations import MAX_TOKENS

pytestmark = pytest.mark.fault


def activating(key, infobases):
    return [{"act": "activate", "holder": key, "infobase": str(infobase)} for infobase in infobases]


def rebinding(token):
    return {"act": "rebind", "holder": token, "infobase": str(uuid4())}


def releasing(token):
    return {"act": "release", "holder": token}


@pytest.mark.fault(minutes=4)
@pytest.mark.parametrize(("seats", "clients"), [(1, 16), (3, 16), (10, 32)])
def test_so_many_infobases_sit_as_there_are_seats(stage, race, rounds, seats, clients):
    keys = stage.sold(rounds(ci=34, campaign=334), seats=seats)
    for key in keys:
        outcomes = race(activating(key, [uuid4() for _ in range(clients)]))
        assert outcomes.codes == {"OK": seats, "SEAT_LIMIT_REACHED": clients - seats}
        assert len(outcomes.ids) == len(outcomes.fresh) == seats
    taken = seats * len(keys)
    assert stage.count(Activation, Activation.status == ActivationStatus.ACTIVE) == taken
    assert stage.count(Entitlement, Entitlement.active_count == seats) == len(keys)
    assert stage.events("activation.created") == taken
    assert stage.contradictions() == []


@pytest.mark.fault(minutes=22)
def test_one_infobase_takes_one_seat(stage, race, rounds, figures):
    keys, clients = stage.sold(rounds(ci=100, campaign=1_000)), rounds(ci=50, campaign=64)
    for key in keys:
        outcomes = race(activating(key, [uuid4()] * clients))
        assert outcomes.codes == {"OK": clients}
        assert (len(outcomes.ids), len(outcomes.fresh)) == (1, 1)
    figures("over_activations", stage.count(Activation) - len(keys), of=len(keys))
    assert stage.count(Activation) == len(keys)
    assert stage.count(Entitlement, Entitlement.active_count == 1) == len(keys)
    assert stage.count(InstallationToken) == MAX_TOKENS * len(keys)
    assert stage.contradictions() == []


def test_one_connection_seats_an_infobase_any_number_of_times(stage):
    """After some runs PostgreSQL plans a prepared statement without looking at its parameters."""
    [key], here = stage.sold(1), uuid4()
    assert all(stage.seated(key, here) for _ in range(20))
    assert stage.count(Activation) == 1


@pytest.fixture
def one_transfer(stage):
    """The product lets one seat be moved in thirty days."""
    with stage.engine.begin() as connection:
        connection.execute(update(Product).values(transfer_quota=1))


@pytest.mark.usefixtures("one_transfer")
def test_the_last_transfer_of_the_quota_has_one_taker(stage, race, rounds):
    keys = stage.sold(rounds(ci=30, campaign=300), seats=8)
    for key in keys:
        tokens = stage.seated(key, *(uuid4() for _ in range(8)))
        outcomes = race([*map(releasing, tokens[:4]), *map(rebinding, tokens[4:])])
        assert outcomes.codes == {"OK": 1, "TRANSFER_QUOTA_EXCEEDED": 7}
    assert stage.count(Transfer) == len(keys)
    assert stage.contradictions() == []


@pytest.mark.usefixtures("one_transfer")
def test_of_a_release_and_a_rebind_of_one_seat_one_is_done(stage, race, rounds):
    keys = stage.sold(rounds(ci=30, campaign=300), seats=1)
    for key in keys:
        [token] = stage.seated(key, uuid4())
        outcomes = race([releasing(token), rebinding(token)])
        codes = [outcome["code"] for outcome in outcomes]
        assert codes in (["OK", "ACTIVATION_NOT_FOUND"], ["TRANSFER_QUOTA_EXCEEDED", "OK"])
    released = stage.events("activation.released")
    assert stage.events("activation.rebound") == len(keys) - released
    assert stage.count(Entitlement, Entitlement.active_count == 0) == released
    assert stage.count(Transfer) == len(keys)
    assert stage.contradictions() == []


def test_seats_are_given_back_and_taken_at_once(stage, race, rounds):
    keys = stage.sold(rounds(ci=30, campaign=300), seats=3)
    for key in keys:
        places = [uuid4() for _ in range(2)]
        here, there = stage.seated(key, *places)
        again = activating(key, places)
        fresh = activating(key, [uuid4() for _ in range(4)])
        outcomes = race([*fresh[:2], releasing(here), *again, releasing(there), *fresh[2:]])
        assert set(outcomes.codes) <= {"OK", "SEAT_LIMIT_REACHED"}
        assert [outcomes[2]["code"], outcomes[5]["code"]] == ["OK", "OK"]
        assert len(outcomes.fresh) >= 1
    assert stage.events("activation.released") == 2 * len(keys)
    assert stage.contradictions() == []
