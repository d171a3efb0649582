"""`podkluch migrate`: brings the database to this program's schema, making an embedded one."""

import typer

from app.cli.runtime import opened, refusals
from app.cli.terminal import EPILOG, AsJson, CannotRunError, Lang, Terminal
from app.kit.i18n import Sentence
from app.kit.migrate import MigrationError, upgrade

app = typer.Typer(add_completion=False)


@app.command(epilog=EPILOG)
def migrate(*, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Подготовить базу данных: создать её или обновить её схему."""
    with Terminal(lang, as_json=as_json) as terminal, opened(create=True) as runtime:
        runtime.require_finished()
        before = runtime.revision()
        _upgrade(runtime.url)
        after = runtime.revision()
        if terminal.as_json:
            terminal.write({"before": before, "after": after, "changed": before != after})
        elif before == after:
            terminal.say(Sentence(f"Схема базы уже та: {after}", f"The schema is current: {after}"))
        else:
            terminal.say(
                Sentence(f"Схема базы обновлена: {after}", f"The schema is upgraded: {after}")
            )


def _upgrade(url: str) -> None:
    try:
        with refusals():
            upgrade(url)
    except MigrationError as error:
        text = Sentence(
            f"База не этой программы или новее её, обновите программу ({error})",
            f"The database is foreign, or newer than this program: update it ({error})",
        )
        raise CannotRunError("SCHEMA_NOT_CURRENT", text) from None
