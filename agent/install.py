"""The command `install`: recover, plan, ask, then do it step by step."""

from dataclasses import dataclass, replace
from typing import Annotated

from agent import show
from agent.apply import refuse
from agent.carrying import begun, carry_out
from agent.codes import Code
from agent.consents import Answers
from agent.console import Result, failed
from agent.context import Context
from agent.ending import summary
from agent.errors import AgentError, Failure
from agent.interrupts import stoppable
from agent.offers import Environment
from agent.plan import Action, Plan, make_plan
from agent.prepare import (
    Chosen,
    NotTrusted,
    Wish,
    agree,
    choose_for,
    confirm,
    only_planned,
    require_license,
)
from agent.recovering import alone
from agent.rights import Rights
from agent.story import NO_LOCK, LockPolicy, Story, Tools
from wire.problems import Sentence
from wire.problems import Sentence as Help
from wire.reports import Outcome

_LONGEST_WAY = 10  # releases that must be installed one after the other
_WENT_WELL = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED})
_NOTHING_YET = Result(outcome=Outcome.NOOP)
_GO_ON = Sentence("Установить?", "Install?")


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """Which release, and decisions given in advance."""

    release: Annotated[
        str | None, Help("Версия релиза вместо лучшей", "A version in place of the best one")
    ] = None
    plan_only: Annotated[bool, Help("Показать план и выйти", "Show the plan and leave")] = False
    show_untested: Annotated[
        bool, Help("Учитывать непроверенные релизы", "Consider releases that were not tested")
    ] = False
    accept_untested: Annotated[
        bool, Help("Согласиться на непроверенный релиз", "Agree to a release that was not tested")
    ] = False
    allow_downgrade: Annotated[
        bool, Help("Разрешить возврат на прежнюю версию", "Allow an earlier version")
    ] = False
    accept_eula: Annotated[
        str | None,
        Help("Принять соглашение с этим SHA-256", "Accept the agreement of this SHA-256"),
    ] = None
    consent_unsafe: Annotated[
        bool, Help("Разрешить работу без безопасного режима", "Allow it to run outside safe mode")
    ] = False


@dataclass(frozen=True, slots=True)
class Task:
    """One wish for an infobase that is ours alone, and how it may be fulfilled."""

    context: Context
    tools: Tools
    wish: Wish
    options: InstallOptions
    policy: LockPolicy


def install(
    context: Context, name: str, options: InstallOptions, policy: LockPolicy = NO_LOCK
) -> Result:
    """Bring the infobase to a release of the extension."""
    context.console.extension = name
    wish = Wish(name, options.release, options.show_untested or options.accept_untested)
    if options.plan_only or context.common.dry_run:
        environment = context.look(context.infobase())
        require_license(context, environment.infobase)
        return foresee(context, environment, wish)

    def act(tools: Tools, environment: Environment, recovered: Result | None) -> Result:
        with stoppable():
            require_license(context, environment.infobase)
        begun = recovered if recovered and _is_about(recovered, name) else _NOTHING_YET
        task = Task(context, tools, wish, options, policy)
        return bring(task, environment, begun)

    return alone(context, act)


def foresee(context: Context, environment: Environment, wish: Wish) -> Result:
    """What would be done, and nothing is."""
    plan = _plan(context, choose_for(context, environment, wish))
    show.decisions(context.console, plan)
    return only_planned(context, plan)


def _is_about(recovered: Result, name: str) -> bool:
    """What was wished for is what an interrupted operation has just brought."""
    return recovered.outcome in _WENT_WELL and recovered.data.get("extension") == name


def bring(task: Task, environment: Environment, result: Result = _NOTHING_YET) -> Result:
    """One release after the other, until the one wished for is there."""
    context = task.context
    for _ in range(_LONGEST_WAY):
        try:
            with stoppable():
                chosen = choose_for(context, environment, task.wish)
            following = _do(task, environment, chosen)
        except AgentError as error:
            if isinstance(error, NotTrusted) and error.plan.action is not Action.NOOP:
                return replace(_refuse(task, error), changed=result.changed)
            if not result.changed:
                raise
            return replace(failed(error, context.lang), changed=True)
        if result.changed and following.outcome is Outcome.NOOP:
            return result
        result = replace(following, changed=following.changed or result.changed)
        if not chosen.is_step or result.outcome not in _WENT_WELL:
            return result
        environment = context.look(task.tools.infobase)
    return result


def _plan(context: Context, chosen: Chosen) -> Plan:
    plan = make_plan(chosen.offer, chosen.eula, chosen.known)
    show.plan(context.console, plan)
    return plan


def _do(task: Task, environment: Environment, chosen: Chosen) -> Result:
    """Plan, ask, apply, report."""
    context, options = task.context, task.options
    plan = _plan(context, chosen)
    if not context.console.is_interactive:
        show.decisions(context.console, plan)
    if plan.action is Action.NOOP:
        return failed(Failure(Code.NOOP, v=plan.version), context.lang, summary(plan))
    context.permit(plan)
    answers = Answers(
        accept_eula=options.accept_eula,
        consent_unsafe=options.consent_unsafe,
        accept_untested=options.accept_untested,
        allow_downgrade=options.allow_downgrade,
        yes=context.common.yes,
    )
    agree(context, plan.questions, answers, chosen.eula)
    confirm(context, "install", _GO_ON)
    label = task.tools.infobase.label
    rights = Rights(context.client(), context.vault, plan, label, chosen.signed.receive)
    operation = begun(plan, context.client().server)
    story = Story(task.tools, operation, plan, rights, task.policy)
    return carry_out(context, story, environment, plan.questions)


def _refuse(task: Task, error: NotTrusted) -> Result:
    """On record here and at the server: whoever tampers with releases shall be seen."""
    operation = begun(error.plan, task.context.client().server)
    result = refuse(Story(task.tools, operation, error.plan), error)
    task.context.send_reports()
    return result
