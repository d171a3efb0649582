"""What protects the database, as data: units, services and settings name what exists."""

import configparser
import re
import shlex
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli.__main__ import app
from app.kit import postgres
from app.upkeep.health import WAL_SLOT
from tests.deployment.shipped import COMPOSE, ROOT, SERVICES

DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("podkluch-backup.*"), *(DEPLOY / "postgres").glob("*.[st]*e*r*")])
SCRIPTS = {"basebackup", "recover"}


def unit(path: Path) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str
    read.read_string(path.read_text("utf-8"))
    return read


def commands() -> list[list[str]]:
    """What the units run."""
    found = []
    for path in UNITS:
        lines = re.findall(r"^Exec\w+=(.*)$", path.read_text("utf-8"), re.MULTILINE)
        found += [shlex.split(line) for line in lines]
    return found


def test_every_unit_says_what_it_is() -> None:
    assert len(UNITS) == 5
    for path in UNITS:
        assert unit(path)["Unit"]["Description"].startswith("Podkluch")
        if path.suffix == ".timer":
            assert path.with_suffix(".service") in UNITS
            assert unit(path)["Install"]["WantedBy"] == "timers.target"


def test_what_the_units_run_exists() -> None:
    for program, *_ in commands():
        name = Path(program).name
        if program.startswith("/etc/podkluch/postgres/"):
            assert (DEPLOY / "postgres" / name).stat().st_mode & 0o111
        elif name.startswith("pg_"):
            assert (postgres.programs() / name).exists()
        else:
            assert name in {"podkluch", "mkdir"}


def compose_commands() -> list[str]:
    """What the services of the archive run."""
    return [" ".join(SERVICES[name]["command"]) for name in ("wal", "basebackup")]


def test_the_slot_has_one_name_everywhere() -> None:
    texts = [" ".join(words) for words in commands()] + compose_commands()
    slots = {
        name for text in texts for name in re.findall(r"(?:--slot|application_name)=(\w+)", text)
    }
    assert slots == {WAL_SLOT}
    assert (
        f"synchronous_standby_names = '{WAL_SLOT}'"
        in (DEPLOY / "postgres/archive.conf").read_text()
    )


@pytest.mark.parametrize("text", [*compose_commands(), *map(" ".join, commands())])
def test_programs_know_the_options_that_they_are_given(text: str, podkluch_help) -> None:
    for program, options in re.findall(
        r"\b(pg_receivewal|basebackup|podkluch backup)\b([^&;]*)", text
    ):
        known = (
            podkluch_help
            if program.startswith("podkluch")
            else (DEPLOY / "postgres" / program).read_text("utf-8")
            if program in SCRIPTS
            else postgres.run(postgres.programs() / program, "--help")[1]
        )
        for option in re.findall(r"(?<![\w=])--[a-z-]+", options):
            assert option in known, (program, option)


@pytest.fixture(scope="module")
def podkluch_help() -> str:
    return CliRunner().invoke(app, ["backup", "--help"]).stdout


def test_the_settings_are_postgresqls_own(database_url: str) -> None:
    text = (DEPLOY / "postgres" / "archive.conf").read_text("utf-8")
    given = re.findall(r"^#?(\w+) = (.+)$", text, re.MULTILINE)
    given += [each.split("=", 1) for each in SERVICES["db"]["command"][2::2]]
    with psycopg.connect(database_url) as connection:
        known = dict(connection.execute("SELECT name, context FROM pg_settings").fetchall())
    assert len(given) == 10
    assert {name for name, _ in given} <= set(known)
    assert known["synchronous_standby_names"] == "sighup"


def test_the_archive_is_chosen_and_lies_apart() -> None:
    for name in ("wal", "basebackup"):
        service = SERVICES[name]
        assert service["profiles"] == ["archive"]
        assert service["network_mode"] == "service:db"
        assert "archive:/var/lib/postgresql" in service["volumes"]
    assert SERVICES["backup"]["profiles"] == ["backup"]
    assert {"archive", "backups", "database"} <= set(COMPOSE["volumes"])
    folder = SERVICES["backup"]["command"][2]
    assert f"backups:{folder}" in SERVICES["backup"]["volumes"]
    assert folder in (ROOT / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_a_script_says_what_it_is_for_and_refuses_what_it_does_not_know(script: str) -> None:
    told = called(script, "--help")
    assert (told.returncode, f"{script} --archive DIR" in told.stdout) == (0, True)
    for wrong in ("--archive", "--nonsense"):
        refused = called(script, wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr == f"{script}: {wrong} is unknown, or needs a value\n"


def test_a_recovery_without_programs_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "archive" / "base").mkdir(parents=True)
    where = ("--archive", str(tmp_path / "archive"), "--data", str(tmp_path / "data"))
    refused = called("recover", *where, path="/nowhere")
    assert refused.returncode == 1
    assert "no pg_ctl on PATH" in refused.stderr
    assert not (tmp_path / "data").exists()


def called(script: str, *arguments: str, path: str = "/usr/bin:/bin") -> CompletedProcess[str]:
    command = ["/bin/sh", DEPLOY / "postgres" / script, *arguments]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)
