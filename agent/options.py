"""Options of the command line as data: each field of a dataclass becomes one option."""

import inspect
from collections.abc import Callable
from dataclasses import Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from agent.codes import Lang
from agent.errors import spoken
from wire.problems import Sentence as Help


@dataclass(frozen=True, slots=True)
class Common:
    """What every command understands."""

    server: Annotated[
        str | None,
        Help("Адрес сервера лицензий; запоминается", "Address of the licence server; remembered"),
    ] = None
    connection: Annotated[
        Path | None,
        Help(
            "Файл подключения вендора: сервер и корень доверия, запоминаются",
            "The vendor's connection file: server and root of trust, remembered",
        ),
    ] = None
    root_fingerprint: Annotated[
        str | None,
        Help(
            "Отпечаток корня доверия, сверенный с вендором",
            "Fingerprint of the root of trust, compared with the vendor's",
        ),
    ] = None
    key_stdin: Annotated[
        bool,
        Help(
            "Первая строка ввода — лицензионный ключ; запоминается",
            "The first line of stdin is the licence key; remembered",
        ),
    ] = False
    infobase: Annotated[
        str | None,
        Help(
            "База: имя из infobases list, папка или строка соединения без пароля",
            "Infobase: a name of infobases list, a folder or a connection string, no password",
        ),
    ] = None
    simulated: Annotated[
        Path | None,
        Help(
            "Папка с имитацией базы 1С (infobase.json)",
            "Folder of a simulated 1C infobase (infobase.json)",
        ),
    ] = None
    json: Annotated[bool, Help("Один объект JSON на строку", "One JSON object per line")] = False
    quiet: Annotated[bool, Help("Только итог", "The result only")] = False
    no_color: Annotated[bool, Help("Без цвета", "No colour")] = False
    dry_run: Annotated[bool, Help("Показать, что было бы сделано", "Show what would be done")] = (
        False
    )
    yes: Annotated[
        bool,
        Help(
            "Не спрашивать подтверждения (для соглашения и защиты есть свои параметры)",
            "Ask for no confirmation (agreement and protection have options of their own)",
        ),
    ] = False
    timeout: Annotated[
        float | None,
        Help("Сколько секунд ждать ответа сервера", "Seconds to wait for an answer of the server"),
    ] = None
    lang: Annotated[str | None, Help("Язык: ru или en", "Language: ru or en")] = None
    config: Annotated[
        Path | None, Help("Файл настроек вместо agent.toml", "Settings in place of agent.toml")
    ] = None
    proxy: Annotated[str | None, Help("Адрес прокси", "Address of a proxy")] = None
    ca_file: Annotated[
        str | None, Help("Файл сертификатов сервера", "Certificates of the server")
    ] = None


def expand(
    function: Callable[..., None], lang: Lang, shown: frozenset[str] | None = None
) -> Callable[..., None]:
    """The function as typer wants it: a dataclass parameter becomes the options of its fields.

    Help tells of those in `shown`, or of all.
    """
    groups: dict[str, type[Any]] = {}
    parameters: list[inspect.Parameter] = []
    hints: dict[str, type[Any]] = get_type_hints(function)
    for name, given in inspect.signature(function).parameters.items():
        kind = hints[name]
        if kind is typer.Context:
            parameters.append(_parameter(name, kind))
        elif is_dataclass(kind):
            groups[name] = kind
            own = get_type_hints(kind, include_extras=True)
            for item in fields(kind):
                is_hidden = shown is not None and item.name not in shown
                parameters.append(_option(item, own[item.name], lang, is_hidden=is_hidden))
        else:
            argument = _parameter(name, Annotated[kind, typer.Argument()])
            parameters.append(argument.replace(default=given.default))

    def call(**values: object) -> None:
        made = {
            name: kind(**{item.name: values.pop(item.name) for item in fields(kind)})
            for name, kind in groups.items()
        }
        function(**made, **values)

    call.__name__ = function.__name__
    call.__annotations__ = {item.name: item.annotation for item in parameters}
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _option(item: "Field[Any]", hint: object, lang: Lang, *, is_hidden: bool) -> inspect.Parameter:
    kind, text = get_args(hint)
    option = typer.Option(
        f"--{item.name.replace('_', '-')}",
        help=spoken(text, lang),
        show_default=False,
        hidden=is_hidden,
    )
    return _parameter(item.name, Annotated[kind, option]).replace(default=item.default)


def _parameter(name: str, annotation: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
