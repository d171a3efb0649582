"""The cluster of a server infobase: named in the register, used to end sessions and to lock."""

import json
import shutil
import sqlite3
from dataclasses import replace

import pytest

from agent.clock import Timing
from agent.clustering import moved
from agent.register import Registered
from onec.cfe_writer import NewObject
from onec.connection import ConnectionString
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release

SECRET = "Пароль-кластера-91c"
SOMEBODY = {"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 77}
OWN = {"server": "srv1c:1541", "ref": "ТОРГОВЛЯ",
       "administrator": {"user": "root", "password": SECRET}}  # fmt: skip
NAMED = ("--cluster", "srv1c", "--cluster-user", "root", "--cluster-password-stdin")
ALONE = ("--lock-mode", "terminate", "--lock-wait", "0")


@pytest.fixture
def server_base(bench, server):
    """An infobase on a 1C server; somebody is in it, and the release brings tables."""
    tables = good_cfe(objects=[NewObject("Catalog", "Адреса")])
    server.releases = [Release(data=tables)]
    bench.write(kind="server", cluster=OWN)
    return bench


def add(bench, *options, stdin=""):
    words = ("infobases", "add", "УТ", "--json", "--simulated", bench.base)
    return bench.run(*words, *options, stdin=stdin)


def edit(bench, *options, stdin=""):
    return bench.run("infobases", "edit", "УТ", "--json", *options, stdin=stdin)


def shown(bench):
    (one,) = bench.run("infobases", "list", "--json").result["data"]["infobases"]
    return one["cluster"], one["cluster_user"], one["has_cluster_password"]


def passwords(bench):
    return json.loads((bench.home / "vault.json").read_text("utf-8"))["passwords"]


def install(bench, *options):
    words = ("install", EXTENSION, *ACCEPT, *options, "--json", "--key-stdin")
    words += ("--server", bench.server.url, "--infobase", "УТ")
    return bench.run(*words, stdin=f"{KEY}\n")


def test_a_cluster_is_named_with_its_password_in_the_vault_alone(server_base):
    ran = add(server_base, *NAMED, stdin=f"{SECRET}\n")
    assert ran.exit == 0
    assert shown(server_base) == ("tcp://srv1c:1540", "root", True)
    assert list(passwords(server_base).values()) == [SECRET]
    assert SECRET not in ran.out + ran.err
    with sqlite3.connect(server_base.home / "state.db") as db:
        assert SECRET not in "\n".join(db.iterdump())
    db.close()


def test_the_password_of_1c_is_the_line_before_that_of_the_cluster(server_base):
    server_base.write(account={"user": "Админ", "password": "one"})
    options = ("--user", "Админ", "--password-stdin", *NAMED)
    assert add(server_base, *options, stdin=f"one\n{SECRET}\n").exit == 0
    assert sorted(passwords(server_base).values()) == sorted(["one", SECRET])


def test_a_cluster_is_changed_and_taken_away(server_base):
    add(server_base, *NAMED, stdin=f"{SECRET}\n")
    assert edit(server_base, "--cluster", "TCP://[::1]:2540").exit == 0
    assert shown(server_base) == ("tcp://[::1]:2540", "root", True)
    edit(server_base, "--cluster-user", "")
    assert shown(server_base) == ("tcp://[::1]:2540", None, False)
    edit(server_base, *NAMED, stdin=f"{SECRET}\n")
    assert edit(server_base, "--cluster", "").result["changed"]
    assert shown(server_base) == (None, None, False)
    assert passwords(server_base) == {}


def test_who_forgets_an_infobase_forgets_the_password_of_its_cluster(server_base):
    add(server_base, *NAMED, stdin=f"{SECRET}\n")
    server_base.run("infobases", "remove", "УТ")
    assert passwords(server_base) == {}


@pytest.mark.parametrize(
    "options",
    [("--cluster", "http://srv:1540"), ("--cluster", "srv:0"), ("--cluster", "srv:99999"),
     ("--cluster", "a b"), ("--cluster-user", "root"), ("--cluster-password-stdin",)],
)  # fmt: skip
def test_what_is_no_cluster_is_refused(server_base, options):
    assert add(server_base, *options).result["code"] == "USAGE"


def test_a_cluster_stays_behind_where_the_infobase_goes_to_another_server():
    before = Registered(
        "УТ", ConnectionString(server="srv1c", ref="ut"), cluster="tcp://srv1c:1540"
    )
    for place, cluster in (
        (ConnectionString(server="SRV1C", ref="ut2"), "tcp://srv1c:1540"),
        (ConnectionString(server="srv2", ref="ut"), None),
        (ConnectionString(file="C:\\ut"), None),
    ):
        assert moved(replace(before, connection=place), before).cluster == cluster


def test_moving_to_a_folder_keeps_what_was_said_of_the_simulated_cluster(server_base, tmp_path):
    add(server_base, *NAMED, stdin=f"{SECRET}\n")
    shutil.copytree(server_base.base, tmp_path / "base")
    words = ("infobases", "move", "УТ", "--json", "--simulated", tmp_path / "base")
    assert server_base.run(*words).exit == 0
    assert shown(server_base) == ("tcp://srv1c:1540", "root", True)


def test_a_file_infobase_has_no_cluster(bench):
    words = ("infobases", "add", "Б", "--json", "--connection-string", "C:\\b", "--cluster", "srv")
    assert bench.run(*words).result["code"] == "USAGE"


def test_sessions_are_ended_through_the_cluster_that_was_named(server_base):
    add(server_base, *NAMED, stdin=f"{SECRET}\n")
    server_base.write(sessions=[SOMEBODY])
    ran = install(server_base, *ALONE)
    assert (ran.exit, server_base.state["sessions"]) == (0, [])


@pytest.mark.parametrize(
    ("named", "secret"), [(("--cluster", "srv1c", "--cluster-user", "root"), "не тот"),
                          (("--cluster", "other", "--cluster-user", "root"), SECRET)],
)  # fmt: skip
def test_a_cluster_that_refuses_ends_nothing_and_the_lock_is_set_from_inside(
    server_base, named, secret
):
    add(server_base, *named, "--cluster-password-stdin", stdin=f"{secret}\n")
    server_base.write(sessions=[SOMEBODY])
    ran = install(server_base, *ALONE)
    assert (ran.exit, ran.result["code"]) == (32, "EXCLUSIVE_LOCK")
    assert len(server_base.state["sessions"]) == 1
    assert server_base.state["lock"] is None
    assert secret not in ran.out + ran.err


@pytest.fixture
def locked(server_base, monkeypatch):
    """What the lock is while somebody is waited for; afterwards they leave."""
    add(server_base, *NAMED, stdin=f"{SECRET}\n")
    server_base.write(sessions=[SOMEBODY])
    seen = []

    def sleep(_self, _seconds):
        state = server_base.state
        jobs = state["cluster"].get("scheduled_jobs_denied")
        seen.append((state["lock"], state["lock_message"], jobs))
        server_base.write(sessions=[])

    monkeypatch.setattr(Timing, "sleep", sleep)
    return seen


@pytest.mark.parametrize("before", [False, True])
def test_scheduled_jobs_rest_during_the_lock_and_are_as_before_afterwards(
    server_base, locked, before
):
    server_base.write(cluster=OWN | {"scheduled_jobs_denied": before})
    assert install(server_base, "--lock-mode", "ask").exit == 0
    ((code, message, jobs),) = locked
    assert (len(code), "Складской помощник" in message, jobs) == (16, True, True)
    after = server_base.state
    assert (after["lock"], after["lock_message"]) == (None, "")
    assert after["cluster"]["scheduled_jobs_denied"] is before


def test_dates_of_an_earlier_lock_do_not_end_this_one(server_base, locked):
    server_base.write(cluster=OWN | {"denied_to": "2020-01-01T00:00:00"})
    install(server_base, "--lock-mode", "ask")
    assert locked[0][0] is not None


def test_what_the_jobs_were_is_on_the_disk_before_the_lock(server_base, locked):
    server_base.write(faults={"UpdateInfoBase": ["CONNECTION_LOST", None]})
    assert install(server_base, "--lock-mode", "ask").exit in {31, 34}
    with sqlite3.connect(server_base.home / "state.db") as db:
        ((detail,),) = db.execute("SELECT detail FROM steps WHERE state = 'LOCKED'").fetchall()
    db.close()
    assert json.loads(detail)["jobs_denied"] is False
    assert locked == []


def test_people_are_let_in_where_the_cluster_is_gone_and_jobs_with_the_next_run(
    server_base, locked
):
    server_base.write(faults={"UpdateInfoBase": [None, *["CONNECTION_LOST"] * 2]})
    ran = install(server_base, "--lock-mode", "ask")
    assert (ran.exit, ran.result["code"], len(locked)) == (34, "CONNECTION_LOST", 1)
    state = server_base.state
    assert (state["lock"], state["cluster"]["scheduled_jobs_denied"]) == (None, True)
    again = server_base.run(
        "recover", "--json", "--server", server_base.server.url, "--infobase", "УТ"
    )
    assert (again.exit, again.result["outcome"]) == (0, "done")
    assert server_base.state["cluster"]["scheduled_jobs_denied"] is False


@pytest.mark.usefixtures("locked")
def test_the_lock_of_somebody_else_stays_and_jobs_come_back(server_base, entering):
    entering("UNLOCKED", lambda: server_base.write(lock="THEIRS", lock_message="Обслуживание"))
    server_base.do("check")
    install(server_base, "--lock-mode", "ask")
    state = server_base.state
    assert (state["lock"], state["lock_message"]) == ("THEIRS", "Обслуживание")
    assert state["cluster"]["scheduled_jobs_denied"] is False
