"""Offers: one row per release, the best one marked, a reason for each that is not for us."""

from itertools import pairwise

import pytest
from sqlalchemy import select, update

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.catalog.models import Artifact, Extension, Product, Release
from app.catalog.schemas.products import CreateExtension, CreateProduct
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import products, releases
from app.customers.models import Customer
from app.licensing.models import Entitlement, LicenseKey
from onec.cfe_writer import make_cfe
from tests.factories.calls import refused
from tests.factories.clock import day
from tests.factories.contents import contents
from tests.factories.world import BUH, FITTING, make_world

pytestmark = pytest.mark.usefixtures("noon")

OLD = BUH | {"version_to": "3.0.149.*", "version_from": "3.0.100.0"}


def versions(answer):
    return [row["release"]["version"] for row in answer.json()["data"]]


def rows(answer):
    return {row["release"]["version"]: row for row in answer.json()["data"]}


def best(answer):
    return [row["release"]["version"] for row in answer.json()["data"] if row["best"]]


# Lists


def test_an_offer_tells_everything_that_an_installation_needs(buy, publish, installer, session):
    buy()
    release = publish("2.4.0", notes_en="New", critical=True)
    row = installer.offers().json()["data"][0]
    artifact = session.scalars(select(Artifact)).one()
    assert row == {
        "extension": {
            "code": "warehouse-helper",
            "onec_name": "СкладскойПомощник",
            "title": "Складской помощник",
        },
        "product": "warehouse-helper",
        "release": {
            "id": str(release.id),
            "version": "2.4.0",
            "file_version": "2.4.0",
            "channel": "stable",
            "published_at": "2026-11-22T09:00:00.000Z",
            "critical": True,
            "notes": "Новое",
        },
        "action": "install",
        "best": True,
        "verdict": "compatible",
        "code": "COMPATIBLE",
        "reason": "Подходит",
        "params": {},
        "available": True,
        "matched_rule": 1,
        "artifact": {
            "sha256": artifact.sha256,
            "size": artifact.size,
            "target": "ext/warehouse-helper/2.4.0/warehouse-helper.cfe",
        },
        "install": {
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
        },
        "eula": None,
        "activation": {"needed": True, "id": None, "seats_free": 3},
        "trial_available": False,
        "trial_product": None,
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
        connection.execute(update(Release).where(Release.id == made.id).values(status=status))
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
    connection.execute(update(Extension).values(published=False))
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
    products.create_extension(session, vendor, told, actor=SYSTEM)
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
    connection.execute(update(Extension).values(title_en="Warehouse helper"))
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


# Availability


@pytest.mark.usefixtures("on_offer")
@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Entitlement, {"status": "withdrawn"}, "ENTITLEMENT_WITHDRAWN"),
        (Entitlement, {"status": "suspended"}, "ENTITLEMENT_SUSPENDED"),
        (Entitlement, {"starts_on": day(1)}, "ENTITLEMENT_NOT_STARTED"),
        (Entitlement, {"valid_until": day(-1), "is_trial": True}, "TRIAL_EXPIRED"),
        (Entitlement, {"valid_until": day(-1)}, "UPDATES_EXPIRED"),
        (Entitlement, {"updates_until": day(-1)}, "UPDATES_EXPIRED"),
        (Release, {"channel": "rc"}, "CHANNEL_NOT_ALLOWED"),
        (Release, {"status": "paused"}, "RELEASE_PAUSED"),
        (Release, {"status": "withdrawn"}, "RELEASE_WITHDRAWN"),
    ],
)
def test_what_fits_and_may_not_be_had_is_a_row_with_its_reason(
    installer, connection, model, state, code
):
    connection.execute(update(model).values(**state))
    answer = installer.offers(show_all=True)
    [row] = answer.json()["data"]
    assert (row["verdict"], row["available"], row["code"]) == ("compatible", False, code)
    assert (row["action"], row["best"], row["matched_rule"]) == ("blocked", False, 1)
    assert row["reason"]
    assert "{" not in row["reason"]
    assert answer.json()["nearest"][0]["code"] == code
    assert installer.offers().json()["data"] == []


