"""`podkluch worker`: jobs and schedules, until it is told to stop."""

import signal
import threading

import typer

from app.cli.runtime import opened
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence
from app.kit.memory import bound_heaps
from app.kit.telemetry import configure_logging
from app.worker import Worker

app = typer.Typer(add_completion=False)


@app.command(epilog=EPILOG)
def worker(*, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Делать фоновую работу: очередь и расписания. Останавливается по Ctrl+C или SIGTERM.

    Несколько таких процессов друг другу не мешают.
    """
    bound_heaps()
    stop = threading.Event()
    with Terminal(lang, as_json=as_json) as terminal, opened() as runtime:
        runtime.await_schema(terminal)
        runtime.require_sound()
        configure_logging()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if terminal.as_json:
            terminal.write({"working": True}, indent=None)
        terminal.say(
            Sentence(
                "Фоновая работа идёт — остановить: Ctrl+C",
                "Working in the background - Ctrl+C stops it",
            )
        )
        with runtime.kept():
            Worker(runtime.engine, runtime.kit).run(stop)
