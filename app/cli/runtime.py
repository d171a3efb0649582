"""What a command stands on: settings, the database, the kit, and who acts."""

import getpass
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.audit.actor import Actor, ActorKind
from app.cli.terminal import CannotRunError, Terminal
from app.kit import embedded
from app.kit.config import Settings
from app.kit.db import (
    SCHEMA_HEAD,
    Kit,
    KitSession,
    UnitOfWork,
    UnsafeDatabaseSettingsError,
    make_engine,
    problem_of,
    reading,
    require_durable,
    schema_revision,
    transaction,
)
from app.kit.i18n import N_, Sentence, translate
from app.kit.keeping import kept
from app.kit.postgres import EmbeddedDatabaseError
from app.kit.problems import NotFound, ValidationFailed
from app.kit.revisions import is_pending
from app.kit.signing.keyring import Keyring, MasterKeyError
from app.kit.storage import store_of
from app.kit.telemetry import accept_request_id, redact
from app.upkeep.backup.unfinished import marked

VendorSlug = Annotated[
    str | None,
    typer.Option("--vendor", help="Имя вендора; можно опустить, если вендор на сервере один."),
]

Cause = Annotated[
    str, typer.Option(metavar="client_lost|sending|checking|other", help="Зачем нужен код.")
]
Reason = Annotated[str | None, typer.Option(help="Пояснение, 5-500 знаков; при other обязательно.")]


_PAUSE = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Runtime:
    """A database that answers, and what verbs reach through their sessions."""

    url: str
    engine: Engine
    kit: Kit

    def revision(self) -> str | None:
        """The revision that the database is at."""
        with reading(self.engine, self.kit) as session:
            return schema_revision(session)

    def await_schema(self, terminal: Terminal) -> None:
        """Waits for the migration of another process: until then nobody is answered."""
        if is_pending(self.revision()):
            told = Sentence(
                f"MIGRATIONS_PENDING: нужна схема {SCHEMA_HEAD}, жду `podkluch migrate`",
                f"MIGRATIONS_PENDING: {SCHEMA_HEAD} is needed, waiting for `podkluch migrate`",
            )
            typer.echo(terminal.text(told), err=True)
        while is_pending(self.revision()):
            time.sleep(_PAUSE)

    def kept(self) -> AbstractContextManager[None]:
        """While it lasts, an embedded database that ends is started again."""
        settings = self.kit.settings
        own = settings.database_dsn() is not None
        return nullcontext() if own else kept(settings.data / "postgres")

    def require_finished(self) -> None:
        """Refuses a database whose restoration from a backup was cut."""
        with reading(self.engine, self.kit) as session:
            backup = marked(session)
        if backup is not None:
            raise CannotRunError(
                "RESTORE_UNFINISHED",
                Sentence(
                    f"Восстановление из копии {backup} не закончено: повторите `podkluch restore`",
                    f"The restoration from {backup} is not finished: repeat `podkluch restore`",
                ),
            )

    def require_sound(self) -> None:
        """Refuses a database that may lose writes, or whose schema is not this program's."""
        self.require_finished()
        try:
            require_durable(self.engine, self.kit.settings)
        except UnsafeDatabaseSettingsError as error:
            words = str(error).partition(": ")[2]
            raise CannotRunError(
                "UNSAFE_DATABASE_SETTINGS",
                Sentence(
                    f"База может потерять подтверждённые записи: {words}",
                    f"The database may lose acknowledged writes: {words}",
                ),
            ) from None
        revision = self.revision()
        if revision != SCHEMA_HEAD:
            raise CannotRunError(
                "SCHEMA_NOT_CURRENT",
                Sentence(
                    f"Схема базы — {revision or 'пустая'}, нужна {SCHEMA_HEAD}. Выполните "
                    "`podkluch migrate`; если база новее программы, обновите программу.",
                    f"The schema is {revision or 'empty'}, {SCHEMA_HEAD} is needed. Run "
                    "`podkluch migrate`; if the database is newer, update the program.",
                ),
            )


@contextmanager
def opened(*, create: bool = False) -> Iterator[Runtime]:
    """The database of the settings; an embedded one that we had to start is stopped afterwards.

    `create` makes the embedded database if there is none yet.
    """
    settings = load_settings()
    kit = Kit(settings, store_of(settings), keyring=read_keyring(settings.master_file))
    with ExitStack() as stack:
        url = _own_url(settings) or _embedded_url(settings, stack, create=create)
        engine = make_engine(url, settings)
        stack.callback(engine.dispose)
        runtime = Runtime(url, engine, kit)
        try:
            runtime.revision()
        except DBAPIError as error:
            raise _unreachable(url, error) from None
        yield runtime


