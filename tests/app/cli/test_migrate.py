"""`podkluch migrate`: the only command that makes or changes a schema."""

import pytest
from sqlalchemy import create_engine, text

from app.kit import embedded
from app.kit.db import SCHEMA_HEAD
from tests.database import private_folder


@pytest.fixture
def empty(bare, clone_database):
    """The command line over a database without any schema."""
    url = clone_database()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    bare.environment["PODKLUCH_DATABASE_URL"] = url
    return bare


def test_it_makes_the_schema_and_then_finds_it_current(empty):
    assert empty.json("migrate") == {"before": None, "after": SCHEMA_HEAD, "changed": True}
    assert empty("migrate").stdout == f"Схема базы уже та: {SCHEMA_HEAD}\n"
    empty("check")


def test_it_says_what_it_did(empty):
    assert empty("migrate", "--lang", "en").stdout == f"The schema is upgraded: {SCHEMA_HEAD}\n"


def test_a_database_newer_than_the_program_is_refused(podkluch, stored):
    with stored.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '2099_tomorrow'"))
    refused = podkluch("migrate", code=3)
    assert refused.stderr.startswith("SCHEMA_NOT_CURRENT: База не этой программы или новее её")


def test_it_makes_the_embedded_database_and_stops_it(bare):
    with private_folder() as folder:
        bare.environment["PODKLUCH_DATA"] = str(folder)
        assert bare.json("migrate")["changed"] is True
        bare("vendor", "create", "--slug", "a", "--name", "A", "--prefix", "AAAA")
        assert not (folder / "postgres" / "postmaster.pid").exists()


def test_an_embedded_database_that_runs_already_goes_on(bare):
    with private_folder() as folder:
        bare.environment["PODKLUCH_DATA"] = str(folder)
        with embedded.start(folder / "postgres", durable=False) as server:
            bare("migrate")
            engine = create_engine(server.url)
            with engine.connect() as connection:
                assert connection.scalar(text("SELECT version_num FROM alembic_version"))
            engine.dispose()
