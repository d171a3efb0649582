"""The register of infobases: what is kept where, and which commands change it."""

import json
import sqlite3

import pytest

from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import BOOKKEEPING, KEY

PASSWORD = "Очень-секретный-пароль"


@pytest.fixture
def place(bench):
    """Makes another simulated infobase."""

    def make(name, **state):
        folder = bench.base.parent / name
        folder.mkdir()
        whole = {
            "configuration": {"name": BOOKKEEPING, "version": "3.0.150.34"},
            "platform_version": "8.3.25.1286", **state,
        }  # fmt: skip
        (folder / "infobase.json").write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
        return folder

    return make


def add(bench, alias="Бухгалтерия", *options, at=None, stdin=""):
    where = ("--simulated", at or bench.base)
    return bench.run("infobases", "add", alias, "--json", *where, *options, stdin=stdin)


def shown(bench):
    return bench.run("infobases", "list", "--json").result["data"]["infobases"]


def test_an_infobase_is_looked_into_and_listed(bench):
    bench.home.mkdir(exist_ok=True)
    (bench.home / "agent.toml").write_text('[groups."Розница"]\nbackup_mode = "confirm"\n')
    ran = add(bench, "Бухгалтерия", "--group", "Розница", "--ring", "test", "--lock-mode", "ask")
    assert (ran.exit, ran.result["changed"]) == (0, True)
    (one,) = shown(bench)
    assert one == {
        "alias": "Бухгалтерия", "id": bench.state["infobase_id"],
        "connection": f'File="{bench.base}";', "simulated": str(bench.base),
        "has_password": False, "platform": None, "group": "Розница", "ring": "test",
        "lock_mode": "ask", "backup_mode": "confirm",
        "cluster": None, "cluster_user": None, "has_cluster_password": False,
    }  # fmt: skip
    table = bench.run("infobases", "list").out
    assert "Бухгалтерия" in table
    assert "тестовая" in table


def test_without_infobases_the_list_says_how_to_get_some(bench):
    ran = bench.run("infobases", "list", "--json")
    assert (ran.exit, ran.result["outcome"]) == (0, "noop")
    assert "infobases add" in ran.result["text"]


def test_commands_find_an_infobase_by_its_alias_in_any_case(bench):
    add(bench)
    ran = bench.run(
        "check", "--json", "--key-stdin", "--server", bench.server.url,
        "--infobase", "бухгалтерия", stdin=f"{KEY}\n",
    )  # fmt: skip
    assert (ran.exit, ran.result["data"]["infobase"]["id"]) == (0, shown(bench)[0]["id"])


def test_the_server_knows_an_infobase_by_its_alias(bench):
    add(bench)
    words = ("install", EXTENSION, *ACCEPT, "--json", "--key-stdin", "--server", bench.server.url)
    assert bench.run(*words, "--infobase", "Бухгалтерия", stdin=f"{KEY}\n").exit == 0
    (seat,) = bench.server.bodies("POST activations")
    assert seat["infobase"]["label"] == "Бухгалтерия"


def test_the_only_infobase_need_not_be_named(bench, place):
    add(bench)
    words = ("--json", "--key-stdin", "--server", bench.server.url)
    assert bench.run("list", *words, stdin=f"{KEY}\n").exit == 0
    add(bench, "Вторая", at=place("second"))
    refused = bench.run("list", *words, stdin=f"{KEY}\n")
    assert (refused.exit, "--infobase" in refused.result["text"]) == (2, True)


def test_a_name_nobody_registered_is_told(bench):
    ran = bench.run("status", "--json", "--infobase", "Нет такой")
    assert (ran.exit, ran.result["code"]) == (2, "UNKNOWN_INFOBASE")
    assert "Нет такой" in ran.result["text"]


def test_an_infobase_is_named_once(bench):
    ran = bench.run("status", "--json", "--infobase", "a", "--simulated", bench.base)
    assert ran.result["code"] == "USAGE"


