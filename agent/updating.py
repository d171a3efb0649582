"""The command `update`: what is installed, brought to the best release there is for it."""

from dataclasses import replace

from agent.codes import Code
from agent.console import Result, failed
from agent.context import Context
from agent.errors import AgentError, Failure, spoken, usage
from agent.install import InstallOptions, Task, bring, foresee
from agent.offers import Environment, query_for
from agent.outcomes import worst
from agent.plan import Action, choose_action, installed, wanted_properties
from agent.prepare import Wish, require_license
from agent.recovering import alone, forbids
from agent.story import LockPolicy, Tools
from wire.extensions import Offer
from wire.problems import Sentence
from wire.reports import Outcome

_LATEST = Sentence("Обновлять нечего.", "There is nothing to update.")


def update(
    context: Context, name: str | None, options: InstallOptions, policy: LockPolicy
) -> Result:
    """Upgrade one extension, or each that has a later release; one refusal stops no other."""
    if options.release and name is None:
        raise usage("--release требует назвать расширение", "--release needs an extension")
    context.console.extension = name
    is_dry = options.plan_only or context.common.dry_run

    def act(tools: Tools, environment: Environment, _recovered: Result | None) -> Result:
        results = []
        for offer in _due(context, environment, name, options):
            task = Task(context, tools, _wish(offer, options), options, policy)
            results.append(_one(task, environment))
            if forbids(tools, environment.infobase, results[-1]):
                break
            environment = context.look(tools.infobase)
        return _told(context, results)

    if not is_dry:
        return alone(context, act)
    environment = context.look(context.infobase())
    due = _due(context, environment, name, options)
    return _told(context, [foresee(context, environment, _wish(one, options)) for one in due])


def _due(
    context: Context, environment: Environment, name: str | None, options: InstallOptions
) -> list[Offer]:
    """The best offer for each installed extension, where it is a later release."""
    require_license(context, environment.infobase)
    query = replace(
        query_for(context.journal, environment),
        show_untested=options.show_untested or options.accept_untested,
        show_all=name is not None,
    )
    offers = context.client().offers(query).data
    if name is not None:
        return _named(environment, offers, name)
    return [offer for offer in offers if offer.best and _is_later(context, environment, offer)]


def _named(environment: Environment, offers: list[Offer], name: str) -> list[Offer]:
    """An offer of that extension, whichever; NOT_INSTALLED where there is nothing to update."""
    mine = [one for one in offers if name in {one.extension.code, one.extension.onec_name}]
    if not any(installed(environment.extensions, one.extension.onec_name) for one in mine):
        raise Failure(Code.NOT_INSTALLED, name=name)
    return mine[:1]


def _is_later(context: Context, environment: Environment, offer: Offer) -> bool:
    before = installed(environment.extensions, offer.extension.onec_name)
    if before is None:
        return False
    known = context.journal.release_of(before.hash_sum)
    wanted = wanted_properties(offer, before)
    return choose_action(offer, before, known, wanted) is Action.UPGRADE


def _wish(offer: Offer, options: InstallOptions) -> Wish:
    untested = options.show_untested or options.accept_untested
    return Wish(offer.extension.code, options.release, untested)


def _one(task: Task, environment: Environment) -> Result:
    task.context.console.extension = task.wish.extension
    try:
        return bring(task, environment)
    except AgentError as error:
        return failed(error, task.context.lang, {"extension": task.wish.extension})


def _told(context: Context, results: list[Result]) -> Result:
    if results:
        return worst(results)
    return Result(outcome=Outcome.NOOP, text=spoken(_LATEST, context.lang))
