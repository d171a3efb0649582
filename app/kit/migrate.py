"""Brings a database to the schema of this code; the only module of `app` that loads alembic."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.kit.resources import folder


class MigrationError(RuntimeError):
    """The revisions do not lead from where the database is, as when it is newer than we are."""


def configuration(url: str) -> Config:
    """Alembic's configuration for one database; the folder is found wherever we are installed."""
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def is_known(url: str, revision: str) -> bool:
    """Whether this code has a revision: a newer program's it has not."""
    try:
        ScriptDirectory.from_config(configuration(url)).get_revision(revision)
    except CommandError:
        return False
    return True


def upgrade(url: str, revision: str = "head") -> None:
    """Runs all missing revisions under an advisory lock, one transaction each."""
    try:
        command.upgrade(configuration(url), revision)
    except CommandError as error:
        raise MigrationError(str(error)) from error


def downgrade(url: str, revision: str) -> None:
    """Takes revisions back, for the test that every one of them can be."""
    command.downgrade(configuration(url), revision)


def check(url: str) -> None:
    """Raises if the models say something that no revision has written."""
    command.check(configuration(url))
