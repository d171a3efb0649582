"""Ctrl+C: before the write it ends the operation, from the write on it waits for the end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from types import FrameType

from agent.codes import Code, Exit
from agent.console import Console
from agent.errors import Refusal, spoken
from agent.journal import State
from wire.problems import Sentence

_HARMLESS = frozenset(takewhile(lambda state: state is not State.WRITING, State))
_NOT_NOW = Sentence(
    "Запись уже началась, прерывать её нельзя: дождитесь конца",
    "The write has begun and must not be interrupted: wait for the end",
)
_STOPPED = Sentence(
    "Прервано: Ctrl+C. В базе ничего не изменено",
    "Interrupted by Ctrl+C. The infobase is unchanged",
)


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl+C in here means that nobody wants this any more, and that nothing was changed."""
    try:
        yield
    except KeyboardInterrupt:
        raise Refusal(Code.INTERRUPTED, Exit.FAILED, _STOPPED) from None


@contextmanager
def until_written(console: Console) -> Iterator[None]:
    """Ctrl+C is a KeyboardInterrupt until the console told of the write."""
    console.state = State.PLANNED
    with _answered(console, _HARMLESS):
        yield


@contextmanager
def undisturbed(console: Console) -> Iterator[None]:
    """Ctrl+C is answered only: the infobase may hold half of something."""
    with _answered(console, frozenset()):
        yield


@contextmanager
def _answered(console: Console, harmless: frozenset[State]) -> Iterator[None]:
    """Ctrl+C interrupts in these states only, in others it gets a line."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        if console.state in harmless:
            raise KeyboardInterrupt
        # by another thread: the line must not fall into one that is half written
        text = spoken(_NOT_NOW, console.lang)
        threading.Thread(target=console.warn, args=(Code.INTERRUPTED, text), daemon=True).start()

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    earlier = signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
