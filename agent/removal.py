"""What is done in the states of a removal, where it differs from an installation."""

from agent.codes import Code
from agent.errors import Failure
from agent.patience import patiently
from agent.plan import check_infobase
from agent.steps import change, known_facts
from agent.story import Story
from wire.problems import Sentence


def precheck(story: Story) -> None:
    """Nothing known forbids it, and its data may go with it."""
    session, plan, before = story.here(), story.plan, story.plan.before
    assert before is not None  # noqa: S101 - an absent extension makes no plan
    check_infobase(plan, known_facts(story), [])
    story.is_structural = session.changes_structure(before.uuid)
    if story.is_structural and not plan.with_data:
        raise Failure(Code.WITH_DATA_DELETE)
    story.before_data = session.read(before.uuid)


def remove(story: Story) -> None:
    """The one change of the infobase."""
    session, before = story.here(), story.plan.before
    assert before is not None  # noqa: S101 - an absent extension makes no plan
    change(story, lambda: session.delete(before.uuid))


def reread(story: Story) -> None:
    """In a list fetched anew it is not there."""
    if story.here().extensions(story.plan.onec_name):
        why = Sentence("расширение осталось в базе", "the extension is still there")
        raise Failure(Code.WRITE_NOT_CONFIRMED, why=why)


def verify_new_session(story: Story) -> None:
    """A new session does not find it either."""
    patiently(story, story.connect)
    reread(story)
