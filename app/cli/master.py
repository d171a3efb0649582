"""`podkluch master`: the secret that opens every sealed copy, and the words that bring it back."""

import errno
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Final, NoReturn

import typer
from pydantic import ValidationError

from app.kit.config import Settings
from app.kit.i18n import Sentence
from app.kit.signing.keyring import Keyring, MasterKeyError, create_master, kid_of
from app.kit.signing.words import LINES, WrongWordsError, from_words, to_words

REFUSED: Final = 1
CANNOT_RUN: Final = 3

app = typer.Typer(
    no_args_is_help=True,
    help="Секрет MASTER и его слова. / The MASTER secret and its words.",
)
AsJson = Annotated[bool, typer.Option("--json", help="Ответ в JSON. / The answer as JSON.")]


@app.command()
def new(*, as_json: AsJson = False) -> None:
    """Создать MASTER и показать его слова - один раз. / Make MASTER, show its words once."""
    with _faults():
        path = Settings.load().master_file
        master = create_master(path)
    words = to_words(master)
    said = Sentence(
        f"MASTER создан: {path}. Запишите слова и храните отдельно от сервера и копий базы: "
        "больше они показаны не будут, а без них копия базы не откроет ключи и купоны.",
        f"MASTER is made: {path}. Write the words down and keep them apart from the server and "
        "from backups: they are not shown again, and without them a backup opens no code.",
    )
    _say(said, {"file": str(path), "kid": kid_of(master).hex(), "words": words}, as_json=as_json)
    if not as_json:
        for number, line in enumerate(words, 1):
            typer.echo(f"{number}  {line}")


@app.command()
def restore(
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Только сравнить с файлом. / Only compare with the file."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Вернуть MASTER из слов: четыре строки. / Bring MASTER back from its four lines of words."""
    with _faults():
        path = Settings.load().master_file
        known = Keyring.read(path).masters if check else {}
        if not check and path.exists():
            raise FileExistsError(errno.EEXIST, "", str(path))
        master = from_words(
            [typer.prompt(f"Строка {n} / Line {n}", err=True) for n in range(1, LINES + 1)]
        )
        if not check:
            create_master(path, master)
    kid = kid_of(master)
    if check and kid not in known:
        text = "слова от другого секрета / the words are another secret's"
        _end(REFUSED, "MASTER_DIFFERS", text)
    said = (
        Sentence("Слова верны: это MASTER сервера.", "The words are right: this server's MASTER.")
        if check
        else Sentence(f"MASTER восстановлен: {path}.", f"MASTER is back: {path}.")
    )
    _say(said, {"file": str(path), "kid": kid.hex()}, as_json=as_json)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except WrongWordsError as error:
        lines = ", ".join(map(str, error.lines))
        _end(REFUSED, "MASTER_WORDS_WRONG", f"проверьте строки / check the lines: {lines}")
    except FileExistsError as error:
        text = "уже есть, не перезаписан / is there and was not overwritten"
        _end(REFUSED, "MASTER_EXISTS", f"{error.filename}: {text}")
    except MasterKeyError as error:
        _end(CANNOT_RUN, error.code, f"{error.text.ru} / {error.text.en}")
    except ValidationError as error:  # its own text repeats the values, passwords too
        names = ", ".join("_".join(map(str, fault["loc"])).upper() for fault in error.errors())
        _end(CANNOT_RUN, "SETTINGS_INVALID", f"ошибка в настройках / wrong settings: {names}")
    except OSError as error:
        _end(CANNOT_RUN, "FILE_UNUSABLE", f"{error.filename}: {error.strerror}")


def _say(text: Sentence, members: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(members, ensure_ascii=False).encode())
    else:
        typer.echo(f"{text.ru}\n{text.en}\n")


def _end(status: int, code: str, text: str) -> NoReturn:
    typer.echo(f"{code}: {text}", err=True)
    raise typer.Exit(status)
