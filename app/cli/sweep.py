"""`podkluch sweep`: deletes what has served its time and what nobody can ask for any more."""

import typer

from app.cli.runtime import opened, refusals
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence
from app.upkeep import sweep as upkeep

app = typer.Typer(add_completion=False)


@app.command(epilog=EPILOG)
def sweep(*, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Удалить отслужившее: ответы на повторы старше суток, счётчики давних неудачных попыток."""
    with Terminal(lang, as_json=as_json) as terminal, opened() as runtime, refusals():
        runtime.require_sound()
        deleted, title = 0, Sentence("Отслужившие записи", "Rows that served their time")
        with terminal.progress(title, None) as advance:
            for count in upkeep.run(runtime.engine, runtime.kit):
                deleted += count
                advance(count)
        if terminal.as_json:
            terminal.write({"deleted": deleted})
        terminal.say(Sentence(f"Удалено записей: {deleted}.", f"Rows deleted: {deleted}."))
