"""A plan done step by step, each written down first; and what an interrupted one left, finished."""

import logging

from agent import ending, recovery
from agent.codes import Code, Exit
from agent.consents import Question
from agent.console import Result
from agent.errors import AgentError, Failure, InfobaseError, Refusal, storage_failure
from agent.journal import Operation, State
from agent.plan import Plan
from agent.recovery import Finding
from agent.rights import person
from agent.steps import AFTER_WRITE, BEFORE_WRITE, WRITE, Step
from agent.story import Story, Tools
from wire import codec
from wire.problems import Sentence

logger = logging.getLogger(__name__)


class _StoppedError(Exception):
    """A step did not work; carries where and why to whoever decides what follows."""

    def __init__(self, state: State, error: AgentError) -> None:
        super().__init__(state)
        self.state = state
        self.error = error


def apply(story: Story, agreed: list[Question]) -> Result:
    """Do the plan; whatever happens, the infobase ends as it was or as it should be."""
    journal = story.tools.journal
    journal.begin(story.operation)
    for question in agreed:
        journal.consent(story.operation, question.consent, question.subject, person())
    try:
        _run(story, BEFORE_WRITE)
    except _StoppedError as stopped:
        return ending.fail(story, stopped.error, stopped.state)
    try:
        _run(story, WRITE)
    except _StoppedError as stopped:
        return _inspect(story, stopped.error, stopped.state)
    return _confirm(story)


def refuse(story: Story, error: AgentError) -> Result:
    """Nothing is done, because what was offered is not trusted; journal and report say why."""
    story.tools.journal.begin(story.operation)
    story.tools.journal.enter(story.id, State.AUTHORIZED)
    return ending.fail(story, error, State.AUTHORIZED)


def recover(tools: Tools, operation: Operation) -> Result:
    """Finish what an earlier run left open."""
    story = Story(tools, operation, codec.loads(Plan, operation.plan.encode()))
    logger.warning("recovering %s", operation.id)
    steps = tools.journal.steps(operation.id)
    entered = {step.state for step in steps}
    interrupted = Failure(Code.INTERRUPTED)
    if State.ROLLING_BACK in entered:
        return recovery.roll_back(story, *_decided(story))
    if State.WRITING in entered:
        return _inspect(story, interrupted, State.WRITING)
    return ending.fail(story, interrupted, steps[-1].state)


def _run(story: Story, steps: tuple[Step, ...]) -> None:
    for step in steps:
        story.tools.journal.enter(story.id, step.state)
        story.tools.console.step(step.state, step.text.ru, step.text.en)
        try:
            step.do(story)
        except AgentError as error:
            raise _StoppedError(step.state, error) from error
        except OSError as error:
            raise _StoppedError(step.state, storage_failure(error, story.tools.home)) from error


def _confirm(story: Story) -> Result:
    """The write is done: read it back, and see it in a new session."""
    try:
        _run(story, AFTER_WRITE)
    except _StoppedError as stopped:
        return _unconfirmed(story, stopped.error, stopped.state)
    return ending.succeed(story)


def _unconfirmed(story: Story, error: AgentError, state: State) -> Result:
    if state is State.REREAD_OK and not isinstance(error, InfobaseError):
        return recovery.roll_back(story, error, state)
    if error.code == Code.NOT_ACTIVE:
        return ending.fail(story, error, state, changed=True)
    if story.was_inspected or state is not State.REREAD_OK:
        return ending.unknown(story, error)
    return _inspect(story, error, state)


def _inspect(story: Story, error: AgentError, state: State) -> Result:
    """Nobody knows what the write did: look, and never write twice."""
    story.was_inspected = True
    try:
        finding = recovery.look(story)
        if finding is Finding.UNSET:
            recovery.set_properties(story)
    except InfobaseError as lost:
        return ending.unknown(story, lost)
    if finding is Finding.UNCHANGED:
        return ending.fail(story, error, state)
    if finding is Finding.BROKEN:
        return recovery.roll_back(story, error, state)
    return _confirm(story)


def _decided(story: Story) -> tuple[AgentError, State]:
    """Why an earlier run began to roll back."""
    detail = next(
        step.detail
        for step in reversed(story.tools.journal.steps(story.id))
        if step.state is State.ROLLING_BACK
    )
    why = str(detail["why"])
    error = Refusal(str(detail["code"]), Exit.FAILED, Sentence(why, why))
    return error, State(str(detail["failed"]))
