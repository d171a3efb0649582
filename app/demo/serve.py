"""`run.py`: a server to look at, with a database of its own, demo data and a banner."""

import contextlib
import errno
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Final

from pydantic import AnyHttpUrl, ValidationError
from pydantic_settings import SettingsError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.accounts import queries as accounts
from app.demo import folder, seed
from app.demo.banner import banner
from app.demo.database import running
from app.demo.history import load as history
from app.demo.interrupts import as_exceptions
from app.demo.progress import Progress
from app.demo.sample import make_infobase
from app.demo.seed import Credentials
from app.demo.staff import new_password
from app.kit import serving
from app.kit.config import Settings, is_loopback
from app.kit.db import (
    SCHEMA_HEAD,
    Kit,
    KitSession,
    UnsafeDatabaseSettingsError,
    make_engine,
    reading,
    require_durable,
    schema_revision,
    transaction,
)
from app.kit.migrate import MigrationError, upgrade
from app.kit.postgres import EmbeddedDatabaseError
from app.kit.problems import NotFound
from app.kit.signing.keyring import Keyring, MasterKeyError, create_master
from app.kit.signing.words import to_words
from app.kit.storage import store_of
from app.kit.telemetry import configure_logging
from app.main import create_app
from app.trust import queries as trust
from app.upkeep import repair
from app.worker import beside
from wire.enrolment import dumps

PORT: Final = 8000
CANNOT_RUN: Final = 3


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that answers, and what verbs reach through their sessions."""

    url: str
    engine: Engine
    kit: Kit


class RefusedError(Exception):
    """The server does not start; the text says why and what helps."""


def main(
    *,
    host: str,
    port: int | None,
    data: Path | None,
    no_demo: bool,
    fresh: bool,
    yes: bool,
) -> int:
    """Serves until Ctrl+C or SIGTERM and returns 0; 3 if it cannot run, as `podkluch` has it."""
    as_exceptions()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            place = _place(data)
            settings = folder.settings(place)
            _require_private(host, settings, demo=not no_demo)
            _require_codes(host, settings)
            if fresh and not _starts_over(place, settings, sure=yes):
                return 1
            folder.prepare(place)
            _serve(settings, host, port, demo=not no_demo)
    except _CANNOT as error:
        sys.stderr.write(f"{_words(error)}\n")
        return CANNOT_RUN
    return 0


_CANNOT = (
    RefusedError,
    EmbeddedDatabaseError,
    UnsafeDatabaseSettingsError,
    MasterKeyError,
    MigrationError,
    OperationalError,
    ValidationError,
    SettingsError,
    TOMLDecodeError,
    OSError,
)


def _words(error: Exception) -> str:
    match error:
        case ValidationError():
            faults = error.errors(include_input=False, include_url=False)  # it may be a password
            text = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
            return f"Ошибка в настройках / settings are wrong: {text}"
        case SettingsError() | TOMLDecodeError():
            return f"Ошибка в настройках / settings are wrong: {error}"
        case MasterKeyError():
            return f"{error.text.ru} / {error.text.en}"
        case MigrationError():
            return f"Схема базы не этой программы / not this program's schema: {error}"
        case OperationalError():
            return f"База данных не отвечает / the database does not answer: {error.orig}"
    return str(error)


def _place(data: Path | None) -> Path:
    if data is not None:
        return data.absolute()
    general = Settings.load()
    named = "data" in general.model_fields_set
    return (general.data if named else folder.DEFAULT).absolute()


def _starts_over(place: Path, settings: Settings, *, sure: bool) -> bool:
    if settings.database_dsn() is not None:
        raise RefusedError(
            "--fresh удаляет только встроенную базу, а в настройках названа своя / "
            "--fresh deletes the embedded database only, the settings name another one"
        )
    return folder.is_cleared(place, sure=sure)


def _serve(settings: Settings, host: str, port: int | None, *, demo: bool) -> None:
    with _listening(host, port) as listener:
        url = _url(listener)
        if "public_url" not in settings.model_fields_set:
            settings = settings.model_copy(update={"public_url": AnyHttpUrl(url)})
        _make_master(settings)
        _say("Готовлю базу данных… / preparing the database…")
        with _opened(settings) as found:
            credentials, fingerprint = _prepare(found, host, demo=demo)
            with (settings.data / folder.LOG).open("a", encoding="utf-8") as log:
                with contextlib.redirect_stderr(log):
                    configure_logging()
                with reading(found.engine, found.kit) as session:
                    known = accounts.any_user(session)
                text = banner(url, settings.data, fingerprint, credentials, has_user=known)
                kit = _without_codes(found.kit) if fingerprint else found.kit
                try:
                    app = create_app(found.engine, kit)
                    repair.at_start(found.engine, kit)
                    with beside(found.engine, kit):
                        serving.serve(app, listener, ready=lambda: _say(text))
                finally:
                    _say("\nОстанавливаю… / stopping…")


def _make_master(settings: Settings) -> None:
    """A folder to look at gets its own; the server of a production is told where to find one."""
    if settings.environment == "production" or settings.master_file.exists():
        return
    words = to_words(create_master(settings.master_file))
    _say(
        f"Создан секрет MASTER ({settings.master_file}). Его слова показаны один раз, "
        "копия базы без них не откроет ключи и купоны:\n"
        "MASTER is made; its words are shown once, a backup needs them to open keys and coupons:"
    )
    for number, line in enumerate(words, 1):
        _say(f"  {number}  {line}")


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Opened]:
    keyring = Keyring.read(settings.master_file)
    kit = Kit(settings, store_of(settings), keyring=keyring)
    with contextlib.ExitStack() as stack:
        url = settings.database_dsn() or stack.enter_context(running(settings.data / "postgres"))
        engine = make_engine(url, settings)
        stack.callback(engine.dispose)
        yield Opened(url, engine, kit)


def _prepare(found: Opened, host: str, *, demo: bool) -> tuple[Credentials | None, str]:
    """Schema and demo data; the codes and the root's fingerprint to show, if there are any."""
    settings = found.kit.settings
    require_durable(found.engine, settings)
    with reading(found.engine, found.kit) as session:
        is_current = schema_revision(session) == SCHEMA_HEAD
    if not is_current:
        upgrade(found.url)
    with reading(found.engine, found.kit) as session:
        has_demo, is_empty = _has_demo(session), not accounts.any_vendor(session)
    if not has_demo and not (demo and is_empty):
        return None, ""
    _require_private(host, settings, demo=True)
    make_infobase(settings.data / folder.INFOBASE)
    credentials = seed.kept(settings.data) if has_demo else _load(found)
    return credentials, _connect(found)


