"""`podkluch-agent`: the commands, and how each ends."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import typer

from agent import config, logs, windows
from agent.clustering import ClusterOptions
from agent.codes import Code, Exit, Lang
from agent.commands import ListOptions, list_offers
from agent.console import Console, Manner, Result, failed, speak_utf8
from agent.context import Context, language_of, settings_of
from agent.doctor import DoctorOptions, doctor
from agent.enrol import pin_file
from agent.errors import AgentError, Failure, spoken, storage_failure, usage
from agent.events import told
from agent.files import private_folder
from agent.guard import require_ours
from agent.infobases import (
    ReachOptions,
    TreatmentOptions,
    add,
    edit,
    list_infobases,
    remove,
)
from agent.install import InstallOptions, install
from agent.locking import LockOptions
from agent.moving import import_listed, move
from agent.obtain import DownloadOptions, download
from agent.options import Common, expand
from agent.redeem import redeem
from agent.removing import UninstallOptions, uninstall
from agent.reporting import report
from agent.returning import RollbackOptions, rollback
from agent.rollout import AllOption, RolloutOptions, check_all, recover_each, roll_out, usual
from agent.seats import activate, deactivate
from agent.status import StatusOptions, status
from agent.trusted import trust_pin, trust_show
from agent.walk import walk
from wire.problems import Sentence

_HELP = Sentence(
    "Подбирает, скачивает, проверяет и устанавливает расширения 1С по лицензионному ключу."
    " Без команды — по вопросам, с теми же параметрами, что и install.",
    "Chooses, fetches, checks and installs 1C extensions by a licence key."
    " Without a command it asks; options are those of install.",
)
_SHOWN = frozenset({"connection", "server", "infobase", "lang"})
_LEAVE = Sentence("Нажмите Enter, чтобы закрыть окно", "Press Enter to close the window")
_MISPLACED = Sentence(
    "параметры пишутся после команды: podkluch-agent list --lang ru",
    "options follow the command: podkluch-agent list --lang en",
)


class _Ended(SystemExit):
    """A command ended and said so."""


def _check(common: Common, own: AllOption) -> None:
    _run(common, lambda context: check_all(context, own))


def _doctor(common: Common, own: DoctorOptions) -> None:
    _end(common, lambda console: doctor(common, console, own))


def _list(common: Common, own: ListOptions) -> None:
    _run(common, lambda context: list_offers(context, own))


def _install(extension: str, common: Common, own: InstallOptions, lock: LockOptions) -> None:
    _run(common, lambda context: install(context, extension, own, usual(context, lock)))


def _update(
    common: Common,
    own: InstallOptions,
    lock: LockOptions,
    which: RolloutOptions,
    extension: str | None = None,
) -> None:
    _run(common, lambda context: roll_out(context, extension, which, (own, lock)))


def _rollback(extension: str, common: Common, own: RollbackOptions, lock: LockOptions) -> None:
    _run(common, lambda context: rollback(context, extension, own, usual(context, lock)))


def _uninstall(
    extensions: list[str], common: Common, own: UninstallOptions, lock: LockOptions
) -> None:
    _run(common, lambda context: uninstall(context, extensions, own, usual(context, lock)))


def _activate(common: Common, product: str | None = None) -> None:
    _run(common, lambda context: activate(context, product))


def _deactivate(common: Common, product: str | None = None) -> None:
    _run(common, lambda context: deactivate(context, product))


def _report(common: Common) -> None:
    _run(common, report)


def _recover(common: Common) -> None:
    _run(common, recover_each)


def _download(extension: str, common: Common, own: DownloadOptions) -> None:
    _run(common, lambda context: download(context, extension, own))


def _redeem(common: Common) -> None:
    _run(common, redeem)


def _status(common: Common, own: StatusOptions) -> None:
    _run(common, lambda context: status(context, own))


def _trust_show(common: Common) -> None:
    _run(common, trust_show)


def _trust_pin(file: Path, common: Common) -> None:
    _run(common, lambda context: trust_pin(context, file))


def _infobases_list(common: Common) -> None:
    _run(common, list_infobases)


def _infobases_add(
    alias: str,
    common: Common,
    reach: ReachOptions,
    treatment: TreatmentOptions,
    cluster: ClusterOptions,
) -> None:
    _run(common, lambda context: add(context, alias, reach, treatment, cluster))


def _infobases_edit(
    alias: str,
    common: Common,
    reach: ReachOptions,
    treatment: TreatmentOptions,
    cluster: ClusterOptions,
) -> None:
    _run(common, lambda context: edit(context, alias, reach, treatment, cluster))


def _infobases_move(alias: str, common: Common, reach: ReachOptions) -> None:
    _run(common, lambda context: move(context, alias, reach))


def _infobases_remove(alias: str, common: Common) -> None:
    _run(common, lambda context: remove(context, alias))


def _infobases_import(common: Common) -> None:
    _run(common, import_listed)


_COMMANDS: dict[str, tuple[Callable[..., None], Sentence]] = {
    "check": (_check, Sentence("Проверить сервер, ключ и базу", "Check server, key and infobase")),
    "doctor": (
        _doctor,
        Sentence("Найти, что мешает на этом компьютере", "Find what is wrong on this computer"),
    ),
    "list": (_list, Sentence("Показать доступные расширения", "Show extensions on offer")),
    "install": (_install, Sentence("Установить расширение", "Install an extension")),
    "download": (_download, Sentence("Скачать файл расширения", "Fetch the file of an extension")),
    "redeem": (_redeem, Sentence("Активировать купон", "Redeem a coupon")),
    "update": (_update, Sentence("Обновить одно расширение или все", "Update one or all")),
    "rollback": (_rollback, Sentence("Вернуть прежнюю копию", "Write an earlier copy back")),
    "uninstall": (_uninstall, Sentence("Удалить расширения", "Remove extensions")),
    "activate": (_activate, Sentence("Занять место для базы", "Take a seat for the infobase")),
    "deactivate": (_deactivate, Sentence("Освободить место базы", "Give the seat back")),
    "report": (_report, Sentence("Отправить отчёты сейчас", "Send the reports now")),
    "recover": (_recover, Sentence("Завершить прерванное", "Finish what was interrupted")),
    "status": (_status, Sentence("Журнал и установленное", "The journal and what is installed")),
}
_INFOBASES = Sentence("Базы, с которыми работает агент", "Infobases that the agent works on")
_INFOBASE_COMMANDS: dict[str, tuple[Callable[..., None], Sentence]] = {
    "list": (_infobases_list, Sentence("Показать базы", "Show infobases")),
    "add": (_infobases_add, Sentence("Добавить базу", "Register an infobase")),
    "edit": (_infobases_edit, Sentence("Изменить вход и правила", "Change entry and rules")),
    "move": (_infobases_move, Sentence("База переехала", "An infobase was moved")),
    "remove": (_infobases_remove, Sentence("Забыть базу", "Forget an infobase")),
    "import": (
        _infobases_import,
        Sentence("Взять базы из списка 1С", "Take infobases from the list of 1C"),
    ),
}
_TRUST = Sentence("Корни доверия вендоров", "Roots of trust of vendors")
_TRUST_COMMANDS: dict[str, tuple[Callable[..., None], Sentence]] = {
    "show": (
        _trust_show,
        Sentence("Показать закреплённые корни и их отпечатки", "Show pinned roots in 8 groups"),
    ),
    "pin": (
        _trust_pin,
        Sentence("Закрепить корень из файла подключения", "Pin the root of a connection file"),
    ),
}


def _walk(context: typer.Context, common: Common, own: InstallOptions, lock: LockOptions) -> None:
    """Without a command: by questions, where somebody can answer them."""
    lang = language_of(common.lang)
    if context.invoked_subcommand is not None:
        if (common, own, lock) != (Common(), InstallOptions(), LockOptions()):
            raise typer.BadParameter(spoken(_MISPLACED, lang))
        return
    if common.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        typer.echo(context.get_help(), err=True)
        raise SystemExit(int(Exit.USAGE))
    _run(common, lambda surroundings: walk(surroundings, own, lock))


def build(lang: Lang) -> typer.Typer:
    """The command line in one language."""
    app = _group(_HELP, _COMMANDS, lang)
    walked = expand(_walk, lang, _SHOWN)
    app.callback(invoke_without_command=True, no_args_is_help=False, help=spoken(_HELP, lang))(
        walked
    )
    app.add_typer(_group(_INFOBASES, _INFOBASE_COMMANDS, lang), name="infobases")
    app.add_typer(_group(_TRUST, _TRUST_COMMANDS, lang), name="trust")
    return app


def _group(
    text: Sentence, commands: dict[str, tuple[Callable[..., None], Sentence]], lang: Lang
) -> typer.Typer:
    group = typer.Typer(
        no_args_is_help=True, add_completion=False, help=spoken(text, lang), rich_markup_mode=None
    )
    for name, (function, own) in commands.items():
        group.command(name, help=spoken(own, lang))(expand(function, lang))
    return group


def main(arguments: list[str] | None = None) -> None:
    """Run one command; ends by SystemExit."""
    given = sys.argv[1:] if arguments is None else arguments
    speak_utf8(sys.stdout, sys.stderr, *([sys.stdin] if sys.stdin.isatty() else []))
    lang = _language_named(given)
    try:
        build(lang)(given, prog_name="podkluch-agent")
    except SystemExit as stop:
        _linger(lang)
        if "--json" in given and stop.code == Exit.USAGE and not isinstance(stop, _Ended):
            wrong = usage("Неверные параметры команды", "Wrong options of the command")
            Console(Manner(lang=lang, json=True)).result(failed(wrong, lang))
        raise


def _linger(lang: Lang) -> None:
    """A window that was opened for this program alone would close before it is read."""
    if windows.is_double_clicked():
        with suppress(KeyboardInterrupt):
            # not by input(): Ctrl+C between its prompt and its read is heard after the next key
            sys.stdout.write(f"{spoken(_LEAVE, lang)} ")
            sys.stdout.flush()
            sys.stdin.readline()


def _run(common: Common, command: Callable[[Context], Result]) -> NoReturn:
    """Do it in the agent's folder, and end."""
    _end(common, lambda console: _within(common, console, command))