@contextmanager
def unit_of_work() -> Iterator[UnitOfWork]:
    """The one transaction of a command, committed at its end."""
    with opened() as runtime:
        runtime.require_sound()
        with refusals(), transaction(runtime.engine, runtime.kit) as session:
            yield session


@contextmanager
def refusals() -> Iterator[None]:
    """Turns an error of the database into the problem that it means."""
    try:
        yield
    except EmbeddedDatabaseError as error:
        raise _not_started(error) from None
    except SQLAlchemyError as error:
        problem = problem_of(error)
        if problem is None:
            raise
        raise problem from error


def actor() -> Actor:
    """The person at the command line, by the name that the operating system knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user has a number and no name
        user = str(os.getuid())
    return Actor(ActorKind.SYSTEM, f"podkluch ({user})", request_id=accept_request_id(None))


def vendor_of(session: KitSession, slug: str | None) -> Vendor:
    """The vendor that `--vendor` names; it may be left out where there is only one."""
    if slug is not None:
        return accounts.vendor_by_slug(session, slug)
    found = accounts.vendors(session)
    if not found:
        raise NotFound(N_("There is no vendor yet; `podkluch vendor create` makes one"))
    if len(found) > 1:
        slugs = ", ".join(vendor.slug for vendor in found)
        raise typer.BadParameter(
            f"назовите одного из вендоров / name one of the vendors: {slugs}",
            param_hint="--vendor",
        )
    return found[0]


def load_settings() -> Settings:
    """The settings, or one line that names what is wrong with them."""
    try:
        return Settings.load()
    except ValidationError as error:
        raise _settings_fault(_described(error)) from None
    except (TOMLDecodeError, UnicodeDecodeError, SettingsError) as error:
        raise _settings_fault(Sentence(str(error), str(error))) from None


def read_keyring(path: Path) -> Keyring:
    """The keyring of a MASTER file, or one line that says what is wrong with it."""
    try:
        return Keyring.read(path)
    except MasterKeyError as error:
        raise CannotRunError(error.code, error.text) from None


def _described(error: ValidationError) -> Sentence:
    found = error.errors(include_input=False, include_url=False)
    faults = []
    for fault, refused in zip(found, ValidationFailed.of(found).errors, strict=False):
        own = fault["type"] == "value_error"
        detail = str(fault["ctx"]["error"]) if own else refused["detail"]
        name = "_".join(["PODKLUCH", *map(str, fault["loc"])]).upper()
        faults.append((name, detail))
    return Sentence(
        "; ".join(f"{name}: {translate(detail, 'ru')}" for name, detail in faults),
        "; ".join(f"{name}: {detail}" for name, detail in faults),
    )


def _settings_fault(what: Sentence) -> CannotRunError:
    text = Sentence(f"Ошибка в настройках: {what.ru}", f"Settings are wrong: {what.en}")
    return CannotRunError("SETTINGS_INVALID", text)


def _own_url(settings: Settings) -> str | None:
    try:
        url = settings.database_dsn()
        driver = make_url(url).drivername if url else None
    except ArgumentError:
        driver = "?"
    if driver not in (None, "postgresql", "postgresql+psycopg"):
        words = "PODKLUCH_DATABASE_URL: postgresql://…"
        raise _settings_fault(Sentence(words, words))
    return url


def _embedded_url(settings: Settings, stack: ExitStack, *, create: bool) -> str:
    folder = settings.data / "postgres"
    if not create and not folder.exists():
        text = Sentence(
            f"Базы данных ещё нет ({folder}). Её создаст `podkluch migrate`.",
            f"There is no database yet ({folder}). `podkluch migrate` makes it.",
        )
        raise CannotRunError("DATABASE_MISSING", text)
    try:
        return stack.enter_context(embedded.start(folder)).url
    except EmbeddedDatabaseError as error:
        raise _not_started(error) from None


def _not_started(error: EmbeddedDatabaseError) -> CannotRunError:
    return CannotRunError("DATABASE_UNAVAILABLE", Sentence(str(error), str(error)))


def _unreachable(url: str, error: DBAPIError) -> CannotRunError:
    parts = make_url(url)
    place = f"{parts.host or parts.query.get('host', '')}/{parts.database or ''}"
    reason = redact(str(error.orig).partition("\n")[0])
    return CannotRunError(
        "DATABASE_UNAVAILABLE",
        Sentence(
            f"База данных не отвечает ({place}): {reason}",
            f"The database does not answer ({place}): {reason}",
        ),
    )
