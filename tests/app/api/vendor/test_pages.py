"""Every list is read page by page, while others write."""

import uuid
from collections.abc import Callable

import pytest

from tests.factories.automation import Automation
from tests.factories.calls import PRODUCT, YEAR, Installer, refused
from tests.factories.goods import a_trial_product

BECAUSE = {"reason": "Проверка"}
NOUNS = (
    "customers",
    "distributors",
    "products",
    "features",
    "license-keys",
    "entitlements",
    "trials",
    "activations",
    "coupon-batches",
    "coupons",
    "redemptions",
)


@pytest.fixture
def grow(crm: Automation, world, session, client) -> Callable[[], None]:
    """Makes one more row of every list."""
    a_trial_product(world)
    session.flush()
    session.forget()
    session.commit()

    def made(path: str, **told: object) -> dict[str, object]:
        return crm.post(path, **told).raise_for_status().json()

    def grow() -> None:
        name = f"n{uuid.uuid4().hex[:8]}"
        owner = made("/customers", company=name, email="a@example.com")["id"]
        made("/distributors", name=name, email="a@example.com")
        made("/products", code=name, name=name)
        made("/features", code=name, name=name)
        key = made("/license-keys", customer_id=owner)
        trial = {"op": "start_trial", "product": "price-tags"}
        made(f"/license-keys/{key['id']}/operations", operations=[trial], **BECAUSE)
        more = {"op": "add_product", "product": PRODUCT, "seats": 1, "term": {"days": 9}}
        made(f"/license-keys/{world.key.id}/operations", operations=[more], **BECAUSE)
        batch = made("/coupon-batches", name=name, operations=[YEAR | {"op": "add_product"}])
        made("/redemptions", key=key["code"], coupon=batch["codes"][0])
        Installer(client, str(key["code"])).activate().raise_for_status()

    return grow


def lists(world) -> tuple[str, ...]:
    return (*(f"/{noun}" for noun in NOUNS), f"/license-keys/{world.key.id}/changes")


def rest(crm: Automation, path: str, answer) -> list[str]:
    """The ids of all pages behind this one, by their links."""
    found = []
    while "next" in answer.links:
        assert answer.links["next"]["url"].startswith(f"/api/v1/vendor{path}?")
        answer = crm.send("GET", answer.links["next"]["url"].removeprefix("/api/v1/vendor"))
        [row] = answer.raise_for_status().json()["data"]
        found.append(row["id"])
    assert answer.json()["next_cursor"] is None
    return found


def test_rows_that_come_while_somebody_reads_move_none_of_the_older_ones(crm, world, grow):
    for _ in range(3):
        grow()
    older = {
        path: [row["id"] for row in crm.get(path, limit=200).json()["data"]]
        for path in lists(world)
    }
    first = {path: crm.get(path, limit=1) for path in older}
    grow()
    for path, ids in older.items():
        assert len(ids) >= 3, path
        [row] = first[path].json()["data"]
        assert [row["id"], *rest(crm, path, first[path])] == ids, path
        now = [row["id"] for row in crm.get(path, limit=200).json()["data"]]
        assert now[-len(ids) :] == ids, path
        assert len(now) > len(ids), path


def test_a_cursor_belongs_to_its_list_and_its_filters(crm, world, grow):
    for _ in range(2):
        grow()
    cursors = {path: crm.get(path, limit=1).json()["next_cursor"] for path in lists(world)}
    for path, cursor in cursors.items():
        assert crm.get(path, cursor=cursor, limit=7).status_code == 200, "a limit is no filter"
        since = crm.get(path, cursor=cursor, created_from="2020-01-01")
        assert refused(since) == (400, "CURSOR_INVALID"), path
        for other, foreign in cursors.items():
            if other != path:
                answer = crm.get(path, cursor=foreign)
                assert refused(answer) == (400, "CURSOR_INVALID"), (path, other)


def test_the_feed_of_events_goes_forward_and_repeats_nothing(crm, grow):
    grow()
    page = crm.get("/audit-events", limit=3)
    seen = [row["seq"] for row in page.json()["data"]]
    grow()
    last = crm.get("/audit-events", limit=200, cursor=page.json()["next_cursor"]).json()
    seen += [row["seq"] for row in last["data"]]
    assert seen == list(range(1, len(seen) + 1))
    grow()
    new = crm.get("/audit-events", after_seq=seen[-1]).json()["data"]
    assert new[0]["seq"] == seen[-1] + 1
