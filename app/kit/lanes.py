"""Threads in lanes, so that whoever holds a lock never queues behind those who wait for it.

All three have as many threads as there are connections. Dependencies run in the framework's own
lane, the route in the second, what is left to do before the commit in the third. A row is locked
by a route, or by a dependency that claims the request for itself; if all shared one lane, those
who wait for that row could fill it, and the one who holds it would wait for a thread among them.
"""

import functools
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import current_default_thread_limiter, run_sync

P = ParamSpec("P")
T = TypeVar("T")
_ACTING: RunVar[CapacityLimiter] = RunVar("acting")
_ENDING: RunVar[CapacityLimiter] = RunVar("ending")


def acting(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The route as a coroutine: it acts in a thread, and its answer is made outside of any."""
    if iscoroutinefunction(endpoint):
        return endpoint

    @functools.wraps(endpoint)
    async def act(**given: object) -> object:
        return await _run(_ACTING, functools.partial(endpoint, **given))

    return act


def ending(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
    """Does what is left before the commit, in a thread for which no other request waits long."""
    return _run(_ENDING, functools.partial(function, *args, **kwargs))


async def _run(lane: RunVar[CapacityLimiter], work: Callable[[], T]) -> T:
    limiter = lane.get(None)
    if limiter is None:
        limiter = CapacityLimiter(current_default_thread_limiter().total_tokens)
        lane.set(limiter)
    return await run_sync(work, limiter=limiter)
