import json
import uuid

import pytest

from agent.codes import Exit
from agent.obtain import file_name
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release, hang_up, problem, raw
from tests.simulators.licence_answers import information

# check


def test_check_tells_server_key_and_infobase(bench):
    ran = bench.do("check")
    data = ran.result["data"]
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (0, "done", "ACTIVE")
    assert data["server"]["name"] == "Podkluch"
    assert data["license"]["valid"] is True
    assert data["infobase"]["configuration_version"] == "3.0.150.34"
    assert data["infobase"]["may_administer_extensions"] is True


def test_check_works_without_an_infobase(bench, server):
    ran = bench.run("check", "--json", "--key-stdin", "--server", server.url, stdin=f"{KEY}\n")
    assert (ran.exit, ran.result["data"]["infobase"]) == (0, None)


def test_check_names_sessions_and_extensions(bench):
    bench.install()
    somebody = {"application": "Designer", "computer": "PC-7", "user": "Иванова", "number": 3}
    bench.write(sessions=[somebody])
    ran = bench.run("check", "--simulated", bench.base)
    assert "PC-7, Иванова (Designer)" in ran.out
    assert "СкладскойПомощник 2.4.0" in ran.out


@pytest.mark.parametrize(
    ("code", "exit_code"), [("KEY_EMPTY", 11), ("KEY_REVOKED", 11), ("ENTITLEMENT_EXPIRED", 12)]
)
def test_check_says_no_by_its_code(bench, server, code, exit_code):
    server.check_code = code
    ran = bench.do("check")
    assert (ran.exit, ran.result["code"]) == (exit_code, code)
    assert ran.result["data"]["license"]["valid"] is False


def test_check_finds_missing_rights(bench):
    bench.write(rights={"extensions": False})
    assert bench.do("check").exit == 33


def test_check_says_that_the_agent_is_too_old(bench, server):
    def demanding(exchange):
        answer = exchange.answer
        exchange.answer = lambda status, document: answer(
            status, {**document, "minimum_agent_version": "9.0"}
        )
        information(exchange)

    server.before("GET information", demanding)
    (warning,) = bench.do("check").of("warn")
    assert warning["code"] == "AGENT_OUTDATED"


# list


def test_list_shows_what_fits(bench, server):
    ran = bench.do("list")
    (offer,) = ran.result["data"]["data"]
    assert (ran.exit, offer["release"]["version"], offer["best"]) == (0, "2.4.0", True)
    query = server.bodies("POST offers")[0]
    assert query["configuration"] == {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}
    assert (query["platform_version"], query["infobase_kind"]) == ("8.3.25.1286", "file")
    assert (query["show_untested"], query["show_all"], query["installed"]) == (False, False, [])


def test_list_sends_what_is_installed_with_the_digest_we_know(bench, server):
    bench.install()
    bench.do("list")
    assert server.bodies("POST offers")[-1]["installed"] == [
        {"onec_name": "СкладскойПомощник", "version": "2.4.0",
         "artifact_sha256": server.releases[0].sha256}
    ]  # fmt: skip


def test_list_of_nothing_names_the_nearest_with_its_reason(bench):
    bench.write(configuration={"name": "УправлениеТорговлей", "version": "11.5.17.43"})
    ran = bench.do("list")
    assert (ran.exit, ran.result["code"]) == (13, "NOT_COMPATIBLE")
    (near,) = ran.result["data"]["nearest"]
    assert near["code"] == "CONFIGURATION_UNSUPPORTED"
    assert "2.4.0" in ran.result["text"]
    assert "Конфигурация не поддерживается" in ran.result["text"]


def test_list_of_nothing_says_it_once_and_names_no_number(bench, server):
    server.releases = [Release(code="VERSION_TOO_NEW", verdict="incompatible", reason="Рано")]
    bench.do("list")
    shown = bench.run("list", "--simulated", bench.base)
    assert (shown.out + shown.err).count("Рано") == 1
    assert "Обратитесь к вендору." in shown.err


