"""A plan that everybody agreed to: written down, done, and told to the server."""

import sqlite3
import uuid
from contextlib import suppress

from agent import inventory
from agent.apply import apply
from agent.archiving import archive_of
from agent.clock import utc_now
from agent.consents import Question
from agent.console import Result
from agent.context import Context
from agent.interrupts import until_written
from agent.journal import Operation
from agent.offers import Environment
from agent.plan import Plan
from agent.recovering import recover
from agent.relief import relieved
from agent.story import Story
from wire import codec


def begun(plan: Plan, server: str) -> Operation:
    """The operation that does a plan; `server` is who shall hear of it."""
    return Operation(
        id=str(uuid.uuid4()),
        infobase=plan.infobase,
        server=server,
        onec_name=plan.onec_name,
        plan=codec.dumps(plan).decode(),
        started_at=utc_now(),
    )


def carry_out(
    context: Context, story: Story, environment: Environment, agreed: list[Question]
) -> Result:
    """Do it; `environment` is the infobase before, of which the server gets the new view."""
    story.archive = archive_of(context)
    result = _stoppably(context, story, agreed)
    left = inventory.after(environment, story, result)
    if left is not None:
        inventory.keep(context.journal, story.operation.server, left)
    with suppress(KeyboardInterrupt, sqlite3.Error):  # they wait for the next run
        context.send_reports()
    return result


def _stoppably(context: Context, story: Story, agreed: list[Question]) -> Result:
    """Ctrl+C before the write makes it a failed operation that changed nothing."""
    with until_written(context.console):
        try:
            return relieved(story, lambda story: apply(story, agreed))
        except KeyboardInterrupt:
            context.console.state = None  # a second one interrupts no more
            story.leave()
            return recover(story.tools, story.operation)
