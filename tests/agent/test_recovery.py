import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from agent.com.session import ComSession
from agent.infobase import NOT_STORED, InfobaseFacts, Properties, StoredExtension
from agent.journal import Journal, Operation, State
from agent.plan import Action, Plan
from agent.processes import started_at
from agent.recovery import Finding, judge, judge_removal
from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import Release, hang_up
from wire.extensions import InfobaseKind, OfferedArtifact

OLD = StoredExtension("u-1", "СкладскойПомощник", "2.3.1", "H0")
NEW = replace(OLD, version="2.4.0", hash_sum="H1")
OFF = Properties(active=False)
PLAN = Plan(
    action=Action.UPGRADE,
    infobase="i",
    facts=InfobaseFacts(
        kind=InfobaseKind.FILE,
        configuration="БухгалтерияПредприятия",
        configuration_version="3.0.150.34",
        platform_version="8.3.25.1286",
        compatibility_mode=None,
        configuration_changed=False,
        may_administer_extensions=True,
        may_administer=True,
        session_number=1,
    ),
    extension="warehouse-helper",
    onec_name=OLD.name,
    title="",
    product="",
    release_id="r",
    version="2.4",
    file_version="2.4.0",
    purpose="customization",
    artifact=OfferedArtifact("sha", 1, ""),
    wanted=Properties(),
    before=OLD,
    eula=None,
    untested=False,
    restart_required=False,
)
INSTALL = replace(PLAN, action=Action.INSTALL, before=None)
REPAIR = replace(PLAN, action=Action.REPAIR, before=replace(NEW, properties=OFF))


@pytest.mark.parametrize(
    ("plan", "found", "finding"),
    [
        (INSTALL, [], Finding.UNCHANGED),
        (INSTALL, [NEW], Finding.CHANGED),
        (INSTALL, [replace(NEW, properties=OFF)], Finding.UNSET),
        (INSTALL, [NEW, NEW], Finding.BROKEN),
        (INSTALL, [replace(NEW, version="9")], Finding.BROKEN),
        (INSTALL, [replace(NEW, hash_sum=NOT_STORED)], Finding.BROKEN),
        (PLAN, [OLD], Finding.UNCHANGED),
        (PLAN, [NEW], Finding.CHANGED),
        (PLAN, [replace(NEW, properties=OFF)], Finding.UNSET),
        (PLAN, [replace(OLD, properties=OFF)], Finding.BROKEN),
        (PLAN, [], Finding.BROKEN),
        (PLAN, [OLD, NEW], Finding.BROKEN),
        (PLAN, [replace(NEW, version="9")], Finding.BROKEN),
        (REPAIR, [REPAIR.before], Finding.UNCHANGED),
        (REPAIR, [NEW], Finding.CHANGED),
        (REPAIR, [replace(NEW, hash_sum="H2")], Finding.CHANGED),
    ],
)
def test_what_an_interrupted_write_left_is_told_apart(plan, found, finding):
    assert judge(plan, found, had_bytes=plan is REPAIR) is finding


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        ([], Finding.CHANGED),
        ([OLD], Finding.UNCHANGED),
        ([NEW], Finding.BROKEN),
        ([OLD, NEW], Finding.BROKEN),
        ([replace(OLD, properties=OFF)], Finding.BROKEN),
    ],
)
def test_what_an_interrupted_removal_left_is_told_apart(found, finding):
    assert judge_removal(OLD, found) is finding


def test_a_repair_of_other_bytes_that_left_the_old_ones_did_not_happen():
    plan = replace(REPAIR, before=NEW)
    assert judge(plan, [NEW], had_bytes=False) is Finding.UNCHANGED


# Through the command line


def test_a_write_lost_after_its_effect_is_not_written_again(bench, server):
    bench.write(faults={"write": ["lost_after", "BAD_FILE"]})
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"]) == (0, "done")
    assert bench.state["faults"]["write"] == ["BAD_FILE"]
    assert "INSPECTING" in server.reports[0]["durations_ms"]


def test_a_write_lost_before_its_effect_changed_nothing(bench, server):
    bench.write(faults={"write": ["lost_before"]})
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (34, "CONNECTION_LOST", False)
    assert bench.extensions() == []
    assert server.reports[0]["failed_state"] == "WRITING"
    assert bench.install().exit == 0


def test_a_write_that_ignored_its_properties_is_put_back(bench, server):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    bench.write(faults={"write": ["unset"]})
    ran = bench.install("--consent-unsafe")
    assert ran.exit == 34
    assert bench.extensions() == []
    assert ran.result["outcome"] == "rolled_back"


