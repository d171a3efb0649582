"""Whether a release has shown in a test infobase that it may go into production."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from agent.clock import local_time, wall_clock
from agent.codes import Code
from agent.errors import Failure, filled
from agent.journal import Journal, Operation, State
from agent.plan import Action, Plan
from agent.policies import Group
from wire.problems import Sentence

_TAKEN_AWAY = frozenset({Action.ROLLBACK, Action.UNINSTALL})
_ABSENT = Sentence("он ещё не установлен ни в одной тестовой", "no test infobase has it yet")
_WAITING = Sentence("проверка в тестовой базе идёт до {until}", "its trial lasts until {until}")


def require(journal: Journal, plan: Plan, group: Group, tested: Iterable[str]) -> None:
    """Raise RING_NOT_PROVEN, unless one of the infobases `tested` ran these very bytes long enough.

    What was taken out of a test infobase again, for whatever reason, proved nothing there.
    """
    proven = [at for one in tested if (at := _proven_at(journal, one, plan)) is not None]
    if not proven:
        raise Failure(Code.RING_NOT_PROVEN, group=group.name, why=_ABSENT)
    until = min(proven) + timedelta(hours=group.wait_after_test)
    if wall_clock() < until:
        told = filled(_WAITING, until=local_time(until.isoformat()))
        raise Failure(Code.RING_NOT_PROVEN, group=group.name, why=told)


def _proven_at(journal: Journal, infobase: str, plan: Plan) -> datetime | None:
    """When the same bytes were first installed there to the end, and left in place."""
    at = None
    for operation in journal.history(infobase):
        if operation.onec_name != plan.onec_name:
            continue
        said = json.loads(operation.plan)
        is_same = said["artifact"]["sha256"] == plan.artifact.sha256
        if said["action"] in _TAKEN_AWAY or (said["action"] == Action.DOWNGRADE and not is_same):
            at = None
        elif at is None and is_same:
            at = _finished(journal, operation)
    return at


def _finished(journal: Journal, operation: Operation) -> datetime | None:
    is_reported = any(step.state is State.REPORTED for step in journal.steps(operation.id))
    if not is_reported or operation.finished_at is None:
        return None
    return datetime.fromisoformat(operation.finished_at)