@pytest.mark.parametrize("alias", ["", "  ", "a=b", "a;b", "a/b", "a\\b", 'a"b', "x" * 101, "a\nb"])
def test_an_alias_cannot_be_taken_for_a_place(bench, alias):
    assert add(bench, alias).result["code"] == "USAGE"
    assert shown(bench) == []


def test_the_same_alias_is_refused_and_so_is_the_same_infobase(bench):
    add(bench)
    assert "edit" in add(bench, "БУХГАЛТЕРИЯ").result["text"]
    twice = add(bench, "Другое имя")
    assert (twice.exit, twice.result["code"]) == (14, "CONSENT_REQUIRED")
    assert len(shown(bench)) == 1


def test_what_cannot_be_entered_is_not_registered(bench, place):
    broken = place("broken", faults={"connect": "AUTH_FAILED"})
    assert add(bench, "Закрытая", at=broken).result["code"] == "AUTH_FAILED"
    assert shown(bench) == []


def test_a_password_is_in_the_vault_and_nowhere_else(bench):
    ran = add(
        bench, "Бух", "--user", "Админ", "--password-stdin", stdin=f"{PASSWORD}\n"
    )  # fmt: skip
    assert ran.exit == 0
    assert shown(bench)[0]["has_password"] is True
    assert PASSWORD not in ran.out + ran.err
    kept = {path.name: path.read_bytes() for path in bench.home.rglob("*") if path.is_file()}
    del kept["vault.json"]
    assert not any(PASSWORD.encode() in data for data in kept.values())
    with sqlite3.connect(bench.home / "state.db") as db:
        assert PASSWORD not in "\n".join(db.iterdump())
    db.close()
    assert PASSWORD in json.loads((bench.home / "vault.json").read_text())["passwords"].values()
    bench.run("infobases", "remove", "Бух")
    assert json.loads((bench.home / "vault.json").read_text())["passwords"] == {}


@pytest.mark.parametrize(
    "text",
    [
        'File="C:\\b";Usr="u";Pwd="p4ssw0rd";',
        "Srvr=s;Ref=r;UC=p4ssw0rd",
        "ws=http://x",
        "File=",
        "=",
        "",
    ],
)
@pytest.mark.parametrize("command", ["add", "check"])
def test_a_connection_string_with_a_secret_or_of_another_kind_is_refused(bench, command, text):
    words = ("infobases", "add", "Имя", "--connection-string", text)
    if command == "check":
        words = ("status", "--infobase", text)
    ran = bench.run(*words, "--json")
    assert ran.exit == 2
    assert "p4ssw0rd" not in ran.out + ran.err


def test_editing_changes_what_is_named_and_leaves_the_rest(bench):
    add(
        bench,
        "Бух",
        "--lock-mode",
        "ask",
        "--user",
        "Админ",
        "--password-stdin",
        stdin="pass-word\n",
    )
    ran = bench.run("infobases", "edit", "Бух", "--backup-mode", "dumpib", "--platform", "8.3.25.1")
    assert ran.exit == 0
    (one,) = shown(bench)
    assert (one["lock_mode"], one["backup_mode"], one["platform"]) == ("ask", "dumpib", "8.3.25.1")
    assert one["has_password"] is True
    bench.run("infobases", "edit", "Бух", "--lock-mode", "", "--platform", "", "--os-auth")
    (one,) = shown(bench)
    assert (one["lock_mode"], one["backup_mode"], one["platform"]) == ("none", "dumpib", None)
    assert (one["has_password"], "Usr" in one["connection"]) == (False, False)


@pytest.mark.parametrize(
    "options",
    [
        ("--ring", "staging"), ("--lock-mode", "kill"), ("--backup-mode", "zip"),
        ("--group", "Нет такой"), ("--connection-string", "C:\\x"), ("--copy",),
        ("--user", "a", "--os-auth"),
        ("--simulated", "elsewhere"),
        ("--platform", "8.3"),
    ],
)  # fmt: skip
def test_a_wrong_word_changes_nothing(bench, options):
    add(bench, "Бух")
    before = shown(bench)
    assert bench.run("infobases", "edit", "Бух", "--json", *options).exit == 2
    assert shown(bench) == before


