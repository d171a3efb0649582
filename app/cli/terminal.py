"""What a command prints, in Russian or English or as JSON, and the code that it ends with."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Annotated, Final, NoReturn, Protocol, Self, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from app.kit.i18n import Language, Sentence, fill, translate
from app.kit.problems import DatabaseUnavailable, Problem, StorageUnavailable, plain
from app.kit.telemetry import redact
from onec.reasons import Action, hint

T = TypeVar("T")
REFUSED: Final = 1
CANNOT_RUN: Final = 3

EPILOG: Final = (
    "Коды возврата: 0 — сделано, 1 — отказ или проверка нашла ошибки, 2 — ошибка в команде, "
    "3 — работать нельзя (настройки, база данных, файлы)."
)


_OPTIONS: ContextVar[Mapping[str, str]] = ContextVar("_OPTIONS", default={})  # noqa: B039 - only replaced
"""How the running command calls its parameters, by the name of the member that they fill."""


class _Parameter(Protocol):
    """What is read of an option or an argument of a command."""

    name: str
    opts: list[str]
    metavar: str | None


def _written(parameter: _Parameter) -> str:
    """An option by its long name, an argument by what the help calls it."""
    option = next((name for name in parameter.opts if name.startswith("--")), None)
    return option or parameter.metavar or parameter.name.upper()


def _language(context: typer.Context, parameter: typer.CallbackParam, value: str) -> str:
    """`--lang` is ru or en; of a locale's name (en_US.UTF-8) only the language counts."""
    _OPTIONS.set({each.name: _written(each) for each in context.command.params})
    source = context.get_parameter_source(parameter.name or "")
    if source is not None and source.name == "ENVIRONMENT":
        return "en" if value.lower().startswith("en") else "ru"
    if value not in ("ru", "en"):
        raise typer.BadParameter("ru или en / ru or en")
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Ответ в JSON.")]
Lang = Annotated[
    str,
    typer.Option(
        "--lang",
        envvar=["LC_ALL", "LC_MESSAGES", "LANG"],
        show_envvar=False,
        callback=_language,
        metavar="ru|en",
        help="Язык ответа; без параметра — по настройкам системы.",
    ),
]

_LABELS: Final[Mapping[str, Sentence]] = {
    "id": Sentence("id", "id"),
    "slug": Sentence("Имя в командах", "Slug"),
    "name": Sentence("Название", "Name"),
    "prefix": Sentence("Префикс кодов", "Prefix of codes"),
    "time_zone": Sentence("Часовой пояс", "Time zone"),
    "coupon_batch_max": Sentence("Купонов в партии, до", "Coupons of a batch, up to"),
    "rotation_grace_hours": Sentence("Замена ключа, часов", "Grace of a rotation, hours"),
    "expiring_days": Sentence("Истекает за, дней", "Expiring within, days"),
    "company": Sentence("Компания", "Company"),
    "email": Sentence("Почта", "E-mail"),
    "external_ref1": Sentence("Внешний номер", "Reference"),
    "code": Sentence("Код", "Code"),
    "days": Sentence("Срок, дней", "Term, days"),
    "seats": Sentence("Мест", "Seats"),
    "after_expiry": Sentence("После срока", "After the term"),
    "product": Sentence("Продукт", "Product"),
    "extension": Sentence("Расширение", "Extension"),
    "onec_name": Sentence("Имя в 1С", "Name in 1C"),
    "title": Sentence("Заголовок", "Title"),
    "purpose": Sentence("Назначение", "Purpose"),
    "number": Sentence("Номер", "Number"),
    "effective_from": Sentence("Действует с", "In force from"),
    "sha256": Sentence("SHA-256", "SHA-256"),
    "version": Sentence("Версия", "Version"),
    "status": Sentence("Состояние", "State"),
    "channel": Sentence("Канал", "Channel"),
    "rollout_percent": Sentence("Доля баз, %", "Infobases, %"),
    "rules_version": Sentence("Версия правил", "Version of rules"),
    "published_at": Sentence("Опубликован", "Published"),
    "rules": Sentence("Правил", "Rules"),
    "size": Sentence("Размер, Б", "Size, bytes"),
    "hint": Sentence("Подсказка", "Hint"),
    "customer": Sentence("Клиент", "Customer"),
    "keys": Sentence("Ключей", "Keys"),
    "token": Sentence("Токен", "Token"),
    "role": Sentence("Роль", "Role"),
    "scopes": Sentence("Права", "Scopes"),
    "allowed_addresses": Sentence("Откуда", "From"),
    "expires_at": Sentence("Действует до", "Expires"),
    "revoked_at": Sentence("Отозван", "Revoked"),
    "count": Sentence("Купонов", "Coupons"),
    "max_redemptions": Sentence("Активаций каждого", "Redemptions of each"),
    "valid_until": Sentence("Активировать до", "Redeem until"),
    "file": Sentence("Файл", "File"),
    "files": Sentence("Записано файлов", "Files written"),
    "repository": Sentence("Репозиторий", "Repository"),
    "mode": Sentence("Кто подписывает", "Who signs"),
    "root_version": Sentence("Версия корня", "Version of the root"),
    "fingerprint": Sentence("Отпечаток корня", "Fingerprint of the root"),
    "unsigned": Sentence("Не подписаны: говорят больше 2 КБ", "Unsigned: they say over 2 KB"),
    "server": Sentence("Сервер", "Server"),
    "versions": Sentence("Версии", "Versions"),
    "root_expires_at": Sentence("Корень действует до", "The root expires"),
    "timestamp_version": Sentence("Версия сведений", "Version of the metadata"),
    "timestamp_signed_at": Sentence("Подписаны", "Signed"),
    "next_step": Sentence("Дальше", "Next"),
    "trust_keys": Sentence("Ключи", "Keys"),
    "description": Sentence("Что сделает", "What it does"),
    "owner": Sentence("Владелец", "Owner"),
    "link": Sentence("Ссылка, один раз", "Link, works once"),
    "person": Sentence("Имя", "Name"),
    "second_factor": Sentence("Второй фактор", "Second factor"),
    "last_signed_in_at": Sentence("Последний вход", "Last sign-in"),
}


