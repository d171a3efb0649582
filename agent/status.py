"""The command `status`: what was done, what is there, what changed since, what is left to do."""

from dataclasses import dataclass
from typing import Annotated

from agent import show
from agent.backup import Copy
from agent.console import Result
from agent.context import Context
from agent.errors import AgentError, usage
from agent.inventory import described, drift_of, tell
from agent.journal import Journal, Operation
from agent.offers import Environment
from agent.plan import Plan
from agent.rights import person
from agent.show import Entry
from agent.spool import waiting
from wire import codec
from wire.problems import Sentence as Help
from wire.reports import Outcome

_WENT_WELL = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED})


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """What a person has done meanwhile."""

    done: Annotated[
        int | None,
        Help("Отметить шаг с этим номером сделанным", "Mark the step of this number as done"),
    ] = None


@dataclass(frozen=True, slots=True)
class PersonalStep:
    """One thing that an installation left to a person."""

    number: int  # as the list shows it
    onec_name: str
    text: str
    is_done: bool


def status(context: Context, options: StatusOptions) -> Result:
    """Tell it, and send reports that wait."""
    environment = _looked(context)
    context.send_reports()
    journal, console = context.journal, context.console
    found = journal.recent(environment.infobase if environment else None)
    rows = [Entry(_plan(one), one, _alias(context, one.infobase)) for one in found]
    show.operations(console, rows)
    data: dict[str, object] = {
        "operations": [_operation(one) for one in found],
        "infobase": described(journal, environment) if environment else None,
    }
    data |= _of(context, environment, options.done)
    spool = waiting(journal)
    console.say("Отчётов ждёт отправки: {n}", "Reports waiting to be sent: {n}", n=spool.pending)
    data |= {"pending_reports": spool.pending, "rejected_reports": spool.rejected}
    return Result(data=data)


def _looked(context: Context) -> Environment | None:
    """The infobase that is meant; one that nobody named may be out of reach."""
    if not context.knows_infobase:
        return None
    is_named = context.names_infobase
    try:
        return context.look(context.infobase())
    except AgentError as error:
        if is_named:
            raise
        context.console.warn(error.code, error.diagnostics(context.lang))
        return None


def _alias(context: Context, infobase: str) -> str:
    """The name people gave it; without one, how its id begins."""
    named = (one.alias for one in context.register.all() if one.infobase == infobase)
    return next(named, infobase.split("-", maxsplit=1)[0])


def _of(context: Context, environment: Environment | None, done: int | None) -> dict[str, object]:
    """What only an infobase has: extensions, drift, copies, steps left to people."""
    if environment is None:
        if done is not None:
            raise usage("--done требует назвать базу", "--done needs an infobase")
        return {"drift": [], "copies": [], "steps": []}
    journal, console = context.journal, context.console
    show.extensions(console, environment.extensions, journal)
    drifted = drift_of(journal, environment)
    tell(console, drifted)
    names = [one.name for one in environment.extensions]
    copies = [
        copy
        for name in sorted({*names, *journal.settled(environment.infobase)})
        for copy in context.backups.copies(environment.infobase, name)
    ]
    show.copies(console, copies)
    steps = _steps(journal, environment.infobase, done)
    for one in steps:
        mark = "✓" if one.is_done else " "
        console.line(f"[{mark}] {one.number}. {one.onec_name}: {one.text}")
    return {
        "drift": [codec.to_dict(one) for one in drifted],
        "copies": [_copy(one) for one in copies],
        "steps": [codec.to_dict(one) for one in steps],
    }


def _steps(journal: Journal, infobase: str, done: int | None) -> list[PersonalStep]:
    """Of what is installed, in the order of installation; `done` is ticked first."""
    rows = [
        (operation, number, text)
        for operation in journal.settled(infobase).values()
        if operation.found and operation.outcome in _WENT_WELL
        for number, text in enumerate(_plan(operation).post_install_steps, 1)
    ]
    if done is not None:
        if not 1 <= done <= len(rows):
            raise usage(f"Шага {done} нет", f"There is no step {done}")
        operation, number, _ = rows[done - 1]
        journal.tick(operation.id, number, person())
    return [
        PersonalStep(place, operation.onec_name, text, number in journal.ticked(operation.id))
        for place, (operation, number, text) in enumerate(rows, 1)
    ]


def _copy(copy: Copy) -> dict[str, object]:
    return {
        "operation_id": copy.operation,
        "made_at": copy.made_at,
        "onec_name": copy.extension.name,
        "version": copy.extension.version,
    }


def _plan(operation: Operation) -> Plan:
    return codec.loads(Plan, operation.plan.encode())


def _operation(operation: Operation) -> dict[str, object]:
    plan = _plan(operation)
    return {
        "operation_id": operation.id,
        "action": plan.action.value,
        "extension": plan.extension,
        "version": plan.version,
        "started_at": operation.started_at,
        "finished_at": operation.finished_at,
        "outcome": operation.outcome,
        "code": operation.code,
    }
