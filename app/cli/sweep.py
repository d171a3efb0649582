"""`podkluch sweep`: deletes what has served its time, frees the seats that vendors want back."""

import typer

from app.cli.runtime import opened, refusals
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence
from app.upkeep import sweep as upkeep

app = typer.Typer(add_completion=False)


@app.command(epilog=EPILOG)
def sweep(*, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Удалить отслужившее и освободить места баз, которых давно не видели.

    Места освобождаются только у вендоров, которые задали этому срок.
    """
    with Terminal(lang, as_json=as_json) as terminal, opened() as runtime, refusals():
        runtime.require_sound()
        done: dict[str, int] = {"deleted": 0, "released": 0}
        work = {"deleted": upkeep.run, "released": upkeep.release_stale_seats}
        with terminal.progress(
            Sentence("Отслужившие записи", "Rows that served their time"), None
        ) as advance:
            for name, clear in work.items():
                for count in clear(runtime.engine, runtime.kit):
                    done[name] += count
                    advance(count)
        if terminal.as_json:
            terminal.write(done)
        deleted, released = done.values()
        terminal.say(
            Sentence(
                f"Удалено записей: {deleted}, освобождено мест: {released}.",
                f"Rows deleted: {deleted}, seats released: {released}.",
            )
        )