def given(options: Mapping[str, object]) -> dict[str, object]:
    """Options that were given: the command's own defaults stand for all others."""
    return {name: value for name, value in options.items() if value is not None}


def watched(rows: Iterable[T], advance: Callable[[int], None]) -> Iterator[T]:
    """The same rows, each of them told to a progress bar."""
    for row in rows:
        yield row
        advance(1)


class CannotRunError(Exception):
    """Settings, the database or a file keep every command from being done."""

    def __init__(self, code: str, text: Sentence) -> None:
        super().__init__(code)
        self.code, self.text = code, text


class Terminal:
    """Around a command: whatever it could not do becomes words and an exit code.

    Nothing that was typed is repeated: it may have been a secret in the wrong place.
    """

    def __init__(self, language: str, *, as_json: bool) -> None:
        self.language: Language = "en" if language == "en" else "ru"
        self.as_json = as_json

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        match error:
            case Problem():
                self._refuse(error)
            case CannotRunError():
                self._stop(error.code, error.text)
            case OSError() if not isinstance(error, BrokenPipeError):
                where = f"{error.filename}: " if error.filename else ""
                words = f"{where}{error.strerror or type(error).__name__}"
                self._stop("FILE_UNUSABLE", Sentence(words, words))

    def text(self, sentence: Sentence) -> str:
        """A sentence in the reader's language."""
        return sentence.ru if self.language == "ru" else sentence.en

    def say(self, sentence: Sentence) -> None:
        """A sentence for people; programs asked for JSON only."""
        if not self.as_json:
            typer.echo(self.text(sentence))

    def show(self, title: Sentence, members: Mapping[str, object]) -> None:
        """What was done: a title with labelled values, or the JSON object of the values."""
        if self.as_json:
            self.write(members)
            return
        typer.secho(self.text(title), bold=True)
        labels = {name: self.text(_LABELS[name]) for name in members}
        width = max(map(len, labels.values()))
        for name, value in members.items():
            shown = fill("{value}", self.language, {"value": value})
            typer.echo(f"  {labels[name]:<{width}}  {shown}")

    @contextmanager
    def progress(self, title: Sentence, total: int | None) -> Iterator[Callable[[int], None]]:
        """A bar on standard error while long work runs at a terminal; hears of each advance."""
        console = Console(stderr=True)
        if self.as_json or not console.is_terminal:
            yield lambda _: None
            return
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(self.text(title), total=total)
            yield lambda number: bar.advance(task, number)

    @staticmethod
    def write(document: Mapping[str, object], *, indent: int | None = 2) -> None:
        """A JSON document on standard output, UTF-8 on every console."""
        text = json.dumps(plain(document), ensure_ascii=False, indent=indent)
        typer.echo(text.encode("utf-8", errors="replace"))

    def _refuse(self, problem: Problem) -> NoReturn:
        document = problem.document(self.language)
        status = CANNOT_RUN if isinstance(problem, DatabaseUnavailable) else REFUSED
        if self.as_json:
            more = {"why": redact(problem.why)} if isinstance(problem, StorageUnavailable) else {}
            self.write(document | more)
            raise typer.Exit(status)
        # Who sits here is the vendor, and a step of its own is better than one of the closed list.
        silent = problem.step or problem.errors or problem.action == Action.CONTACT_VENDOR
        next_step = "" if silent else hint(Action(problem.action), self.language)
        lines = [f"{problem.code}: {document['title']}"]
        for error in problem.errors:
            detail = translate(error["detail"], self.language)
            lines.append(f"  {_place(error['pointer'], problem)}: {detail}")
        if isinstance(problem, StorageUnavailable):
            lines.append(str(redact(problem.why)))
        told = fill(problem.detail or problem.step, self.language, problem.params)
        lines += dict.fromkeys([told, next_step])
        for line in filter(None, lines):
            typer.echo(line, err=True)
        raise typer.Exit(status)

    def _stop(self, code: str, text: Sentence) -> NoReturn:
        if self.as_json:
            self.write({"code": code, "title": self.text(text)})
        else:
            typer.echo(f"{code}: {self.text(text)}", err=True)
        raise typer.Exit(CANNOT_RUN)


def _place(pointer: str, problem: Problem) -> str:
    """Where a wrong value was given: the option, or the file and the member in it."""
    if "file" in problem.params:
        return f"{problem.params['file']}: {pointer or '/'}"
    name, _, rest = pointer.removeprefix("/").partition("/")
    option = _OPTIONS.get().get(name)
    if option is None:
        return pointer or "/"
    return f"{option} /{rest}" if rest else option
