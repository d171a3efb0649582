import json
import sqlite3

import pytest

from agent import doctor as module
from agent.codes import Exit
from agent.doctor_machine import of_machine
from agent.doctor_network import of_network, proxy_of
from agent.registry import Root
from agent.transport import Route
from tests.simulators.exchange import KEY
from tests.simulators.hive import FakeHive

PAC = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"


def findings(ran):
    return {one["id"]: one for one in ran.result["data"]["checks"]}


def test_it_looks_at_everything_and_changes_nothing(bench):
    ran = bench.run("doctor", "--json", "--server", bench.server.url, "--simulated", bench.base)
    found = findings(ran)
    assert ran.exit == Exit.DONE
    assert {one["verdict"] for one in found.values()} == {"ok", "n/a"}
    assert {"server.reachable", "server.clock", "trust.root", "base.connect"} <= set(found)
    assert ran.result["changed"] is False


def test_each_finding_has_id_verdict_text_fix_and_facts(bench):
    found = findings(bench.run("doctor", "--json"))
    for one in found.values():
        assert set(one) == {"id", "verdict", "text", "fix", "facts"}
    assert found["server.address"]["verdict"] == "warn"
    assert "--server" in found["server.address"]["fix"]


@pytest.mark.parametrize(("lang", "word"), [("ru", "Прокси"), ("en", "No proxy")])
def test_people_get_one_line_for_each_in_their_language(bench, lang, word):
    ran = bench.run("doctor", "--lang", lang)
    assert any(line.startswith(f"ok   {word}") for line in ran.out.splitlines())
    assert any(line.startswith("n/a ") for line in ran.out.splitlines())
    assert "     → " in ran.out


def test_quiet_is_the_summary_alone(bench):
    assert len(bench.run("doctor", "--quiet").out.splitlines()) == 1


def test_a_server_that_is_away_decides_the_exit_code(bench):
    ran = bench.run("doctor", "--json", "--server", "https://127.0.0.1:9")
    assert ran.exit == Exit.NETWORK
    assert ran.result["code"] == "NETWORK"
    assert findings(ran)["server.reachable"]["verdict"] == "fail"


def test_a_connection_file_names_the_server_and_is_not_pinned(bench, tmp_path):
    path = tmp_path / "vendor.podkluch"
    path.write_bytes(bench.server.repository.connection(bench.server.url))
    for pin in (bench.home / "pins").iterdir():
        pin.unlink()
    found = findings(bench.run("doctor", "--json", "--connection", path))
    assert found["server.reachable"]["verdict"] == "ok"
    assert not list((bench.home / "pins").iterdir())
    path.write_text("no connection file")
    ran = bench.run("doctor", "--json", "--connection", path)
    assert findings(ran)["network.error"]["verdict"] == "fail"


def test_a_clock_that_is_off_is_a_warning(bench):
    bench.server.time_said = "2020-01-01T00:00:00.000Z"
    found = findings(bench.run("doctor", "--json", "--server", bench.server.url))
    assert found["server.clock"]["verdict"] == "warn"
    assert "w32tm" in found["server.clock"]["fix"]


def test_damage_of_each_part_is_a_finding_and_not_the_end(bench):
    bench.do("check")
    (bench.home / "agent.toml").write_text("server = [")
    (bench.home / "vault.json").write_text("damaged")
    (bench.home / "state.db").write_text("damaged " * 200)
    for pin in (bench.home / "pins").iterdir():
        pin.write_text("damaged")
    ran = bench.run("doctor", "--json")
    found = findings(ran)
    for name in ("agent.settings", "home.vault", "home.journal", "trust.root"):
        assert found[name]["verdict"] == "fail"
    assert ran.exit == Exit.FAILED


def test_a_family_that_breaks_is_a_finding_of_its_own(bench, monkeypatch):
    def broken():
        raise ZeroDivisionError("here")
        yield

    monkeypatch.setattr(module, "of_machine", broken)
    found = findings(bench.run("doctor", "--json"))
    assert "ZeroDivisionError" in found["agent.error"]["text"]
    assert "home.space" in found


def test_an_interrupted_operation_and_a_full_spool_are_found(bench):
    bench.do("check")
    with sqlite3.connect(bench.home / "state.db") as db:
        db.execute(
            "INSERT INTO infobases (id, place, label, known_since) VALUES ('i', 'p', 'l', '')"
        )
        db.execute(
            "INSERT INTO operations (id, infobase, server, onec_name, plan, started_at)"
            " VALUES ('o', 'i', 's', 'Склад', '{}', '2026-01-01T00:00:00Z')"
        )
        rows = [("report", str(at), "s", "{}", "t") for at in range(100)]
        db.executemany(
            "INSERT INTO spool (kind, ref, server, message, created_at) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
    db.close()
    ran = bench.run("doctor", "--json")
    found = findings(ran)
    assert "Склад" in found["journal.interrupted"]["text"]
    assert "recover" in found["journal.interrupted"]["fix"]
    assert found["home.spool"]["verdict"] == "warn"
    assert ran.exit == Exit.FAILED


def test_little_space_is_a_failure(bench, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    assert findings(bench.run("doctor", "--json"))["home.space"]["verdict"] == "fail"


def test_a_folder_open_to_others_is_found_and_mended(bench):
    bench.home.chmod(0o777)
    ran = bench.run("doctor", "--json")
    assert ran.exit == Exit.FAILED
    assert "--fix-acl" in findings(ran)["home.access"]["fix"]
    assert not (bench.home / "logs").exists()
    ran = bench.run("doctor", "--json", "--fix-acl")
    assert findings(ran)["home.access"]["verdict"] == "ok"
    assert bench.home.stat().st_mode & 0o077 == 0


def test_a_folder_that_somebody_else_made_is_put_aside(bench, monkeypatch):
    (bench.home / "planted").write_text("x")
    mine = bench.home.stat().st_uid
    answers = iter([mine + 1])
    monkeypatch.setattr("os.geteuid", lambda: next(answers, mine))
    found = findings(bench.run("doctor", "--json", "--fix-acl"))
    (aside,) = bench.home.parent.glob("home.foreign-*")
    assert (aside / "planted").exists()
    assert str(aside) in found["home.fixed"]["text"]
    assert found["trust.root"]["verdict"] == "warn"


def test_the_key_is_neither_needed_nor_sent(bench):
    bench.do("check")
    bench.server.requests.clear()
    bench.run("doctor", "--json")
    assert len(bench.server.requests) == 2
    assert KEY not in str(bench.server.requests)


def test_a_proxy_script_is_not_read_and_that_is_said():
    hive = FakeHive()
    hive.put(Root.USER, 64, PAC, "AutoConfigURL", "http://wpad/wpad.dat")
    found = {one.id: one for one in of_network(None, hive)}
    assert "wpad.dat" in found["network.pac"].text.ru
    assert "--proxy" in found["network.pac"].fix.ru


def test_the_proxy_of_the_system_serves_where_none_is_named():
    system = {"https": "http://proxy:3128"}
    far = Route("https://licences.example")
    assert proxy_of(far, lambda: system) == "http://proxy:3128"
    assert proxy_of(Route("https://licences.example", proxy="http://own:1"), dict) == "http://own:1"
    assert proxy_of(Route("http://127.0.0.1:1"), lambda: system) is None


def test_the_machine_is_described_without_guessing():
    found = {one.id: one for one in of_machine()}
    assert found["windows.version"].verdict.value == "n/a"
    assert json.dumps(found["agent.version"].facts)
