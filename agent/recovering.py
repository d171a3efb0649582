"""The command `recover`, and what every changing command does first: finish what was begun."""

import logging
from collections.abc import Callable

from agent import ending, lockout, processes, recovery
from agent.apply import inspect
from agent.archive import folder_of, forget_halves
from agent.archiving import usual_folder
from agent.codes import Code, Exit
from agent.console import Result
from agent.context import Context
from agent.errors import Failure, InfobaseError, Refusal, fill, spoken
from agent.handover import forget_ownerless
from agent.infobase import HostProcess
from agent.interrupts import stoppable, undisturbed
from agent.journal import Operation, State, Step
from agent.offers import Environment
from agent.plan import Plan
from agent.relief import relieved
from agent.story import Story, Tools
from wire import codec
from wire.problems import Sentence
from wire.reports import Outcome

logger = logging.getLogger(__name__)
_RECOVERED = Sentence(
    "{name}: прерванная операция завершена. {text}",
    "{name}: an interrupted operation was finished. {text}",
)
_NOTHING = Sentence("Прерванных операций нет.", "There are no interrupted operations.")


def recover_all(context: Context) -> Result:
    """Finish what earlier runs left open in the infobase."""
    infobase = context.infobase()
    environment = context.look(infobase)
    with context.alone_with(infobase, environment.infobase) as tools:
        result = finish(tools, environment.infobase)
        _sweep(context, environment.infobase)
    context.send_reports()
    return nothing_left(context) if result is None else result


def nothing_left(context: Context) -> Result:
    """Nothing was interrupted."""
    return Result(outcome=Outcome.NOOP, text=spoken(_NOTHING, context.lang))


def alone(context: Context, act: Callable[[Tools, Environment, Result | None], Result]) -> Result:
    """Change the infobase while no other agent does, when nothing interrupted is left in it.

    `act` also gets how the last of what was interrupted ended.
    """
    infobase = context.infobase()
    with stoppable():
        environment = context.look(infobase)
    with context.alone_with(infobase, environment.infobase) as tools:
        recovered = finish(tools, environment.infobase)
        _sweep(context, environment.infobase)
        if recovered is not None:
            if forbids(tools, environment.infobase, recovered):
                context.send_reports()
                return recovered
            environment = context.look(infobase)
        return act(tools, environment, recovered)


def _sweep(context: Context, infobase: str) -> None:
    """Nobody else works on the infobase and nothing is under way: what lies about is left over."""
    forget_ownerless(context.handover)
    copies = folder_of(context.settings.backup, usual_folder(context.home), infobase)
    forget_halves(copies, context.journal.knows)


def finish(tools: Tools, infobase: str) -> Result | None:
    """Finish what was interrupted; how the last of it ended, if there was something."""
    result = None
    for operation in tools.journal.unfinished(infobase):
        with undisturbed(tools.console):
            result = recover(tools, operation)
        text = fill(_RECOVERED, tools.console.lang, name=operation.onec_name, text=result.text)
        tools.console.warn("RECOVERED", text, operation_id=operation.id, outcome=result.outcome)
        if forbids(tools, infobase, result):
            break
    return result


def forbids(tools: Tools, infobase: str, last: Result) -> bool:
    """Nothing new may be begun: the infobase is not what it was, or nobody can tell."""
    is_open = bool(tools.journal.unfinished(infobase))
    return is_open or last.exit is Exit.ROLLBACK_FAILED


def recover(tools: Tools, operation: Operation) -> Result:
    """Finish one operation: end what it left running, let everybody in, then look and decide."""
    story = Story(tools, operation, codec.loads(Plan, operation.plan.encode()))
    logger.warning("recovering %s", operation.id)
    return relieved(story, _recover)


def _recover(story: Story) -> Result:
    steps = story.tools.journal.steps(story.id)
    _end_processes(steps)
    story.access_code, story.jobs_denied = lockout.code_of(steps), lockout.jobs_denied(steps)
    recovery.end_leftovers(story)
    try:
        _unlock(story)
    except InfobaseError as error:
        return ending.left_open(story, error)
    return _decide(story, steps)


def _end_processes(steps: list[Step]) -> None:
    """Children that hold sessions end with the agent, unless 1C keeps them busy."""
    for detail in (step.detail for step in steps if "pid" in step.detail):
        process = HostProcess(int(str(detail["pid"])), str(detail["started_at"]))
        if processes.end(process):
            logger.warning("ended process %d of an interrupted operation", process.pid)


def _unlock(story: Story) -> None:
    if story.access_code is not None:
        story.tools.journal.enter(story.id, State.UNLOCKED)
        lockout.let_in(story)


def _decide(story: Story, steps: list[Step]) -> Result:
    entered = {step.state for step in steps}
    interrupted = Failure(Code.INTERRUPTED)
    if State.ROLLING_BACK in entered:
        detail = next(one.detail for one in reversed(steps) if one.state is State.ROLLING_BACK)
        why = str(detail["why"])
        error = Refusal(str(detail["code"]), Exit.FAILED, Sentence(why, why))
        return recovery.roll_back(story, error, State(str(detail["failed"])))
    if State.WRITING in entered:
        return inspect(story, interrupted, State.WRITING)
    return ending.fail(story, interrupted, steps[-1].state)
