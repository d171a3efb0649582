"""A publication where there are many releases already: a request to a server, timed."""

import statistics
import time

import httpx2
import pytest

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.calls import PRODUCT
from tests.factories.world import BUH, bearer

pytestmark = pytest.mark.fault
TIMED = 9


@pytest.mark.fault(minutes=3)
def test_one_more_release_is_published_among_many(durable_stage, service, rounds, figures):
    many = rounds(ci=10, campaign=500)
    for number in range(many):
        with durable_stage.acting() as world:
            world.release(f"2.{number}")
    with durable_stage.acting() as world:
        token, drafts = a_token(world.session, world.vendor.id), []
        for number in range(TIMED):
            told = {"extension": PRODUCT, "notes_ru": "Новое", "rules": [BUH]}
            file = world.cfe(f"3.{number}")
            told = CreateRelease.model_validate(told)
            made = releases.create(world.session, world.vendor.id, told, file, actor=SYSTEM)
            drafts.append(str(made.id))
    service.start()
    took = []
    with httpx2.Client(base_url=service.url + VENDOR_API, headers=bearer(token)) as http:
        for draft in drafts:
            began = time.monotonic()
            answer = http.post(f"/releases/{draft}/publish", json={})
            took.append(1_000 * (time.monotonic() - began))
            assert answer.raise_for_status().json()["status"] == "published"
    if many == 500:  # with fewer it would be another figure
        figures("publish_500", statistics.median(took))
