"""The walk without arguments: from nothing to an installed extension, question by question."""

from dataclasses import dataclass, replace

from agent import acquaintance, choosing
from agent.asking import Asking
from agent.console import NOTHING_DONE, Result, failed
from agent.context import Context
from agent.errors import fill, spoken
from agent.install import InstallOptions, install
from agent.interrupts import stoppable
from agent.locking import LockOptions
from agent.offers import Environment, can_be_taken, nothing_fits, query_for, recall, recalled
from agent.plan import installed
from agent.rollout import usual
from wire.extensions import Offer, OfferAction, OfferList, Verdict
from wire.problems import Sentence
from wire.reports import Outcome

_HELLO = Sentence(
    "Подключ поставит расширение 1С по лицензионному ключу. Выйти можно в любой момент: Ctrl+C.",
    "Podkluch installs 1C extensions by a licence key. Ctrl+C leaves at any moment.",
)
_BASE = Sentence(
    "База: {label}, {name} {version}, платформа {platform}",
    "Infobase: {label}, {name} {version}, platform {platform}",
)
_ROW = Sentence("  {n}. {title} {version}: {action}", "  {n}. {title} {version}: {action}")
_NEWS = Sentence("     Что нового: {notes}", "     What is new: {notes}")
_REASON = Sentence("  — {title} {version}: {reason}", "  - {title} {version}: {reason}")
_NOTHING_ELSE = Sentence("  больше ничего нет", "  there is nothing else")
_ACTIONS = {
    OfferAction.INSTALL: Sentence("установить", "install"),
    OfferAction.UPGRADE: Sentence("обновить, сейчас {found}", "upgrade, now {found}"),
    OfferAction.CURRENT: Sentence("уже установлено", "installed already"),
    OfferAction.DOWNGRADE: Sentence(
        "вернуть, сейчас более новая {found}", "go back, now the later {found}"
    ),
    OfferAction.REPLACE_UNKNOWN: Sentence(
        "заменить неизвестную версию {found}", "replace the unknown version {found}"
    ),
    OfferAction.BLOCKED: Sentence("недоступно: {reason}", "not available: {reason}"),
}
_UNTESTED = Sentence("вендор не проверял: {reason}", "not tested: {reason}")
_HINT = Sentence(
    "Наберите номер; «ещё» — что не подходит и почему; «база», «ключ», «вендор» — взять другие;"
    " Enter — выйти.",
    "Type a number; more: what does not fit and why; base, key, vendor: take others; Enter: leave.",
)
_WHAT = Sentence("Что установить?", "What to install?")
_WORDS = {"": "", "ещё": "more", "еще": "more", "база": "base", "ключ": "key", "вендор": "vendor"}
_WORDS |= {word: word for word in ("more", "base", "key", "vendor")}
_CHANGES = {"key": Context.ask_key, "vendor": acquaintance.ask_server}


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What the server has for one infobase."""

    environment: Environment
    found: OfferList
    choices: list[Offer]  # in the order of their numbers


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a person wants installed."""

    extension: str  # code
    options: InstallOptions


def walk(context: Context, options: InstallOptions, lock: LockOptions) -> Result:
    """Ask for what is not known yet, then install what a person chooses."""
    with stoppable():
        context.console.say(_HELLO.ru, _HELLO.en)
        acquaintance.meet(context)
    is_another = False
    while True:
        with stoppable():
            entered = choosing.infobase(context, anew=is_another)
        with context.at(entered.at):
            with stoppable():
                chosen = _choose(context, entered.environment, options)
            if isinstance(chosen, _Choice):
                policy = usual(context, lock)
                return install(context, chosen.extension, chosen.options, policy)
            if chosen is not None:
                return chosen
        is_another = True


def _choose(
    context: Context, environment: Environment, options: InstallOptions
) -> _Choice | Result | None:
    """What to install, how the walk ends without it, or None for another infobase."""
    _show_infobase(context, environment)
    shelf = _shelf(context, environment, options)
    while True:
        answer = _answer(context, shelf)
        if isinstance(answer, int):
            return _wish(shelf, answer, options)
        if answer == "more":
            shelf = _with_the_rest(context, shelf)
        elif answer == "base":
            return None
        elif answer in _CHANGES:
            _CHANGES[answer](context)
            acquaintance.identify(context)
            shelf = _shelf(context, environment, options)
        else:
            return _left(context, shelf)


