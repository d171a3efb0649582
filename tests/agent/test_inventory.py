import pytest

from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import Release, hang_up

NAME = "СкладскойПомощник"
FOREIGN = {"uuid": "f-1", "name": "Бэкофис", "version": "7", "hash_sum": "H7", "data": "AAAA"}


def seen(bench, command="status"):
    return bench.do(command).result["data"]


def set_property(bench, **changes):
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "properties": {**row["properties"], **changes}}])


# For the server


def test_after_an_operation_the_server_knows_what_the_infobase_holds(bench, server):
    bench.write(extensions=[FOREIGN])
    bench.install()
    (inventory,) = server.inventories
    assert inventory["infobase"]["id"] == bench.state["infobase_id"]
    assert {(one["onec_name"], one["version"]) for one in inventory["installed"]} == {
        ("Бэкофис", "7"), (NAME, "2.4.0"),
    }  # fmt: skip
    bench.do("uninstall", EXTENSION)
    assert [one["onec_name"] for one in server.inventories[-1]["installed"]] == ["Бэкофис"]


def test_an_operation_that_was_put_back_leaves_the_view_of_before(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled"]})
    bench.install()
    (one,) = server.inventories[-1]["installed"]
    assert one["version"] == "2.4.0"


def test_report_sends_what_waits_and_what_is_there_now(bench, server):
    server.before("POST install-reports", *[hang_up] * 9)
    bench.install()
    server.queued["POST install-reports"].clear()
    bench.write(extensions=[])
    ran = bench.do("report")
    assert (ran.exit, ran.result["data"]["pending_reports"]) == (0, 0)
    assert [one["outcome"] for one in server.reports] == ["done"]
    assert server.inventories[-1]["installed"] == []


def test_a_view_that_was_not_sent_gives_way_to_the_next(bench, server):
    server.before("POST install-reports", *[hang_up] * 3)
    bench.install()
    bench.write(extensions=[])
    bench.do("report")
    assert [one["installed"] for one in server.inventories] == [[]]


def test_report_says_what_could_not_be_sent(bench, server):
    server.before("POST install-reports", *[hang_up] * 30)
    bench.install()
    ran = bench.do("report")
    assert (ran.exit, ran.result["code"]) == (10, "NETWORK")
    assert ran.result["data"]["pending_reports"] == 2


def test_report_tells_of_an_infobase_that_is_named(bench, server):
    bench.run("infobases", "add", "Бухгалтерия", "--simulated", bench.base)
    bench.do("check")
    bench.write(extensions=[FOREIGN])
    assert bench.run("report", "--infobase", "Бухгалтерия", "--json").exit == 0
    assert [one["onec_name"] for one in server.inventories[-1]["installed"]] == ["Бэкофис"]


def test_a_check_that_finds_drift_tells_the_server(bench, server):
    bench.install()
    told = len(server.inventories)
    assert bench.do("check").exit == 0
    assert len(server.inventories) == told  # nothing is new
    bench.write(extensions=[])
    assert bench.do("check").result["data"]["drift"][0]["change"] == "vanished"
    assert [one["installed"] for one in server.inventories[told:]] == [[]]


def test_report_works_without_an_infobase(bench, server):
    bench.do("check")
    assert bench.run("report", "--json").exit == 0
    assert server.inventories == []


# For people


def test_status_tells_each_extension_with_its_release(bench, server):
    bench.write(extensions=[FOREIGN])
    bench.install()
    foreign, ours = seen(bench)["infobase"]["extensions"]
    assert foreign["release"] is None
    assert ours["release"] == {"id": server.releases[0].id, "version": "2.4.0"}
    assert (ours["properties"]["active"], ours["properties"]["safe_mode"]) == (True, True)
    assert (ours["scope"], ours["purpose"], len(ours["hash_sum"])) == (
        "InfoBase", "customization", 28,
    )  # fmt: skip
    shown = bench.run("status", "--simulated", bench.base).out
    assert ours["hash_sum"] in shown


@pytest.mark.parametrize("command", ["status", "check"])
def test_drift_is_told_by_what_changed(bench, command):
    bench.install()
    assert seen(bench, command)["drift"] == []
    set_property(bench, safe_mode=False)
    assert seen(bench, command)["drift"] == [{"onec_name": NAME, "change": "properties"}]
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "hash_sum": "other"}])
    assert seen(bench, command)["drift"] == [{"onec_name": NAME, "change": "bytes"}]
    bench.write(extensions=[])
    assert seen(bench, command)["drift"] == [{"onec_name": NAME, "change": "vanished"}]


def test_what_we_removed_has_not_vanished(bench):
    bench.install()
    bench.do("uninstall", EXTENSION)
    assert seen(bench)["drift"] == []


