"""What nobody foresaw while an infobase is changed: nobody stays locked out by it."""

import sqlite3
from collections.abc import Callable

from agent import ending, lockout
from agent.codes import Code
from agent.console import Result
from agent.errors import Failure, storage_failure
from agent.story import Story


def relieved(story: Story, act: Callable[[Story], Result]) -> Result:
    """Do it; where disk or journal give way the operation stays open for the next run."""
    try:
        return act(story)
    except sqlite3.Error as error:
        failure = Failure(Code.HOME_UNUSABLE, path="state.db", why=str(error))
        return ending.unknown(story, failure)
    except OSError as error:
        return ending.unknown(story, storage_failure(error, story.tools.home))
    except Exception:
        lockout.relieve(story)
        story.leave()
        raise
