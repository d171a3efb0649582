"""What the operator of a computer finds in the Event Log of Windows, by numbers that stay."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import IntEnum

from agent import VERSION, windows
from agent.codes import Exit
from agent.console import Console, Result, failed
from agent.errors import AgentError
from agent.logs import mask
from wire.reports import Outcome

logger = logging.getLogger(__name__)


class Event(IntEnum):
    """Numbers that monitoring may watch for; none is ever used for anything else."""

    STARTED = 100
    INSTALLED = 110
    UPDATED = 111
    REMOVED = 112
    ROLLED_BACK = 120
    ROLLBACK_FAILED = 130
    REFUSED = 140  # licence or trust
    DRIFT = 150
    RECOVERED = 160


_KINDS = {
    Event.ROLLED_BACK: "warning",
    Event.ROLLBACK_FAILED: "error",
    Event.REFUSED: "warning",
    Event.DRIFT: "warning",
    Event.RECOVERED: "warning",
}
_REFUSED = frozenset({11, 12, 20})  # exit codes of a server that says no, and of broken trust
_DONE = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED})
_UPDATES = ("upgrade", "repair", "downgrade", "replace_unknown")
_BY_ACTION = {
    "install": Event.INSTALLED,
    "uninstall": Event.REMOVED,
    "rollback": Event.ROLLED_BACK,
    **dict.fromkeys(_UPDATES, Event.UPDATED),
}
_BY_NOTE = {"DRIFT": Event.DRIFT, "RECOVERED": Event.RECOVERED}


def tell(event: Event, text: str) -> None:
    """Leave it in the agent's log, and on Windows in the Event Log; failing there is no error."""
    logger.info("event %d: %s", event, text)
    try:
        windows.report_event(int(event), _KINDS.get(event, "information"), mask(text))
    except windows.OnlyOnWindowsError:
        return
    except OSError as error:
        logger.warning("event log: %s", error)


@contextmanager
def told(console: Console) -> Iterator[Callable[[Result], Result]]:
    """Say that the agent works, and then what came of it, whether it returns or is refused."""
    with suppress(OSError):  # takes an administrator; without it the texts are only less pretty
        windows.register_event_source()
    tell(Event.STARTED, f"podkluch-agent {VERSION}")
    try:
        yield lambda result: _end(console, result)
    except AgentError as error:
        _end(console, failed(error, console.lang))
        raise


def _end(console: Console, result: Result) -> Result:
    for code, text in console.noted:
        if code in _BY_NOTE:
            tell(_BY_NOTE[code], text)
    for name, one in _ends(console, result):
        event = event_of(one)
        if event is not None:
            about = (name, str(one.data.get("extension") or ""), one.code, one.text)
            tell(event, " | ".join(part for part in about if part))
    return result


def _ends(console: Console, result: Result) -> Iterator[tuple[str, Result]]:
    """What came of each infobase; of many the result has a list."""
    many = result.data.get("infobases")
    rows = [row for row in many if "outcome" in row] if isinstance(many, list) else []
    for row in rows:
        yield (
            str(row["alias"]),
            Result(
                exit=Exit(row["exit_code"]),
                outcome=Outcome(row["outcome"]),
                code=row["code"],
                text=row["text"],
                changed=row["changed"],
                data=row["data"],
            ),
        )
    if not rows:
        data = {"extension": console.extension, **result.data}
        yield console.infobase or "", replace(result, data=data)


def event_of(result: Result) -> Event | None:
    """What the end of a command means to the operator; most ends mean nothing."""
    if result.outcome is Outcome.ROLLBACK_FAILED:
        return Event.ROLLBACK_FAILED
    if result.outcome is Outcome.ROLLED_BACK:
        return Event.ROLLED_BACK
    if int(result.exit) in _REFUSED:
        return Event.REFUSED
    if result.outcome in _DONE and result.changed:
        return _BY_ACTION.get(str(result.data.get("action")))
    return None
