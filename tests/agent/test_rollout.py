"""Groups of infobases: test ones first, production once they proved it, each in its time."""

import json
import sys
from datetime import datetime, timedelta

import pytest
import time_machine

from agent.commands import check
from agent.policies import Window
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.designer import FakeDesigner
from tests.simulators.exchange import BOOKKEEPING, KEY, Release

GROUP = '[groups."Розница"]\n'


@pytest.fixture
def office(bench):
    """Infobases of a group: call it with their names and rings."""

    def make(ring_of, toml=GROUP):
        bench.home.mkdir(exist_ok=True)
        (bench.home / "agent.toml").write_text(toml, "utf-8")
        for name, ring in ring_of.items():
            folder = bench.base.parent / name
            folder.mkdir()
            state = {
                "configuration": {"name": BOOKKEEPING, "version": "3.0.150.34"},
                "platform_version": "8.3.25.1286",
            }
            (folder / "infobase.json").write_text(json.dumps(state, ensure_ascii=False), "utf-8")
            ran = bench.run(
                "infobases", "add", name, "--simulated", folder, "--json",
                *(("--group", "Розница", "--ring", ring) if ring else ()),
            )  # fmt: skip
            assert ran.exit == 0

    return make


def put(bench, name, **changes):
    path = bench.base.parent / name / "infobase.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


def held(bench, name):
    state = json.loads((bench.base.parent / name / "infobase.json").read_text("utf-8"))
    return [row["version"] for row in state["extensions"]]


def run(bench, *words):
    return bench.run(
        *words, "--json", "--key-stdin", "--server", bench.server.url, stdin=f"{KEY}\n"
    )


def to_group(bench, *options):
    return run(bench, "update", EXTENSION, "--to-group", "Розница", *ACCEPT, *options)


def codes(ran):
    return {one["alias"]: one["code"] for one in ran.result["data"]["infobases"]}


def test_the_test_infobase_comes_first_and_lets_production_follow(bench, office):
    office({"а рабочая": "production", "я тестовая": "test"})
    ran = to_group(bench)
    assert (ran.exit, ran.result["changed"]) == (0, True)
    assert list(codes(ran)) == ["я тестовая", "а рабочая"]
    assert held(bench, "а рабочая") == held(bench, "я тестовая") == ["2.4.0"]
    assert bench.server.count("GET artifacts") == 1


def test_what_failed_in_the_test_infobase_stays_out_of_production(bench, office):
    office({"р": "production", "т": "test"})
    put(bench, "т", rights={"extensions": False, "administration": False})
    ran = to_group(bench)
    assert codes(ran) == {"т": "NO_RIGHTS", "р": "RING_NOT_PROVEN"}
    assert (ran.exit, held(bench, "р")) == (33, [])


def test_without_a_test_infobase_production_waits_unless_told_otherwise(bench, office):
    office({"р": "production"})
    ran = to_group(bench)
    assert (ran.exit, ran.result["code"], held(bench, "р")) == (14, "RING_NOT_PROVEN", [])
    assert "Розница" in ran.result["text"]
    assert to_group(bench, "--skip-ring").exit == 0
    assert held(bench, "р") == ["2.4.0"]


def test_other_bytes_prove_nothing(bench, server, office):
    office({"р": "production", "т": "test"})
    assert to_group(bench).exit == 0
    server.releases.append(Release("2.5.0"))
    put(bench, "т", rights={"extensions": False, "administration": False})
    assert codes(to_group(bench))["р"] == "RING_NOT_PROVEN"
    assert held(bench, "р") == ["2.4.0"]


def test_what_was_rolled_back_in_the_test_infobase_proves_nothing(bench, server, office):
    office({"р": "production", "т": "test"})
    server.releases = []
    for version in ("2.4.0", "2.5.0"):
        server.releases.append(Release(version))
        assert run(bench, "install", EXTENSION, *ACCEPT, "--infobase", "т").exit == 0
    assert run(bench, "rollback", EXTENSION, "--yes", "--infobase", "т").exit == 0
    put(bench, "т", faults={"connect": "NO_LICENSE"})
    assert codes(to_group(bench))["р"] == "RING_NOT_PROVEN"


