"""`podkluch compat`: which environments a set of rules fits, and why."""

import codecs
import json
from collections.abc import Iterable
from typing import Annotated, BinaryIO, Final, NoReturn, TypeVar, get_args

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.catalog.schemas.editing import remarks
from app.catalog.schemas.remarks import Remark
from app.catalog.schemas.rules import EnvironmentFacts, RuleSet
from app.catalog.schemas.rulesets import read_miko_list
from app.kit.asgi import strict_json
from app.kit.i18n import translate
from app.kit.problems import JsonInvalid, Problem, ValidationFailed, shape_text
from onec.compatibility import Finding, Verdict, evaluate
from onec.reasons import sentence

app = typer.Typer(no_args_is_help=True)

_VERDICTS: Final = {
    Verdict.COMPATIBLE: ("подходит", "green"),
    Verdict.UNTESTED: ("не проверено", "yellow"),
    Verdict.INCOMPATIBLE: ("не подходит", "red"),
}
_PYDANTIC_CODES: Final = frozenset(get_args(ErrorType))

M = TypeVar("M", bound=BaseModel)


class EnvironmentList(BaseModel):
    """The file of `--environments`."""

    environments: list[EnvironmentFacts]


class RulesBody(RuleSet):
    """The file of `--rules`: a set, also as the route for rules takes it."""

    reason: str | None = None


@app.callback()  # without it a lone command would lose its name
def compat() -> None:
    """Правила совместимости. / Compatibility rules."""


@app.command()
def explain(
    rules: Annotated[
        typer.FileBinaryRead,
        typer.Option(help='JSON {"rules": [...]}; «-»: стандартный ввод / standard input'),
    ],
    environments: Annotated[
        typer.FileBinaryRead,
        typer.Option(help='JSON {"environments": [...]}; «-»: стандартный ввод / standard input'),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Массив JSON / a JSON array")] = False,
) -> None:
    """Вердикт и причина для каждого окружения. / Verdict and reason for every environment.

    0: объяснено, что бы ни вышло; 1: файл не принят; 2: ошибка в команде.
    0: explained, whatever the verdicts; 1: a file was refused; 2: usage.
    """
    if rules is environments:
        raise typer.BadParameter("только один файл может быть «-» / only one file may be -")
    ruleset = _read(rules, RulesBody)
    compiled = ruleset.compiled()
    facts = _read(environments, EnvironmentList).environments
    findings = [evaluate(compiled, one.compiled()) for one in facts]
    if as_json:
        answer = json.dumps([_row(finding) for finding in findings], ensure_ascii=False, indent=2)
        typer.echo(answer.encode())  # bytes: JSON is UTF-8 on every console
    else:
        Console().print(_table(facts, findings))
        _say(remarks(ruleset.rules))


@app.command("import")
def import_list(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help='JSON [{"conf", "min_1c_version"}]; «-»: стандартный ввод'),
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Без замечаний к правилам / no remarks on the rules")
    ] = False,
) -> None:
    """Список МИКО в правила: {"rules": [...]}. / MIKO's list as rules.

    Запятая после последней строки списка не мешает. / A comma after its last row is forgiven.
    """
    data = file.read()
    try:
        rows = read_miko_list(data.decode("utf-8"))
    except (JsonInvalid, UnicodeDecodeError):
        _refuse(file.name, JsonInvalid(), [_place(data.removeprefix(codecs.BOM_UTF8))])
    except ValidationError as error:
        _refuse_shape(file.name, error)
    answer = {"rules": [row.document() for row in rows]}
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2).encode())
    _say(() if as_json else remarks(rows))


def _say(found: Iterable[Remark]) -> None:
    for each in found:
        typer.echo(f"{each.text.ru}. / {each.text.en}.", err=True)


def _row(finding: Finding) -> dict[str, object]:
    reason = {
        "ru": sentence(finding.code, finding.params, "ru"),
        "en": sentence(finding.code, finding.params, "en"),
    }
    return {"verdict": finding.verdict, "code": finding.code, "reason": reason}


def _table(facts: list[EnvironmentFacts], findings: list[Finding]) -> Table:
    table = Table()
    for heading in ("№", "Конфигурация", "Версия", "Вердикт", "Причина", "Правило"):
        table.add_column(heading, overflow="fold")
    for number, (one, finding) in enumerate(zip(facts, findings, strict=True), 1):
        word, colour = _VERDICTS[finding.verdict]
        table.add_row(
            str(number),
            Text(one.configuration.name),  # Text: brackets in a name are no markup
            Text(one.configuration.version),
            Text(word, style=colour),
            Text(sentence(finding.code, finding.params, "ru")),
            str(finding.matched_rule or "—"),
        )
    return table


def _read(file: BinaryIO, model: type[M]) -> M:
    data = file.read().removeprefix(codecs.BOM_UTF8)  # what Windows' editors put in front
    try:  # a mistyped name would be a condition lost: the answer would be about other rules
        return model.model_validate(strict_json(data), extra="forbid")
    except JsonInvalid as problem:
        _refuse(file.name, problem, [_place(data)])
    except ValidationError as error:
        _refuse_shape(file.name, error)


def _refuse_shape(name: str, error: ValidationError) -> NoReturn:
    errors = error.errors(include_input=False, include_url=False)
    refused = ValidationFailed.of(errors)
    fields = zip(refused.errors, errors, strict=False)  # the problem names the first twenty
    _refuse(name, refused, [_field(named, dict(found)) for named, found in fields])


def _place(data: bytes) -> str:
    """Where the grammar breaks; other faults of JSON have no single place."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        place = f"строка {error.lineno}, столбец {error.colno}"
        return f"{place} / line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        pass
    return "UTF-8, без NaN, вложенность до 64 / UTF-8, no NaN, at most 64 levels deep"


def _field(named: dict[str, str], found: dict[str, object]) -> str:
    detail = named["detail"]
    if detail == shape_text("") and found["type"] not in _PYDANTIC_CODES:
        detail = str(found["msg"])  # the field's own type says what it expects
    pointer = named["pointer"] or "весь документ / the whole document"
    return f"{pointer}: {translate(detail, 'ru')} / {detail}"


def _refuse(name: str, problem: Problem, lines: list[str]) -> NoReturn:
    title = f"{translate(problem.title, 'ru')} / {problem.title}"
    typer.echo(f"{name}: {problem.code}: {title}", err=True)
    for line in lines:
        typer.echo(f"  {line}", err=True)
    typer.echo("Исправьте файл и повторите. / Mend the file and try again.", err=True)
    raise typer.Exit(1)
