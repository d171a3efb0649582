import pytest

from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import Release


@pytest.fixture
def upgraded(bench, server):
    """2.4.0, then 2.5.0 over it; the server is asked for nothing any more."""
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.install()
    server.requests.clear()
    return bench


def rollback(bench, *options):
    return bench.run("rollback", EXTENSION, "--json", "--simulated", bench.base, *options)


def versions(bench):
    return [version for _, version, _ in bench.extensions()]


def test_the_earlier_copy_is_written_back_and_reported(upgraded, server):
    ran = rollback(upgraded)
    assert (ran.exit, ran.result["outcome"], ran.result["data"]["action"]) == (
        0, "done", "rollback",
    )  # fmt: skip
    assert [data for _, _, data in upgraded.extensions()] == [server.releases[0].data]
    report = server.reports[-1]
    assert (report["operation"], report["outcome"]) == ("rollback", "done")
    assert (report["previous_version"], report["version"]) == ("2.5.0", "2.4.0")
    assert report["release_id"] == server.releases[0].id
    assert [event["state"] for event in ran.of("step")][:2] == ["FILE_VERIFIED", "HOST_READY"]


def test_the_plan_speaks_of_the_copy_and_of_no_download(upgraded):
    told = upgraded.run("rollback", EXTENSION, "--simulated", upgraded.base, "--yes").out
    assert "проверить сохранённую копию, сохранить копию версии «2.5.0»" in told
    assert "скачать" not in told


def test_no_right_of_the_server_is_needed(upgraded, server):
    rollback(upgraded)
    assert {route for route, _, _ in server.requests} == {"POST install-reports"}


def test_its_properties_come_back_with_it(bench, server):
    bench.install()
    row = bench.state["extensions"][0]
    properties = {**row["properties"], "active": False, "security_profile": "Склад"}
    bench.write(extensions=[{**row, "properties": properties}])
    server.releases.append(Release("2.5.0"))
    bench.install()
    bench.write(extensions=[{**bench.state["extensions"][0], "properties": row["properties"]}])
    rollback(bench)
    assert bench.state["extensions"][0]["properties"] == properties


def test_the_way_back_can_be_gone_back(upgraded):
    rollback(upgraded)
    rollback(upgraded)
    assert versions(upgraded) == ["2.5.0"]


def test_a_removed_extension_comes_back(upgraded):
    upgraded.do("uninstall", EXTENSION)
    assert rollback(upgraded).exit == 0
    assert versions(upgraded) == ["2.5.0"]


def test_any_kept_copy_can_be_named(upgraded, server):
    server.releases.append(Release("2.6.0"))
    upgraded.install()
    status = upgraded.run("status", "--json", "--simulated", upgraded.base)
    copies = status.result["data"]["copies"]
    assert [one["version"] for one in copies] == ["2.5.0", "2.4.0"]
    assert rollback(upgraded, "--to", copies[1]["operation_id"]).exit == 0
    assert versions(upgraded) == ["2.4.0"]


def test_what_is_there_already_is_nothing_to_do(upgraded):
    ran = rollback(upgraded)
    source = ran.result["data"]["operation_id"]
    rollback(upgraded)
    ran = rollback(upgraded, "--to", source)
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (0, "noop", "NOOP")


@pytest.mark.parametrize("options", [(), ("--to", "nowhere")])
def test_without_a_copy_there_is_no_way_back(bench, options):
    bench.install()
    ran = rollback(bench, *options)
    assert (ran.exit, ran.result["code"]) == (34, "NO_BACKUP")


def test_a_damaged_copy_never_reaches_1c(upgraded):
    (copy,) = (upgraded.home / "backups").rglob("*.cfe")
    copy.write_bytes(copy.read_bytes() + b"x")
    ran = rollback(upgraded)
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (34, "BACKUP_FAILED", False)
    assert versions(upgraded) == ["2.5.0"]


@pytest.mark.parametrize("protection", ["safe_mode", "unsafe_operation_warnings"])
def test_an_unsafe_copy_asks_although_somebody_agreed_before(bench, server, protection):
    flag = {"safe_mode": "safe_mode_off_required"}.get(protection, "unsafe_action_protection_off")
    server.releases = [Release(install={flag: True})]
    bench.install("--consent-unsafe")
    server.releases.append(Release("2.5.0"))
    bench.install()
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "properties": {**row["properties"], protection: True}}])
    refused = rollback(bench)
    assert (refused.exit, refused.of("question")[0]["code"]) == (14, "unsafe")
    assert rollback(bench, "--consent-unsafe").exit == 0
    assert bench.state["extensions"][0]["properties"][protection] is False


def test_what_runs_unprotected_comes_back_without_a_question(bench, server):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    bench.install("--consent-unsafe")
    server.releases.append(Release("2.5.0"))
    bench.install()
    assert rollback(bench).exit == 0


def test_a_dry_way_back_changes_nothing(upgraded):
    ran = rollback(upgraded, "--dry-run")
    assert ran.result["data"]["plan"]["action"] == "rollback"
    assert versions(upgraded) == ["2.5.0"]


def test_a_way_back_that_1c_refuses_leaves_what_was_there(upgraded, server):
    upgraded.write(faults={"write": ["garbled"]})
    ran = rollback(upgraded)
    assert (ran.exit, ran.result["outcome"]) == (34, "rolled_back")
    assert [data for _, _, data in upgraded.extensions()] == [server.releases[1].data]


def test_attempts_that_fail_do_not_use_up_the_way_back(upgraded, server):
    server.releases.append(Release("2.6.0"))
    for _ in range(8):
        upgraded.write(faults={"write": ["BAD_FILE"]})
        assert upgraded.install().exit == 34
    assert len(list((upgraded.home / "backups").rglob("*.cfe"))) == 6
    assert rollback(upgraded).exit == 0
    assert versions(upgraded) == ["2.4.0"]