def _answer(context: Context, shelf: _Shelf) -> int | str:
    words = frozenset(_WORDS)
    answer = Asking(context.console).one_of(_WHAT, len(shelf.choices), words)
    return _WORDS[answer] if isinstance(answer, str) else answer


def _wish(shelf: _Shelf, number: int, options: InstallOptions) -> _Choice:
    offer = shelf.choices[number - 1]
    if offer.verdict is Verdict.UNTESTED:
        options = replace(options, release=offer.release.version, show_untested=True)
    return _Choice(offer.extension.code, options)


def _left(context: Context, shelf: _Shelf) -> Result:
    """Nobody wanted anything, or there was nothing to want."""
    if not shelf.choices:
        return failed(nothing_fits(shelf.found.nearest), context.lang)
    return Result(outcome=Outcome.NOOP, text=spoken(NOTHING_DONE, context.lang))


def _shelf(context: Context, environment: Environment, options: InstallOptions) -> _Shelf:
    """Ask the server, and show what fits."""
    is_untested_welcome = options.show_untested or options.accept_untested
    query = replace(query_for(context.journal, environment), show_untested=is_untested_welcome)
    found = context.client().offers(query)
    for offer in recalled(found, query):
        context.console.warn(offer.code, spoken(recall(offer), context.lang))
    choices = [offer for offer in found.data if offer.best and can_be_taken(offer)]
    for number, offer in enumerate(choices, 1):
        _show(context, environment, number, offer)
    if not choices:
        refusal = nothing_fits(found.nearest)
        context.console.warn(refusal.code, refusal.diagnostics(context.lang))
    context.console.say(_HINT.ru, _HINT.en)
    return _Shelf(environment, found, choices)


def _show_infobase(context: Context, environment: Environment) -> None:
    facts = environment.facts
    context.console.say(
        _BASE.ru,
        _BASE.en,
        label=context.infobase().label,
        name=facts.configuration,
        version=facts.configuration_version,
        platform=facts.platform_version,
    )


def _show(context: Context, environment: Environment, number: int, offer: Offer) -> None:
    """One line that can be chosen, and what is new in it."""
    before = installed(environment.extensions, offer.extension.onec_name)
    version = f"«{before.version}»" if before else ""
    words = _UNTESTED if offer.verdict is Verdict.UNTESTED else _ACTIONS[offer.action]
    action = fill(words, context.lang, found=version, reason=offer.reason)
    title, release = offer.extension.title, offer.release
    context.console.say(
        _ROW.ru, _ROW.en, n=number, title=title, version=release.version, action=action
    )
    if release.notes and offer.action is not OfferAction.CURRENT:
        notes = " ".join(release.notes.split())
        context.console.say(_NEWS.ru, _NEWS.en, notes=notes)


def _with_the_rest(context: Context, shelf: _Shelf) -> _Shelf:
    """Show everything else with its reason; what was not tested can be chosen all the same."""
    query = query_for(context.journal, shelf.environment)
    found = context.client().offers(replace(query, show_all=True, show_untested=True))
    seen, choices = {one.release.id for one in shelf.choices}, list(shelf.choices)
    rest = [offer for offer in found.data if offer.release.id not in seen]
    for offer in rest:
        if offer.verdict is Verdict.UNTESTED and can_be_taken(offer):
            choices.append(offer)
            _show(context, shelf.environment, len(choices), offer)
        else:
            _reason(context, offer.extension.title, offer.release.version, offer.reason)
    told = {(offer.extension.code, offer.release.version) for offer in rest}
    for near in found.nearest:
        if (near.extension.code, near.release.version) in told:
            continue
        _reason(context, near.extension.title, near.release.version, near.reason)
    if not rest and not found.nearest:
        context.console.say(_NOTHING_ELSE.ru, _NOTHING_ELSE.en)
    return replace(shelf, choices=choices)


def _reason(context: Context, title: str, version: str, reason: str) -> None:
    context.console.say(_REASON.ru, _REASON.en, title=title, version=version, reason=reason)
