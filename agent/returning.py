"""What is done in the states of a rollback that a person asked for, where it differs."""

from agent.codes import Code
from agent.errors import Failure
from agent.files import write_whole
from agent.steps import check_file
from agent.story import Story
from wire.problems import Sentence

_GONE = Sentence("копии больше нет", "the copy is gone")


def verify_copy(story: Story) -> None:
    """The copy is whole and of this extension; this operation gets its own."""
    plan = story.plan
    backup = story.tools.backups.of(plan.source) if plan.source else None
    if backup is None or backup.path is None:
        raise Failure(Code.BACKUP_FAILED, why=_GONE)
    data = backup.data()
    check_file(plan, data)
    write_whole(story.staged, data)