def test_a_lost_write_without_its_properties_gets_them(bench, server):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    bench.write(faults={"write": ["unset+lost_after"]})
    ran = bench.install("--consent-unsafe")
    assert (ran.exit, ran.result["outcome"]) == (0, "done")
    assert bench.state["extensions"][0]["properties"]["safe_mode"] is False


@pytest.mark.parametrize("fault", ["garbled", "duplicate", "unstored"])
def test_a_broken_upgrade_is_put_back(bench, server, fault):
    bench.install()
    before = bench.state["extensions"]
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": [fault]})
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (
        34, "rolled_back", "ROLLED_BACK",
    )  # fmt: skip
    assert ran.result["changed"] is False
    assert bench.state["extensions"] == before
    report = server.reports[-1]
    assert (report["outcome"], report["code"]) == ("rolled_back", "WRITE_NOT_CONFIRMED")
    assert (report["failed_state"], report["version"]) == ("REREAD_OK", "2.4.0")


@pytest.mark.parametrize("fault", ["garbled", "duplicate", "unstored"])
def test_a_broken_installation_is_removed(bench, fault):
    bench.write(faults={"write": [fault]})
    assert bench.install().result["outcome"] == "rolled_back"
    assert bench.extensions() == []
    assert bench.install().exit == 0