def test_what_a_rollback_left_is_no_drift(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled"]})
    bench.install()
    assert seen(bench)["drift"] == []


def test_a_failure_that_changed_nothing_tells_nothing_of_the_infobase(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(issues=["Не найден общий модуль"])
    assert bench.install().exit == 34
    assert seen(bench)["drift"] == []
    bench.write(extensions=[])
    assert seen(bench)["drift"] == [{"onec_name": NAME, "change": "vanished"}]


def test_a_repair_ends_the_drift(bench):
    bench.install()
    set_property(bench, unsafe_operation_warnings=False)
    assert seen(bench)["drift"]
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "hash_sum": "other"}])
    assert bench.install().result["data"]["action"] == "repair"
    assert seen(bench)["drift"] == []


# Steps left to people


def test_steps_left_to_people_are_ticked_by_their_number(bench, server):
    server.releases = [Release(install={"post_install_steps": ["Опубликуйте", "Проверьте"]})]
    bench.install()
    assert [one["is_done"] for one in seen(bench)["steps"]] == [False, False]
    bench.do("status", "--done", "2")
    steps = bench.do("status", "--done", "2").result["data"]["steps"]
    assert [(one["number"], one["text"], one["is_done"]) for one in steps] == [
        (1, "Опубликуйте", False), (2, "Проверьте", True),
    ]  # fmt: skip
    assert (
        "[✓] 2. СкладскойПомощник: Проверьте" in bench.run("status", "--simulated", bench.base).out
    )


@pytest.mark.parametrize("number", ["0", "3"])
def test_a_step_that_nobody_left_is_named(bench, server, number):
    server.releases = [Release(install={"post_install_steps": ["Опубликуйте", "Проверьте"]})]
    bench.install()
    ran = bench.do("status", "--done", number)
    assert (ran.exit, ran.result["code"]) == (2, "USAGE")


def test_a_step_belongs_to_an_infobase(bench):
    assert bench.run("status", "--json", "--done", "1").exit == 2


def test_steps_of_what_was_removed_are_gone(bench, server):
    server.releases = [Release(install={"post_install_steps": ["Опубликуйте"]})]
    bench.install()
    bench.do("uninstall", EXTENSION)
    assert seen(bench)["steps"] == []


# A configuration that was updated


@pytest.mark.parametrize(
    ("verdict", "words"), [("untested", "не проверен"), ("incompatible", "не подходит")]
)
def test_a_configuration_updated_since_is_matched_anew(bench, server, verdict, words):
    bench.install()
    server.releases[0].verdict, server.releases[0].reason = verdict, "Проверено до 3.0.150"
    assert bench.do("check").of("warn") == []
    bench.write(configuration={"name": "БухгалтерияПредприятия", "version": "3.0.151.1"})
    ran = bench.do("check")
    (warning,) = ran.of("warn")
    assert warning["code"] == "MAY_BE_BROKEN"
    assert (warning["data"]["before"], warning["data"]["now"]) == ("3.0.150.34", "3.0.151.1")
    assert f"{words} (Проверено до 3.0.150)" in warning["text"]
    assert [one["extension"]["code"] for one in ran.result["data"]["unfit"]] == [EXTENSION]


def test_a_configuration_that_the_release_fits_warns_of_nothing(bench):
    bench.install()
    bench.write(configuration={"name": "БухгалтерияПредприятия", "version": "3.0.151.1"})
    assert bench.do("check").of("warn") == []


# Which infobase, and what was done there


def test_the_only_infobase_need_not_be_named(bench):
    bench.run("infobases", "add", "Бух", "--simulated", bench.base)
    bench.install()
    for command in ("status", "check"):
        ran = bench.run(command, "--json")
        assert (ran.exit, ran.result["data"]["infobase"] is None) == (0, False)


def test_the_journal_is_shown_though_the_only_infobase_is_out_of_reach(bench):
    bench.run("infobases", "add", "Бух", "--simulated", bench.base)
    bench.install()
    bench.write(faults={"connect": "BASE_NOT_FOUND"})
    ran = bench.run("status", "--json")
    assert (ran.exit, ran.of("warn")[0]["code"]) == (0, "BASE_NOT_FOUND")
    assert len(ran.result["data"]["operations"]) == 1


def test_the_journal_says_what_was_done(bench):
    bench.install()
    bench.do("uninstall", "warehouse-helper")
    shown = bench.run("status", "--simulated", bench.base).out
    assert "СкладскойПомощник: установить 2.4.0. Итог: сделано" in shown
    assert "СкладскойПомощник: удалить. Итог: сделано" in shown
