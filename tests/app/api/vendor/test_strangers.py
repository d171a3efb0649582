"""What belongs to another vendor is answered like what does not exist."""

import uuid

import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.features import CreateFeature
from app.catalog.schemas.releases import CreateDraft
from app.catalog.service.artifacts import add_document
from app.catalog.service.drafts import create_draft
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
    ("GET", "/extensions/{extension}", None),
    ("PATCH", "/extensions/{extension}", {"title_ru": "Наше"}),
    ("GET", "/eulas/{eula}", None),
    ("GET", "/releases/{release}", None),
    ("PATCH", "/releases/{release}", {"notes_ru": "Наше"}),
    ("DELETE", "/releases/{release}", None),
    ("PUT", "/releases/{release}/artifact", None),
    ("POST", "/releases/{release}/documents?filename=a.pdf", None),
    ("DELETE", "/releases/{own_release}/documents/{document}", None),
    ("GET", "/releases/{release}/rules", None),
    ("PUT", "/releases/{release}/rules", {"rules": []}),
    ("POST", "/releases/{release}/publish", {}),
    ("POST", "/releases/{release}/rollout", {"rollout_percent": 50}),
    ("POST", "/releases/{release}/promote", {"channel": "stable"}),
    ("POST", "/releases/{release}/pause", None),
    ("POST", "/releases/{release}/resume", None),
    ("POST", "/releases/{release}/withdraw", {"withdrawn_reason_ru": "Нам не нравится"}),
    ("POST", "/releases", {"extension": "warehouse-helper", "eula_id": "{eula}"}),
    (
        "POST",
        "/compatibility/evaluate",
        {
            "extension": "warehouse-helper",
            "release_id": "{release}",
            "configuration": {"name": "Розница"},
        },
    ),
    ("POST", "/license-keys/import", {"keys": [{"code": "A" * 16, "customer_id": "{customer}"}]}),
]


LISTS = (
    "/customers",
    "/distributors",
    "/features",
    "/products",
    "/extensions",
    "/eulas",
    "/releases",
    "/configurations",
)


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
        "extension": other.extension.id,
        "eula": other.eula().id,
        "release": other.release().id,
    }
    draft = create_draft(
        session, vendor_id, CreateDraft(extension="warehouse-helper"), actor=SYSTEM
    )
    told = (session, vendor_id, draft.id, "a.pdf", lambda: session.kit.artifacts.put([b"1"]))
    made["document"] = add_document(*told, actor=SYSTEM).id
    session.commit()
    return made


def filled(value, ids):
    if isinstance(value, str):
        return value.format_map(ids)
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, dict):
        return {name: filled(item, ids) for name, item in value.items()}
    return value


@pytest.fixture
def own(world, session):
    """Ids of what the asking vendor has himself."""
    command = CreateDraft(extension="warehouse-helper")
    draft = create_draft(session, world.vendor.id, command, actor=SYSTEM)
    session.commit()
    return {"own": world.customer.id, "own_release": draft.id}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_foreign_and_absent_are_the_same_to_the_last_byte(crm, own, foreign, method, path, body):
    answers = []
    for ids in (foreign, {kind: uuid.uuid4() for kind in foreign}):
        known = ids | own
        request = {"json": filled(body, known)} if body is not None else {}
        headers = {"If-Match": '"1"', "X-Request-Id": "same-for-both"}
        answers.append(crm.send(method, path.format_map(known), headers=headers, **request))
    [first, second] = answers
    assert first.status_code in (404, 422)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert dict(first.headers) == dict(second.headers)


def test_lists_hold_nothing_of_another_vendor(crm, foreign):
    for path in LISTS:
        shown = crm.get(path).text
        assert not [kind for kind, one in foreign.items() if str(one) in shown]
