"""What administrators stumble over with extensions, and what the agent does about it."""

from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import Release
from tests.simulators.licence_answers import activations

NOTES = "Выгрузите идентификаторы дел: в новый модуль они не переносятся"


def test_notes_of_a_migration_are_read_before_anything_is_agreed_to(bench, server):
    server.releases = [Release(install={"migration_notes": NOTES})]
    bench.do("check")
    shown = bench.run("install", EXTENSION, "--simulated", bench.base).out
    assert shown.index(NOTES) < shown.index("Принимаете лицензионное соглашение")
    assert bench.extensions() == []


def test_safe_mode_is_off_from_the_first_write_on(bench, server):
    """Not switched off afterwards: the property is part of the same write."""
    server.releases = [Release(install={"safe_mode_off_required": True})]
    bench.write(faults={"set_properties": "NO_RIGHTS"})
    assert bench.install("--consent-unsafe").exit == 0
    assert bench.state["extensions"][0]["properties"]["safe_mode"] is False


def test_safe_mode_that_somebody_switched_on_again_is_drift_and_mended(bench, server):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    bench.install("--consent-unsafe")
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "properties": {**row["properties"], "safe_mode": True}}])
    assert bench.do("check").result["data"]["drift"][0]["change"] == "properties"
    ran = bench.install("--consent-unsafe")
    assert (ran.exit, ran.result["data"]["action"]) == (0, "repair")
    assert bench.state["extensions"][0]["properties"]["safe_mode"] is False


def test_a_release_older_than_what_the_infobase_holds_is_no_upgrade(bench, server):
    """Also where this computer knows nothing of what somebody else installed."""
    server.releases = [Release("2.4.0"), Release("2.5.0")]
    bench.install()
    (bench.home / "state.db").unlink()
    refused = bench.install("--release", "2.4.0")
    assert (refused.exit, refused.of("question")[0]["code"]) == (14, "downgrade")
    assert [version for _, version, _ in bench.extensions()] == ["2.5.0"]


def test_an_old_module_in_the_way_is_named_before_the_download(bench, server):
    server.releases = [Release(install={"conflicts_with": ["Бэкофис", "Синхронизация"]})]
    old = {"uuid": "f-1", "name": "Синхронизация", "version": "7", "hash_sum": "H7", "data": ""}
    bench.write(extensions=[old])
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "EXTENSION_CONFLICT")
    assert "Синхронизация" in ran.result["text"]
    assert server.count("POST downloads") == 0


def test_an_old_module_that_came_since_the_plan_stops_before_the_write(bench, server):
    server.releases = [Release(install={"conflicts_with": ["Синхронизация"]})]
    old = {"uuid": "f-1", "name": "Синхронизация", "version": "7", "hash_sum": "H7", "data": ""}

    def meanwhile(exchange):
        bench.write(extensions=[old])
        activations(exchange)

    server.before("POST activations", meanwhile)
    assert bench.install().result["code"] == "EXTENSION_CONFLICT"
    assert [name for name, _, _ in bench.extensions()] == ["Синхронизация"]


def test_what_people_must_still_do_comes_with_the_restart(bench, server):
    steps = ["Включите «Публиковать HTTP сервисы расширений по умолчанию»"]
    server.releases = [Release(install={"post_install_steps": steps, "restart_required": True})]
    ran = bench.do("install", EXTENSION, *ACCEPT)
    assert (ran.exit, ran.result["post_install_steps"]) == (3010, steps)
    assert [one["text"] for one in bench.do("status").result["data"]["steps"]] == steps
