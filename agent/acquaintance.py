"""The first steps of the walk: the vendor's server, the licence key, the root of trust."""

import sys
from contextlib import closing, suppress
from pathlib import Path

from agent import config, show
from agent.asking import Asking
from agent.context import Context
from agent.enrol import pin_file, read_connection, repository_of
from agent.errors import AgentError, fill, usage
from agent.prepare import check_license, refusal_of
from agent.transport import read_as
from agent.trust import Said
from wire.enrolment import SUFFIX
from wire.extensions import Information
from wire.licenses import LicenseCheckResponse
from wire.problems import Sentence

_WHERE = Sentence(
    "Файл подключения или адрес сервера:", "Connection file, or address of the server:"
)
_MOVE = Sentence(
    "Рядом лежит ещё не принятый файл подключения {file}: вендор {vendor}, сервер {server}."
    " Перейти на него?",
    "Beside the program lies {file}, a connection file not used yet: vendor {vendor}, server"
    " {server}. Go there?",
)


def meet(context: Context) -> LicenseCheckResponse:
    """Come to a server that knows the key and a vendor that is trusted; all of it is kept."""
    if context.common.connection is None and context.common.server is None:
        _find(context)
    else:
        _reach(context, str(context.server))
    return identify(context)


def ask_server(context: Context) -> None:
    """Which server; one that does not answer is asked for again."""
    Asking(context.console).line(_WHERE, lambda text: _take(context, text))


def identify(context: Context) -> LicenseCheckResponse:
    """A key that the server takes, and the vendor's root compared where no file brought it."""
    verdict = check_license(context, None)
    while (refusal := refusal_of(verdict)) is not None:
        context.console.warn(refusal.code, refusal.diagnostics(context.lang))
        context.ask_key()
        verdict = check_license(context, None)
    show.license_of(context.console, verdict)
    if verdict.trust is not None:
        repository_of(context, Said(verdict.trust, verdict.server_time))
    return verdict


def _find(context: Context) -> None:
    """What is remembered, else the one connection file nearby, else what a person says."""
    console, known, files = context.console, context.server, nearby()
    if known is not None:
        console.say("Сервер: {server}", "Server: {server}", server=known)
        _offer_to_move(context, files)
        return
    if len(files) == 1:
        console.say("Файл подключения: {f}", "Connection file: {f}", f=files[0].name)
        try:
            _take(context, str(files[0]))
        except AgentError as error:
            console.warn(error.code, error.diagnostics(context.lang))
        else:
            return
    elif files:
        names = ", ".join(path.name for path in files)
        console.say("Файлы подключения рядом: {names}", "Files nearby: {names}", names=names)
    ask_server(context)


def nearby() -> list[Path]:
    """Connection files in the current folder and beside the program."""
    program = Path(sys.executable if getattr(sys, "frozen", False) else sys.argv[0])
    folders = {Path.cwd(), program.resolve().parent}
    return sorted(path for folder in folders for path in folder.glob(f"*{SUFFIX}"))


def _offer_to_move(context: Context, files: list[Path]) -> None:
    """Another vendor's file would else lie there unnoticed."""
    if len(files) != 1:
        return
    with suppress(AgentError):  # what cannot be used is not worth a question here
        found = read_connection(files[0])
        if context.pins.of(found.repository) is None:
            vendor, server = found.vendor.name, found.server
            question = fill(_MOVE, context.lang, file=files[0].name, vendor=vendor, server=server)
            if context.console.ask("server", question):
                _take(context, str(files[0]))


def _take(context: Context, text: str) -> None:
    """Make a file or an address the way to the server, if there is one that answers."""
    text = text.strip("\"' ")
    path = Path(text).expanduser()
    if text and path.is_file():
        connection = pin_file(context, path)
        _reach(context, connection.server)
        context.connected(connection)
    elif not text or path.suffix == SUFFIX or path.exists():
        raise usage(
            f"Файла «{text}» нет: наберите путь к файлу подключения или адрес https://…",
            f'There is no file "{text}": type the path of a file, or an address https://…',
        )
    else:
        _reach(context, config.server_address(text if "://" in text else f"https://{text}"))


def _reach(context: Context, server: str) -> None:
    """Remember the server if it is one of ours and answers."""
    console = context.console
    console.say("Соединяюсь с {server}", "Connecting to {server}", server=server)
    with closing(context.transport(server)) as transport:
        body = transport.call("GET", "/api/v1/information", None)
        found = read_as(Information, body, transport.route)
    console.say("Сервер отвечает: {n} {v}", "It answers: {n} {v}", n=found.name, v=found.version)
    context.use_server(server)
    if server != context.settings.server:
        config.remember_server(context.settings.path, server)
