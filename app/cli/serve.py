"""`podkluch serve`: the server, until it is told to stop."""

import contextlib
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from app.cli.runtime import Runtime, opened
from app.cli.terminal import EPILOG, AsJson, CannotRunError, Lang, Terminal
from app.kit import serving
from app.kit.config import is_loopback
from app.kit.db import make_engine
from app.kit.forking import Forks, share_metrics
from app.kit.i18n import Sentence
from app.kit.memory import bound_heaps
from app.kit.storage import store_of
from app.kit.telemetry import configure_logging
from app.main import create_app
from app.upkeep import repair
from app.worker import beside

app = typer.Typer(add_completion=False)

Host = Annotated[str, typer.Option(help="Адрес, на котором слушать.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Порт; 0 — любой свободный.")]

WithWorker = Annotated[
    bool, typer.Option("--worker", help="Делать в этом же процессе и фоновую работу.")
]
Workers = Annotated[
    int,
    typer.Option(min=1, max=64, help="Сколько процессов отвечает на запросы; упавший заменяется."),
]


@app.command(epilog=EPILOG)
def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    worker: WithWorker = False,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Запустить сервер. Останавливается по Ctrl+C или SIGTERM, дослужив начатые запросы."""
    _require_forks(workers, worker=worker)
    bound_heaps()
    # As Ctrl+C does, so that the database which we started is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        Terminal(lang, as_json=as_json) as terminal,
        contextlib.suppress(KeyboardInterrupt),
        opened() as runtime,
    ):
        _require_database(runtime, workers)
        runtime.await_schema(terminal)
        runtime.require_sound()
        _require_codes(runtime, host)
        configure_logging()
        repair.at_start(runtime.engine, runtime.kit)
        aside = beside(runtime.engine, runtime.kit) if worker else contextlib.nullcontext()
        # A thread that keeps the embedded database would bear no fork.
        kept = runtime.kept() if workers == 1 else contextlib.nullcontext()
        with _listening(host, port) as listener, kept, aside:
            _serve(terminal, runtime, listener, workers)


def _require_forks(workers: int, *, worker: bool) -> None:
    """Several processes are forked, which Windows cannot, and which threads would not survive."""
    if workers > 1 and worker:
        raise typer.BadParameter(
            "с --workers фоновую работу делает `podkluch worker` / "
            "with --workers the background work is done by `podkluch worker`",
            param_hint="--worker",
        )
    if workers > 1 and not hasattr(os, "fork"):
        raise typer.BadParameter(
            "в Windows только один процесс / one process only on Windows", param_hint="--workers"
        )


def _require_database(runtime: Runtime, workers: int) -> None:
    """The embedded database is kept running by a thread of the one process that serves."""
    if workers == 1 or runtime.kit.settings.database_url is not None:
        return
    text = Sentence(
        "Нескольким процессам нужна своя база данных: задайте PODKLUCH_DATABASE_URL или запустите"
        " сервер без --workers",
        "Several processes need a database of their own: set PODKLUCH_DATABASE_URL or start the"
        " server without --workers",
    )
    raise CannotRunError("DATABASE_REQUIRED", text)


def _require_codes(runtime: Runtime, host: str) -> None:
    """Whoever asks for no second factor serves nobody but this host."""
    if runtime.kit.settings.totp_required or is_loopback(host):
        return
    text = Sentence(
        f"PODKLUCH_TOTP_REQUIRED=false допустимо только на этой машине, а не на {host}",
        f"PODKLUCH_TOTP_REQUIRED=false is for this host only, not for {host}",
    )
    raise CannotRunError("TOTP_REQUIRED", text)


def _serve(terminal: Terminal, runtime: Runtime, listener: socket.socket, workers: int) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def ready() -> None:
        if terminal.as_json:
            terminal.write({"url": url}, indent=None)
        terminal.say(
            Sentence(
                f"Сервер слушает {url} — остановить: Ctrl+C",
                f"The server listens on {url} - Ctrl+C stops it",
            )
        )

    if workers == 1:
        serving.serve(create_app(runtime.engine, runtime.kit), listener, ready=ready)
        return
    runtime.engine.dispose()  # a connection belongs to one process
    with tempfile.TemporaryDirectory(prefix="podkluch-metrics-") as folder:
        Forks(workers, _one_of_several(runtime, listener, folder), ready).run()


def _one_of_several(
    runtime: Runtime, listener: socket.socket, folder: str
) -> Callable[[int, Callable[[], None]], None]:
    """The server of one process: its own connections, and counters that the others see."""

    def serve_one(number: int, ready: Callable[[], None]) -> None:
        share_metrics(folder, number)
        settings = runtime.kit.settings
        kit = replace(runtime.kit, artifacts=store_of(settings))
        serving.serve(create_app(make_engine(runtime.url, settings), kit), listener, ready=ready)

    return serve_one


def _listening(host: str, port: int) -> socket.socket:
    try:
        return serving.listen(host, port)
    except OSError as error:
        text = Sentence(
            f"Нельзя слушать {host}:{port}: {error.strerror}",
            f"Cannot listen on {host}:{port}: {error.strerror}",
        )
        raise CannotRunError("ADDRESS_UNUSABLE", text) from None
