"""Revisions: they lead to what the models say, and back."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app.kit import migrate
from app.kit.db import SCHEMA_HEAD
from app.kit.revisions import REVISIONS, is_pending
from tests.waiting import PATIENCE

NAMES = [
    revision.revision
    for revision in ScriptDirectory.from_config(migrate.configuration("")).walk_revisions()
]


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_the_code_names_the_revisions():
    assert list(REVISIONS) == NAMES[::-1]
    assert ScriptDirectory.from_config(migrate.configuration("")).get_heads() == [SCHEMA_HEAD]


def test_what_is_older_is_pending_and_what_is_newer_is_not():
    assert [is_pending(each) for each in (None, REVISIONS[0], SCHEMA_HEAD, "2099_tomorrow")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_revisions_make_what_the_models_say(database_url):
    migrate.check(database_url)


@pytest.mark.long
def test_every_revision_can_be_taken_back_and_made_again(clone_database):
    url = clone_database()
    before = tables(url)
    for revision in [*NAMES[1:], "base"]:
        migrate.downgrade(url, revision)
    assert tables(url) == {"alembic_version"}
    migrate.upgrade(url)
    assert tables(url) == before
    migrate.check(url)


@pytest.mark.long
def test_two_who_migrate_at_once_do_it_once(clone_database):
    url = clone_database()
    migrate.downgrade(url, "base")
    code = "import sys; from app.kit.migrate import upgrade; upgrade(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(2)]
    assert [one.wait(timeout=PATIENCE) for one in both] == [0, 0]
    migrate.check(url)


def test_a_difference_between_models_and_schema_is_found(clone_database):
    url = clone_database()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE customers DROP COLUMN comment"))
    engine.dispose()
    with pytest.raises(Exception, match="comment"):
        migrate.check(url)
