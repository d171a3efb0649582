"""What a command stands on: settings, secrets, journal, the server, the infobase."""

import logging
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent import config
from agent.backup import Backups
from agent.client import Client
from agent.clock import Timing
from agent.codes import Code, Lang
from agent.com.remote import Ways
from agent.console import Console
from agent.errors import Failure, InfobaseError, usage
from agent.files import private_folder
from agent.infobase import Infobase, Session
from agent.journal import Journal
from agent.locks import held
from agent.logs import hide
from agent.offers import Environment
from agent.options import Common
from agent.pins import Pins
from agent.simulated.place import opened, target_of
from agent.spool import send
from agent.story import Tools
from agent.transport import Route, Transport
from agent.vault import Vault
from wire.codes import CodeKind, MalformedCodeError, normalise
from wire.enrolment import Connection
from wire.problems import Sentence

logger = logging.getLogger(__name__)
_TIMEOUT = 60.0
_GIVEN = {
    CodeKind.KEY: Sentence(": это лицензионный ключ", ": this is a licence key"),
    CodeKind.COUPON: Sentence(
        ": это купон, его активируют командой redeem", ": this is a coupon, see redeem"
    ),
}
_NO_WORDS = Sentence("", "")


class Context:
    """One command's surroundings; whatever it does not need is not opened."""

    def __init__(self, common: Common, home: Path, console: Console) -> None:
        self.common, self.home, self.console = common, home, console
        self.settings = settings_of(common, home)
        self.vault = Vault(home / "vault.json")
        self.pins = Pins(home / "pins")
        self._connection: Connection | None = None
        self.timing = Timing()
        self._key = self._code(CodeKind.KEY, _line()) if common.key_stdin else None
        self._client: Client | None = None
        self.journal = Journal(home / "state.db")

    def close(self) -> None:
        """Close what was opened."""
        self.journal.close()
        if self._client:
            self._client.close()

    @property
    def lang(self) -> Lang:
        """The language people are spoken to in."""
        return self.console.lang

    @property
    def server(self) -> str | None:
        """The server of the command line or its connection file, else the one remembered."""
        filed = self._connection.server if self._connection else None
        named = self.common.server or filed or self.settings.server
        return config.server_address(named) if named else None

    def client(self) -> Client:
        """The server with the key; asks for a key where a person can answer."""
        if self._client is None:
            server = self.server
            if server is None:
                raise usage(
                    "Укажите файл подключения вендора (--connection) или адрес сервера (--server)",
                    "Name the vendor's connection file (--connection) or the server (--server)",
                )
            key = self._key or self.vault.key(server) or self._asked_key()
            self._key = key
            self._client = Client(self._route(server), key)
        return self._client

    def connected(self, connection: Connection) -> None:
        """Work with the server of a connection file, and with its key if it has one."""
        self._connection = connection
        if connection.key and self._key is None:
            self._key = self._code(CodeKind.KEY, connection.key)

    def transport(self, server: str) -> Transport:
        """A way to a server that needs no key; whoever asks for it closes it."""
        return Transport(self._route(server))

    def accepted(self) -> None:
        """The server has just accepted the key: keep both, and send it what waits."""
        client = self.client()
        if self._key:
            self.vault.keep_key(client.server, self._key)
        if client.server != self.settings.server:
            config.remember_server(self.settings.path, client.server)
        send(self.journal, client)

    def send_reports(self) -> None:
        """Give the server what waits for it, if it is known."""
        if self.server and (self._key or self.vault.key(self.server)):
            send(self.journal, self.client())

    def infobase(self) -> Infobase:
        """The infobase of the command line."""
        if self.common.simulated is None:
            raise usage(
                "Укажите базу: --simulated ПАПКА (папка с infobase.json)",
                "Name the infobase: --simulated FOLDER (a folder with infobase.json)",
            )
        return opened(target_of(self.common.simulated), self.ways())

    def ways(self) -> Ways:
        """What sessions of 1C need of this computer."""
        folder = private_folder(self.home / "handover")
        return Ways(folder, timeouts=self.settings.onec, timing=self.timing)

    def look(self, infobase: Infobase) -> Environment:
        """Configuration, extensions and id of the infobase, in a session of its own."""
        session = infobase.connect()
        try:
            found = Environment(
                self._identify(infobase, session),
                session.facts(),
                session.extensions(),
                session.others(),
            )
        finally:
            session.close()
        self.console.infobase = found.infobase
        return found

    @contextmanager
    def alone_with(self, infobase: Infobase, infobase_id: str) -> Iterator[Tools]:
        """What an operation needs, while no other agent works on this infobase."""
        backups = Backups(self.journal, self.home / "backups")
        with held(private_folder(self.home / "locks") / f"{infobase_id}.lock"):
            yield Tools(self.home, self.journal, backups, self.console, infobase, self.timing)

    def coupon(self) -> str:
        """The coupon: the next line of stdin, or what a person types."""
        if self.console.is_interactive:
            return self._typed(CodeKind.COUPON, "Купон: ", "Coupon: ")
        return self._code(CodeKind.COUPON, _line())

    def _identify(self, infobase: Infobase, session: Session) -> str:
        """The id that the infobase carries, else the one known for its place, else a new one."""
        kept = None
        with suppress(InfobaseError):  # not being let in there is no error
            kept = _valid_id(session.infobase_id())
        infobase_id = kept or self.journal.infobase_at(infobase.place) or str(uuid.uuid4())
        self.journal.know_infobase(infobase_id, infobase.place, infobase.label)
        if kept is None:
            with suppress(InfobaseError):
                session.keep_infobase_id(infobase_id)
        return infobase_id

    def _route(self, server: str) -> Route:
        settings, common = self.settings, self.common
        if common.timeout is not None and common.timeout <= 0:
            raise usage("--timeout должен быть больше нуля", "--timeout must be above zero")
        return Route(
            server=server,
            lang=self.lang,
            timeout=common.timeout or settings.timeout or _TIMEOUT,
            proxy=common.proxy or settings.proxy,
            ca_file=common.ca_file or settings.ca_file,
            timing=self.timing,
        )

    def _asked_key(self) -> str:
        if self.console.is_interactive:
            return self._typed(CodeKind.KEY, "Лицензионный ключ: ", "Licence key: ")
        raise usage(
            "Нужен лицензионный ключ: передайте его первой строкой ввода с --key-stdin",
            "A licence key is needed: give it as the first line of stdin with --key-stdin",
        )

    def _typed(self, kind: CodeKind, ru: str, en: str) -> str:
        """Ask until it is well-formed."""
        while True:
            try:
                return self._code(kind, input(ru if self.lang == "ru" else en))
            except EOFError as error:
                raise usage("Ввод закончился", "The input has ended") from error
            except Failure as failure:
                self.console.warn(failure.code, failure.diagnostics(self.lang))

    def _code(self, kind: CodeKind, text: str) -> str:
        hide(text.strip())
        try:
            code = normalise(text, kind)
        except MalformedCodeError as error:
            given = _GIVEN[error.given] if error.given else _NO_WORDS
            # not from it: nothing of the text may travel with the error
            raise Failure(Code(error.code.value), given=given) from None
        hide(code.text)
        return code.text


def settings_of(common: Common, home: Path) -> config.Settings:
    """The settings file of the command line, else that of the agent's folder."""
    if common.config:
        return config.load(common.config, required=True)
    return config.load(home / "agent.toml")


def language_of(named: str | None) -> Lang:
    """The language named, else the system's."""
    if named is None:
        return config.system_language()
    if named in {"ru", "en"}:
        return "ru" if named == "ru" else "en"
    raise usage("Язык бывает ru и en", "The language is ru or en")


def _line() -> str:
    return sys.stdin.readline()


def _valid_id(text: str | None) -> str | None:
    try:
        return str(uuid.UUID(text)) if text else None
    except ValueError:
        return None
