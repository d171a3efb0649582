"""Offers: one row per release, the best one marked, a reason for each that is not for us."""

import pytest
from sqlalchemy import select, update

from app.audit.actor import SYSTEM
from app.catalog.models import Artifact, Extension, Release
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.products import CreateProduct
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import extensions, products, releases
from onec.cfe_writer import make_cfe
from tests.factories.offers import best, rows, versions
from tests.factories.world import BUH, make_world
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")

OLD = BUH | {"version_to": "3.0.149.*", "version_from": "3.0.100.0"}


INSTALL = {
    "purpose": "customization",
    "safe_mode_off_required": False,
    "unsafe_action_protection_off": False,
    "exclusive_required": True,
    "restart_required": True,
    "backup_required": False,
    "conflicts_with": [],
    "requires": [],
    "migration_notes": None,
    "post_install_steps": [],
}


# Lists


def test_an_offer_tells_everything_that_an_installation_needs(buy, publish, installer, session):
    buy()
    release = publish("2.4.0", notes_en="New", critical=True)
    row = installer.offers().json()["data"][0]
    artifact = session.scalars(select(Artifact)).one()
    told = row.pop("install"), row.pop("artifact"), row.pop("release")
    assert told == (INSTALL, _artifact(artifact), _release(release))
    assert row == {
        "extension": {
            "code": "warehouse-helper",
            "onec_name": "СкладскойПомощник",
            "title": "Складской помощник",
        },
        "product": "warehouse-helper",
        "action": "install",
        "best": True,
        "verdict": "compatible",
        "code": "COMPATIBLE",
        "reason": "Подходит",
        "params": {},
        "available": True,
        "matched_rule": 1,
        "eula": None,
        "activation": {"needed": True, "id": None, "seats_free": 3},
        "trial_available": False,
        "trial_product": None,
    }


def _artifact(artifact):
    return {
        "sha256": artifact.sha256,
        "size": artifact.size,
        "target": "ext/warehouse-helper/2.4.0/warehouse-helper.cfe",
    }


def _release(release):
    return {
        "id": str(release.id),
        "version": "2.4.0",
        "file_version": "2.4.0",
        "channel": "stable",
        "published_at": "2026-11-22T09:00:00.000Z",
        "critical": True,
        "notes": "Новое",
    }


def test_only_what_fits_and_may_be_had_is_listed_highest_first(buy, publish, installer):
    buy()
    for version in ("2.4.0", "2.10.0", "2.9.0"):
        publish(version)
    publish("3.0.0", BUH | {"version_from": "3.0.151.0"})
    publish("2.11.0", BUH | {"tested_to": "3.0.149.0", "version_from": "3.0"})
    answer = installer.offers()
    assert versions(answer) == ["2.10.0", "2.9.0", "2.4.0"]
    assert best(answer) == ["2.10.0"]
    assert answer.json()["nearest"] == []


def test_untested_rows_are_added_when_asked_for_and_may_be_the_best(buy, publish, installer):
    buy()
    publish("2.4.0")
    publish("2.5.0", BUH | {"tested_to": "3.0.149.0", "version_from": "3.0"})
    answer = installer.offers(show_untested=True)
    assert (versions(answer), best(answer)) == (["2.5.0", "2.4.0"], ["2.5.0"])
    row = rows(answer)["2.5.0"]
    assert (row["verdict"], row["action"]) == ("untested", "install")
    answer = installer.offers(show_all=True)
    assert best(answer) == ["2.4.0"]
    assert rows(answer)["2.5.0"]["action"] == "blocked"


def test_all_shows_every_release_that_is_no_draft_exactly_once(
    world, session, buy, publish, installer, connection
):
    buy()
    for number, status in enumerate(["published", "paused", "withdrawn", "published"]):
        made = publish(f"2.{number}.0", OLD if number % 2 else BUH)
        written(connection, update(Release).where(Release.id == made.id).values(status=status))
    draft(world, session, "3.0.0")
    answer = installer.offers(show_all=True)
    assert sorted(versions(answer)) == ["2.0.0", "2.1.0", "2.2.0", "2.3.0"]
    assert {version: row["code"] for version, row in rows(answer).items()} == {
        "2.0.0": "COMPATIBLE",
        "2.1.0": "VERSION_TOO_NEW",
        "2.2.0": "RELEASE_WITHDRAWN",
        "2.3.0": "VERSION_TOO_NEW",
    }
    assert len(best(answer)) == 1


def draft(world, session, version):
    told = {"extension": "warehouse-helper", "version": version, "notes_ru": "Черновик"}
    command = CreateRelease.model_validate(told | {"rules": [BUH]})
    made = releases.create(session, world.vendor.id, command, world.cfe(version), actor=SYSTEM)
    session.commit()
    return made