def test_what_was_taken_out_while_the_clock_was_wrong_proves_nothing(bench, office):
    office({"р": "production", "т": "test"})
    now = datetime.now().astimezone()
    with time_machine.travel(now, tick=False):
        assert run(bench, "install", EXTENSION, *ACCEPT, "--infobase", "т").exit == 0
    with time_machine.travel(now - timedelta(hours=1), tick=False):
        assert run(bench, "uninstall", EXTENSION, "--yes", "--infobase", "т").exit == 0
    put(bench, "т", faults={"connect": "NO_LICENSE"})
    assert codes(to_group(bench))["р"] == "RING_NOT_PROVEN"


def test_what_gave_way_to_an_earlier_release_in_the_test_infobase_proves_nothing(
    bench, server, office
):
    office({"р": "production", "т": "test"})
    server.releases.append(Release("2.5.0"))
    assert run(bench, "install", EXTENSION, *ACCEPT, "--infobase", "т").exit == 0
    back = ("--release", "2.4.0", "--allow-downgrade")
    ran = run(bench, "install", EXTENSION, *ACCEPT, "--infobase", "т", *back)
    assert (ran.exit, held(bench, "т")) == (0, ["2.4.0"])
    put(bench, "т", faults={"connect": "NO_LICENSE"})
    assert codes(to_group(bench))["р"] == "RING_NOT_PROVEN"


def test_production_waits_the_hours_that_the_group_wants(bench, office):
    office({"р": "production", "т": "test"}, GROUP + "wait_after_test = 24\n")
    start = datetime.now().astimezone()
    with time_machine.travel(start, tick=False) as clock:
        ran = to_group(bench)
        assert codes(ran) == {"т": None, "р": "RING_NOT_PROVEN"}
        assert "проверка в тестовой базе идёт до" in ran.result["data"]["infobases"][1]["text"]
        clock.shift(timedelta(hours=23, minutes=59))
        assert codes(to_group(bench))["р"] == "RING_NOT_PROVEN"
        clock.shift(timedelta(minutes=2))
        assert codes(to_group(bench))["р"] is None
    assert held(bench, "р") == ["2.4.0"]


@pytest.mark.parametrize(
    ("now", "exit_code"),
    [("21:59", 14), ("22:00", 0), ("23:59", 0), ("00:00", 0), ("04:59", 0), ("05:00", 14)],
)
def test_nothing_is_done_outside_the_window(bench, office, now, exit_code):
    office({"т": "test"}, GROUP + 'window = "22:00-05:00"\n')
    moment = datetime.strptime(f"2026-11-22 {now}", "%Y-%m-%d %H:%M").astimezone()
    with time_machine.travel(moment, tick=False):
        ran = to_group(bench)
    assert ran.exit == exit_code
    assert ran.result["code"] == ("WINDOW_CLOSED" if exit_code else None)
    assert held(bench, "т") == ([] if exit_code else ["2.4.0"])


@pytest.mark.parametrize("text", ["", "22-05", "24:00-05:00", "22:60-05:00", "5:00-5:00", "x"])
def test_what_is_no_window_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        Window.parse(text)


def test_what_comes_after_the_window_closed_waits_for_the_next_night(
    bench, server, office, entering
):
    office({"т": "test"}, GROUP + 'window = "22:00-05:00"\n')
    tags = {"extension": "price-tags", "onec_name": "Ценники"}
    for version in ("2.4.0", "2.5.0"):
        server.releases = [
            Release(version),
            Release(version, **tags, data=good_cfe(name="Ценники", version=version)),
        ]
        for name in (EXTENSION, "price-tags") if version == "2.4.0" else ():
            assert run(bench, "install", name, *ACCEPT, "--infobase", "т").exit == 0
    with time_machine.travel(datetime(2026, 3, 1, 4, 59).astimezone(), tick=False) as clock:
        entering("VERIFIED_NEW_SESSION", lambda: clock.shift(600))
        ran = run(bench, "update", "--to-group", "Розница", *ACCEPT)
    assert (ran.exit, codes(ran)) == (14, {"т": "WINDOW_CLOSED"})
    assert sorted(held(bench, "т")) == ["2.4.0", "2.5.0"]


def test_a_window_within_one_day_closes_in_the_evening():
    window = Window.parse("9:00 - 18:30")
    assert str(window) == "09:00-18:30"
    opened = [hour for hour in range(24) if window.is_open(datetime(2026, 1, 1, hour))]  # noqa: DTZ001
    assert opened == list(range(9, 19))