@pytest.mark.usefixtures("on_offer")
def test_expired_updates_say_both_days(installer, connection):
    connection.execute(update(Entitlement).values(updates_until=day(-1)))
    [row] = installer.offers(show_all=True).json()["data"]
    assert row["reason"] == "Обновления действовали до 21.11.2026, релиз вышел 22.11.2026"
    assert row["params"] == {"until": "2026-11-21", "published": "2026-11-22"}


def test_an_expired_product_keeps_the_releases_of_its_time_or_none(
    buy, publish, installer, connection, clock
):
    buy()
    publish("2.4.0")
    clock.turn_to(day(366))
    publish("2.5.0")
    codes = {version: row["code"] for version, row in rows(installer.offers(show_all=True)).items()}
    assert codes == {"2.5.0": "UPDATES_EXPIRED", "2.4.0": "COMPATIBLE"}
    assert best(installer.offers()) == ["2.4.0"]
    connection.execute(update(Product).values(after_expiry="block"))
    codes = {row["code"] for row in installer.offers(show_all=True).json()["data"]}
    assert codes == {"ENTITLEMENT_EXPIRED"}


@pytest.mark.parametrize(
    ("allowed", "asked", "seen"),
    [
        ("stable", "dev", {"stable"}),
        ("rc", "stable", {"stable"}),
        ("rc", "dev", {"stable", "rc"}),
        ("dev", "beta", {"stable", "rc", "beta"}),
        ("dev", "dev", {"stable", "rc", "beta", "dev"}),
    ],
)
def test_a_channel_is_allowed_up_to_the_key_s_and_the_agent_s(
    buy, publish, installer, allowed, asked, seen
):
    buy(channel=allowed)
    for number, channel in enumerate(["stable", "rc", "beta", "dev"]):
        publish(f"2.{number}.0", channel=channel)
    answer = installer.offers(channel=asked).json()
    assert {row["release"]["channel"] for row in answer["data"]} == seen


def test_a_published_day_is_the_vendor_s_day(buy, publish, installer, connection, clock):
    buy()
    clock.pass_(hours=12)  # in Moscow the next day has begun
    publish()
    connection.execute(update(Entitlement).values(updates_until=day(0)))
    [row] = installer.offers(show_all=True).json()["data"]
    assert row["params"] == {"until": day(0).isoformat(), "published": day(1).isoformat()}


@pytest.mark.usefixtures("on_offer")
@pytest.mark.parametrize(
    ("model", "state", "code"),
    [
        (Vendor, {"status": "suspended"}, "VENDOR_SUSPENDED"),
        (Customer, {"status": "blocked"}, "CUSTOMER_BLOCKED"),
        (LicenseKey, {"status": "revoked"}, "KEY_REVOKED"),
        (LicenseKey, {"status": "suspended"}, "KEY_SUSPENDED"),
    ],
)
def test_a_blocked_key_is_a_problem_and_no_empty_list(installer, connection, model, state, code):
    connection.execute(update(model).values(**state))
    assert refused(installer.offers()) == (403, code)


# What is installed


def installed(version, sha256=None, name="СкладскойПомощник"):
    return {"onec_name": name, "version": version, "artifact_sha256": sha256}


def actions(answer):
    return {version: row["action"] for version, row in rows(answer).items()}


@pytest.fixture
def line(buy, publish):
    """Three releases, by version: 2.3.0, 2.4.0, 2.5.0."""
    buy()
    return {version: publish(version) for version in ("2.3.0", "2.4.0", "2.5.0")}


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ([], ("install", "install", "install")),
        ([installed("2.5.0", name="Другое")], ("install", "install", "install")),
        ([installed("2.5.0")], ("current", "downgrade", "downgrade")),
        ([installed("2.4.0")], ("upgrade", "current", "downgrade")),
        ([installed("2.3.0", name="СКЛАДСКОЙПОМОЩНИК")], ("upgrade", "upgrade", "current")),
        ([installed("2.4")], ("replace_unknown",) * 3),
        ([installed("")], ("replace_unknown",) * 3),
        ([installed("2.9.0", "0" * 64)], ("replace_unknown",) * 3),
    ],
)
def test_the_action_follows_from_what_is_installed(installer, present, expected):
    answer = installer.offers(installed=present, show_all=True)
    assert actions(answer) == dict(zip(("2.5.0", "2.4.0", "2.3.0"), expected, strict=True))
    assert best(answer) == ["2.5.0"]


