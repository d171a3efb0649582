"""How several operations end together: as the most serious of them."""

from agent.codes import Exit
from agent.console import Result
from agent.errors import sentences
from wire.reports import Outcome

_GRAVEST_FIRST = (Exit.ROLLBACK_FAILED, Exit.FAILED, Exit.NOT_TRUSTED)
_GOOD_LAST = (Exit.RESTART, Exit.DONE)


def worst(results: list[Result]) -> Result:
    """One result that stands for all; each of them is in its data."""
    if len(results) == 1:
        return results[0]
    if not results:
        return Result(outcome=Outcome.NOOP)
    last = gravest(results)
    steps = dict.fromkeys(step for one in results for step in one.post_install_steps)
    return Result(
        exit=last.exit,
        outcome=last.outcome,
        code=last.code,
        text=sentences(*(one.text for one in results)),
        changed=any(one.changed for one in results),
        post_install_steps=list(steps),
        data={"results": [_described(one) for one in results]},
    )


def gravest(results: list[Result]) -> Result:
    """The one that names the exit code of all; nothing at all is nothing to do."""
    return min(results, key=_rank, default=Result(outcome=Outcome.NOOP))


def _rank(result: Result) -> tuple[int, bool]:
    """Less is worse; among equals something done counts more than nothing to do."""
    if result.exit in _GRAVEST_FIRST:
        rank = _GRAVEST_FIRST.index(result.exit)
    elif result.exit in _GOOD_LAST:
        rank = len(Exit) + _GOOD_LAST.index(result.exit)
    else:
        rank = len(_GRAVEST_FIRST)
    return rank, result.outcome is Outcome.NOOP


def _described(result: Result) -> dict[str, object]:
    return {
        **result.data,
        "outcome": result.outcome.value,
        "code": result.code,
        "exit_code": int(result.exit),
        "changed": result.changed,
        "text": result.text,
    }
