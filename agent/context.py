"""What a command stands on: settings, secrets, journal, the server, the infobase."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from agent import config, identity, proxies
from agent.asking import Asking
from agent.backup import Backups
from agent.client import Client
from agent.clock import Timing
from agent.codes import Code, Lang
from agent.com.remote import Ways
from agent.console import Console
from agent.errors import Failure, filled, usage
from agent.files import forget_stale, private_folder
from agent.identity import Decide
from agent.infobase import Infobase
from agent.journal import Journal
from agent.lockout import enter
from agent.locks import held
from agent.logs import hide
from agent.offers import Environment
from agent.options import Common
from agent.pins import Pins
from agent.places import named, open_infobase, simulated
from agent.plan import Plan
from agent.platforms import connector
from agent.policies import DEFAULT_POLICY, Policy
from agent.register import Register, Registered, cluster_password_name, password_name
from agent.spool import send
from agent.story import Tools
from agent.target import Target
from agent.transport import Route, Transport
from agent.vault import open_vault
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
_KEY = Sentence("Лицензионный ключ (пришлёт вендор):", "Licence key (the vendor sends it):")
_COUPON = Sentence("Купон:", "Coupon:")
_PASSWORD = Sentence("Пароль пользователя 1С «{user}»:", 'Password of the 1C user "{user}":')
_NO_WORDS = Sentence("", "")


class Context:
    """One command's surroundings; whatever it does not need is not opened."""

    def __init__(self, common: Common, home: Path, console: Console) -> None:
        self.common, self.home, self.console = common, home, console
        self.settings = settings_of(common, home)
        self.vault = open_vault(home, self.settings.vault)
        self.pins = Pins(home / "pins")
        self._connection: Connection | None = None
        self.timing = Timing()
        self._key = self._code(CodeKind.KEY, _line()) if common.key_stdin else None
        self._client: Client | None = None
        self.journal = Journal(home / "state.db")
        self.register = Register(self.journal)
        self.permit: Callable[[Plan], None] = lambda _plan: None  # raises where a ring forbids it
        self._at: Registered | None = None
        self._target: Target | None = None  # with the password, which is asked for once
        self.backups = Backups(self.journal, home / "backups")

    def close(self) -> None:
        """Close what was opened."""
        self.journal.close()
        self._drop_client()

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

    def use_server(self, server: str) -> None:
        """Work with this server from now on; a key belongs to the one before."""
        if self._client is not None and self._client.server != server:
            self._key = None
        self.common = replace(self.common, server=server)
        self._drop_client()

    def ask_key(self) -> None:
        """Work with another key from now on; one with a slip is told before any request."""
        self._key = self._typed(CodeKind.KEY, _KEY)
        self._drop_client()

    def client_of(self, server: str) -> Client | None:
        """A server with the key that is kept for it; whoever asks for it closes it."""
        key = self.vault.key(server)
        return Client(self._route(server), key) if key else None

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

    @property
    def names_infobase(self) -> bool:
        """Whether this command is about one infobase."""
        named_by = (self._at, self.common.infobase, self.common.simulated)
        return any(one is not None for one in named_by)

    @property
    def knows_infobase(self) -> bool:
        """Whether there is no doubt which infobase is meant: it is named, or the only one."""
        return self.names_infobase or len(self.register.all()) == 1

    def here(self) -> Registered:
        """The infobase of the command line, else the only one there is."""
        if self._at is None:
            self._at = self._named()
        return self._at

    @contextmanager
    def at(self, one: Registered) -> Iterator[None]:
        """Work on this infobase for a while, whatever the command line names."""
        before = self._at, self._target
        self._at, self._target = one, None
        try:
            yield
        finally:
            self._at, self._target = before
            self.console.infobase = self.console.extension = None

    def policy_of(self, one: Registered) -> Policy:
        """What is said of an infobase, else of its group, else of all of them."""
        group = self.settings.groups.get(one.group or "")
        behind = group.policy.over(self.settings.policy) if group else self.settings.policy
        return one.policy.over(behind).over(DEFAULT_POLICY)

    def infobase(self) -> Infobase:
        """The port to the infobase of this command."""
        return self.open(self.target())

    def open(self, target: Target) -> Infobase:
        """The port to where a target leads; nothing is connected yet."""
        return open_infobase(target, self.ways())

    @property
    def handover(self) -> Path:
        """Where files are handed over to 1C."""
        folder = private_folder(self.home / "handover")
        forget_stale(folder)
        return folder

    def ways(self) -> Ways:
        """What sessions of 1C need of this computer."""
        return Ways(
            self.handover,
            timeouts=self.settings.onec,
            watch=self.console.waiting,
            timing=self.timing,
            find_dll=lambda version: connector(config.onec_folders(), version),
        )

    def target(self) -> Target:
        """How to reach and enter the infobase of this command."""
        if self._target is None:
            one, password, cluster = self.here(), None, None
            if one.alias:
                password = self.vault.password(password_name(one.alias))
                cluster = self.vault.password(cluster_password_name(one.alias))
            elif one.connection.user:
                password = self.typed_password(one.connection.user)
            self._target = one.target(password, cluster)
        return self._target

    def given_password(self, user: str, *, from_stdin: bool) -> str:
        """The password of a 1C user: the next line of stdin, or what a person types."""
        if not from_stdin:
            return self.typed_password(user)
        password = _line().rstrip("\r\n")
        hide(password)
        return password

    def typed_password(self, user: str) -> str:
        """The password of a 1C user, typed unseen; empty where nobody is there to ask."""
        return self._unseen(filled(_PASSWORD, user=user))

    def look(
        self, infobase: Infobase, decide: Decide | None = None, *, reads_id: bool = False
    ) -> Environment:
        """Configuration, extensions and id of the infobase, in a session of its own.

        The id is read back from the infobase where `reads_id` wants it or the place is new;
        `decide` tells a moved infobase from a copy.
        """
        known = self.journal.infobase_at(infobase.place)
        session = enter(infobase, self.journal)
        try:
            if known is None or reads_id:
                decide = decide or identity.ask_person(self.console)
                known = identity.identify(self.journal, infobase, session, decide)
            found = Environment(known, session.facts(), session.extensions(), session.others())
        finally:
            session.close()
        self.console.infobase = known
        if self._at and self._at.alias and self._at.infobase != known:
            self._at = replace(self._at, infobase=known)
            self.register.learn(self._at.alias, known)
        return found

    @contextmanager
    def alone_with(self, infobase: Infobase, infobase_id: str) -> Iterator[Tools]:
        """What an operation needs, while no other agent works on this infobase."""
        with held(private_folder(self.home / "locks") / f"{infobase_id}.lock"):
            yield Tools(self.home, self.journal, self.backups, self.console, infobase, self.timing)

    def coupon(self) -> str:
        """The coupon: the next line of stdin, or what a person types."""
        if self.console.is_interactive:
            return self._typed(CodeKind.COUPON, _COUPON)
        return self._code(CodeKind.COUPON, _line())

    def _drop_client(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _named(self) -> Registered:
        common = self.common
        if common.simulated and common.infobase is not None:
            raise usage(
                "Укажите базу один раз: --infobase или --simulated",
                "Name the infobase once: --infobase or --simulated",
            )
        if common.simulated:
            return simulated(common.simulated)
        if common.infobase is not None:
            return named(self.register, common.infobase)
        registered = self.register.all()
        if len(registered) == 1:
            return registered[0]
        raise usage(
            "Укажите базу: --infobase ИМЯ (infobases list), папка или строка соединения",
            "Name the infobase: --infobase NAME (infobases list), a folder or a connection string",
        )

    def _route(self, server: str) -> Route:
        settings, common = self.settings, self.common
        if common.timeout is not None and common.timeout <= 0:
            raise usage("--timeout должен быть больше нуля", "--timeout must be above zero")
        return Route(
            server=server,
            lang=self.lang,
            timeout=common.timeout or settings.timeout or _TIMEOUT,
            proxy=self._proxy(server),
            ca_file=common.ca_file or settings.ca_file,
            timing=self.timing,
        )

    def _proxy(self, server: str) -> str | None:
        """The proxy that was named, with its password; this computer is reached without."""
        if config.is_loopback(urlsplit(server).hostname or ""):
            return None
        return proxies.entered(self.common.proxy or self.settings.proxy, self.vault, self._unseen)

    def _unseen(self, question: Sentence) -> str:
        return Asking(self.console).hidden(question, str) if self.console.is_interactive else ""

    def _asked_key(self) -> str:
        if self.console.is_interactive:
            return self._typed(CodeKind.KEY, _KEY)
        raise usage(
            "Нужен лицензионный ключ: передайте его первой строкой ввода с --key-stdin",
            "A licence key is needed: give it as the first line of stdin with --key-stdin",
        )

    def _typed(self, kind: CodeKind, question: Sentence) -> str:
        """Ask until it is well-formed."""
        return Asking(self.console).line(question, lambda text: self._code(kind, text))

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
