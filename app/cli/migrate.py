"""`podkluch migrate`: brings the database to this program's schema, making an embedded one."""

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.cli.runtime import Runtime, opened, refusals
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
        _upgrade(runtime, before)
        after = runtime.revision()
        if terminal.as_json:
            terminal.write({"before": before, "after": after, "changed": before != after})
        elif before == after:
            terminal.say(Sentence(f"Схема базы уже та: {after}", f"The schema is current: {after}"))
        else:
            terminal.say(
                Sentence(f"Схема базы обновлена: {after}", f"The schema is upgraded: {after}")
            )


def _upgrade(runtime: Runtime, before: str | None) -> None:
    try:
        upgrade(runtime.url)
    except SQLAlchemyError as error:
        raise CannotRunError("MIGRATION_FAILED", _failed(runtime, before, error)) from error
    except MigrationError as error:
        text = Sentence(
            f"База не этой программы или новее её, обновите программу ({error})",
            f"The database is foreign, or newer than this program: update it ({error})",
        )
        raise CannotRunError("SCHEMA_NOT_CURRENT", text) from None


def _failed(runtime: Runtime, before: str | None, error: SQLAlchemyError) -> Sentence:
    """What the database said, and what stands: each revision is a transaction of its own."""
    words = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
    with refusals():
        now = runtime.revision()
    done = "" if now == before else f" (была {before or 'пуста'})"
    was = "" if now == before else f" (it was {before or 'empty'})"
    return Sentence(
        f"{words}. Схема осталась целой: {now or 'пустая'}{done}. Прежняя программа работает "
        "с ней дальше. Устраните причину и повторите `podkluch migrate`",
        f"{words}. The schema is whole: {now or 'empty'}{was}. The previous program goes on with "
        "it. Remove the cause and repeat `podkluch migrate`",
    )
