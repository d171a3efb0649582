"""Offers: what the infobase holds, and the seats of its key."""

from itertools import pairwise

import pytest
from sqlalchemy import select, update

from app.audit.actor import SYSTEM
from app.catalog.models import Artifact, Release
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from onec.cfe_writer import make_cfe
from tests.factories.calls import refused
from tests.factories.contents import contents
from tests.factories.offers import best, rows, versions
from tests.factories.world import BUH, FITTING
from tests.factories.written import written

pytestmark = pytest.mark.usefixtures("noon")

OLD = BUH | {"version_to": "3.0.149.*", "version_from": "3.0.100.0"}


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


def test_of_two_that_were_taken_back_the_installed_one_says_why(line, installer, connection):
    gone = update(Release).values(status="withdrawn")
    written(connection, gone.where(Release.id.in_([line["2.5.0"].id, line["2.4.0"].id])))
    [nearest] = installer.offers(installed=[installed("2.4.0")]).json()["nearest"]
    assert (nearest["release"]["version"], nearest["code"]) == ("2.4.0", "RELEASE_WITHDRAWN")


def test_where_only_earlier_releases_are_left_the_installed_one_says_why(
    line, installer, connection
):
    written(
        connection, update(Release).where(Release.id == line["2.5.0"].id).values(status="withdrawn")
    )
    answer = installer.offers(installed=[installed("2.5.0")])
    assert (versions(answer), best(answer)) == (["2.5.0"], [])
    [nearest] = answer.json()["nearest"]
    assert (nearest["release"]["version"], nearest["code"]) == ("2.5.0", "RELEASE_WITHDRAWN")
    everything = installer.offers(installed=[installed("2.5.0")], show_all=True)
    assert (best(everything), actions(everything)["2.4.0"]) == (["2.4.0"], "downgrade")


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        ({"advice": "stop"}, ("stop", None)),
        ({"advice": "rollback_to"}, ("rollback_to", "2.3.0")),
        ({"advice": None}, (None, None)),
    ],
)
@pytest.mark.parametrize("fitting", ["3.0.150.34", "2.0.1.1"])
def test_who_has_a_withdrawn_release_is_told_so_with_the_advice(
    line, installer, connection, advice, told, fitting
):
    back = line["2.3.0"].id if told[1] else None
    gone = {"status": "withdrawn", "withdrawn_reason_ru": "Портит остатки", "rollback_to_id": back}
    mine = update(Release).where(Release.id == line["2.4.0"].id)
    written(connection, mine.values(**gone, **advice))
    here = FITTING["configuration"] | {"version": fitting}
    answer = installer.offers(installed=[installed("2.4.0")], configuration=here)
    row = rows(answer)["2.4.0"]
    assert (row["code"], row["available"], row["best"]) == ("RELEASE_WITHDRAWN", False, False)
    assert row["params"] == dict(
        zip(("reason", "advice", "rollback_to"), ("Портит остатки", *told), strict=True)
    )
    assert "2.4.0" not in rows(installer.offers(installed=[installed("2.3.0")]))


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