# --all


def test_all_infobases_are_updated_in_a_row_by_one_download(bench, server, office):
    office({"а": None, "б": None, "в": None})
    for name in ("а", "б"):
        assert run(bench, "install", EXTENSION, *ACCEPT, "--infobase", name).exit == 0
    server.releases.append(Release("2.5.0"))
    before = server.count("GET artifacts")
    ran = run(bench, "update", "--all", *ACCEPT)
    assert (ran.exit, ran.result["changed"]) == (0, True)
    outcomes = [one["outcome"] for one in ran.result["data"]["infobases"]]
    assert outcomes == ["done", "done", "noop"]
    assert [held(bench, name) for name in "абв"] == [["2.5.0"], ["2.5.0"], []]
    assert server.count("GET artifacts") == before + 1


def test_one_infobase_that_cannot_be_entered_stops_no_other(bench, server, office):
    office({"а": None, "б": None})
    for name in ("а", "б"):
        run(bench, "install", EXTENSION, *ACCEPT, "--infobase", name)
    server.releases.append(Release("2.5.0"))
    put(bench, "а", faults={"connect": "AUTH_FAILED"})
    ran = run(bench, "update", "--all", *ACCEPT)
    assert (ran.exit, codes(ran)) == (31, {"а": "AUTH_FAILED", "б": None})
    assert held(bench, "б") == ["2.5.0"]


def test_what_nobody_expected_in_one_infobase_stops_no_other(bench, office, monkeypatch):
    office({"а": None, "б": None})
    ran = run(bench, "check", "--all")
    assert ran.exit == 0
    calls = iter([None])

    def broken(context):
        if next(calls, True) is None:
            raise RuntimeError("boom")
        return check(context)

    monkeypatch.setattr("agent.rollout.check", broken)
    ran = run(bench, "check", "--all")
    assert (ran.exit, codes(ran)) == (1, {"а": "UNEXPECTED", "б": "ACTIVE"})


def test_a_restart_counts_more_than_nothing_and_less_than_a_failure(bench, server, office):
    office({"а": None, "б": None})
    for name in ("а", "б"):
        run(bench, "install", EXTENSION, *ACCEPT, "--infobase", name)
    server.releases.append(Release("2.5.0", install={"restart_required": True}))
    put(bench, "б", faults={"connect": "AUTH_FAILED"})
    assert run(bench, "update", "--all", *ACCEPT).result["exit_code"] == 31
    put(bench, "б", faults={})
    assert run(bench, "update", "--all", *ACCEPT).result["exit_code"] == 3010


def test_after_a_failed_rollback_the_rest_is_left_alone(bench, server, office):
    office({"а": None, "б": None})
    for name in ("а", "б"):
        run(bench, "install", EXTENSION, *ACCEPT, "--infobase", name)
    server.releases.append(Release("2.5.0"))
    put(bench, "а", faults={"write": ["garbled", "NO_RIGHTS", "NO_RIGHTS", "NO_RIGHTS"]})
    ran = run(bench, "update", "--all", *ACCEPT)
    assert (ran.exit, ran.result["data"]["left_alone"]) == (35, ["б"])
    assert held(bench, "б") == ["2.4.0"]


def test_all_are_checked_and_shown_in_one_table(bench, office):
    office({"а": None, "б": None})
    put(bench, "б", faults={"connect": "AUTH_FAILED"})
    ran = run(bench, "check", "--all")
    assert (ran.exit, codes(ran)) == (31, {"а": "ACTIVE", "б": "AUTH_FAILED"})
    shown = bench.run("check", "--all")
    assert "AUTH_FAILED" in shown.out
    assert "Итог" in shown.out


@pytest.mark.parametrize(
    "words",
    [
        ("update", "--all", "--to-group", "Розница"), ("update", "--to-group", "Нет такой"),
        ("update", "--all", "--infobase", "а"), ("check", "--all", "--infobase", "а"),
        ("update", "--to-group", "Розница"),
    ],
)  # fmt: skip
def test_a_command_that_says_two_things_is_refused(bench, office, words):
    office({"а": None})
    assert run(bench, *words).exit == 2


