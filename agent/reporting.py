"""The command `report`: what waits for the server goes there now, with what the infobase holds."""

from agent import inventory
from agent.codes import Code, Exit
from agent.console import Result
from agent.context import Context
from agent.errors import Failure, fill, filled
from agent.spool import send, waiting
from wire.problems import Sentence
from wire.reports import Outcome

_SENT = Sentence("Отправлено отчётов: {n}.", "Reports sent: {n}.")
_LEFT = Sentence("отчётов осталось: {n}", "reports left: {n}")


def report(context: Context) -> Result:
    """Send every waiting report and the inventory of the infobase, if one is named."""
    client = context.client()
    before = waiting(context.journal).pending
    if context.names_infobase:
        environment = context.look(context.infobase())
        inventory.keep(context.journal, client.server, environment)
    send(context.journal, client)
    left = waiting(context.journal)
    data: dict[str, object] = {
        "pending_reports": left.pending,
        "rejected_reports": left.rejected,
    }
    if left.pending:
        why = Failure(Code.NETWORK, why=filled(_LEFT, n=left.pending))
        text = why.diagnostics(context.lang)
        return Result(Exit.NETWORK, Outcome.FAILED, why.code, text, data=data)
    return Result(text=fill(_SENT, context.lang, n=before), data=data)