def test_a_rollback_that_fails_names_the_backup(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled", "BAD_FILE", "BAD_FILE"]})
    ran = bench.install()
    (backup,) = (bench.home / "backups").rglob("*.cfe")
    assert (ran.exit, ran.result["outcome"]) == (35, "rollback_failed")
    assert (ran.result["code"], ran.result["changed"]) == ("ROLLBACK_FAILED", True)
    assert str(backup) in ran.result["text"]
    assert str(bench.home) not in str(server.reports)


def test_a_connection_lost_on_the_way_back_is_tried_once_more(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled", "lost_before", None]})
    assert bench.install().result["outcome"] == "rolled_back"
    assert bench.extensions()[0][1] == "2.4.0"


def test_only_what_we_wrote_is_removed(bench, monkeypatch):
    """Somebody else's extension of the same name, put there while we wrote, stays."""
    create = ComSession.create
    foreign = {"uuid": "f-1", "name": OLD.name, "version": "7", "hash_sum": "H7", "data": "AAAA"}

    def meanwhile(session, parcel, properties):
        made = create(session, parcel, properties)
        bench.write(extensions=[*bench.state["extensions"], foreign])
        return made

    monkeypatch.setattr(ComSession, "create", meanwhile)
    assert bench.install().exit == 35
    assert [row["uuid"] for row in bench.state["extensions"]] == ["f-1"]


def test_a_rollback_that_1c_does_not_let_in_is_finished_by_the_next_run(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled", "EXCLUSIVE_LOCK", "EXCLUSIVE_LOCK"]})
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (32, "EXCLUSIVE_LOCK", True)
    server.releases.pop()
    assert bench.install().of("warn")[0]["data"]["outcome"] == "rolled_back"
    assert bench.extensions()[0][1] == "2.4.0"


def test_what_nobody_can_look_at_stays_open_until_the_next_run(bench, server):
    bench.write(faults={"write": ["lost_after"], "connect": [None, None, "AUTH_FAILED"]})
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (31, "AUTH_FAILED", True)
    assert server.reports == []
    again = bench.install()
    assert again.of("warn")[0]["data"]["outcome"] == "done"
    assert [report["outcome"] for report in server.reports] == ["done"]


def test_a_session_that_cannot_begin_after_the_write_leaves_the_rest_to_the_next_run(bench):
    bench.write(faults={"connect": [None, None, "AUTH_FAILED", None]})
    ran = bench.install()
    assert (ran.exit, len(bench.extensions())) == (31, 1)
    assert bench.install().of("warn")[0]["code"] == "RECOVERED"


def test_what_a_recovery_brought_is_told_with_its_steps_and_the_restart(bench, server):
    steps = ["Опубликуйте HTTP-сервисы"]
    install = {"post_install_steps": steps, "restart_required": True}
    server.releases = [Release(install=install)]
    bench.write(faults={"connect": [None, None, "AUTH_FAILED", None]})
    assert bench.install().exit == 31
    ran = bench.install()
    assert (ran.exit, ran.result["post_install_steps"]) == (3010, steps)


def test_an_extension_that_stays_off_is_told(bench, server):
    bench.write(faults={"presence": "disabled"})
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (34, "NOT_ACTIVE", True)
    assert (server.reports[0]["outcome"], server.reports[0]["version"]) == ("failed", "2.4.0")


def test_recovery_needs_no_server(bench, server):
    bench.write(faults={"write": ["lost_after"], "connect": [None, None, "AUTH_FAILED"]})
    bench.install()
    server.before("POST license-checks", *[hang_up] * 3)
    ran = bench.install()
    assert (ran.exit, ran.of("warn")[0]["data"]["outcome"]) == (10, "done")


# 1C's own library


def test_what_1c_keeps_of_extensions_is_refreshed_after_the_write(bench):
    bench.write(has_bsp=True)
    ran = bench.install()
    states = [event["state"] for event in ran.of("step")]
    assert states[-3:] == ["REREAD_OK", "REFRESHED", "VERIFIED_NEW_SESSION"]
    assert bench.state["refreshes"] == 1


def test_what_cannot_be_refreshed_is_put_back(bench, server):
    bench.write(has_bsp=True)
    bench.install()
    before = bench.state["extensions"]
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"refresh": ["fail Возникла непредвиденная ситуация", None]})
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"]) == (34, "rolled_back")
    why = "Не обновлены параметры работы расширений: Возникла непредвиденная ситуация"
    assert ran.result["text"].startswith(f"Ошибка: {why}.")
    assert bench.state["extensions"] == before
    assert (server.reports[-1]["code"], server.reports[-1]["failed_state"]) == (
        "BSP_REFRESH_FAILED", "REFRESHED",
    )  # fmt: skip
    assert bench.state["refreshes"] == 2  # and once more with the old bytes back


def test_a_refresh_that_was_lost_is_done_again_after_a_look(bench):
    bench.write(has_bsp=True, faults={"refresh": ["lost_before"]})
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"]) == (0, "done")
    assert "INSPECTING" in journal_states(bench)


def test_a_refresh_that_is_lost_twice_is_put_back(bench):
    bench.write(has_bsp=True, faults={"refresh": ["lost_before", "lost_before"]})
    ran = bench.install()
    assert (ran.result["outcome"], bench.extensions()) == ("rolled_back", [])


def journal_states(bench):
    with sqlite3.connect(bench.home / "state.db") as db:
        rows = db.execute("SELECT state FROM steps ORDER BY rowid").fetchall()
    db.close()
    return [state for (state,) in rows]


# What 1C's own event log says


def test_1c_keeps_an_entry_of_what_was_done_and_of_what_was_put_back(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    bench.write(faults={"write": ["garbled"]})
    bench.install()
    bench.do("uninstall", EXTENSION)
    texts = [event["comment"] for event in bench.state["events"]]
    assert ["записано" in texts[0], "восстановлено" in texts[1], "удалено" in texts[2]] == [
        True
    ] * 3
    assert all("СкладскойПомощник" in text for text in texts)


def test_an_event_log_that_takes_nothing_stops_nothing(bench):
    bench.write(faults={"ЗаписьЖурналаРегистрации": "NO_RIGHTS"})
    assert bench.install().exit == 0
    bench.write(extensions=[], faults={"ЗаписьЖурналаРегистрации": "lost"})
    assert bench.install().exit == 0


# What an interrupted operation left running


def test_a_process_left_by_a_crash_is_ended(bench):
    bench.install()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        left_open(bench, child.pid, started_at(child.pid))
        ran = bench.do("recover")
        assert ran.result["code"] == "INTERRUPTED"
        assert child.wait() == -signal.SIGKILL


def test_a_later_process_of_that_number_is_left_alone(bench):
    bench.install()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        left_open(bench, child.pid, "another boot 1")
        bench.do("recover")
        child.communicate(b"\n")
        assert child.returncode == 0


def test_recover_says_so_where_nothing_was_interrupted(bench):
    bench.install()
    ran = bench.do("recover")
    assert (ran.exit, ran.result["outcome"]) == (0, "noop")


def left_open(bench, pid, started):
    """An operation like the last one, interrupted while it was connected."""
    with closing(Journal(bench.home / "state.db")) as journal:
        (done,) = journal.recent(None)
        journal.begin(Operation("o-2", done.infobase, done.server, done.onec_name, done.plan, "Z"))
        journal.enter("o-2", State.CONNECTED)
        journal.note("o-2", pid=pid, started_at=started)