def test_list_of_nothing_tested_says_how_to_see_the_rest(bench, server):
    server.releases = [Release(code="VERSION_NOT_TESTED", verdict="untested")]
    assert "list --show-untested" in bench.do("list").result["text"]
    assert bench.do("list", "--show-untested").exit == 0


@pytest.mark.parametrize(
    ("advice", "rollback_to", "words"),
    [
        ("stop", None, "Не пользоваться этим релизом"),
        ("rollback_to", "2.3.0", "Вернитесь на 2.3.0: install warehouse-helper --release 2.3.0"),
        (None, None, "Обратитесь к вендору"),
    ],
)
@pytest.mark.parametrize("command", ["list", "check"])
def test_an_installed_release_that_was_withdrawn_is_told_with_the_advice(
    bench, server, command, advice, rollback_to, words
):
    bench.install()
    assert bench.do(command).of("warn") == []
    server.releases[0].available, server.releases[0].code = False, "RELEASE_WITHDRAWN"
    server.releases[0].params = {
        "reason": "Портит остатки.", "advice": advice, "rollback_to": rollback_to,
    }  # fmt: skip
    ran = bench.do(command)
    (warning,) = ran.of("warn")
    assert warning["code"] == "RELEASE_WITHDRAWN"
    assert (warning["data"]["advice"], warning["data"]["version"]) == (advice, "2.4.0")
    assert warning["text"] == (
        f"Складской помощник 2.4.0: вендор отозвал установленный релиз: Портит остатки. {words}"
    )
    assert ran.exit == (13 if command == "list" else 0)


@pytest.mark.parametrize("option", ["--show-untested", "--show-all"])
def test_list_asks_for_more_when_told(bench, server, option):
    server.releases = [Release(), Release("2.5.0", verdict="untested", code="VERSION_NOT_TESTED")]
    assert len(bench.do("list").result["data"]["data"]) == 1
    assert len(bench.do("list", option).result["data"]["data"]) == 2


def test_list_of_what_does_not_fit_is_still_nothing(bench, server):
    server.releases = [Release(code="VERSION_TOO_OLD", verdict="incompatible")]
    ran = bench.do("list", "--show-all")
    assert (ran.exit, len(ran.result["data"]["data"])) == (13, 1)


def test_a_version_that_is_not_on_offer_is_told_apart_from_an_extension(bench):
    ran = bench.do("install", EXTENSION, "--release", "9.9", *ACCEPT)
    assert (ran.exit, ran.result["code"]) == (13, "NOT_COMPATIBLE")
    assert "Релиза 9.9" in ran.result["text"]
    assert "list --show-all" in ran.result["text"]


# status


def test_status_needs_neither_server_nor_infobase(bench):
    ran = bench.run("status", "--json")
    assert (ran.exit, ran.result["data"]["operations"]) == (0, [])


def test_status_tells_what_was_done(bench):
    bench.install()
    ran = bench.run("status", "--json", "--simulated", bench.base)
    (operation,) = ran.result["data"]["operations"]
    assert (operation["action"], operation["outcome"]) == ("install", "done")
    assert (operation["extension"], operation["version"]) == (EXTENSION, "2.4.0")
    assert ran.result["data"]["drift"] == []


def test_status_says_how_it_ended_in_words(bench):
    bench.install()
    shown = bench.run("status", "--simulated", bench.base).out
    (line,) = [line for line in shown.splitlines() if "сделано" in line]
    assert "СкладскойПомощник" in line
    assert "done" not in shown


def test_status_notices_what_changed_since(bench):
    bench.install()
    row = bench.state["extensions"][0]
    bench.write(extensions=[{**row, "properties": {**row["properties"], "active": False}}])
    ran = bench.run("status", "--json", "--simulated", bench.base)
    (drift,) = ran.result["data"]["drift"]
    assert drift == {"onec_name": "СкладскойПомощник", "change": "properties"}
    assert ran.of("drift")[0]["data"] == drift
    bench.write(extensions=[])
    ran = bench.run("status", "--simulated", bench.base)
    assert "исчезло" in ran.out


