"""The command `install`: recover, plan, ask, then do it step by step."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated

from agent import show
from agent.apply import refuse
from agent.clock import utc_now
from agent.codes import Code, Exit
from agent.consents import Answers, declined
from agent.console import Result, failed
from agent.context import Context
from agent.ending import summary
from agent.errors import AgentError, Failure, fill, spoken
from agent.interrupts import apply_stoppably, finish, stoppable
from agent.journal import Operation
from agent.offers import Environment
from agent.plan import Action, Plan, make_plan
from agent.prepare import (
    Chosen,
    NotTrusted,
    Wish,
    agree,
    choose_for,
    only_planned,
    require_license,
)
from agent.rights import Rights
from agent.story import Story, Tools
from wire import codec
from wire.problems import Sentence
from wire.problems import Sentence as Help
from wire.reports import Outcome

_LONGEST_WAY = 10  # releases that must be installed one after the other
_WENT_WELL = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED})
_NOTHING_YET = Result(outcome=Outcome.NOOP)
_GO_ON = Sentence("Установить?", "Install?")
_RECOVERED = Sentence(
    "{name}: прерванная операция завершена. {text}",
    "{name}: an interrupted operation was finished. {text}",
)


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


def install(context: Context, name: str, options: InstallOptions) -> Result:
    """Bring the infobase to a release of the extension."""
    context.console.extension = name
    infobase = context.infobase()
    with stoppable():
        environment = context.look(infobase)
    wish = Wish(name, options.release, options.show_untested or options.accept_untested)
    if options.plan_only or context.common.dry_run:
        require_license(context, environment.infobase)
        plan = _plan(context, choose_for(context, environment, wish))
        show.decisions(context.console, plan)
        return only_planned(context, plan)
    with context.alone_with(infobase, environment.infobase) as tools:
        recovered = _recover(tools, environment.infobase)
        if recovered is not None:
            if _forbids(tools, recovered):
                return recovered
            environment = context.look(infobase)
        with stoppable():
            require_license(context, environment.infobase)
        begun = recovered if recovered and _is_about(recovered, name) else _NOTHING_YET
        return _walk(context, tools, environment, (wish, options, begun))


def _is_about(recovered: Result, name: str) -> bool:
    """What was wished for is what an interrupted operation has just brought."""
    return recovered.outcome in _WENT_WELL and recovered.data.get("extension") == name


def _walk(
    context: Context,
    tools: Tools,
    environment: Environment,
    what: tuple[Wish, InstallOptions, Result],
) -> Result:
    """One release after the other, until the one wished for is there."""
    wish, options, result = what
    for _ in range(_LONGEST_WAY):
        try:
            with stoppable():
                chosen = choose_for(context, environment, wish)
            following = _do(context, tools, chosen, options)
        except AgentError as error:
            if isinstance(error, NotTrusted) and error.plan.action is not Action.NOOP:
                return replace(_refuse(context, tools, error), changed=result.changed)
            if not result.changed:
                raise
            return replace(failed(error, context.lang), changed=True)
        if result.changed and following.outcome is Outcome.NOOP:
            return result
        result = replace(following, changed=following.changed or result.changed)
        if not chosen.is_step or result.outcome not in _WENT_WELL:
            return result
        environment = context.look(tools.infobase)
    return result


def _recover(tools: Tools, infobase: str) -> Result | None:
    """Finish what was interrupted; how the last of it ended, if there was something."""
    result = None
    for operation in tools.journal.unfinished(infobase):
        result = finish(tools, operation)
        text = fill(_RECOVERED, tools.console.lang, name=operation.onec_name, text=result.text)
        tools.console.warn("RECOVERED", text, operation_id=operation.id, outcome=result.outcome)
        if _forbids(tools, result):
            break
    return result


def _forbids(tools: Tools, recovered: Result) -> bool:
    """Nothing new may be begun: the infobase is not what it was, or nobody can tell."""
    is_open = bool(tools.journal.unfinished(str(tools.console.infobase)))
    return is_open or recovered.exit is Exit.ROLLBACK_FAILED


def _plan(context: Context, chosen: Chosen) -> Plan:
    plan = make_plan(chosen.offer, chosen.eula, chosen.known)
    show.plan(context.console, plan)
    return plan


def _do(context: Context, tools: Tools, chosen: Chosen, options: InstallOptions) -> Result:
    """Plan, ask, apply, report."""
    plan = _plan(context, chosen)
    if not context.console.is_interactive:
        show.decisions(context.console, plan)
    if plan.action is Action.NOOP:
        noop = Failure(Code.NOOP, v=plan.version)
        text = noop.diagnostics(context.lang)
        return Result(outcome=Outcome.NOOP, code=noop.code, text=text, data=summary(plan))
    answers = Answers(
        accept_eula=options.accept_eula,
        consent_unsafe=options.consent_unsafe,
        accept_untested=options.accept_untested,
        allow_downgrade=options.allow_downgrade,
        yes=context.common.yes,
    )
    with stoppable():
        agree(context, plan.questions, answers, chosen.eula)
        _confirm(context)
    rights = Rights(
        context.client(), context.vault, plan, tools.infobase.label, chosen.signed.receive
    )
    story = Story(tools, _operation(context, plan), plan, rights)
    result = apply_stoppably(story, plan.questions)
    with suppress(KeyboardInterrupt):  # they wait for the next run
        context.send_reports()
    return result


def _refuse(context: Context, tools: Tools, error: NotTrusted) -> Result:
    """On record here and at the server: whoever tampers with releases shall be seen."""
    result = refuse(Story(tools, _operation(context, error.plan), error.plan), error)
    context.send_reports()
    return result


def _operation(context: Context, plan: Plan) -> Operation:
    return Operation(
        id=str(uuid.uuid4()),
        infobase=plan.infobase,
        server=context.client().server,
        onec_name=plan.onec_name,
        plan=codec.dumps(plan).decode(),
        started_at=utc_now(),
    )


def _confirm(context: Context) -> None:
    """A person at a terminal has the last word."""
    if context.common.yes or not context.console.is_interactive:
        return
    if not context.console.ask("install", spoken(_GO_ON, context.lang)):
        raise declined()
