"""A link without a child process: the same handler in this one, for fast tests."""

from agent.com.handler import Handler
from agent.com.link import Manner
from agent.com.protocol import (
    Answer,
    Args,
    Event,
    Opening,
    Order,
    error_of,
    fault_of,
    line,
    read_line,
)
from agent.errors import InfobaseError
from agent.infobase import HostProcess


class DirectLink:
    """Everything crosses the protocol as it would between processes; a hang is a hang."""

    process: HostProcess | None = None

    def __init__(self, opening: Opening, manner: Manner) -> None:
        del manner  # nobody waits, so nobody can be too late
        self.entered: list[str] = []
        self._handler = Handler(read_line(Opening, line(opening)), self.entered.append)
        try:
            self._handler.create()
            self.number = self._handler.connect()
        except InfobaseError as error:
            raise error_of(fault_of(error)) from error

    def ask(self, call: str, args: Args) -> Answer:
        """Do a call of the port."""
        order = read_line(Order, line(Order(1, call, args)))
        try:
            answer = self._handler.handle(order.call, order.args)
        except InfobaseError as error:
            raise error_of(fault_of(error)) from error
        event = read_line(Event, line(Event("result", 1, answer=answer)))
        return event.answer or answer

    def close(self) -> None:
        """Let go of the session."""
        self._handler.close()