def test_drafts_unpublished_extensions_and_other_vendors_are_never_seen(
    world, session, buy, publish, installer, connection
):
    buy()
    draft(world, session, "2.4.0")
    other = make_world(session, "OTHR")
    other.release("9.9.9")
    session.commit()
    for asked in ({"show_all": True}, {"show_all": True, "extension": "warehouse-helper"}):
        answer = installer.offers(**asked).json()
        assert (answer["data"], answer["nearest"]) == ([], [])
    publish("2.5.0")
    written(connection, update(Extension).values(published=False))
    assert installer.offers(show_all=True).json()["data"] == []


@pytest.fixture
def tags(world, session):
    """Another extension behind a product of its own, with one release for the same infobases."""
    vendor = world.vendor.id
    products.create_product(
        session, vendor, CreateProduct(code="price-tags", name="Ценники"), actor=SYSTEM
    )
    told = CreateExtension(
        product="price-tags",
        code="price-tags",
        onec_name="Ценники",
        title_ru="Ценники",
        title_en="Price tags",
    )
    extensions.create_extension(session, vendor, told, actor=SYSTEM)
    file = make_cfe("Ценники", "Ценники", "1.0.0", "Вектор", "Ц_")
    command = CreateRelease.model_validate(
        {"extension": "price-tags", "notes_ru": "Первый", "rules": [BUH]}
    )
    made = releases.create(session, vendor, command, file, actor=SYSTEM)
    releases.publish(session, vendor, made.id, actor=SYSTEM)
    session.commit()


@pytest.mark.usefixtures("tags")
def test_each_extension_has_its_own_best_and_its_own_nearest(buy, publish, installer):
    buy()
    publish("2.4.0")
    publish("2.3.0")
    answer = installer.offers(show_all=True).json()
    told = [(row["extension"]["code"], row["best"], row["code"]) for row in answer["data"]]
    assert told == [
        ("price-tags", False, "PRODUCT_MISSING"),
        ("warehouse-helper", True, "COMPATIBLE"),
        ("warehouse-helper", False, "COMPATIBLE"),
    ]
    [nearest] = answer["nearest"]
    assert (nearest["extension"]["code"], nearest["code"]) == ("price-tags", "PRODUCT_MISSING")
    assert (nearest["reason"], nearest["action_hint"]) == ("В ключе нет продукта «Ценники»", "buy")


@pytest.mark.usefixtures("tags")
def test_one_extension_may_be_asked_for(buy, publish, installer):
    buy()
    publish("2.4.0")
    answer = installer.offers(extension="warehouse-helper").json()
    assert [row["extension"]["code"] for row in answer["data"]] == ["warehouse-helper"]
    assert answer["nearest"] == []
    assert installer.offers(extension="nothing").json()["data"] == []


def test_titles_and_notes_are_in_the_language_asked_for(buy, publish, installer, connection):
    buy()
    publish("2.4.0", notes_en="New")
    written(connection, update(Extension).values(title_en="Warehouse helper"))
    installer.client.headers["Accept-Language"] = "en"
    row = installer.offers().json()["data"][0]
    assert (row["extension"]["title"], row["release"]["notes"], row["reason"]) == (
        "Warehouse helper",
        "New",
        "Compatible",
    )


# The nearest


def test_the_nearest_is_the_release_that_failed_last_in_order(buy, publish, installer):
    buy()
    publish("2.6.0", BUH | {"configuration_name": "Розница"})
    publish("2.4.0", BUH | {"version_from": "3.0.160.0"})
    publish("2.3.0", BUH | {"version_from": "3.0.155.0"})
    publish("2.5.0", BUH | {"editions": ["corp"]})
    [nearest] = installer.offers().json()["nearest"]
    assert nearest == {
        "extension": {
            "code": "warehouse-helper",
            "onec_name": "СкладскойПомощник",
            "title": "Складской помощник",
        },
        "release": {"version": "2.4.0"},
        "code": "VERSION_TOO_OLD",
        "reason": "Нужна версия конфигурации от 3.0.160.0, у вас 3.0.150.34",
        "params": {"from": "3.0.160.0", "found": "3.0.150.34"},
        "action_hint": "update_configuration",
    }


def test_a_release_that_fits_and_may_not_be_had_is_nearer_than_one_that_does_not_fit(
    publish, installer
):
    publish("2.5.0", OLD)
    publish("2.4.0")
    [nearest] = installer.offers().json()["nearest"]
    assert (nearest["release"]["version"], nearest["code"]) == ("2.4.0", "PRODUCT_MISSING")
