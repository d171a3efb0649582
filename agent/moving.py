"""`infobases move` and `infobases import`: infobases that change their place, or come in a list."""

from dataclasses import replace

from agent import config, identity
from agent.clustering import ClusterOptions, keep_administrator, moved
from agent.codes import Code
from agent.console import NOTHING_DONE, Result
from agent.context import Context
from agent.discovery import Listed, listed, place_key
from agent.errors import Failure, fill, filled, usage
from agent.identity import Decide, Found
from agent.infobases import (
    ReachOptions,
    described,
    entered,
    keep_password,
    password_of,
    placed,
    told,
)
from agent.offers import Environment
from agent.rebinding import move_seats
from agent.register import Registered, password_name
from wire.licenses import ActivatedInfobase
from wire.problems import Sentence
from wire.reports import Outcome

_MOVED = Sentence(
    "База «{name}» теперь по новому адресу.", 'Infobase "{name}" is at its new place.'
)
_SEATS = Sentence(
    "База «{name}» теперь по новому адресу, перенесено мест: {n}.",
    'Infobase "{name}" is at its new place, seats moved: {n}.',
)
_OTHER = Sentence(
    "По новому адресу база, известная здесь: {known}. Если там копия, которой нужно своё место,"
    " добавьте --copy",
    "At the new place is the infobase known at {known}. If it is a copy that needs its own seat,"
    " add --copy",
)
_UNFIT = Sentence("{name}: {why}", "{name}: {why}")
_IMPORTED = Sentence("Добавлено баз: {n}.", "Infobases registered: {n}.")
_EMPTY = Sentence(
    "В списках 1С новых баз нет: {path}", "The lists of 1C hold no new infobases: {path}"
)


def move(context: Context, alias: str, reach: ReachOptions) -> Result:
    """The infobase is elsewhere now: its seats, its journal and its backups go with it."""
    before = context.register.named(alias)
    fresh = placed(context, before.alias, reach)
    if not fresh.connection.user and not reach.os_auth:
        user = before.connection.user
        fresh = replace(fresh, connection=replace(fresh.connection, user=user))
    one = entered(replace(before, connection=fresh.connection, simulated=fresh.simulated), reach)
    one = moved(one, before)
    if context.common.dry_run:
        return told(context, one, NOTHING_DONE)
    _require_finished(context, before)
    password = _password(context, before, one, reach)
    with context.at(replace(one, alias="")):
        place = context.open(one.target(password))
        found = context.look(place, _decide(before, copy=reach.copy), reads_id=True)
    seats = _follow(context, before, found)
    context.register.keep(replace(one, infobase=found.infobase))
    keep_password(context, one, password)
    keep_administrator(context, one, ClusterOptions())
    text = filled(_SEATS if seats else _MOVED, name=one.alias, n=len(seats))
    result = told(context, replace(one, infobase=found.infobase), text)
    return replace(result, changed=True, data={**result.data, "seats": seats})


def import_listed(context: Context) -> Result:
    """Register what 1C's own lists show; nothing is connected, ids come with the first check."""
    folders = config.onec_folders()
    known = {place_key(one.connection) for one in context.register.all()}
    added = []
    for entry in listed(folders):
        if entry.connection is None:
            _say_unfit(context, entry)
            continue
        key = place_key(entry.connection)
        if key in known:
            continue
        known.add(key)
        alias = context.register.free_alias(entry.name)
        one = Registered(alias, entry.connection, platform=entry.build)
        if not context.common.dry_run:
            _keep_imported(context, one)
        added.append(described(context, one))
    if not added:
        text = fill(_EMPTY, context.lang, path=folders.user or "1CEStart")
        return Result(outcome=Outcome.NOOP, text=text, data={"infobases": []})
    text = fill(_IMPORTED, context.lang, n=len(added))
    return Result(text=text, changed=not context.common.dry_run, data={"infobases": added})


def _require_finished(context: Context, one: Registered) -> None:
    if one.infobase and context.journal.unfinished(one.infobase):
        raise usage(
            "В этой базе прервана операция: сначала завершите её командой recover",
            "An operation on this infobase was interrupted: finish it first by recover",
        )


def _password(
    context: Context, before: Registered, one: Registered, reach: ReachOptions
) -> str | None:
    """What is kept, unless somebody else enters now."""
    if reach.password_stdin or one.connection.user != before.connection.user:
        return password_of(context, one, reach)
    return context.vault.password(password_name(before.alias))


def _decide(before: Registered, *, copy: bool) -> Decide:
    def decide(infobase: str, known: str, _found: str) -> Found:
        if infobase == before.infobase:
            return Found.MOVED
        if copy:
            return identity.as_copy(infobase, known, _found)
        raise Failure(Code.CONSENT_REQUIRED, question=filled(_OTHER, known=known))

    return decide


def _follow(context: Context, before: Registered, found: Environment) -> list[dict[str, object]]:
    """Everything that belonged to the old id belongs to the one at the new place."""
    old, new = before.infobase, found.infobase
    for other in context.register.all():
        if other.infobase == new and other.alias != before.alias:
            raise usage(
                f"По новому адресу база «{other.alias}», она уже зарегистрирована",
                f'At the new place is infobase "{other.alias}", which is registered already',
            )
    if old is None or old == new:
        return []
    kind = found.facts.kind
    seats = move_seats(
        context,
        ActivatedInfobase(old, before.alias, kind),
        ActivatedInfobase(new, before.alias, kind),
    )
    context.journal.rename_infobase(old, new)
    return seats


def _keep_imported(context: Context, one: Registered) -> None:
    context.register.keep(one)
    if one.connection.password:
        context.vault.keep_password(password_name(one.alias), one.connection.password)


def _say_unfit(context: Context, entry: Listed) -> None:
    text = fill(_UNFIT, context.lang, name=entry.name, why=entry.why)
    context.console.warn("NOT_IMPORTED", text, name=entry.name)
