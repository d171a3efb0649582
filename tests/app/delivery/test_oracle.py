"""The decision equals the brute force on random catalogues, infobases and keys."""

import uuid
from datetime import UTC, date, datetime
from random import Random
from types import SimpleNamespace

import pytest

from app.catalog.models import ReleaseStatus
from app.catalog.schemas.rules import RuleSet
from app.delivery.queries.availability import Asked, by_name, rollout_place
from app.delivery.queries.catalogue import (
    Installation,
    PublishedExtension,
    PublishedFile,
    PublishedRelease,
)
from app.delivery.queries.decide import decide
from app.delivery.queries.examining import Examined
from app.delivery.schemas import Installed, Wish
from app.kit.i18n import Sentence
from app.licensing.queries.facts import HeldFeature
from app.licensing.queries.rights import Entitled, KeyRights
from onec.version import Version
from tests import oracle
from tests.capabilities import first_of
from tests.factories.catalogues import a_world
from wire.extensions import Channel

CASES = 20_000
BATCH = 2_000
_WORDS = Sentence("", "")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def built_release(line, told):
    product = uuid.uuid5(uuid.NAMESPACE_OID, line["product"])
    extension = PublishedExtension(
        product, line["code"], line["name"], _WORDS, product, line["product"], "", product
    )
    names = (tuple(told["conflicts_with"]), tuple(told["requires"]))
    rules = RuleSet.model_validate({"rules": told["rules"]})
    least = told["min_from_version"]
    return PublishedRelease(
        id=uuid.UUID(told["id"]),
        extension=extension,
        artifact=PublishedFile(product, told["sha256"], 1, "", "addon"),
        version=told["version"],
        version_key=Version.parse(told["version"]).key,
        file_version=told["file_version"],
        channel=Channel(told["channel"]),
        status=ReleaseStatus(told["status"]),
        published_at=noon(told["published_on"]),
        critical=False,
        notes=_WORDS,
        min_from_version=Version.parse(least) if least else None,
        rollout_percent=told["rollout_percent"],
        required_features={code: code for code in told["required_features"]},
        rollback_to_id=uuid.UUID(told["rollback_to"]) if told["rollback_to"] else None,
        installation=Installation(*[False] * 5, *names, None, {}),
        rules=rules.compiled(),
    )


def built_rights(world):
    key = world["key"]
    entitled = [
        Entitled(
            SimpleNamespace(**{k: v for k, v in told.items() if k != "features"}),
            SimpleNamespace(
                id=uuid.uuid5(uuid.NAMESPACE_OID, code),
                name=code,
                after_expiry=told["after_expiry"],
            ),
            recorded(key["recorded"][code]),
            [HeldFeature(feature, feature, None, "user") for feature in told["features"]],
        )
        for code, told in key["products"].items()
    ]
    active = SimpleNamespace(status="active")
    vendor = SimpleNamespace(status="active", time_zone="Europe/Moscow", expiring_days=14)
    numbered = SimpleNamespace(status="active", id=uuid.UUID(key["id"]))
    today = world["today"]
    return KeyRights(numbered, active, vendor, entitled, None, noon(today), today)


def recorded(release_id):
    if release_id is None:
        return None
    return SimpleNamespace(installed_release_id=uuid.UUID(release_id))


def asked_of(world):
    told = world["asked"]
    installed = told["installed"]
    return Asked(
        channel=Channel(told["channel"]),
        untested=told["untested"],
        infobase_uid=uuid.UUID(told["infobase"]) if told["infobase"] else None,
        installed=None if installed is None else by_name([Installed(**item) for item in installed]),
    )


def decided(world, *, everything=True):
    lines = [
        sorted(
            (built_release(line, told) for told in line["releases"]),
            key=lambda release: release.version_key,
            reverse=True,
        )
        for line in world["lines"]
    ]
    environment = Wish.model_validate(world["environment"]).compiled()
    examined = [Examined(line, environment) for line in lines]
    return decide(built_rights(world), examined, asked_of(world), everything=everything)


def shown(row, *, untested):
    via = row.params.get("version") if row.code == "UPGRADE_VIA" else None
    return {
        "version": row.release.version,
        "verdict": row.finding.verdict.value,
        "code": row.code.value,
        "via": via,
        "rule": row.finding.matched_rule,
        "available": row.available,
        "usable": row.usable(untested=untested),
        "action": row.action.value,
        "best": row.best,
        "advised": row.advised,
        "present": row.present,
    }


def listed(decision, *, untested):
    """The rows of an answer that was not asked for everything."""
    rows = [row for row in decision.rows if row.offered or row.recall is not None]
    return [shown(row, untested=untested) for row in rows]


@pytest.mark.parametrize("batch", first_of(*range(CASES // BATCH)))
def test_the_answer_equals_the_oracle(batch):
    random, met = Random(batch), set()  # noqa: S311 - the same cases in every run
    for _ in range(BATCH):
        world = a_world(random)
        found = decided(world)
        expected = [oracle.judged(line, world) for line in world["lines"]]
        flat = [row for rows in expected for row in rows]
        untested = world["asked"]["untested"]
        assert [shown(row, untested=untested) for row in found.rows] == flat, world
        near = [(row.release.version, row.code.value) for row in found.nearest]
        assert near == [told for rows in expected if (told := oracle.nearest(rows))], world
        met |= {row.code.value for row in found.rows}
        needed = decided(world, everything=False)
        assert listed(needed, untested=untested) == listed(found, untested=untested), world
        near_again = [(row.release.version, row.code.value) for row in needed.nearest]
        assert near_again == near, world
    assert met == set(oracle.ORDER)  # no reason is left out by the draw


def test_every_release_is_listed_exactly_once():
    random = Random(7)  # noqa: S311
    for _ in range(500):
        world = a_world(random)
        ids = [str(row.release.id) for row in decided(world).rows]
        assert sorted(ids) == sorted(
            told["id"] for line in world["lines"] for told in line["releases"]
        )


def test_the_oracle_notices_a_wrong_answer(monkeypatch):
    """A control: one comparison by text instead of numbers is seen within a batch."""
    monkeypatch.setattr(oracle, "padded", lambda text: text)
    with pytest.raises((AssertionError, TypeError)):
        test_the_answer_equals_the_oracle(0)


def test_the_place_in_a_roll_out_is_that_of_the_published_vectors():
    release = "0198c2a4-7b1e-7c3d-9f21-5a6b7c8d9e0f"
    places = [rollout_place(release, f"ib-{number}") for number in range(3)]
    assert places == [78, 23, 83]