def test_the_bytes_say_more_than_the_version(line, installer, session):
    sha256 = session.scalar(select(Artifact.sha256).where(Artifact.release_id == line["2.3.0"].id))
    answer = installer.offers(installed=[installed("2.5.0", sha256)], show_all=True)
    assert actions(answer)["2.3.0"] == "current"


def test_a_file_version_that_two_releases_share_has_no_direction(world, session, buy, installer):
    buy()
    for version in ("2.4.0", "2.4.1"):
        told = {"extension": "warehouse-helper", "version": version, "notes_ru": "Новое"}
        command = CreateRelease.model_validate(told | {"rules": [BUH]})
        file = make_cfe("СкладскойПомощник", "Помощник", "1.0", "Вектор", "СП_", comment=version)
        made = releases.create(session, world.vendor.id, command, file, actor=SYSTEM)
        releases.publish(session, world.vendor.id, made.id, actor=SYSTEM)
    session.commit()
    answer = installer.offers(installed=[installed("1.0")])
    assert set(actions(answer).values()) == {"replace_unknown"}


@pytest.mark.usefixtures("line")
def test_earlier_releases_are_listed_only_when_all_are_asked_for(installer):
    answer = installer.offers(installed=[installed("2.4.0")])
    assert actions(answer) == {"2.5.0": "upgrade", "2.4.0": "current"}
    assert answer.json()["nearest"] == []


def test_where_only_earlier_releases_are_left_the_installed_one_says_why(
    line, installer, connection
):
    connection.execute(
        update(Release).where(Release.id == line["2.5.0"].id).values(status="withdrawn")
    )
    answer = installer.offers(installed=[installed("2.5.0")])
    assert answer.json()["data"] == []
    [nearest] = answer.json()["nearest"]
    assert (nearest["release"]["version"], nearest["code"]) == ("2.5.0", "RELEASE_WITHDRAWN")
    everything = installer.offers(installed=[installed("2.5.0")], show_all=True)
    assert (best(everything), actions(everything)["2.4.0"]) == (["2.4.0"], "downgrade")


# Seats


@pytest.mark.usefixtures("on_offer")
def test_seats_are_shown_as_they_stand(installer):
    beside = installer.beside()
    activation = beside.activate().json()["activation"]
    assert installer.offers().json()["data"][0]["activation"] == {
        "needed": True,
        "id": None,
        "seats_free": 2,
    }
    told = beside.post("offers", beside.token, **FITTING).json()["data"][0]["activation"]
    assert told == {"needed": False, "id": activation["id"], "seats_free": 2}


@pytest.mark.usefixtures("on_offer")
def test_a_token_reads_nothing_of_another_infobase(installer):
    beside = installer.beside()
    beside.activate()
    installer.activate()
    answer = installer.post("offers", installer.token, infobase=beside.here, **FITTING)
    assert refused(answer) == (409, "BINDING_MISMATCH")


@pytest.mark.usefixtures("on_offer")
def test_offers_write_nothing(installer, connection):
    before = contents(connection)
    installer.offers(show_all=True)
    assert contents(connection) == before


def test_versions_are_ordered_as_numbers(buy, publish, installer):
    buy()
    names = ["2.9", "2.10", "2.9.0.1", "10.0", "2.2.65535", "0.1"]
    for version in names:
        publish(version)
    listed = versions(installer.offers())
    assert sorted(names) != listed
    assert all(parts(one) > parts(other) for one, other in pairwise(listed))


def parts(version):
    return tuple(map(int, version.split(".")))
