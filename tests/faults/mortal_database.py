"""A PostgreSQL of the shipped kind that is killed, and what is heard of it meanwhile."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx2
import psycopg

from app.kit import embedded
from tests.waiting import PATIENCE, until

PAUSE = 0.1
"""Seconds of a person between pages."""


class MortalDatabase:
    """The embedded database of a folder; `url` stays the same whatever happens to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running = embedded.start(folder)
        self.url = self._running.url

    def kill(self) -> None:
        """kill -9 of the server itself, and gone."""
        pid = int((self.folder / "postmaster.pid").read_text("ascii").split()[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{pid}").exists())

    def kill_backend(self) -> None:
        """kill -9 of the process of one connection: PostgreSQL ends all others and recovers."""
        with psycopg.connect(self.url) as connection:
            [pid] = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid() ORDER BY backend_start LIMIT 1"
            ).fetchone()
        os.kill(pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{pid}").exists())

    def start(self) -> None:
        """It runs again, unless somebody was faster."""
        again = embedded.start(self.folder)
        if not again.adopted:
            self._running = again

    def answers(self) -> bool:
        """Whether it takes connections now."""
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        self._running.stop()


@dataclass
class Visitor:
    """Somebody who is signed in and looks at a page of the cabinet over and over."""

    url: str
    cookie: str
    waits: int = 0
    seen: int = 0
    surprises: list[str] = field(default_factory=list)

    @contextmanager
    def looking(self) -> Iterator[Self]:
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(over,))
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join(PATIENCE)

    def _look(self, over: threading.Event) -> None:
        headers = {"Cookie": f"podkluch_dev={self.cookie}", "Accept-Language": "ru"}
        with httpx2.Client(timeout=60, headers=headers) as http:
            while not over.wait(PAUSE):
                self._hear(http.get(f"{self.url}/cabinet/license-keys"))

    def _hear(self, answer: httpx2.Response) -> None:
        """A page, or one that says what is the matter and when to come again."""
        if answer.status_code == 200:
            self.seen += 1
            return
        kind, wait = (answer.headers.get(name, "") for name in ("content-type", "retry-after"))
        polite = kind.startswith("text/html") and wait.isdigit()
        clear = "База данных недоступна" in answer.text or "Сервер занят" in answer.text
        if answer.status_code == 503 and polite and clear:
            self.waits += 1
        else:
            self.surprises.append(f"{answer.status_code} {kind} {wait} {answer.text[:300]}")