@pytest.mark.parametrize("command", ["edit", "move", "remove"])
def test_what_is_not_registered_cannot_be_changed(bench, command):
    ran = bench.run("infobases", command, "Нет", "--json", "--simulated", bench.base)
    assert ran.result["code"] == "UNKNOWN_INFOBASE"


def test_a_trial_run_changes_nothing(bench, place):
    assert add(bench, "Бух", "--dry-run").result["changed"] is False
    assert shown(bench) == []
    add(bench, "Бух")
    moving = ("move", "Бух", "--simulated", place("elsewhere"))
    for words in (("edit", "Бух", "--lock-mode", "ask"), ("remove", "Бух"), moving):
        ran = bench.run("infobases", *words, "--dry-run", "--json")
        assert (ran.exit, ran.result["changed"]) == (0, False)
    assert shown(bench)[0]["simulated"] == str(bench.base)


def test_removing_forgets_the_name_and_keeps_the_journal(bench):
    add(bench, "Бух")
    bench.install()
    assert bench.run("infobases", "remove", "Бух").exit == 0
    assert shown(bench) == []
    assert len(bench.run("status", "--json").result["data"]["operations"]) == 1


# Import


@pytest.fixture
def starter(tmp_path, monkeypatch):
    folder = tmp_path / "1C" / "1CEStart"
    folder.mkdir(parents=True)
    monkeypatch.setenv("APPDATA", str(tmp_path))
    for name in ("PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432"):
        monkeypatch.delenv(name, raising=False)

    def put(text):
        (folder / "ibases.v8i").write_text(text, "utf-8-sig")

    return put


def test_the_list_of_1c_is_taken_over_once(bench, starter):
    starter(
        '[Бух/2026]\nConnect=File="C:\\b";\nVersion=8.3.25.1286\n'
        '[Бух\\2026]\nConnect=Srvr="s";Ref="r";Usr="u";Pwd="p4ssw0rd";\nVersion=8.3\n'
        '[Веб]\nConnect=ws="http://x";\n'
    )
    ran = bench.run("infobases", "import", "--json")
    assert (ran.exit, ran.result["changed"]) == (0, True)
    assert [one["text"].startswith("Веб: ") for one in ran.of("warn")] == [True]
    first, second = shown(bench)
    assert (first["alias"], first["platform"], first["id"]) == ("Бух_2026", "8.3.25.1286", None)
    assert (second["alias"], second["platform"]) == ("Бух_2026 (2)", None)
    assert second["has_password"] is True
    assert "p4ssw0rd" not in ran.out
    with sqlite3.connect(bench.home / "state.db") as db:
        assert "p4ssw0rd" not in "\n".join(db.iterdump())
    db.close()
    again = bench.run("infobases", "import", "--json")
    assert (again.result["outcome"], len(shown(bench))) == ("noop", 2)


def test_a_trial_import_shows_what_it_would_take(bench, starter):
    starter('[Бух]\nConnect=File="C:\\b";\n')
    ran = bench.run("infobases", "import", "--json", "--dry-run")
    assert [one["alias"] for one in ran.result["data"]["infobases"]] == ["Бух"]
    assert shown(bench) == []


def test_names_that_are_all_signs_become_aliases(bench, starter):
    starter(f'[---]\nConnect=File="C:\\a";\n[{"я" * 150}]\nConnect=File="C:\\b";\n')
    assert bench.run("infobases", "import").exit == 0
    assert [len(one["alias"]) for one in shown(bench)] == [2, 90]


def test_a_name_longer_than_any_folder_has_is_no_name(bench):
    ran = bench.run("status", "--json", "--infobase", "х" * 10_000)
    assert (ran.exit, ran.result["code"]) == (2, "UNKNOWN_INFOBASE")
