"""What 1C refuses for a while only is asked for again."""

from collections.abc import Callable
from typing import TypeVar

from agent.codes import Code
from agent.errors import InfobaseError
from agent.story import Story

T = TypeVar("T")

# seconds before each further attempt
_PAUSES: dict[str, tuple[float, ...]] = {
    Code.LOCK_CONFLICT: (1.0, 2.0, 4.0),
    Code.SERVER_NOT_FOUND: (2.0, 4.0),
    Code.RPC_UNAVAILABLE: (2.0, 4.0),
    Code.NO_LICENSE: (10.0, 20.0, 40.0, 80.0, 150.0),
}


def patiently(story: Story, act: Callable[[], T], codes: frozenset[str] | None = None) -> T:
    """Do it, and again after a pause where 1C refuses for a while only; `codes`: only these."""
    pauses = {
        code: iter(seconds) for code, seconds in _PAUSES.items() if codes is None or code in codes
    }
    while True:
        try:
            return act()
        except InfobaseError as error:
            pause = next(pauses.get(error.code, iter(())), None)
            if pause is None:
                raise
            story.tools.timing.sleep(pause)