def test_without_infobases_there_is_nothing_to_run_over(bench):
    ran = run(bench, "update", "--all")
    assert (ran.exit, "infobases add" in ran.result["text"]) == (2, True)


def test_a_group_that_nobody_describes_any_more_stops_its_infobases(bench, office):
    office({"т": "test"})
    (bench.home / "agent.toml").write_text("")
    ran = run(bench, "update", EXTENSION, "--all", *ACCEPT)
    assert (ran.exit, held(bench, "т")) == (2, [])


# The copy of the whole infobase


def test_the_policy_of_the_group_makes_the_copy_before_the_change(bench, server, office, tmp_path):
    designer = FakeDesigner(tmp_path)
    toml = f'{GROUP}backup_mode = "dumpib"\n[backup]\ndesigner = {json.dumps(str(designer.path))}\n'
    office({"т": "test"}, toml)
    server.releases = [Release(install={"backup_required": True})]
    ran = to_group(bench)
    assert ran.exit == 0
    (copy,) = (bench.home / "backups" / "infobases").rglob("*.dt")
    assert designer.seen[:3] == ["DESIGNER", "/F", str(bench.base.parent / "т")]
    assert designer.seen[designer.seen.index("/DumpIB") + 1] == str(copy.with_suffix(".part.dt"))
    server.releases.append(Release("2.5.0"))
    designer.tell(code=1, result="1", out="Ошибка блокировки базы")
    ran = to_group(bench)
    assert (ran.exit, ran.result["code"], held(bench, "т")) == (34, "BACKUP_FAILED", ["2.4.0"])
    assert "Ошибка блокировки базы" in ran.result["text"]


def test_what_changes_while_the_copy_is_made_is_noticed(bench, office):
    file = bench.base.parent / "т" / "infobase.json"
    code = (
        f"import json; f = open({str(file)!r}, encoding='utf-8'); state = json.load(f); f.close();"
        " state['configuration']['version'] = '3.0.151.1';"
        f" json.dump(state, open({str(file)!r}, 'w', encoding='utf-8'))"
    )
    program = json.dumps([sys.executable, "-c", code])
    office({"т": "test"}, f'backup_mode = "command"\n{GROUP}[backup]\ncommand = {program}\n')
    ran = to_group(bench)
    assert (ran.exit, ran.result["code"], held(bench, "т")) == (34, "CONFIG_MISMATCH", [])


@pytest.mark.parametrize("mode", ["file_copy", "command"])
def test_other_ways_of_keeping_it_are_taken_too(bench, office, mode, tmp_path):
    seen = tmp_path / "seen"
    program = [sys.executable, "-c", f"open({str(seen)!r}, 'w').write('x')"]
    office({"т": "test"}, f"{GROUP}[backup]\ncommand = {json.dumps(program)}\n")
    (bench.base.parent / "т" / "1Cv8.1CD").write_bytes(b"1CDBMSV8" + bytes(100))
    bench.run("infobases", "edit", "т", "--backup-mode", mode)
    assert to_group(bench).exit == 0
    copies = list((bench.home / "backups" / "infobases").rglob("*.1CD"))
    assert (len(copies), seen.exists()) == ((1, False) if mode == "file_copy" else (0, True))


def test_a_policy_of_confirming_asks_a_person(bench, office):
    office({"т": "test"}, f'backup_mode = "confirm"\n{GROUP}')
    ran = to_group(bench)
    assert (ran.exit, ran.of("question")[0]["code"], held(bench, "т")) == (14, "backup", [])
    assert to_group(bench, "--yes").exit == 0


# What was interrupted, wherever it was


def test_recover_finishes_what_was_interrupted_in_every_infobase(bench, office):
    office({"а": None, "б": None, "в": None})
    for name in ("а", "в"):
        put(bench, name, faults={"connect": [None, None, "AUTH_FAILED"], "write": ["lost_after"]})
        ran = run(bench, "install", EXTENSION, *ACCEPT, "--infobase", name)
        assert (ran.exit, held(bench, name)) == (31, ["2.4.0"])
    ran = bench.run("recover", "--json")
    assert [one["alias"] for one in ran.result["data"]["infobases"]] == ["а", "в"]
    assert {one["outcome"] for one in ran.result["data"]["infobases"]} == {"done"}
    assert bench.run("recover", "--json").result["outcome"] == "noop"
