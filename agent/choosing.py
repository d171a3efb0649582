"""The walk's infobase: the one known here, one of those that 1C shows to people, or a typed one."""

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from agent import config, places
from agent.asking import Asking
from agent.codes import Code
from agent.console import Console
from agent.context import Context
from agent.discovery import Listed, listed, place_key
from agent.errors import AgentError, Failure, InfobaseError, usage
from agent.offers import Environment
from agent.register import Register, Registered, password_name
from onec.connection import ConnectionString
from wire.problems import Sentence

_SHOWN = 20  # infobases; more are found by a part of their name
_BASES = Sentence("Базы 1С на этом компьютере:", "1C infobases on this computer:")
_ROW = Sentence("  {n}. {name}  {place}", "  {n}. {name}  {place}")
_UNFIT = Sentence("  — {name}: {why}", "  - {name}: {why}")
_MORE = Sentence("  … и ещё {n}: наберите часть имени", "  … and {n} more: type a part of the name")
_NONE = Sentence(
    "1С не показывает на этом компьютере ни одной базы.", "1C shows no infobase on this computer."
)
_WHICH = Sentence(
    "Номер базы, папка или строка соединения:", "Number, folder or connection string:"
)
_USER = Sentence(
    "Пользователь 1С (Enter: учётная запись Windows или вход без имени):",
    "1C user (Enter: the Windows account, or no user at all):",
)
_PASSWORD = Sentence(
    "Пароль (при вводе не виден; Enter: без пароля):", "Password (unseen; Enter: none):"
)
_NO_SUCH = (
    "Нет такой базы в списке: наберите номер, часть имени, папку или строку соединения",
    "The list has no such infobase: type a number, a part of a name, a folder or a string",
)


@dataclass(frozen=True, slots=True)
class Entered:
    """An infobase that let us in, and what it told."""

    at: Registered
    environment: Environment


def infobase(context: Context, *, anew: bool = False) -> Entered:
    """The infobase to work on; asks unless it is named or the only one known, or if `anew`."""
    is_named = context.common.infobase is not None or _is_one(context.common.simulated)
    known = context.register.all()
    if is_named or (len(known) == 1 and not anew):
        try:
            return _enter(context, context.here() if is_named else known[0])
        except AgentError as error:
            if is_named:
                raise
            context.console.warn(error.code, error.diagnostics(context.lang))
    return _asked(context, known)


def _asked(context: Context, known: list[Registered]) -> Entered:
    """Until one lets us in; a part of a name makes the list shorter."""
    everything = shown = [*known, *_found(context, known)]
    while True:
        _show(context.console, shown)
        meant = Asking(context.console).line(
            _WHICH, partial(_meant, context.register, everything, shown)
        )
        if len(meant) > 1:
            shown = meant
            continue
        base, is_known = meant[0], meant[0] in known
        if not is_known:
            base = _with_user(context, replace(base, alias=context.register.free_alias(base.alias)))
        try:
            return _enter(context, base)
        except AgentError as error:
            context.console.warn(error.code, error.diagnostics(context.lang))
            if not is_known:
                context.vault.forget(password_name(base.alias))


def _found(context: Context, known: list[Registered]) -> list[Registered]:
    """What 1C's starter shows to people here and nobody entered yet."""
    folder = context.common.simulated
    if folder is not None:
        bases = (
            sorted(path for path in folder.iterdir() if _is_one(path)) if folder.is_dir() else []
        )
        found = [places.simulated(path, path.name) for path in bases]
    else:
        entries = listed(config.onec_folders())
        found = [_registered(one) for one in entries if one.connection is not None]
        for one in (one for one in entries if one.why is not None):
            context.console.say(_UNFIT.ru, _UNFIT.en, name=one.name, why=one.why)
    taken = {place_key(one.connection) for one in known}
    return [one for one in found if place_key(one.connection) not in taken]


def _registered(one: Listed) -> Registered:
    assert one.connection is not None  # noqa: S101 - the caller left out what cannot be used
    return Registered(one.name, one.connection, platform=one.build)


def _show(console: Console, shown: list[Registered]) -> None:
    words = _BASES if shown else _NONE
    console.say(words.ru, words.en)
    for number, one in enumerate(shown[:_SHOWN], 1):
        console.say(_ROW.ru, _ROW.en, n=number, name=one.alias, place=_place(one))
    if len(shown) > _SHOWN:
        console.say(_MORE.ru, _MORE.en, n=len(shown) - _SHOWN)


def _meant(
    register: Register, everything: list[Registered], shown: list[Registered], text: str
) -> list[Registered]:
    """The infobases that an answer may mean, at least one; raises USAGE."""
    if text.isdecimal() and 1 <= int(text) <= min(len(shown), _SHOWN):
        return [shown[int(text) - 1]]
    wanted = text.casefold()
    named = [one for one in everything if wanted and wanted in one.alias.casefold()]
    exact = [one for one in named if one.alias.casefold() == wanted]
    if named:
        return exact or named
    try:
        typed = places.named(register, text if "=" in text else text.strip("\"'"))
    except Failure as failure:
        if failure.code != Code.UNKNOWN_INFOBASE:
            raise
        raise usage(*_NO_SUCH) from failure
    return [typed if typed.alias else replace(typed, alias=_name(typed.connection))]


def _with_user(context: Context, base: Registered) -> Registered:
    """Who enters; the password is kept by the name of the infobase."""
    alias = password_name(base.alias)
    user = Asking(context.console).line(_USER, str)
    connection = replace(base.connection, user=user)
    context.vault.forget(alias)
    if user:
        password = Asking(context.console).hidden(_PASSWORD, str)
        context.vault.keep_password(alias, password)
    return replace(base, connection=connection)


def _enter(context: Context, base: Registered) -> Entered:
    """A session to see whether we are let in; a wrong user or password is asked for again."""
    while True:
        try:
            with context.at(base):
                environment = context.look(context.infobase(), reads_id=True)
            break
        except InfobaseError as error:
            if error.code != Code.AUTH_FAILED or not base.alias:
                raise
            context.console.warn(error.code, error.diagnostics(context.lang))
            base = _with_user(context, base)
    if base.alias:
        base = replace(base, infobase=environment.infobase)
        context.register.keep(base)
    return Entered(base, environment)


def _name(connection: ConnectionString) -> str:
    """What people would call it: the folder's name, or that on the server."""
    return connection.ref or re.split(r"[\\/]", connection.file.rstrip("\\/"))[-1]


def _place(one: Registered) -> str:
    """Where it is, the same for everybody who enters it."""
    return str(replace(one.connection, user="", password="", access_code="", locale=""))


def _is_one(folder: Path | None) -> bool:
    """Whether `--simulated` names one infobase, and not a folder of several."""
    return folder is not None and ((folder / "infobase.json").exists() or not folder.is_dir())