def _end(common: Common, command: Callable[[Console], Result]) -> NoReturn:
    """Do it, whatever happens say how it ended, and end with its exit code."""
    manner = Manner(
        lang=config.system_language(),
        json=common.json,
        quiet=common.quiet,
        color=not common.no_color,
    )
    console = Console(manner)
    try:
        result = _explained(console, command)
    except AgentError as error:
        result = failed(error, console.lang)
    except KeyboardInterrupt:
        result = failed(Failure(Code.INTERRUPTED), console.lang)
    console.result(result)
    raise _Ended(int(result.exit))


def _within(common: Common, console: Console, command: Callable[[Context], Result]) -> Result:
    """Run it with a log, in a folder that is the agent's alone."""
    home = config.home()
    settings = settings_of(common, home)
    console.lang = language_of(common.lang or settings.lang)
    require_ours(home, settings.vault)
    with (
        logs.written(private_folder(home / "logs")),
        told(console) as tell,
        closing(Context(common, home, console)) as context,
    ):
        if common.connection:
            context.connected(pin_file(context, common.connection))
        return tell(command(context))


def _explained(console: Console, command: Callable[[Console], Result]) -> Result:
    """What nobody expected becomes an error with a code as well."""
    try:
        return command(console)
    except AgentError:
        raise
    except OSError as error:
        raise storage_failure(error, Path(error.filename or "?")) from error
    except sqlite3.Error as error:
        raise Failure(Code.HOME_UNUSABLE, path="state.db", why=str(error)) from error
    except Exception as error:
        raise Failure(Code.UNEXPECTED, why=type(error).__name__, log="agent.log") from error


def _language_named(arguments: list[str]) -> Lang:
    """The language for help, which is made before the options are read."""
    for name, value in pairwise([*arguments, ""]):
        named = value if name == "--lang" else name.removeprefix("--lang=")
        if named in {"ru", "en"} and name.startswith("--lang"):
            return language_of(named)
    return config.system_language()


if __name__ == "__main__":
    main()
