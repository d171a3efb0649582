"""The parent's end of a child process: start it, speak with it, and end it in time."""

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol

from agent.codes import Code
from agent.com.protocol import (
    LONGEST,
    MODE,
    Answer,
    Args,
    Event,
    Opening,
    Order,
    ProtocolError,
    error_of,
    line,
    read_line,
)
from agent.com.timeouts import Timeouts
from agent.errors import InfobaseError
from agent.infobase import HostProcess
from agent.logs import mask
from agent.windows import Job, job

logger = logging.getLogger(__name__)

_HEARTBEAT = 5.0
_LEAVE = 2.0  # seconds that a child has to end after its stdin was closed
_LAST_WORDS = 2000  # characters of stderr that go to the log

Watch = Callable[[str, float], None]
"""Hears the call that is under way and for how many seconds, every five seconds."""


class Link(Protocol):
    """One session's handler, wherever it runs."""

    process: HostProcess | None
    number: int

    def ask(self, call: str, args: Args) -> Answer:
        """Do a call of the port; raises InfobaseError."""

    def close(self) -> None:
        """End the session; a second time does nothing."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a child is started and waited for."""

    timeouts: Timeouts
    watch: Watch = lambda _call, _seconds: None
    command: tuple[str, ...] = ()  # in place of this program's own
    heartbeat: float = _HEARTBEAT


class ChildLink:
    """A child process with one session; every trouble with it is an InfobaseError."""

    def __init__(self, opening: Opening, manner: Manner) -> None:
        self._manner = manner
        self._timeouts = manner.timeouts
        self._seq = 0
        self._has_changed = False  # from the first leave on nobody knows what a lost child did
        self._events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.process: HostProcess | None = None
        self.number = 0
        self._child = _start(manner.command or own_command())
        self._job = _bound(self._child.pid)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        assert self._child.stderr is not None  # noqa: S101 - it is a pipe
        self._drain = _Drain(self._child.stderr)
        try:
            self._open(opening)
        except BaseException:
            self.kill()
            raise

    def ask(self, call: str, args: Args) -> Answer:
        """Do a call; a child that does not answer in time is ended."""
        self._seq += 1
        self._send(line(Order(self._seq, call, args)))
        event = self._answer(call, self._timeouts.of(call))
        if event.ev != "result" or event.answer is None:
            raise self._garbled()
        return event.answer

    def close(self) -> None:
        """Closing stdin is the word to leave; who does not is ended."""
        if self._child.stdin and not self._child.stdin.closed:
            with suppress(OSError):
                self._child.stdin.close()
        try:
            self._child.wait(_LEAVE)
        except subprocess.TimeoutExpired:
            logger.warning("the child did not leave by itself")
        self.kill()

    def kill(self) -> None:
        """End it at once; a second time does nothing."""
        self._child.kill()
        self._child.wait()
        self._job.close()  # in Windows all that the child started ends with it
        for reader in (self._listener, self._drain):
            reader.join(_LEAVE)  # elsewhere that may hold our pipes longer than the child lived
        if self._child.stdin:
            with suppress(OSError):
                self._child.stdin.close()

    def _open(self, opening: Opening) -> None:
        begun = self._fact("begun", self._timeouts.create)
        self.process = HostProcess(begun.pid, begun.started_at)
        self._send(line(opening))
        self._fact("created", self._timeouts.create)
        is_cluster = opening.cluster is not None
        seconds = self._timeouts.cluster if is_cluster else self._timeouts.connect
        self.number = self._fact("connected", seconds).number

    def _fact(self, state: str, seconds: float) -> Event:
        event = self._answer(state, seconds)
        if event.ev != "fact" or event.state != state:
            raise self._garbled()
        return event

    def _answer(self, call: str, seconds: float) -> Event:
        """The next fact or result; on the way every asked leave is given."""
        begun = time.monotonic()
        while True:
            event = self._read(call, begun, seconds)
            if event.ev == "enter":
                self._has_changed = True
                self._send(line(Order(go=event.seq)))
            elif event.ev == "error" and event.error is not None and event.seq == self._seq:
                raise error_of(event.error)
            elif event.ev == "fact" or (event.ev == "result" and event.seq == self._seq):
                return event
            else:
                raise self._garbled()

    def _read(self, call: str, begun: float, seconds: float) -> Event:
        while True:
            spent = time.monotonic() - begun
            if spent >= seconds:
                raise self._hung(seconds)
            try:
                data = self._events.get(timeout=min(self._manner.heartbeat, seconds - spent))
            except queue.Empty:
                self._manner.watch(call, time.monotonic() - begun)
                continue
            if not data:
                raise self._lost()
            try:
                return read_line(Event, data)
            except ProtocolError:
                raise self._garbled() from None

    def _send(self, data: bytes) -> None:
        stdin = self._child.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe
        try:
            stdin.write(data)
            stdin.flush()
        except (OSError, ValueError):
            raise self._lost() from None

    def _listen(self) -> None:
        stdout = self._child.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        with suppress(OSError, ValueError), stdout:
            while data := stdout.readline(LONGEST):
                self._events.put(data)
        self._events.put(b"")

    def _hung(self, seconds: float) -> InfobaseError:
        self.kill()
        code = Code.CONNECTION_LOST if self._has_changed else Code.HANG
        return InfobaseError(code, f"no answer in {seconds:g} s", n=f"{seconds:g}")

    def _lost(self) -> InfobaseError:
        self.kill()
        code = self._child.returncode & 0xFFFFFFFF
        return InfobaseError(Code.CONNECTION_LOST, f"the process of 1C ended with 0x{code:X}")

    def _garbled(self) -> InfobaseError:
        self.kill()
        why = "the process of 1C answered with something else"
        if self._has_changed:
            return InfobaseError(Code.CONNECTION_LOST, why)
        return InfobaseError(Code.UNEXPECTED, why, why=why, log="agent.log")


class _Drain(threading.Thread):
    """Reads stderr to its end; its last words go to the log."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.start()

    def run(self) -> None:
        """Until the child is gone."""
        words = b""
        with suppress(OSError, ValueError), self._stream:
            while part := self._stream.read1(_LAST_WORDS):  # type: ignore[attr-defined]
                words = (words + part)[-_LAST_WORDS:]
        if words.strip():
            logger.warning("the child said: %s", mask(words.decode(errors="replace")))


def _bound(pid: int) -> Job:
    """The child ends with this process, whatever happens to it; elsewhere its stdin tells it."""
    held = job()
    with suppress(OSError):  # a Windows that forbids it: closing stdin still ends the child
        held.add(pid)
    return held


def own_command() -> tuple[str, ...]:
    """The program itself in its second mode."""
    if getattr(sys, "frozen", False):
        return (sys.executable, MODE)
    return (sys.executable, "-X", "utf8", "-m", "agent.com.host")


def _start(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """A child without a console, which Ctrl+C in ours does not reach in the middle of a write."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=flags,
            start_new_session=os.name == "posix",
        )
    except OSError as error:
        why = f"{command[0]}: {error.strerror}"
        raise InfobaseError(Code.UNEXPECTED, why, why=why, log="agent.log") from error
