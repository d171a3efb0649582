"""A plan done step by step, each written down first, until it is done or undone."""

from agent import ending, lockout, recovery
from agent.codes import Code
from agent.consents import Question
from agent.console import Result
from agent.course import LOCK, Course, Step, course_of
from agent.errors import AgentError, InfobaseError, storage_failure
from agent.journal import State
from agent.recovery import Finding
from agent.rights import person
from agent.story import Story

_CONFIRMING = frozenset({State.REREAD_OK, State.REFRESHED})


class _StoppedError(Exception):
    """A step did not work; carries where and why to whoever decides what follows."""

    def __init__(self, state: State, error: AgentError) -> None:
        super().__init__(state)
        self.state = state
        self.error = error


def apply(story: Story, agreed: list[Question]) -> Result:
    """Do the plan; whatever happens, the infobase ends as it was or as it should be."""
    journal, course = story.tools.journal, course_of(story.plan.action)
    journal.begin(story.operation)
    for question in agreed:
        journal.consent(story.operation, question.consent, question.subject, person())
    try:
        _run(story, course.before)
    except _StoppedError as stopped:
        return ending.fail(story, stopped.error, stopped.state)
    try:
        _write(story, course)
    except _StoppedError as stopped:
        return inspect(story, stopped.error, stopped.state)
    return _confirm(story)


def refuse(story: Story, error: AgentError) -> Result:
    """Nothing is done, because what was offered is not trusted; journal and report say why."""
    story.tools.journal.begin(story.operation)
    story.tools.journal.enter(story.id, State.AUTHORIZED)
    return ending.fail(story, error, State.AUTHORIZED)


def inspect(story: Story, error: AgentError, state: State) -> Result:
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


def _run(story: Story, steps: tuple[Step, ...]) -> None:
    for step in steps:
        try:
            if not step.is_needed(story):
                continue
            story.tools.journal.enter(story.id, step.state)
            story.tools.console.step(step.state, step.text.ru, step.text.en)
            step.do(story)
        except AgentError as error:
            raise _StoppedError(step.state, error) from error
        except OSError as error:
            raise _StoppedError(step.state, storage_failure(error, story.tools.home)) from error


def _write(story: Story, course: Course) -> None:
    """The change; where others are in the way and may be kept out, once more without them."""
    try:
        _run(story, course.write)
    except _StoppedError as stopped:
        if not lockout.helps(story, stopped.error):
            raise
        _run(story, (LOCK, *course.write))


def _confirm(story: Story) -> Result:
    """The write is done: read it back, and see it in a new session."""
    try:
        _run(story, course_of(story.plan.action).after)
    except _StoppedError as stopped:
        return _unconfirmed(story, stopped.error, stopped.state)
    return ending.succeed(story)


def _unconfirmed(story: Story, error: AgentError, state: State) -> Result:
    is_seen = not isinstance(error, InfobaseError)
    if state in _CONFIRMING and is_seen:
        return recovery.roll_back(story, error, state)
    if error.code == Code.NOT_ACTIVE:
        return ending.fail(story, error, state, changed=True)
    if state in _CONFIRMING and not story.was_inspected:
        return inspect(story, error, state)
    if state is State.REFRESHED:
        return recovery.roll_back(story, error, state)
    return ending.unknown(story, error)
