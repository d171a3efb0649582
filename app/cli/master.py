"""`podkluch master`: the secret that opens every sealed copy, and the words that bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.runtime import load_settings, read_keyring
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import N_, Sentence
from app.kit.problems import Problem
from app.kit.signing.keyring import create_master, kid_of
from app.kit.signing.words import LINES, WrongWordsError, from_words, to_words

app = typer.Typer(help="Секрет MASTER и слова, которыми его записывают.", no_args_is_help=True)

OfFile = Annotated[
    Path | None,
    typer.Option("--file", help="Файл MASTER; без параметра - тот, что в настройках."),
]


class MasterExists(Problem):
    """A MASTER file is the only key to what was sealed: it is never overwritten."""

    code, title, status = "MASTER_EXISTS", N_("There is a MASTER file already: {file}"), 409
    step = N_("To use another secret move this file away first, and keep it")


class MasterWordsWrong(Problem):
    """Lines that were not written down or not typed right."""

    code, title, status = "MASTER_WORDS_WRONG", N_("Wrong lines: {lines}"), 422
    action = "fix_input"


class MasterDiffers(Problem):
    """Right words, of a secret that the file does not hold."""

    code, title, status = "MASTER_DIFFERS", N_("The words are of another secret"), 409


@app.command(epilog=EPILOG)
def new(*, file: OfFile = None, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Создать MASTER и показать его слова. Они показываются один раз."""
    with Terminal(lang, as_json=as_json) as terminal:
        path = _free(file)
        master = create_master(path)
        words, kid = to_words(master), kid_of(master).hex()
        if terminal.as_json:
            terminal.write({"file": path, "kid": kid, "words": words})
        terminal.say(
            Sentence(
                f"MASTER создан: {path}, имя секрета {kid}. Запишите имя и слова и храните "
                "отдельно от сервера и копий базы: больше они не покажутся, а без них копия "
                "базы не откроет ключи и купоны.",
                f"MASTER is made: {path}, its name is {kid}. Write name and words down and keep "
                "them apart from the server and its backups: they are not shown again, and without "
                "them a backup opens no key and no coupon.",
            )
        )
        for number, line in enumerate(words, 1):
            terminal.say(Sentence(f"  {number}  {line}", f"  {number}  {line}"))


@app.command(epilog=EPILOG)
def restore(
    *,
    file: OfFile = None,
    check: Annotated[bool, typer.Option("--check", help="Только сравнить с файлом.")] = False,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Вернуть MASTER из слов: четыре строки, вопросами или со стандартного ввода."""
    with Terminal(lang, as_json=as_json) as terminal:
        path = _place(file) if check else _free(file)
        known = read_keyring(path).masters if check else {}
        master = asked_words(terminal)
        kid = kid_of(master)
        if not check:
            create_master(path, master)
        elif kid not in known:
            raise MasterDiffers
        if terminal.as_json:
            terminal.write({"file": path, "kid": kid.hex()})
        elif check:
            terminal.say(Sentence("Слова верны: секрет тот же.", "The words are right."))
        else:
            name = kid.hex()
            terminal.say(
                Sentence(
                    f"MASTER возвращён: {path}, имя секрета {name}",
                    f"MASTER is back: {path}, its name is {name}",
                )
            )


def _place(file: Path | None) -> Path:
    return file or load_settings().master_file


def _free(file: Path | None) -> Path:
    path = _place(file)
    if path.exists():
        raise MasterExists(file=path)
    return path


def asked_words(terminal: Terminal) -> bytes:
    """The secret behind four lines that are typed; MASTER_WORDS_WRONG names the wrong ones."""
    question = terminal.text(Sentence("Строка", "Line"))
    lines = [typer.prompt(f"{question} {n}", err=True) for n in range(1, LINES + 1)]
    try:
        return from_words(lines)
    except WrongWordsError as error:
        raise MasterWordsWrong(lines=error.lines) from None
