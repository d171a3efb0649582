"""The command `uninstall`: extensions removed, the last installed first."""

from dataclasses import dataclass, replace
from typing import Annotated

from agent import show
from agent.carrying import begun, carry_out
from agent.codes import Code
from agent.consents import FLAGS, TEXTS, Consent, Question
from agent.console import Result, failed
from agent.context import Context
from agent.errors import AgentError, Failure, filled, spoken
from agent.lockout import enter
from agent.offers import Environment
from agent.origin import Origin, origin_of, plan_of
from agent.outcomes import worst
from agent.plan import PARTING, Action, Plan, check_infobase, installed, states
from agent.prepare import confirm, only_planned
from agent.recovering import alone, forbids
from agent.story import LockPolicy, Story, Tools
from wire.problems import Sentence
from wire.problems import Sentence as Help

_GO_ON = Sentence("Удалить?", "Remove?")


@dataclass(frozen=True, slots=True)
class UninstallOptions:
    """Decisions given in advance."""

    with_data: Annotated[
        bool,
        Help("Удалить, даже если расширение хранит данные", "Remove it even if it keeps data"),
    ] = False


def uninstall(
    context: Context, names: list[str], options: UninstallOptions, policy: LockPolicy
) -> Result:
    """Remove extensions from the infobase; their seats stay, `deactivate` gives them back."""
    context.console.extension = names[0] if len(names) == 1 else None
    if context.common.dry_run:
        environment = context.look(context.infobase())
        return worst([_foreseen(context, environment, name) for name in names])

    def act(tools: Tools, environment: Environment, _recovered: Result | None) -> Result:
        results = []
        for name in _last_first(context, environment, names):
            results.append(_one(context, tools, environment, (name, options, policy)))
            if forbids(tools, environment.infobase, results[-1]):
                break
            environment = context.look(tools.infobase) if len(names) > 1 else environment
        return worst(results)

    return alone(context, act)


def _one(
    context: Context,
    tools: Tools,
    environment: Environment,
    what: tuple[str, UninstallOptions, LockPolicy],
) -> Result:
    name, options, policy = what
    found = _find(context, environment, name)
    if isinstance(found, Result):
        return found
    origin, plan = found
    try:
        asked = _data_question(tools, plan)
        show.plan(context.console, replace(plan, questions=asked))
        _agree(context, asked, options)
        confirm(context, "uninstall", _GO_ON)
    except AgentError as error:
        return failed(error, context.lang)
    plan = replace(plan, with_data=bool(asked), questions=asked)
    story = Story(tools, begun(plan, origin.server), plan, policy=policy)
    return carry_out(context, story, environment, asked)


def _foreseen(context: Context, environment: Environment, name: str) -> Result:
    found = _find(context, environment, name)
    if isinstance(found, Result):
        return found
    show.plan(context.console, found[1])
    return only_planned(context, found[1])


def _find(context: Context, environment: Environment, name: str) -> tuple[Origin, Plan] | Result:
    """What would be done; or why nothing is."""
    origin = origin_of(context, environment, name)
    before = installed(environment.extensions, origin.onec_name) if origin else None
    if origin is None or before is None:
        return failed(Failure(Code.NOT_INSTALLED, name=name), context.lang)
    known = context.journal.release_of(before.hash_sum)
    plan = plan_of(environment, origin, Action.UNINSTALL, (before, known))
    try:
        check_infobase(plan, environment.facts, [])
    except Failure as refused:
        return failed(refused, context.lang)
    return origin, replace(plan, steps=states(PARTING, environment.facts))


def _data_question(tools: Tools, plan: Plan) -> list[Question]:
    """Asked where the extension keeps data of its own."""
    assert plan.before is not None  # noqa: S101 - an absent extension makes no plan
    session = enter(tools.infobase, tools.journal)
    try:
        keeps_data = session.changes_structure(plan.before.uuid)
    finally:
        session.close()
    text = filled(TEXTS[Consent.DATA_LOSS], name=plan.title)
    subject, flag = plan.before.hash_sum, FLAGS[Consent.DATA_LOSS]
    return [Question(Consent.DATA_LOSS, subject, text, flag)] if keeps_data else []


def _agree(context: Context, asked: list[Question], options: UninstallOptions) -> None:
    """Data go only by an explicit word; no general yes means them."""
    for question in asked if not options.with_data else []:
        data: dict[str, object] = {"subject": question.subject, "flag": question.flag}
        if not context.console.ask(question.consent, spoken(question.text, context.lang), data):
            raise Failure(Code.WITH_DATA_DELETE)


def _last_first(context: Context, environment: Environment, names: list[str]) -> list[str]:
    """In reverse order of installation: what came later may stand on what came before."""
    history = context.journal.history(environment.infobase)
    came = {one.onec_name: number for number, one in enumerate(history) if one.found}

    def when(name: str) -> int:
        origin = origin_of(context, environment, name)
        return came.get(origin.onec_name, -1) if origin else -1

    return sorted(dict.fromkeys(names), key=when, reverse=True)
