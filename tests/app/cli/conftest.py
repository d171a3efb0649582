"""The command line over a database of its own, in this process or in one of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from typer.testing import CliRunner, Result

from app.accounts import queries as accounts
from app.cli.__main__ import app
from app.kit.config import Settings
from app.kit.db import Kit, transaction
from app.kit.signing.keyring import Keyring, create_master
from app.kit.storage import store_of
from onec.cfe_writer import make_cfe
from tests.factories.world import BUH, give_root


@dataclass
class CommandLine:
    """`podkluch` with the settings of one test; its language is Russian unless said otherwise."""

    environment: dict[str, str | None]
    data: Path
    master: Path

    def __call__(self, *arguments: object, code: int = 0, **environment: str) -> Result:
        """Runs a command that has to end with a code."""
        told = {"LC_ALL": "ru_RU.UTF-8", "COLUMNS": "200"} | self.environment | environment
        result = CliRunner().invoke(app, [str(part) for part in arguments], env=told)
        assert result.exit_code == code, result.output
        return result

    def json(self, *arguments: object, code: int = 0):
        """The JSON document that a command prints."""
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def process(self, *arguments: str) -> subprocess.Popen:
        """The same command as a process of its own; whoever starts it ends it."""
        told = os.environ | {name: text for name, text in self.environment.items() if text}
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", *arguments],
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def bare(tmp_path: Path) -> CommandLine:
    """The command line before anything is set up: an embedded database that is not there yet."""
    data, master = tmp_path / "var", tmp_path / "master"
    create_master(master)
    return CommandLine(
        {
            "PODKLUCH_ENVIRONMENT": "test",
            "PODKLUCH_DATA": str(data),
            "PODKLUCH_DATABASE_URL": None,
            "PODKLUCH_MASTER_KEY_FILE": str(master),
            "PODKLUCH_CONFIG": None,
        },
        data,
        master,
    )


@pytest.fixture
def url(clone_database: Callable[[], str]) -> str:
    """A migrated database of this test's own, for real commits."""
    return clone_database()


@pytest.fixture
def podkluch(bare: CommandLine, url: str) -> CommandLine:
    """The command line over a migrated and empty database."""
    bare.environment["PODKLUCH_DATABASE_URL"] = url
    return bare


@pytest.fixture
def stored(url: str) -> Iterator[Engine]:
    """What the commands left in the database."""
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def vendor(podkluch: CommandLine) -> dict[str, str]:
    """The one vendor of the server."""
    return podkluch.json(
        "vendor", "create", "--slug", "vektor", "--name", "Вектор", "--prefix", "VEKT"
    )


@pytest.fixture
def product(podkluch: CommandLine, vendor: dict[str, str]) -> dict[str, str]:
    """A product that is sold for a year on three infobases."""
    del vendor
    arguments = ("--code", "sklad", "--name", "Склад", "--days", 365, "--seats", 3)
    return podkluch.json("product", "create", *arguments)


@pytest.fixture
def root(bare: CommandLine, vendor: dict[str, str], stored: Engine) -> None:
    """The vendor's root of trust, made as elsewhere in the tests: the ceremony is slow."""
    settings = Settings(environment="test", data=bare.data)
    kit = Kit(settings, store_of(settings), keyring=Keyring.read(bare.master))
    with transaction(stored, kit) as session:
        give_root(session, accounts.vendor_by_slug(session, vendor["slug"]))


@pytest.fixture
def extension(podkluch: CommandLine, product: dict[str, str], root: None) -> dict[str, str]:
    """The product's extension."""
    del root
    arguments = ("--product", product["code"], "--code", "helper", "--title-ru", "Помощник")
    return podkluch.json("extension", "create", *arguments, "--onec-name", "СкладскойПомощник")


@pytest.fixture
def customer(podkluch: CommandLine, vendor: dict[str, str]) -> dict[str, str]:
    """A client company with a reference of the vendor's own."""
    del vendor
    arguments = ("--company", "ООО «Ромашка»", "--email", "buyer@example.com")
    return podkluch.json("customer", "create", *arguments, "--external-ref1", "7700123459")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A file of rules."""
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": [BUH]}), encoding="utf-8")
    return path


@pytest.fixture
def cfe(tmp_path: Path) -> Path:
    """An extension file that says version 2.4.0."""
    path = tmp_path / "file.cfe"
    path.write_bytes(make_cfe("СкладскойПомощник", "Складской помощник", "2.4.0", "Вектор", "СП_"))
    return path


@pytest.fixture
def publish(podkluch: CommandLine, extension: dict[str, str], cfe: Path, rules: Path):
    """Publishes the file; further options win."""

    def publish(*options: object, code: int = 0) -> Result:
        told = ("--extension", extension["code"], "--rules", rules, "--notes-ru", "Новое")
        return podkluch("release", "publish", cfe, *told, *options, code=code)

    return publish
