"""`podkluch` itself: what it offers, in which language it answers, what it loads."""

import subprocess
import sys

import pytest
import typer
from typer.main import get_command

from app.cli import __main__ as command_line

LOADED = """
import sys
from app.cli.__main__ import app
app(sys.argv[1:], standalone_mode=False)
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def leaves():
    """Every command with its path, as `podkluch` would find it."""
    root = get_command(command_line.app)
    for name in root.list_commands(None):
        found = root.get_command(None, name)
        for inner in getattr(found, "commands", {}).values() or [found]:
            yield pytest.param(inner, id=f"{name} {inner.name}")


@pytest.mark.parametrize("command", list(leaves()))
def test_every_command_speaks_json(command):
    assert any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize("name", [*command_line.NOUNS, *command_line.VERBS])
def test_the_help_names_every_noun_and_verb(bare, name):
    assert f" {name} " in bare("--help").stdout
    assert name in bare(name, "--help").stdout


def test_the_help_cuts_no_name_of_an_option(bare):
    shown = bare("extension", "create", "--help").stdout
    assert "--unsafe-action-protection-off " in shown
    assert "--description-ru " in shown


@pytest.mark.parametrize("name", command_line.VERBS)
def test_no_verb_offers_to_change_the_shell(bare, name):
    assert "completion" not in bare(name, "--help").stdout


@pytest.mark.parametrize("path", [(), ("vendor", "create"), ("serve",), ("check",)])
def test_the_help_explains_the_exit_codes(bare, path):
    text = " ".join(bare(*path, "--help").stdout.split())
    assert "0 — сделано, 1 — отказ" in text
    assert "3 — работать нельзя" in text


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["vendor", "nonsense"], ["check", "--nonsense"]]
)
def test_what_it_does_not_know_is_an_error_of_usage(bare, arguments):
    assert bare(*arguments, code=2).stdout == ""


def test_reading_a_file_does_not_load_the_database_layer(cfe):
    command = [sys.executable, "-c", LOADED, "cfe", "inspect", "--json", cfe]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()
    assert "typer" in loaded
    assert not {"sqlalchemy", "alembic", "fastapi", "psycopg"}.intersection(loaded)


@pytest.mark.parametrize(
    ("option", "locale", "text"),
    [
        ([], "ru_RU.UTF-8", "Базы данных ещё нет"),
        ([], "C.UTF-8", "Базы данных ещё нет"),
        ([], "de_DE.UTF-8", "Базы данных ещё нет"),
        ([], "en_GB.UTF-8", "There is no database yet"),
        (["--lang", "en"], "ru_RU.UTF-8", "There is no database yet"),
        (["--lang", "ru"], "en_GB.UTF-8", "Базы данных ещё нет"),
    ],
)
def test_it_answers_in_the_language_of_the_option_or_of_the_system(bare, option, locale, text):
    assert text in bare("check", *option, code=3, LC_ALL=locale).stderr


def test_another_language_is_an_error_of_usage(bare):
    assert "--lang" in bare("check", "--lang", "fr", code=2).stderr


def test_a_crash_never_prints_the_values_of_variables():
    assert isinstance(command_line.app, typer.Typer)
    assert command_line.app.pretty_exceptions_show_locals is False


def test_it_runs_as_a_module_with_output_in_utf8():
    command = [sys.executable, "-m", "app.cli", "--help"]
    environment = {"PYTHONIOENCODING": "cp866", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    assert "Подключ: ключи, купоны и релизы" in done.stdout.decode("utf-8")