def test_status_counts_what_waits(bench, server):
    server.before("POST install-reports", *[hang_up] * 9)
    bench.install()
    assert bench.run("status", "--json").result["data"]["pending_reports"] == 2


# download


def test_download_puts_the_checked_file_into_a_folder(bench, server, tmp_path):
    out = tmp_path / "Новая папка"
    ran = bench.do("download", EXTENSION, "--out", out, *ACCEPT)
    path = out / "СкладскойПомощник_2.4.0.cfe"
    assert (ran.exit, ran.result["data"]["file"]) == (0, str(path))
    assert path.read_bytes() == server.releases[0].data
    assert bench.extensions() == []
    assert len(server.completed) == 1


def test_download_needs_the_agreement(bench, tmp_path):
    assert bench.do("download", EXTENSION, "--out", tmp_path).exit == 14


def test_download_asks_only_what_concerns_a_file(bench, server, tmp_path):
    install = {"safe_mode_off_required": True, "backup_required": True}
    server.releases = [Release(install=install)]
    assert bench.do("download", EXTENSION, "--out", tmp_path, *ACCEPT).exit == 0


def test_a_dry_download_fetches_nothing(bench, server, tmp_path):
    ran = bench.do("download", EXTENSION, "--out", tmp_path / "out", "--dry-run")
    assert (ran.exit, (tmp_path / "out").exists()) == (0, False)
    assert server.count("POST downloads") == 0


@pytest.mark.parametrize("name", ["../../evil.cfe", "/etc/x.cfe", "..", "a\0b.cfe", "evil.exe"])
def test_a_name_of_the_server_stays_in_the_folder(bench, server, tmp_path, name):
    out = tmp_path / "out"
    server.releases = [Release(onec_name=name, data=good_cfe())]
    ran = bench.do("download", EXTENSION, "--out", out, *ACCEPT)
    assert ran.result["code"] == "MANIFEST_MISMATCH"
    assert not out.exists()


def test_a_file_name_is_only_a_name():
    assert file_name("../../evil.cfe", "x-1.cfe") == "_.._evil.cfe"
    assert file_name("..", "x-1.cfe") == "x-1.cfe"
    assert file_name("evil.exe", "x-1.cfe") == "x-1.cfe"
    assert file_name("СкладскойПомощник_2.4.0.cfe", "x") == "СкладскойПомощник_2.4.0.cfe"


# server, key, infobase


def test_server_and_key_are_needed_once(bench):
    bench.do("check")
    assert bench.run("check", "--json").exit == 0
    assert KEY in (bench.home / "vault.json").read_text()


def test_a_key_the_server_does_not_know_is_not_kept(bench):
    other = "DEMO-4T9WQ-2H7XC-5MB8R-J6YK4"
    ran = bench.run(*bench.arguments("check"), stdin=f"{other}\n")
    assert (ran.exit, ran.result["code"]) == (11, "KEY_NOT_FOUND")
    assert not (bench.home / "vault.json").exists()
    assert not (bench.home / "agent.toml").exists()


def test_a_slip_in_the_key_is_found_before_any_request(bench, server):
    ran = bench.run(*bench.arguments("check"), stdin="DEMO-ABEKM-HCTPX-01234-567C0\n")
    assert (ran.exit, ran.result["code"], server.requests) == (11, "KEY_MALFORMED", [])


def test_a_key_typed_with_the_russian_keyboard_is_a_key(bench, server):
    ran = bench.run(*bench.arguments("check"), stdin="ВУЬЩ-ФИУЛЬ-РСЕЗЧ-01234-567С7\n")
    assert ran.exit == 0
    assert server.requests[0][2]["Authorization"] == f"Bearer {KEY}"


