import base64
import errno
from typing import NamedTuple

import pytest

from agent.com.session import ComSession
from agent.locks import held
from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe, truncated
from tests.simulators.exchange import Release
from tests.simulators.licence_answers import activations


class Usage(NamedTuple):
    free: int


SOMEBODY = {"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 3}


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("AUTH_FAILED", 31), ("SESSIONS_DENIED", 31), ("NO_LICENSE", 31), ("SERVER_NOT_FOUND", 31),
        ("BASE_NOT_FOUND", 31), ("CONNECTION_LOST", 34), ("LOCK_CONFLICT", 32),
    ],
)  # fmt: skip
def test_1c_that_lets_nobody_in_ends_the_operation_unchanged(bench, server, code, exit_code):
    bench.write(faults={"connect": [None, *[code] * 9]})
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (exit_code, code, False)
    assert bench.extensions() == []
    (report,) = server.reports
    assert (report["outcome"], report["code"], report["failed_state"]) == (
        "failed", code, "CONNECTED",
    )  # fmt: skip


def test_a_shortage_of_licences_that_ends_stops_nothing(bench, pauses):
    bench.write(faults={"connect": [None, "NO_LICENSE", "NO_LICENSE", None]})
    assert bench.install().exit == 0
    assert pauses == [10.0, 20.0]


def test_a_locked_infobase_is_busy_and_names_who_is_in_it(bench, server):
    bench.write(sessions=[SOMEBODY], faults={"write": "EXCLUSIVE_LOCK"})
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (32, "EXCLUSIVE_LOCK", False)
    assert "PC-7, Иванова" in ran.result["text"]
    assert bench.extensions() == []
    assert "PC-7" not in str(server.reports)
    assert "Иванова" not in str(server.reports)


def test_an_extension_with_data_of_its_own_needs_the_infobase_alone(bench, server):
    data = good_cfe(objects=[NewObject("Catalog", "Адреса")])
    server.releases = [Release(data=data)]
    bench.write(sessions=[SOMEBODY])
    assert bench.install().exit == 32
    bench.write(sessions=[])
    assert bench.install().exit == 0


def test_a_conflict_of_locks_is_tried_again(bench, pauses):
    bench.write(faults={"write": ["LOCK_CONFLICT", "LOCK_CONFLICT", None]})
    assert bench.install().exit == 0
    assert pauses == [1.0, 2.0]


def test_what_1c_cannot_apply_is_refused_with_its_words(bench, server):
    bench.write(issues=["Не найден общий модуль ОбменДанными"])
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "NOT_APPLICABLE")
    assert "ОбменДанными" in ran.result["text"]
    assert server.reports[0]["failed_state"] == "PRECHECKED"


def test_without_the_right_the_plan_is_refused(bench):
    bench.write(rights={"extensions": False})
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (33, "NO_RIGHTS")


def test_leaving_safe_mode_needs_the_administrator(bench, server):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    bench.write(rights={"administration": False})
    assert bench.install("--consent-unsafe").result["code"] == "NO_RIGHTS"


def test_a_basic_configuration_takes_no_extensions(bench, server):
    name = "БухгалтерияПредприятияБазовая"
    server.known_configurations.add(name)
    bench.write(configuration={"name": name, "version": "3.0.150.34"})
    assert bench.install().result["code"] == "BASIC_VERSION"


@pytest.mark.parametrize(
    "changes", [{"platform_version": "8.3.13.1644"}, {"compatibility_mode": "Версия8_3_13"}]
)
def test_a_platform_below_the_files_is_named(bench, changes):
    bench.write(**changes)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "COMPAT_TOO_LOW")
    assert "8.3.14" in ran.result["text"]


def test_extensions_in_the_way_are_named(bench, server):
    server.releases = [Release(onec_name="Бэкофис", data=good_cfe(name="Бэкофис"))]
    bench.install()
    server.releases = [Release(install={"conflicts_with": ["Бэкофис"]})]
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "EXTENSION_CONFLICT")
    assert "Бэкофис" in ran.result["text"]


