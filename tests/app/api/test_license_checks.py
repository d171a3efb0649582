"""The verdict on a key, as an agent asks for it."""

import pytest
from pydantic import TypeAdapter

from app.api.agent import asking
from app.kit.problems import ValidationFailed
from app.licensing.schemas import CheckLicense
from tests.factories.world import bearer
from wire.licenses import LicenseCheckRequest


def test_an_empty_key_is_an_answer(client, world):
    answer = client.post("/api/v1/license-checks", json={}, headers=bearer(world.code))
    assert answer.status_code == 200
    assert answer.json()["code"] == "KEY_EMPTY"
    assert answer.json()["valid"] is False


class Looking:
    """The shape of a check, and what was looked at for it."""

    def __init__(self) -> None:
        self.shape = TypeAdapter(LicenseCheckRequest)
        self.seen: list[object] = []

    def validate_python(self, told) -> None:
        self.seen += told["products"]
        self.shape.validate_python(told)


@pytest.mark.parametrize("product", ["warehouse-helper", 1])
def test_a_list_without_end_is_refused_by_its_beginning(product):
    looking = Looking()
    with pytest.raises(ValidationFailed):
        asking.shaped(looking, CheckLicense, {"products": [product] * 100_000})
    assert len(looking.seen) == 1_001


def test_a_list_of_the_greatest_length_is_looked_at_whole():
    looking = Looking()
    products = [f"product-{number}" for number in range(1_000)]
    assert asking.shaped(looking, CheckLicense, {"products": products}).products == products
    assert looking.seen == products
