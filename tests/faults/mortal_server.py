"""Servers over one database and one store, each forked in no time and killed where it is told.

Each line "start" makes one more server, which tells its address and
its number; a line "wait NUMBER" tells by which signal that one ended.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from fastapi import APIRouter

from app.kit import serving
from app.kit.config import Settings
from app.kit.db import make_engine
from app.main import create_app
from app.upkeep import repair
from tests.factories.kit import a_kit
from tests.faults.wrap import Disk, killing, wrapped


class Doom:
    """Writes down the calls of this process, and ends it before or after one of them."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(folder, before=self._before, after=self._after)
        self.heard, self.place, self.when = [], 0, ""

    def set(self, when: str, place: int) -> None:
        """Counts from here on; nobody is killed at the place 0."""
        self.heard, self.place, self.when, self.disk.calls = [], place, when, 0

    def _before(self, number: int, name: str) -> None:
        self.heard.append(name)
        self._strike("before", number)

    def _after(self, number: int, _: str) -> None:
        self._strike("after", number)

    def _strike(self, when: str, number: int) -> None:
        if when == self.when:
            killing(self.place)(number, "")


def made() -> tuple:
    """The application with two more routes; nothing is connected yet, so it can be forked."""
    settings = Settings.load()
    kit, doom = a_kit(settings), Doom(settings.artifacts_folder)
    engine = make_engine(settings.database_url.get_secret_value(), settings)
    app, router = create_app(engine, kit), APIRouter()

    @router.put("/api/doom/{when}/{place}")
    def set_doom(when: str, place: int) -> None:
        doom.set(when, place)

    @router.get("/api/heard")
    def heard() -> list[str]:
        return doom.heard

    app.include_router(router)
    return app, engine, kit, doom


def live(app, engine, kit, doom) -> None:
    """What `serve` does, in a process whose disk and commits are watched."""
    repair.at_start(engine, kit)
    with wrapped(doom.disk, beyond=True), serving.listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving.serve(app, listener, ready=lambda: tell({"url": url, "pid": os.getpid()}))


def tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    parts, children = made(), set()
    for line in sys.stdin:
        word, *number = line.split()
        if word == "start":
            child = os.fork()
            if not child:
                live(*parts)
                os._exit(0)
            children.add(child)
        else:
            child = int(number[0])
            _, status = os.waitpid(child, 0)
            children.remove(child)
            tell(os.waitstatus_to_exitcode(status))
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
