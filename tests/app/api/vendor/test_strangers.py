"""What belongs to another vendor is answered like what does not exist."""

import uuid

import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.features import CreateFeature
from app.catalog.service.features import create_feature
from app.customers.schemas import CreateDistributor
from app.customers.service import create_distributor

BECAUSE = {"reason": "Проверка"}
ROUTES = [
    ("GET", "/customers/{customer}", None),
    ("PATCH", "/customers/{customer}", {"comment": "Наше"}),
    ("POST", "/customers/{customer}/block", BECAUSE),
    ("POST", "/customers/{customer}/unblock", None),
    ("POST", "/customers/{customer}/archive", None),
    ("POST", "/customers/{customer}/merge", {"from": ["{own}"]}),
    ("POST", "/customers/{own}/merge", {"from": ["{customer}"]}),
    (
        "POST",
        "/customers",
        {"company": "А", "email": "a@example.com", "distributor_id": "{partner}"},
    ),
    ("PATCH", "/customers/{own}", {"distributor_id": "{partner}"}),
    ("GET", "/distributors/{partner}", None),
    ("PATCH", "/distributors/{partner}", {"name": "Наш"}),
    ("GET", "/features/{feature}", None),
    ("PATCH", "/features/{feature}", {"name": "Наша"}),
    ("GET", "/products/{product}", None),
    ("PATCH", "/products/{product}", {"name": "Наш"}),
    ("POST", "/license-keys/import", {"keys": [{"code": "A" * 16, "customer_id": "{customer}"}]}),
]


@pytest.fixture
def foreign(session, other):
    """Ids of what another vendor has, one of each kind."""
    vendor_id = other.vendor.id
    partner = CreateDistributor(name="Юг", email="south@example.com")
    feature = CreateFeature(code="scanner", name="Сканер")
    made = {
        "customer": other.customer.id,
        "product": other.product.id,
        "partner": create_distributor(session, vendor_id, partner, actor=SYSTEM).id,
        "feature": create_feature(session, vendor_id, feature, actor=SYSTEM).id,
    }
    session.commit()
    return made


def filled(value, ids):
    if isinstance(value, str):
        return value.format_map(ids)
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    return {name: filled(item, ids) for name, item in value.items()}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_foreign_and_absent_are_the_same_to_the_last_byte(crm, world, foreign, method, path, body):
    answers = []
    for ids in (foreign, {kind: uuid.uuid4() for kind in foreign}):
        known = ids | {"own": world.customer.id}
        request = {"json": filled(body, known)} if body else {}
        headers = {"If-Match": '"1"', "X-Request-Id": "same-for-both"}
        answers.append(crm.send(method, path.format_map(known), headers=headers, **request))
    [first, second] = answers
    assert first.status_code in (404, 422)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert dict(first.headers) == dict(second.headers)


def test_lists_hold_nothing_of_another_vendor(crm, foreign):
    for path in ("/customers", "/distributors", "/features", "/products"):
        shown = crm.get(path).text
        assert not [kind for kind, one in foreign.items() if str(one) in shown]
