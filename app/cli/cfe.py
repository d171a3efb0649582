"""`podkluch cfe`: what a .cfe file says of itself."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from onec.cfe import DEFAULT, BadCfe, Cfe, for_people, read_cfe

app = typer.Typer(help="Файлы расширений .cfe.", no_args_is_help=True)

_CHUNK = 1024 * 1024
_PURPOSES = {"Patch": "Исправление", "Customization": "Адаптация", "AddOn": "Дополнение"}


class _Sentence(NamedTuple):
    code: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class _Inspected:
    file: str
    sha256: str
    size: int
    answer: Cfe | _Sentence
    """What the file says, or why it is refused."""


@app.callback()
def cfe() -> None:
    """Файлы расширений .cfe."""


def _only_regular(files: list[Path]) -> list[Path]:
    for path in files:
        if not path.is_file():
            raise typer.BadParameter(f"«{path}» — не обычный файл.")
    return files


@app.command()
def inspect(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", exists=True, readable=True, callback=_only_regular),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Массив JSON, объект на файл.")] = False,
) -> None:
    """Прочитать файлы расширений и показать, что в них записано.

    Неисправный файл — тоже ответ: он показан с причиной, код возврата 0. Код 1 — файл не удалось
    прочитать, 2 — ошибка в командной строке.
    """
    try:
        inspected = list(_inspect_all(files))
    except OSError as error:
        typer.echo(f"Файл не прочитан: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        described = [_as_json(each) for each in inspected]
        typer.echo(json.dumps(described, ensure_ascii=False, indent=2))
        return
    console = Console()
    for each in inspected:
        console.print(_as_table(each))


def _inspect_all(files: Sequence[Path]) -> Iterator[_Inspected]:
    progress = Console(stderr=True)
    shown = len(files) > 1 and progress.is_terminal
    for path in track(files, "Чтение файлов", console=progress, transient=True, disable=not shown):
        with path.open("rb") as file:
            yield _inspect(path.name, file)


def _inspect(name: str, file: BinaryIO) -> _Inspected:
    """One byte above the limit is enough to refuse a file; the rest only passes by the digest."""
    data = file.read(DEFAULT.file_size + 1)
    answer = _read(data)
    digest, size = hashlib.sha256(data), len(data)
    del data
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    # A name that is not UTF-8 must not break the output.
    file_name = name.encode(errors="replace").decode()
    return _Inspected(file_name, digest.hexdigest(), size, answer)


def _read(data: bytes) -> Cfe | _Sentence:
    try:
        return read_cfe(data)
    except BadCfe as refusal:
        # Not the exception itself: its traceback would keep the whole file in memory.
        return _Sentence(refusal.code, refusal.text("ru"), refusal.text("en"))


def _as_json(inspected: _Inspected) -> dict[str, object]:
    answer = inspected.answer
    described: dict[str, object] = {
        "file": inspected.file,
        "valid": isinstance(answer, Cfe),
        "sha256": inspected.sha256,
        "size": inspected.size,
    }
    if isinstance(answer, _Sentence):
        return described | {"error": answer._asdict()}
    return described | {
        "name": answer.name,
        "synonym": answer.synonym,
        "vendor": answer.vendor,
        "version": answer.version,
        "prefix": answer.prefix,
        "compatibility": answer.compatibility,
        "purpose": answer.purpose,
        "own": answer.own,
        "adopted": answer.adopted,
        "warnings": [_Sentence(each.code, each.ru, each.en)._asdict() for each in answer.warnings],
    }


def _as_table(inspected: _Inspected) -> Table:
    table = Table(title=Text(for_people(inspected.file)), title_justify="left", show_header=False)
    answer = inspected.answer
    for label, value in _refusal(answer) if isinstance(answer, _Sentence) else _facts(answer):
        # Text and not markup: the words come from a stranger's file.
        table.add_row(label, Text(value, overflow="fold"))
    table.add_row("Размер", f"{inspected.size} Б")
    table.add_row("SHA-256", Text(inspected.sha256, overflow="fold"))
    return table


def _refusal(answer: _Sentence) -> Iterable[tuple[str, str]]:
    return [("Неисправен", answer.text), ("Код", answer.code)]


def _facts(answer: Cfe) -> Iterable[tuple[str, str]]:
    yield "Имя", answer.name
    yield "Синоним", ", ".join(f"{text} ({key})" for key, text in answer.synonym.items())
    yield "Поставщик", answer.vendor
    yield "Версия", answer.version
    yield "Префикс", answer.prefix
    yield "Совместимость", answer.compatibility
    yield "Назначение", _PURPOSES[answer.purpose]
    yield "Объекты", f"своих {answer.own} / заимствованных {answer.adopted}"
    for warning in answer.warnings:
        yield "Внимание", warning.ru
