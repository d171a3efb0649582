"""The command `rollback`: a kept copy of an extension written back."""

from dataclasses import dataclass, replace
from typing import Annotated

from agent import show
from agent.backup import Copy
from agent.carrying import begun, carry_out
from agent.codes import Code
from agent.consents import FLAGS, TEXTS, Answers, Consent, Question
from agent.console import Result, failed
from agent.context import Context
from agent.errors import Failure
from agent.infobase import Properties, StoredExtension
from agent.offers import Environment
from agent.origin import Origin, origin_of, plan_of
from agent.plan import RETURN, Action, Plan, check_infobase, installed, states
from agent.prepare import agree, confirm, only_planned
from agent.recovering import alone
from agent.story import LockPolicy, Story, Tools
from wire.extensions import OfferedArtifact
from wire.problems import Sentence
from wire.problems import Sentence as Help

_GO_ON = Sentence("Вернуть?", "Write it back?")


@dataclass(frozen=True, slots=True)
class RollbackOptions:
    """Which copy, and decisions given in advance."""

    to: Annotated[
        str | None,
        Help(
            "Операция, до которой вернуться (их называет status); иначе последняя копия,"
            " отличная от установленного",
            "The operation before which to go back to (status names them); else the last copy"
            " that differs from what is installed",
        ),
    ] = None
    consent_unsafe: Annotated[
        bool, Help("Разрешить работу без безопасного режима", "Allow it to run outside safe mode")
    ] = False


@dataclass(frozen=True, slots=True)
class _Way:
    """The way back: of what, from where, and how."""

    origin: Origin
    copy: Copy
    plan: Plan


def rollback(context: Context, name: str, options: RollbackOptions, policy: LockPolicy) -> Result:
    """Write back what the extension was before an operation; needs no server."""
    context.console.extension = name
    if context.common.dry_run:
        environment = context.look(context.infobase())
        plan = _planned(context, environment, name, options).plan
        show.plan(context.console, plan)
        return only_planned(context, plan)

    def act(tools: Tools, environment: Environment, _recovered: Result | None) -> Result:
        way = _planned(context, environment, name, options)
        plan, kept = way.plan, way.copy.extension
        show.plan(context.console, plan)
        if plan.before and replace(kept, uuid=plan.before.uuid) == plan.before:
            return failed(Failure(Code.NOOP, v=plan.version), context.lang)
        answers = Answers(consent_unsafe=options.consent_unsafe, yes=context.common.yes)
        agree(context, plan.questions, answers, None)
        confirm(context, "rollback", _GO_ON)
        story = Story(tools, begun(plan, way.origin.server), plan, policy=policy)
        return carry_out(context, story, environment, plan.questions)

    return alone(context, act)


def _planned(
    context: Context, environment: Environment, name: str, options: RollbackOptions
) -> _Way:
    """The plan, or NO_BACKUP where there is nothing to write back."""
    origin = origin_of(context, environment, name)
    if origin is None:
        raise Failure(Code.NO_BACKUP, name=name)
    before = installed(environment.extensions, origin.onec_name)
    copies = context.backups.copies(environment.infobase, origin.onec_name)
    copy = _chosen(copies, before, options.to)
    if copy is None:
        raise Failure(Code.NO_BACKUP, name=name)
    known = context.journal.release_of(copy.extension.hash_sum)
    plan = plan_of(environment, origin, Action.ROLLBACK, (copy.extension, known))
    check_infobase(plan, environment.facts, [])
    plan = replace(
        plan,
        artifact=OfferedArtifact(copy.sha256, 0, ""),
        source=copy.operation,
        steps=states(RETURN, environment.facts),
    )
    return _Way(origin, copy, replace(plan, questions=_questions(plan)))


def _chosen(copies: list[Copy], before: StoredExtension | None, to: str | None) -> Copy | None:
    for copy in copies:
        differs = before is None or copy.extension.hash_sum != before.hash_sum
        if copy.operation == to or (to is None and differs):
            return copy
    return None


def _questions(plan: Plan) -> list[Question]:
    """Protection that is on goes off only by consent; one given before was for what was then."""
    now, then = plan.before.properties if plan.before else Properties(), plan.wanted
    loses_mode = now.safe_mode and not then.safe_mode
    loses_warnings = now.unsafe_operation_warnings and not then.unsafe_operation_warnings
    if not (loses_mode or loses_warnings):
        return []
    text, flag = TEXTS[Consent.UNSAFE], FLAGS[Consent.UNSAFE]
    return [Question(Consent.UNSAFE, plan.source or "", text, flag)]