def test_an_extension_of_the_master_node_is_left_alone(bench, server):
    bench.install()
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "from_master_node": True}])
    server.releases.append(Release("2.5.0"))
    assert bench.install().result["code"] == "FROM_MASTER_NODE"


def test_an_extension_of_another_vendor_under_the_same_name_is_left_alone(bench, server):
    server.releases = [Release("1.0", data=good_cfe(version="1.0", prefix="чужой_"))]
    bench.install()
    server.releases.append(Release("2.4.0"))
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "FOREIGN_EXTENSION")
    assert "Ромашка" in ran.result["text"]


@pytest.mark.parametrize(
    ("release", "field"),
    [
        (Release(data=good_cfe(name="Другое")), "onec_name"),
        (Release(data=good_cfe(version="9.9")), "file_version"),
        (Release(data=good_cfe(version="2.4.0", purpose=2)), "purpose"),
    ],
)
def test_a_file_that_is_not_the_announced_one_never_reaches_1c(bench, server, release, field):
    server.releases = [release]
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (20, "MANIFEST_MISMATCH")
    assert field in ran.result["text"]
    assert bench.state["session_counter"] == 1
    assert server.reports[0]["failed_state"] == "FILE_VERIFIED"


def test_a_damaged_file_never_reaches_1c(bench, server):
    server.releases = [Release(data=truncated(1500)(good_cfe()))]
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "BAD_FILE")
    assert bench.state["session_counter"] == 1


def test_a_file_swapped_after_its_check_is_noticed(bench, monkeypatch):
    issues = ComSession.issues

    def swap(session, name, parcel):
        (staged,) = (bench.home / "staging").glob("*.cfe")
        staged.write_bytes(good_cfe(version="6.6.6"))
        return issues(session, name, parcel)

    monkeypatch.setattr(ComSession, "issues", swap)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (20, "SIGNATURE_BAD")
    assert bench.extensions() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.151.1"}},
        {"platform_version": "8.3.26.1"},
        {"extensions": [{"uuid": "u", "name": "СкладскойПомощник", "version": "1", "hash_sum": "h",
                         "data": ""}]},
    ],
)  # fmt: skip
def test_an_infobase_that_changed_since_the_plan_is_left_alone(bench, server, changes):
    def meanwhile(exchange):
        bench.write(**changes)
        activations(exchange)

    server.before("POST activations", meanwhile)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "CONFIG_MISMATCH")
    assert server.reports[0]["failed_state"] == "PROBED"


def test_two_agents_do_not_work_on_one_infobase(bench):
    bench.install()
    lock = bench.home / "locks" / f"{bench.state['infobase_id']}.lock"
    with held(lock):
        ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (32, "BUSY_LOCAL")


def test_a_disk_without_room_is_named_before_the_write(bench, monkeypatch):
    monkeypatch.setattr("agent.steps.shutil.disk_usage", lambda _: Usage(free=5000))
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "DISK_FULL")


def test_a_backup_that_cannot_be_read_stops_before_the_write(bench, server):
    bench.install()
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "data": base64.b64encode(b"garbage").decode()}])
    server.releases.append(Release("2.5.0"))
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "BACKUP_FAILED")
    assert bench.extensions()[0][1] == "2.4.0"


def test_a_full_disk_stops_the_backup_before_the_write(bench, server, monkeypatch):
    bench.install()
    server.releases.append(Release("2.5.0"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("agent.backup.write_whole", full)
    ran = bench.install()
    assert ran.result["code"] == "BACKUP_FAILED"
    assert bench.extensions()[0][1] == "2.4.0"


def test_a_full_disk_stops_staging_before_the_write(bench, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("agent.steps.write_whole", full)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "DISK_FULL")
    assert bench.extensions() == []