def _without_codes(kit: Kit) -> Kit:
    """People of the demo sign in by password alone, unless the settings say otherwise.

    Demo data are never in production, and never behind an address that others reach.
    """
    if "totp_required" in kit.settings.model_fields_set:
        return kit
    return replace(kit, settings=kit.settings.model_copy(update={"totp_required": False}))


def _connect(found: Opened) -> str:
    """Writes the connection file with the present address; the fingerprint of the root in it."""
    with transaction(found.engine, found.kit) as session:
        seed.trust_vendor(session)
        vendor = accounts.vendor_by_slug(session, seed.SLUG)
        told = trust.connection_file(session, vendor.id)
    (found.kit.settings.data / folder.CONNECTION).write_bytes(dumps(told))
    return told.root_fingerprint


def _load(found: Opened) -> Credentials:
    _say("Загружаю демонстрационные данные, год жизни вендора… / loading demo data, a whole year…")
    password, progress = new_password(), Progress(found.kit.clock(), sys.stdout)
    with found.engine.begin() as connection:  # a history alone, or half of it, would stay for ever
        stories = history.load(connection, found.kit, progress, password=password)
        with transaction(connection, found.kit) as session:
            credentials = replace(seed.load(session, password), stories=dict(stories))
        # Before the commit: data whose codes nobody knows would be of no use.
        credentials.keep(found.kit.settings.data)
    return credentials


def _has_demo(session: KitSession) -> bool:
    try:
        accounts.vendor_by_slug(session, seed.SLUG)
    except NotFound:
        return False
    return True


def _require_private(host: str, settings: Settings, *, demo: bool) -> None:
    """Everybody can read the keys of demo data: they are for this computer only."""
    if not demo:
        return
    if settings.environment == "production":
        raise RefusedError(
            "Демонстрационные данные не для рабочего сервера, добавьте --no-demo / "
            "demo data have no place in production, add --no-demo"
        )
    if not is_loopback(host):
        raise RefusedError(
            f"С демонстрационными данными сервер слушает только этот компьютер, а не {host}; "
            "добавьте --no-demo и возьмите другую папку --data / with demo data the server "
            "listens on this computer only; add --no-demo and another folder --data"
        )


def _require_codes(host: str, settings: Settings) -> None:
    """Whoever asks for no second factor serves nobody but this computer."""
    if settings.totp_required or is_loopback(host):
        return
    raise RefusedError(
        f"PODKLUCH_TOTP_REQUIRED=false допустимо только на этом компьютере, а не на {host} / "
        f"PODKLUCH_TOTP_REQUIRED=false is for this computer only, not for {host}"
    )


def _listening(host: str, port: int | None) -> socket.socket:
    """The socket, listening already: whoever comes next finds the port taken."""
    try:
        return _bound(host, PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            _say(f"Порт {PORT} занят, беру свободный / port {PORT} is taken, using a free one")
            return _bound(host, 0)
        raise RefusedError(
            f"Нельзя слушать {host}:{port}, {error.strerror} / cannot listen there"
        ) from None


def _bound(host: str, port: int) -> socket.socket:
    listener = serving.listen(host, port)
    listener.listen()
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
