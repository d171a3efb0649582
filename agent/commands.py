"""The commands that only look and ask the server: `check` and `list`."""

from dataclasses import dataclass, replace
from typing import Annotated

from agent import VERSION, show
from agent.codes import Code
from agent.console import Result, failed
from agent.context import Context
from agent.errors import Failure, fill, filled, spoken
from agent.inventory import Drift, described, drift_of, keep, tell
from agent.offers import (
    Environment,
    can_be_taken,
    held_of,
    nothing_fits,
    query_for,
    recall,
    recalled,
)
from agent.plan import Plan
from agent.prepare import check_license, refusal_of
from onec.version import Version, VersionError
from wire import codec
from wire.extensions import Offer, Verdict
from wire.problems import ProblemCode, Sentence
from wire.problems import Sentence as Help

_OLD = Sentence(
    "Сервер просит агент не старее {minimum}, у вас {found}",
    "The server wants agent {minimum} or later, this is {found}",
)
_UNFIT = Sentence(
    "{title} {version}: конфигурация обновилась с {a} на {b}, с ней этот релиз {reason}. Проверьте,"
    " работает ли расширение, и поищите обновление: update {code}",
    "{title} {version}: the configuration went from {a} to {b}, for which this release is {reason}."
    " See whether the extension works, and look for a later one: update {code}",
)
_IN_ORDER = Sentence("Ключ действует", "The key is good")
_REASONS = {
    Verdict.UNTESTED: Sentence("не проверен ({reason})", "not tested ({reason})"),
    Verdict.INCOMPATIBLE: Sentence("не подходит ({reason})", "unfit ({reason})"),
}


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What `list` shows besides releases that fit."""

    show_untested: Annotated[
        bool,
        Help("Показать и непроверенные релизы", "Show releases that were not tested too"),
    ] = False
    show_all: Annotated[
        bool,
        Help("Показать и то, что не подходит, с причинами", "Show what does not fit, with reasons"),
    ] = False


def check(context: Context) -> Result:
    """Whether server, key and infobase are fit for work."""
    console, client = context.console, context.client()
    environment = _looked(context, reads_id=True)
    if environment:
        show.infobase(console, environment)
    information = client.information()
    name = f"{information.name} {information.version}"
    console.say("Сервер: {name}", "Server: {name}", name=name)
    _check_age(context, information.minimum_agent_version)
    verdict = check_license(context, environment.infobase if environment else None)
    show.license_of(console, verdict)
    problem = refusal_of(verdict)
    drifted = _drifted(context, environment) if environment else []
    looked = environment if problem is None else None
    held, unfit = _matched(context, looked) if looked else ([], [])
    data: dict[str, object] = {
        "server": codec.to_dict(information),
        "license": codec.to_dict(verdict),
        "infobase": described(context.journal, environment) if environment else None,
        "drift": [codec.to_dict(one) for one in drifted],
        "withdrawn": [codec.to_dict(offer) for offer in held],
        "unfit": [codec.to_dict(offer) for offer in unfit],
    }
    if problem is None and environment and not environment.facts.may_administer_extensions:
        problem = Failure(Code.NO_RIGHTS)
    if problem is not None:
        return failed(problem, context.lang, data)
    return Result(code=verdict.code, text=spoken(_IN_ORDER, context.lang), data=data)


def list_offers(context: Context, options: ListOptions) -> Result:
    """What the server offers for the infobase."""
    environment = context.look(context.infobase())
    query = replace(
        query_for(context.journal, environment),
        show_untested=options.show_untested,
        show_all=options.show_all,
    )
    found = context.client().offers(query)
    context.accepted()
    is_empty = not any(_is_usable(offer, options) for offer in found.data)
    # What ends the command says the first of them itself, and a recall says its own release.
    elsewhere = found.nearest[1:] if is_empty else found.nearest
    withdrawn = ProblemCode.RELEASE_WITHDRAWN
    show.offers(context.console, found, [near for near in elsewhere if near.code != withdrawn])
    _warn_of_recalls(context, recalled(found, query))
    data = codec.to_dict(found)
    return (
        failed(nothing_fits(found.nearest), context.lang, data) if is_empty else Result(data=data)
    )


def _looked(context: Context, *, reads_id: bool = False) -> Environment | None:
    """The infobase of the command, if it is about one."""
    if not context.knows_infobase:
        return None
    return context.look(context.infobase(), reads_id=reads_id)


def _drifted(context: Context, environment: Environment) -> list[Drift]:
    """What changed behind our back, told to people and to the server."""
    found = drift_of(context.journal, environment)
    tell(context.console, found)
    if found:
        keep(context.journal, context.client().server, environment)
        context.send_reports()
    return found


def _check_age(context: Context, minimum: str) -> None:
    try:
        is_old = Version.parse(VERSION) < Version.parse(minimum)
    except VersionError:
        return
    if is_old:
        text = fill(_OLD, context.lang, minimum=minimum, found=VERSION)
        context.console.warn("AGENT_OUTDATED", text, minimum=minimum)


def _matched(context: Context, environment: Environment) -> tuple[list[Offer], list[Offer]]:
    """Installed releases that the vendor took back, and those that an update of 1C may break."""
    query = query_for(context.journal, environment)
    if not query.installed:
        return [], []
    found = context.client().offers(replace(query, show_all=True))
    held = recalled(found, query)
    _warn_of_recalls(context, held)
    now = environment.facts.configuration_version
    before = _configurations(context, environment)
    unfit = [one for one in held_of(found, query) if one.verdict is not Verdict.COMPATIBLE]
    since = [one for one in unfit if before.get(one.extension.onec_name, now) != now]
    for offer in since:
        was = before[offer.extension.onec_name]
        _warn_of_unfit(context, offer, was, now)
    return held, since


def _configurations(context: Context, environment: Environment) -> dict[str, str]:
    """Per extension the version of the configuration when it was last worked on."""
    settled = context.journal.settled(environment.infobase)
    plans = {name: codec.loads(Plan, one.plan.encode()) for name, one in settled.items()}
    return {name: plan.facts.configuration_version for name, plan in plans.items()}


def _warn_of_unfit(context: Context, offer: Offer, was: str, now: str) -> None:
    names = {
        "title": offer.extension.title,
        "version": offer.release.version,
        "code": offer.extension.code,
        "reason": filled(_REASONS[offer.verdict], reason=offer.reason),
    }
    text = fill(_UNFIT, context.lang, a=was, b=now, **names)
    context.console.warn("MAY_BE_BROKEN", text, extension=offer.extension.code, before=was, now=now)


def _warn_of_recalls(context: Context, held: list[Offer]) -> None:
    for offer in held:
        context.console.warn(
            offer.code,
            spoken(recall(offer), context.lang),
            extension=offer.extension.code,
            version=offer.release.version,
            **offer.params,
        )


def _is_usable(offer: Offer, options: ListOptions) -> bool:
    is_asked = offer.verdict is Verdict.COMPATIBLE or options.show_untested
    return is_asked and can_be_taken(offer)
