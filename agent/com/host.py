"""The child process: one session of 1C, spoken to by lines (`python -m agent.com.host`)."""

import gc
import itertools
import logging
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from agent.codes import Code
from agent.com.handler import Handler
from agent.com.protocol import (
    LONGEST,
    VERSION,
    Event,
    Opening,
    Order,
    ProtocolError,
    fault_of,
    line,
    read_line,
)
from agent.errors import InfobaseError
from agent.processes import this_process

logger = logging.getLogger(__name__)

DONE: Final = 0
GARBLED: Final = 2  # the parent does not speak the protocol
ABANDONED: Final = 3  # the parent is gone, and a call of 1C did not end
_GRACE = 1.0  # seconds that a call of 1C has to end once the parent is gone


class _AbandonedError(BaseException):
    """The parent is gone; no Exception, so that nothing on the way goes on without it."""


@dataclass
class _Went:
    """How something went, for whoever began it."""

    well: bool = True


class Host:
    """Reads orders, does them one by one, and stops where the parent is gone."""

    def __init__(self, orders: BinaryIO, events: BinaryIO) -> None:
        self._in, self._out = orders, events
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()  # empty: the parent is gone
        self._ended = threading.Event()
        self._numbers = itertools.count(1)

    def run(self) -> int:
        """Serve until the parent is gone; the exit code."""
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._serve()
        except _AbandonedError:
            return DONE
        except ProtocolError as error:
            logger.warning("%s", error)
            return GARBLED
        finally:
            self._ended.set()
        return DONE

    def enter(self, state: str) -> None:
        """Ask the parent's leave right before a change of the infobase."""
        number = next(self._numbers)
        self._tell(Event("enter", number, state))
        if read_line(Order, self._next()).go != number:
            raise ProtocolError("not the leave that was asked for")

    def _serve(self) -> None:
        me = this_process()
        self._tell(Event("fact", state="begun", pid=me.pid, started_at=me.started_at))
        opening = read_line(Opening, self._next())
        if opening.v != VERSION:
            raise ProtocolError("another version of the protocol")
        handler = Handler(opening, self.enter)
        try:
            if self._open(handler):
                while True:
                    self._do(handler, read_line(Order, self._next()))
        finally:
            handler.close()
            gc.collect()  # the session ends with the last object of it

    def _open(self, handler: Handler) -> bool:
        """Connect, saying how far it came; False where there is no session to go on with."""
        with self._answering(0) as went:
            handler.create()
            self._tell(Event("fact", state="created"))
            number = handler.connect()
            self._tell(Event("fact", state="connected", number=number))
        return went.well

    def _do(self, handler: Handler, order: Order) -> None:
        with self._answering(order.seq):
            answer = handler.handle(order.call, order.args)
            self._tell(Event("result", order.seq, answer=answer))

    @contextmanager
    def _answering(self, seq: int) -> Iterator["_Went"]:
        """Whatever goes wrong with 1C is an answer as well."""
        went = _Went()
        try:
            yield went
        except InfobaseError as error:
            fault = fault_of(error)
        except ProtocolError:
            raise
        except Exception as error:
            logger.exception("a call failed in an unexpected way")
            why = type(error).__name__
            fault = fault_of(InfobaseError(Code.UNEXPECTED, why, why=why, log="agent.log"))
        else:
            return
        went.well = False
        self._tell(Event("error", seq, error=fault))

    def _tell(self, event: Event) -> None:
        try:
            self._out.write(line(event))
            self._out.flush()
        except OSError:
            raise _AbandonedError from None

    def _next(self) -> bytes:
        data = self._lines.get()
        if not data:
            raise _AbandonedError
        return data

    def _listen(self) -> None:
        """Hand on what the parent says; a call that outlives the parent ends with the process."""
        try:
            while data := self._in.readline(LONGEST):
                self._lines.put(data)
        except (OSError, ValueError):
            pass
        self._lines.put(b"")
        if not self._ended.wait(_GRACE):
            os._exit(ABANDONED)


def main() -> None:
    """Serve on stdin and stdout; ends the process."""
    orders, events = _streams()
    code = Host(orders, events).run()
    _leave_com()
    os._exit(code)  # a DLL that hangs on the way out must not hold a session


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout for the protocol alone: whatever a DLL prints goes to stderr."""
    orders, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(orders, "rb"), os.fdopen(events, "wb")


def _leave_com() -> None:
    if sys.platform == "win32" and "pythoncom" in sys.modules:
        import pythoncom  # noqa: PLC0415 - Windows only

        pythoncom.CoUninitialize()


if __name__ == "__main__":
    main()
