"""What keeps every command from running: exit 3 and one line that names it."""

import json

import pytest
from sqlalchemy import text

from app.kit import embedded
from app.kit.postgres import EmbeddedDatabaseError

SECRET = "hunter2secret"


def refused(bare, *command, **environment):
    result = bare(*(command or ("check",)), code=3, **environment)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("PODKLUCH_THREADS", "many", "PODKLUCH_THREADS"),
        ("PODKLUCH_ENVIRONMENT", "moon", "PODKLUCH_ENVIRONMENT"),
        ("PODKLUCH_ENVIRONMENT", "production", "PODKLUCH_DATABASE_URL"),
        ("PODKLUCH_TRUSTED_PROXIES", "x", "trusted_proxies"),
        ("PODKLUCH_DATABASE_URL", f"mysql://root:{SECRET}@127.0.0.1/x", "PODKLUCH_DATABASE_URL"),
        ("PODKLUCH_DATABASE_URL", f"{SECRET} {SECRET}", "PODKLUCH_DATABASE_URL"),
    ],
)
def test_wrong_settings_are_named_without_their_values(bare, name, value, what):
    told = refused(bare, **{name: value})
    assert told.startswith("SETTINGS_INVALID: ")
    assert what in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("content", "what"), [("a = = 1", "line 1"), ("threats = 1", "PODKLUCH_THREATS")]
)
def test_a_wrong_file_of_settings_is_refused(bare, tmp_path, content, what):
    path = tmp_path / "podkluch.toml"
    path.write_text(content, encoding="utf-8")
    assert what in refused(bare, PODKLUCH_CONFIG=str(path))


@pytest.mark.parametrize("name", ["PODKLUCH_CONFIG", "PODKLUCH_DATABASE_PASSWORD_FILE"])
def test_a_file_that_settings_name_has_to_be_there(bare, tmp_path, name):
    path = tmp_path / "absent"
    own = {"PODKLUCH_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    assert str(path) in refused(bare, **own | {name: str(path)})


def test_without_master_nothing_begins(bare, tmp_path):
    told = refused(bare, PODKLUCH_MASTER_KEY_FILE=str(tmp_path / "none"))
    assert told.startswith("MASTER_KEY_MISSING: ")
    assert "podkluch master new" in told
    assert not bare.data.exists()


def test_a_database_that_does_not_answer_is_named_without_its_password(bare):
    told = refused(bare, PODKLUCH_DATABASE_URL=f"postgresql://u:{SECRET}@127.0.0.1:1/shop")
    assert told.startswith("DATABASE_UNAVAILABLE: База данных не отвечает (127.0.0.1/shop)")
    assert SECRET not in told


def test_an_embedded_database_is_not_made_by_the_way(bare):
    assert "podkluch migrate" in refused(bare)
    assert not bare.data.exists()


def test_an_embedded_database_that_does_not_start_is_named(bare, monkeypatch):
    def broken(folder):
        raise EmbeddedDatabaseError(f"{folder}: PostgreSQL 12")

    (bare.data / "postgres").mkdir(parents=True)
    monkeypatch.setattr(embedded, "start", broken)
    assert refused(bare).startswith("DATABASE_UNAVAILABLE: ")


def test_what_cannot_run_says_so_in_json_too(bare):
    told = bare.json("check", "--lang", "en", code=3)
    assert told["code"] == "DATABASE_MISSING"
    assert told["title"].startswith("There is no database yet")


_NEWER = "UPDATE alembic_version SET version_num = '2099_tomorrow'"


@pytest.mark.parametrize(
    ("command", "act"),
    [
        (("serve",), _NEWER),
        (("vendor", "create"), _NEWER),
        (("vendor", "create"), "DROP TABLE alembic_version"),
    ],
)
def test_another_schema_is_refused_and_the_next_step_named(podkluch, stored, command, act):
    with stored.begin() as connection:
        connection.execute(text(act))
    options = ("--slug", "a", "--name", "A", "--prefix", "AAAA") if "vendor" in command else ()
    told = refused(podkluch, *command, *options)
    assert told.startswith("SCHEMA_NOT_CURRENT: ")
    assert "podkluch migrate" in told


def test_a_database_that_may_forget_is_refused_outside_of_tests(podkluch, stored):
    with stored.begin() as connection:
        name = stored.url.database
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    podkluch.environment["PODKLUCH_ENVIRONMENT"] = "development"
    told = refused(podkluch, "vendor", "create", "--slug", "a", "--name", "A", "--prefix", "AAAA")
    assert told.startswith("UNSAFE_DATABASE_SETTINGS: ")
    assert "synchronous_commit" in told


def test_a_store_that_cannot_be_written_is_a_refusal_that_may_be_repeated(podkluch, publish, cfe):
    del cfe
    podkluch.data.mkdir(exist_ok=True)
    (podkluch.data / "artifacts").write_text("not a folder", encoding="utf-8")
    title, why, step = publish(code=1).stderr.splitlines()
    assert title.startswith("STORAGE_UNAVAILABLE: ")
    assert (str(podkluch.data / "artifacts") in why, step) == (True, "Повторите")
    assert json.loads(publish("--json", code=1).stdout)["why"] == why


def test_a_busy_row_is_a_refusal_that_may_be_repeated(podkluch, product, stored):
    with stored.begin() as connection:
        connection.execute(text("LOCK TABLE products"))
        arguments = ("product", "create", "--code", "other", "--name", "Другой", "--json")
        told = podkluch(*arguments, code=1)
    assert '"code": "BUSY"' in told.stdout
    assert product["code"] == "sklad"
