"""The commands that only look: `check`, `list` and `status`."""

import json
from dataclasses import dataclass, replace
from typing import Annotated

from agent import VERSION, show
from agent.codes import Code
from agent.console import Result, failed
from agent.context import Context
from agent.errors import Failure, fill, spoken
from agent.infobase import StoredExtension
from agent.journal import Operation
from agent.offers import Environment, can_be_taken, nothing_fits, query_for, recall, recalled
from agent.prepare import check_license, refusal_of
from agent.spool import waiting
from onec.version import Version, VersionError
from wire import codec
from wire.extensions import Offer, Verdict
from wire.problems import ProblemCode, Sentence
from wire.problems import Sentence as Help
from wire.reports import Outcome

_INSTALLED = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED})
_OLD = Sentence(
    "Сервер просит агент не старее {minimum}, у вас {found}",
    "The server wants agent {minimum} or later, this is {found}",
)
_GONE = Sentence("{name}: расширение исчезло из базы", "{name}: the extension is gone")
_CHANGED = Sentence(
    "{name}: расширение изменили после установки", "{name}: changed since it was installed"
)


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
    held = _recalls(context, environment) if environment and problem is None else []
    data: dict[str, object] = {
        "server": codec.to_dict(information),
        "license": codec.to_dict(verdict),
        "infobase": _described(environment) if environment else None,
        "withdrawn": [codec.to_dict(offer) for offer in held],
    }
    if problem is None and environment and not environment.facts.may_administer_extensions:
        problem = Failure(Code.NO_RIGHTS)
    if problem is not None:
        return failed(problem, context.lang, data)
    return Result(code=verdict.code, text=verdict.text, data=data)


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


def status(context: Context) -> Result:
    """What was done, what is installed, what changed since, which reports wait."""
    environment = _looked(context)
    context.send_reports()
    found = context.journal.recent(environment.infobase if environment else None)
    show.operations(context.console, found)
    drifted = _drift(context, environment, found) if environment else []
    spool = waiting(context.journal)
    context.console.say(
        "Отчётов ждёт отправки: {n}", "Reports waiting to be sent: {n}", n=spool.pending
    )
    return Result(
        data={
            "operations": [_operation(one) for one in found],
            "infobase": _described(environment) if environment else None,
            "drift": drifted,
            "pending_reports": spool.pending,
            "rejected_reports": spool.rejected,
        }
    )


def _looked(context: Context, *, reads_id: bool = False) -> Environment | None:
    """The infobase of the command, if it is about one."""
    if not context.names_infobase:
        return None
    return context.look(context.infobase(), reads_id=reads_id)


def _check_age(context: Context, minimum: str) -> None:
    try:
        is_old = Version.parse(VERSION) < Version.parse(minimum)
    except VersionError:
        return
    if is_old:
        text = fill(_OLD, context.lang, minimum=minimum, found=VERSION)
        context.console.warn("AGENT_OUTDATED", text, minimum=minimum)


def _recalls(context: Context, environment: Environment) -> list[Offer]:
    """Installed releases that the vendor took back, told to the person."""
    query = query_for(context.journal, environment)
    held = recalled(context.client().offers(query), query) if query.installed else []
    _warn_of_recalls(context, held)
    return held


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


def _described(environment: Environment) -> dict[str, object]:
    return {
        "id": environment.infobase,
        **codec.to_dict(environment.facts),
        "sessions": [codec.to_dict(one) for one in environment.others],
        "extensions": [codec.to_dict(one) for one in environment.extensions],
    }


def _operation(operation: Operation) -> dict[str, object]:
    plan = json.loads(operation.plan)
    return {
        "operation_id": operation.id,
        "action": plan["action"],
        "extension": plan["extension"],
        "version": plan["version"],
        "started_at": operation.started_at,
        "finished_at": operation.finished_at,
        "outcome": operation.outcome,
        "code": operation.code,
    }


def _drift(context: Context, environment: Environment, operations: list[Operation]) -> list[str]:
    """Names of extensions that are not as the last operation left them."""
    last = {one.onec_name: one for one in operations if one.outcome in _INSTALLED and one.found}
    now = {one.name: one for one in environment.extensions}
    drifted = []
    for name, operation in last.items():
        left = codec.loads(StoredExtension, (operation.found or "").encode())
        if now.get(name) != left:
            drifted.append(name)
            text = fill(_CHANGED if name in now else _GONE, context.lang, name=name)
            context.console.drift(text, onec_name=name)
    return drifted
