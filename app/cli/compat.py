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
from app.catalog.schemas.rulesets import plain_list, read_miko_list
from app.cli.files import FileNotJson, place_in
from app.cli.terminal import Lang
from app.kit.asgi import strict_json
from app.kit.i18n import Language, Sentence, fill, translate
from app.kit.problems import JsonInvalid, Problem, ValidationFailed
from app.kit.shapes import shape_text
from onec.compatibility import Finding, Verdict, evaluate
from onec.reasons import sentence

app = typer.Typer(no_args_is_help=True)

_VERDICTS: Final = {
    Verdict.COMPATIBLE: (Sentence("подходит", "compatible"), "green"),
    Verdict.UNTESTED: (Sentence("не проверено", "untested"), "yellow"),
    Verdict.INCOMPATIBLE: (Sentence("не подходит", "incompatible"), "red"),
}
_HEADINGS: Final = Sentence(
    "№|Конфигурация|Версия|Вердикт|Причина|Правило",
    "No.|Configuration|Version|Verdict|Reason|Rule",
)
_WHOLE: Final = Sentence("весь документ", "the whole document")
_MEND: Final = Sentence("Исправьте файл и повторите.", "Mend the file and try again.")
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
    lang: Lang = "ru",
) -> None:
    """Вердикт и причина для каждого окружения. / Verdict and reason for every environment.

    0: объяснено, что бы ни вышло; 1: файл не принят; 2: ошибка в команде.
    0: explained, whatever the verdicts; 1: a file was refused; 2: usage.
    """
    if rules is environments:
        raise typer.BadParameter("только один файл может быть «-» / only one file may be -")
    speaks: Language = "en" if lang == "en" else "ru"
    ruleset = _read(rules, RulesBody, speaks)
    compiled = ruleset.compiled()
    facts = _read(environments, EnvironmentList, speaks).environments
    findings = [evaluate(compiled, one.compiled()) for one in facts]
    if as_json:
        answer = json.dumps([_row(finding) for finding in findings], ensure_ascii=False, indent=2)
        typer.echo(answer.encode())  # bytes: JSON is UTF-8 on every console
    else:
        Console().print(_table(facts, findings, speaks))
        _say(remarks(ruleset.rules), speaks)


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
    lang: Lang = "ru",
) -> None:
    """Список МИКО в правила: {"rules": [...]}. / MIKO's list as rules.

    Запятая после последней строки списка не мешает. / A comma after its last row is forgiven.
    """
    speaks: Language = "en" if lang == "en" else "ru"
    data = file.read()
    try:
        rows = read_miko_list(data.decode("utf-8"))
    except (JsonInvalid, UnicodeDecodeError):
        place = place_in(plain_list(data.decode(errors="replace")).encode())
        _refuse(file.name, FileNotJson(file=file.name, place=place), [], speaks)
    except ValidationError as error:
        _refuse_shape(file.name, error, speaks)
    answer = {"rules": [row.document() for row in rows]}
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2).encode())
    _say(() if as_json else remarks(rows), speaks)


def _say(found: Iterable[Remark], language: Language) -> None:
    for each in found:
        typer.echo(f"{each.text.of(language)}.", err=True)


def _row(finding: Finding) -> dict[str, object]:
    reason = {
        "ru": sentence(finding.code, finding.params, "ru"),
        "en": sentence(finding.code, finding.params, "en"),
    }
    return {"verdict": finding.verdict, "code": finding.code, "reason": reason}


def _table(facts: list[EnvironmentFacts], findings: list[Finding], language: Language) -> Table:
    table = Table()
    for heading in _HEADINGS.of(language).split("|"):
        table.add_column(heading, overflow="fold")
    for number, (one, finding) in enumerate(zip(facts, findings, strict=True), 1):
        word, colour = _VERDICTS[finding.verdict]
        table.add_row(
            str(number),
            Text(one.configuration.name),  # Text: brackets in a name are no markup
            Text(one.configuration.version),
            Text(word.of(language), style=colour),
            Text(sentence(finding.code, finding.params, language)),
            str(finding.matched_rule or "—"),
        )
    return table


def _read(file: BinaryIO, model: type[M], language: Language) -> M:
    data = file.read().removeprefix(codecs.BOM_UTF8)  # what Windows' editors put in front
    try:  # a mistyped name would be a condition lost: the answer would be about other rules
        return model.model_validate(strict_json(data), extra="forbid")
    except JsonInvalid:
        problem = FileNotJson(file=file.name, place=place_in(data))
        _refuse(file.name, problem, [], language)
    except ValidationError as error:
        _refuse_shape(file.name, error, language)


def _refuse_shape(name: str, error: ValidationError, language: Language) -> NoReturn:
    errors = error.errors(include_input=False, include_url=False)
    refused = ValidationFailed.of(errors)
    fields = zip(refused.errors, errors, strict=False)  # the problem names the first twenty
    lines = [_field(named, dict(found), language) for named, found in fields]
    _refuse(name, refused, lines, language)


def _field(named: dict[str, str], found: dict[str, object], language: Language) -> str:
    detail = named["detail"]
    if detail == shape_text("") and found["type"] not in _PYDANTIC_CODES:
        detail = str(found["msg"])  # the field's own type says what it expects
    pointer = named["pointer"] or _WHOLE.of(language)
    return f"{pointer}: {translate(detail, language)}"


def _refuse(name: str, problem: Problem, lines: list[str], language: Language) -> NoReturn:
    title = fill(problem.title, language, problem.params)
    place = "" if isinstance(problem, FileNotJson) else f"{name}: "
    typer.echo(f"{place}{problem.code}: {title}", err=True)
    for line in lines:
        typer.echo(f"  {line}", err=True)
    typer.echo(_MEND.of(language), err=True)
    raise typer.Exit(1)
