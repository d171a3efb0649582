"""Serves the application in a process of its own, prints its port, ends when stdin ends."""

import os
import signal
import sys
import threading
from pathlib import Path

from app.kit.config import Settings
from app.kit.db import make_engine
from app.kit.serving import listen, serve
from app.kit.telemetry import configure_logging
from app.main import create_app
from tests.factories.kit import a_kit


def end_with_stdin() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main(url: str, folder: str) -> None:
    configure_logging()
    settings = Settings(environment="test", data=Path(folder), threads=2)
    kit = a_kit(settings)
    app, listener = create_app(make_engine(url, settings), kit), listen("127.0.0.1", 0)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    serve(app, listener, ready=lambda: print(listener.getsockname()[1], flush=True))  # noqa: T201


main(*sys.argv[1:])
