"""`podkluch key reveal` and `coupon reveal`: a full code once more, never without a trace."""

import pytest

from tests.app.cli.leaks import traces


@pytest.fixture
def issued(podkluch, customer):
    """A fresh key."""
    return podkluch.json("key", "issue", "--customer", customer["id"])


def revealed(podkluch, noun, row_id, *more, **expected):
    return podkluch.json(noun, "reveal", row_id, *more, **expected)


def test_the_code_of_a_key_is_shown_again_and_recorded(podkluch, issued):
    told = ("--cause", "client_lost", "--reason", "Клиент переехал")
    assert revealed(podkluch, "key", issued["id"], *told)["code"] == issued["code"]


def test_an_unusual_cause_has_to_be_explained(podkluch, issued):
    problem = revealed(podkluch, "key", issued["id"], "--cause", "other", code=1)
    assert problem["code"] == "VALIDATION_FAILED"
    told = ("--cause", "other", "--reason", "Сверка с договором")
    assert revealed(podkluch, "key", issued["id"], *told)["code"] == issued["code"]


@pytest.mark.parametrize("cause", ["", "because", "Other"])
def test_a_cause_that_is_not_in_the_list_is_refused(podkluch, issued, cause):
    problem = revealed(podkluch, "key", issued["id"], "--cause", cause, code=1)
    assert problem["code"] == "VALIDATION_FAILED"


def test_another_vendors_key_does_not_exist(podkluch, issued):
    podkluch("vendor", "create", "--slug", "other", "--name", "Другой", "--prefix", "OTHR")
    told = ("--cause", "sending", "--vendor", "other")
    assert revealed(podkluch, "key", issued["id"], *told, code=1)["code"] == "NOT_FOUND"


def test_the_code_is_left_nowhere_by_being_shown(podkluch, issued, stored):
    revealed(podkluch, "key", issued["id"], "--cause", "checking")
    assert traces(stored, podkluch.data, issued["code"]) == []