def test_a_key_is_not_sent_to_another_server(bench):
    bench.do("check")
    ran = bench.run("check", "--json", "--server", "https://other.example")
    assert (ran.exit, ran.result["code"]) == (2, "USAGE")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("check",), "--server"),
        (("check", "--server", "http://lic.example.ru"), "https"),
        (("check", "--server", "https://lic.example.ru"), "--key-stdin"),
        (("check", "--server", "http://127.0.0.1:9", "--timeout", "0"), "--timeout"),
        (("list",), "--infobase"),
        (("install", "x"), "--infobase"),
        (("status", "--lang", "fr"), "ru и en"),
        (("status", "--config", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_is_missing_is_named(bench, arguments, word):
    stdin = f"{KEY}\n" if "--timeout" in arguments else ""
    keyed = ("--key-stdin",) if stdin else ()
    ran = bench.run(*arguments, *keyed, "--json", stdin=stdin)
    assert (ran.exit, ran.result["code"]) == (2, "USAGE")
    assert word in ran.result["text"]


def test_without_an_infobase_file_its_smallest_form_is_shown(bench):
    bench.file.unlink()
    ran = bench.do("list")
    assert (ran.exit, ran.result["code"]) == (31, "BASE_NOT_FOUND")
    assert str(bench.file) in ran.result["text"]
    smallest = ran.result["text"].split("самое малое ")[1].rstrip(".")
    bench.file.write_text(smallest, "utf-8")
    assert json.loads(smallest)
    assert bench.do("list").exit == 0


def test_the_infobase_keeps_its_id_and_the_journal_too(bench):
    first = bench.do("list").result["infobase"]
    assert uuid.UUID(first).version == 4
    assert bench.state["infobase_id"] == first
    (bench.home / "state.db").unlink()
    assert bench.do("list").result["infobase"] == first
    bench.write(infobase_id=None)
    assert bench.do("list").result["infobase"] == first
    bench.write(infobase_id="no uuid")
    assert bench.do("list").result["infobase"] == first


def test_an_infobase_that_hides_its_id_still_has_one(bench):
    bench.write(faults={"infobase_id": "NO_RIGHTS"})
    assert bench.do("list").result["infobase"] == bench.do("list").result["infobase"]


def test_settings_of_another_file(bench, server, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'server = "{server.url}"\nlang = "en"\n')
    ran = bench.run("check", "--key-stdin", "--config", path, stdin=f"{KEY}\n")
    assert (ran.exit, "Server: Podkluch" in ran.out) == (0, True)


# the unexpected


def test_garbage_from_the_server_is_the_network(bench, server):
    server.before("POST offers", raw(200, b"<html>"))
    ran = bench.do("list")
    assert (ran.exit, ran.result["code"]) == (10, "NETWORK")


def test_a_defect_ends_with_a_code_and_a_trace_in_the_log(bench, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("agent.commands.query_for", broken)
    ran = bench.do("list")
    assert (ran.exit, ran.result["code"]) == (1, "UNEXPECTED")
    assert "ZeroDivisionError" in (bench.home / "logs" / "agent.log").read_text("utf-8")


def test_a_damaged_journal_is_named(bench):
    bench.home.mkdir(exist_ok=True)
    (bench.home / "state.db").write_bytes(b"garbage" * 1000)
    ran = bench.do("list")
    assert (ran.exit, ran.result["code"]) == (34, "HOME_UNUSABLE")


def test_an_interruption_by_the_keyboard_is_an_end_like_another(bench, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("agent.rights.Rights.obtain", interrupted)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (Exit.FAILED, "INTERRUPTED")
    assert (ran.result["outcome"], ran.result["changed"]) == ("failed", False)
    monkeypatch.undo()
    monkeypatch.setenv("PODKLUCH_HOME", str(bench.home))
    again = bench.install()
    assert (again.exit, again.of("warn")) == (Exit.DONE, [])  # nothing was left to recover


def test_a_server_failure_is_told_with_its_number(bench, server):
    server.before("POST offers", problem(500, "INTERNAL_ERROR"))
    ran = bench.do("list")
    assert (ran.exit, "7f2c91e04b5d" in ran.result["text"]) == (10, True)
