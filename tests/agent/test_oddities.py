"""Infobases and extensions that are not quite like others."""

import base64
import uuid

import pytest

from agent.clock import Timing
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT
from tests.simulators.exchange import Release

PROFILE = "Профиль"
UNSAFE = {"safe_mode_off_required": True, "unsafe_action_protection_off": True}


def properties(bench):
    (row,) = [one for one in bench.state["extensions"] if one["name"] == "СкладскойПомощник"]
    return row["properties"]


def change(bench, **values):
    (row,) = bench.state["extensions"]
    bench.write(extensions=[{**row, "properties": {**row["properties"], **values}}])


def upgrade(bench, server, **install):
    server.releases.append(Release("2.5.0", install=install))
    return bench.install("--consent-unsafe")


def test_a_platform_with_english_names_only_is_served_as_well(bench, server):
    bench.write(english_names_only=True, language="en", has_bsp=True)
    server.releases = [Release(install=UNSAFE)]
    assert bench.install("--consent-unsafe").exit == 0
    assert properties(bench)["safe_mode"] is False
    assert properties(bench)["unsafe_operation_warnings"] is False
    assert upgrade(bench, server).exit == 0
    assert [data for _, _, data in bench.extensions()] == [server.releases[-1].data]
    assert bench.state["refreshes"] == 2


def test_a_platform_without_roles_of_extensions_goes_without(bench, server):
    bench.write(platform_version="8.3.14.2095")
    assert bench.install().exit == 0
    assert properties(bench)["use_default_roles"] is True  # as 1C made it, nobody could set it
    assert upgrade(bench, server).exit == 0


def test_a_security_profile_stays_on_an_upgrade(bench, server):
    assert bench.install().exit == 0
    change(bench, security_profile=PROFILE)
    assert upgrade(bench, server).exit == 0
    assert properties(bench)["security_profile"] == PROFILE


def test_a_release_that_needs_to_be_unsafe_takes_the_profile_off(bench, server):
    assert bench.install().exit == 0
    change(bench, security_profile=PROFILE)
    assert upgrade(bench, server, **UNSAFE).exit == 0
    assert (properties(bench)["security_profile"], properties(bench)["safe_mode"]) == (None, False)


def test_a_file_without_a_version_is_installed_by_that_of_its_release(bench, server):
    server.releases = [Release("1.0", file_version="", data=good_cfe(version=""))]
    ran = bench.install()
    assert (ran.exit, ran.result["data"]["version"]) == (0, "1.0")
    server.releases.append(Release("1.1", file_version="", data=good_cfe(version="", comment="2")))
    ran = bench.install()
    assert (ran.exit, ran.result["data"]["action"]) == (0, "upgrade")
    assert [data for _, _, data in bench.extensions()] == [server.releases[-1].data]


@pytest.mark.parametrize("others", [10, 30])
def test_extensions_of_other_people_stay_as_they_are(bench, server, others):
    rows = [
        {"uuid": str(uuid.uuid4()), "name": f"Чужое{n}", "version": f"{n}", "hash_sum": f"{n:028}",
         "data": base64.b64encode(good_cfe(name=f"Чужое{n}")).decode(),
         "properties": {"active": bool(n % 2), "security_profile": PROFILE if n % 3 else None}}
        for n in range(others)
    ]  # fmt: skip
    bench.write(extensions=rows)
    assert bench.install().exit == 0
    assert upgrade(bench, server).exit == 0
    bench.write(faults={"write": ["garbled"]})
    server.releases.append(Release("2.6.0"))
    assert bench.install().result["outcome"] == "rolled_back"
    found = {row["name"]: row for row in bench.state["extensions"]}
    assert found.pop("СкладскойПомощник")["version"] == "2.5.0"
    for row in rows:
        kept = found.pop(row["name"])
        assert {name: kept[name] for name in row if name != "properties"} == {
            name: row[name] for name in row if name != "properties"
        }
        assert row["properties"].items() <= kept["properties"].items()
    assert found == {}


def test_a_downgrade_is_done_when_it_was_agreed_to(bench, server):
    server.releases = [Release("2.5.0")]
    assert bench.install().exit == 0
    server.releases.append(Release("2.4.0"))
    ran = bench.do("install", "warehouse-helper", *ACCEPT, "--release", "2.4.0")
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    ran = bench.install("--release", "2.4.0", "--allow-downgrade")
    assert (ran.exit, ran.result["data"]["action"]) == (0, "downgrade")
    assert bench.extensions()[0][1] == "2.4.0"


def test_a_remark_of_1c_stops_nothing(bench):
    bench.write(remarks=["Метод устарел"])
    assert bench.install().exit == 0


def test_a_description_of_files_may_be_there_or_not(bench):
    bench.write(has_configuration_description=True)
    assert bench.install().exit == 0


def test_licences_that_others_give_back_are_waited_for(bench, entering, monkeypatch, pauses):
    """The pool is empty when the operation begins, and somebody leaves during every pause."""
    row = {"application": "1CV8C", "computer": "PC-1", "user": "", "number": 100}
    crowd = [{**row, "number": 100 + n} for n in range(4)]
    entering("CONNECTED", lambda: bench.write(licenses=3, sessions=crowd))

    def leave(_timing, seconds):
        pauses.append(seconds)
        bench.write(sessions=bench.state["sessions"][1:])

    monkeypatch.setattr(Timing, "sleep", leave)
    assert bench.install().exit == 0
    assert pauses == [10.0, 20.0]
    assert len(bench.extensions()) == 1


def test_licences_that_nobody_gives_back_end_the_operation_unchanged(bench, entering, pauses):
    entering("CONNECTED", lambda: bench.write(licenses=0))
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (31, "NO_LICENSE", False)
    assert sum(pauses) == 300.0
    assert bench.extensions() == []
