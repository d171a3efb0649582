"""`podkluch migrate`: the only command that makes or changes a schema."""

import pytest
from sqlalchemy import create_engine, text

from app.kit import embedded, migrate
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


def test_a_migration_that_fails_leaves_the_old_schema_and_says_what_to_do(podkluch, stored, url):
    before = "2026_11_22_check_log"
    migrate.downgrade(url, before)
    with stored.begin() as connection:
        connection.execute(text("CREATE TABLE ix_customers_status ()"))  # a name that is needed
    refused = podkluch("migrate", "--lang", "en", code=3).stderr
    assert refused.startswith("MIGRATION_FAILED: ")
    assert "ix_customers_status" in refused
    assert f"The schema is whole: {before}." in refused
    with stored.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == before
        indexes = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'ix_%_created_at_id'"
        assert connection.scalar(text(indexes)) > 0
        connection.execute(text("DROP TABLE ix_customers_status"))
    assert podkluch.json("migrate")["after"] == SCHEMA_HEAD
    migrate.check(url)
