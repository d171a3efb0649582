"""Tables and lists for people; programs get the same as data of the result."""

from dataclasses import dataclass
from datetime import date

from agent.backup import Copy
from agent.clock import local_time
from agent.console import Console, Result
from agent.errors import fill, spoken
from agent.infobase import StoredExtension
from agent.journal import Journal, Operation
from agent.offers import Environment
from agent.plan import Action, Plan
from wire.coupons import EntitlementState, RedemptionEffect
from wire.extensions import Nearest, Offer, OfferAction, OfferList, Verdict
from wire.licenses import LicenseCheckResponse
from wire.problems import ProblemCode, Sentence
from wire.reports import Outcome

_ACTIONS = {
    Action.INSTALL: Sentence("Установить", "Install"),
    Action.UPGRADE: Sentence("Обновить", "Upgrade"),
    Action.REPAIR: Sentence("Записать заново", "Write again"),
    Action.DOWNGRADE: Sentence("Вернуть прежнюю версию", "Go back to an earlier version"),
    Action.REPLACE_UNKNOWN: Sentence("Заменить неизвестную версию", "Replace an unknown version"),
    Action.UNINSTALL: Sentence("Удалить", "Remove"),
    Action.ROLLBACK: Sentence("Вернуть из копии", "Write a kept copy back"),
    Action.NOOP: Sentence("Ничего не делать", "Do nothing"),
}
_OFFERED = {
    OfferAction.INSTALL: Sentence("установить", "install"),
    OfferAction.UPGRADE: Sentence("обновить", "upgrade"),
    OfferAction.CURRENT: Sentence("установлено", "installed"),
    OfferAction.DOWNGRADE: Sentence("старее установленного", "older than installed"),
    OfferAction.REPLACE_UNKNOWN: Sentence("заменить", "replace"),
    OfferAction.BLOCKED: Sentence("недоступно", "not available"),
}
_WITHDRAWN = Sentence("отозвано", "withdrawn")
_OUTCOMES = {
    Outcome.DONE: Sentence("сделано", "done"),
    Outcome.DONE_RESTART_REQUIRED: Sentence("сделано, нужен перезапуск", "done, restart needed"),
    Outcome.NOOP: Sentence("нечего делать", "nothing to do"),
    Outcome.FAILED: Sentence("не удалось", "failed"),
    Outcome.ROLLED_BACK: Sentence("возвращено как было", "rolled back"),
    Outcome.ROLLBACK_FAILED: Sentence("вернуть не удалось", "could not be rolled back"),
}
_INTERRUPTED = Sentence("не закончено", "not finished")
_PLAN = Sentence(
    "{action}: {title}, версия {version} (в файле «{file_version}»), сейчас {before}",
    '{action}: {title}, version {version} ("{file_version}" in the file), now {before}',
)
_STEPS = Sentence(
    "  скачать {size}, проверить подпись и файл, {copy}, записать в базу, проверить в новом"
    " сеансе. До записи в базе ничего не меняется",
    "  fetch {size}, check signature and file, {copy}, write into the infobase, check in a new"
    " session. Nothing in the infobase changes before the write",
)
_RETURN = Sentence(
    "  проверить сохранённую копию, {copy}, записать в базу, проверить в новом сеансе. До записи в"
    " базе ничего не меняется",
    "  check the copy that is kept, {copy}, write into the infobase, check in a new session."
    " Nothing in the infobase changes before the write",
)
_REMOVAL = Sentence(
    "  {copy}, удалить из базы, проверить в новом сеансе. До удаления в базе ничего не меняется",
    "  {copy}, remove from the infobase, check in a new session. Nothing in the infobase changes"
    " before that",
)
_WORDS = {Action.UNINSTALL: _REMOVAL, Action.ROLLBACK: _RETURN}
_SIZE = Sentence("{n} КБ", "{n} kB")
_COPY = Sentence("сохранить копию версии «{v}»", 'keep a copy of version "{v}"')
_NO_COPY = Sentence(
    "запомнить, что расширения в базе не было", "note that the infobase had no such extension"
)
_PARTING = Sentence("{action}: {title}, сейчас {before}", "{action}: {title}, now {before}")
_SIGNED = Sentence(
    "  подписано вендором: корень версии {n}, отпечаток {f}",
    "  signed by the vendor: root version {n}, fingerprint {f}",
)
_EXTENSION = Sentence(
    "{name} «{version}», релиз {release}. Активно: {active}, безопасный режим: {safe}, область:"
    " {scope}, хеш-сумма {hash_sum}",
    '{name} "{version}", release {release}. Active: {active}, safe mode: {safe}, scope: {scope},'
    " hash {hash_sum}",
)
_YES, _NO = Sentence("да", "yes"), Sentence("нет", "no")
_NEAREST = Sentence(
    "Ближайший релиз {version} ({title}): {reason}", "Nearest release {version} ({title}): {reason}"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation of the journal, what it was to do, and the name of its infobase."""

    plan: Plan
    operation: Operation
    alias: str


def rollout(console: Console, results: list[tuple[str, Result]]) -> None:
    """How several infobases ended, one row each."""
    heads = (
        Sentence("База", "Infobase"),
        Sentence("Итог", "Outcome"),
        Sentence("Код", "Code"),
        Sentence("Подробности", "Details"),
    )
    rows = [
        [alias, spoken(_OUTCOMES[result.outcome], console.lang), result.code or "", result.text]
        for alias, result in results
    ]
    console.table([spoken(head, console.lang) for head in heads], rows)


def infobase(console: Console, environment: Environment) -> None:
    """Configuration, platform, rights, sessions and extensions."""
    facts = environment.facts
    console.say(
        "Конфигурация: {name} {version}, платформа {platform}",
        "Configuration: {name} {version}, platform {platform}",
        name=facts.configuration,
        version=facts.configuration_version,
        platform=facts.platform_version,
    )
    may = Sentence("есть", "yes") if facts.may_administer_extensions else Sentence("нет", "no")
    console.say(
        "Право администрирования расширений: {may}",
        "Right to administer extensions: {may}",
        may=may,
    )
    for session in environment.others:
        console.say("Сеанс: {session}", "Session: {session}", session=session)
    for item in environment.extensions:
        console.say(
            "Расширение: {name} {version}",
            "Extension: {name} {version}",
            name=item.name,
            version=item.version,
        )


def license_of(console: Console, verdict: LicenseCheckResponse) -> None:
    """The products of the key."""
    if verdict.key:
        console.say(
            "Ключ {hint}, {customer}",
            "Key {hint}, {customer}",
            hint=verdict.key.hint,
            customer=verdict.key.customer,
        )
    for one in verdict.entitlements:
        total = "∞" if one.seats.max is None else one.seats.max
        console.say(
            "  {name}: {text}, места {used} из {total}",
            "  {name}: {text}, seats {used} of {total}",
            name=one.product.name,
            text=one.text,
            used=one.seats.used,
            total=total,
        )


def _action(offer: Offer) -> Sentence:
    """What can be done with a release; an untested one is only a question of consent."""
    if (
        offer.action is OfferAction.BLOCKED
        and offer.available
        and offer.verdict is Verdict.UNTESTED
    ):
        return Sentence("не проверено", "not tested")
    if offer.code == ProblemCode.RELEASE_WITHDRAWN:
        return _WITHDRAWN
    return _OFFERED[offer.action]


def offers(console: Console, found: OfferList, nearest: list[Nearest]) -> None:
    """One line per release, then what came nearest elsewhere."""
    rows = [
        [
            ("* " if offer.best else "  ") + offer.extension.code,
            offer.extension.title,
            offer.release.version,
            spoken(_action(offer), console.lang),
            offer.reason,
        ]
        for offer in found.data
    ]
    if rows:
        heads = Sentence(
            "Расширение|Название|Версия|Действие|Пояснение", "Extension|Title|Version|Action|Reason"
        )
        console.table(spoken(heads, console.lang).split("|"), rows)
    for near in nearest:
        console.say(
            _NEAREST.ru,
            _NEAREST.en,
            title=near.extension.title,
            version=near.release.version,
            reason=near.reason,
        )


def plan(console: Console, planned: Plan) -> None:
    """The plan in words."""
    before = planned.before
    now = f"«{before.version}»" if before else Sentence("не установлено", "not installed")
    words = _PARTING if planned.action is Action.UNINSTALL else _PLAN
    console.say(
        words.ru,
        words.en,
        action=_ACTIONS[planned.action],
        title=planned.title,
        version=planned.version,
        file_version=planned.file_version,
        before=now,
    )
    if planned.signature:
        console.say(
            _SIGNED.ru,
            _SIGNED.en,
            n=planned.signature.root_version,
            f=planned.signature.root_fingerprint,
        )
    if planned.steps:
        size = fill(_SIZE, console.lang, n=max(1, round(planned.artifact.size / 1000)))
        copy = fill(_COPY if before else _NO_COPY, console.lang, v=before.version if before else "")
        told = _WORDS.get(planned.action, _STEPS)
        console.say(told.ru, told.en, size=size, copy=copy)
    for warning in planned.warnings:
        console.line(f"  ! {spoken(warning, console.lang)}")


def decisions(console: Console, planned: Plan) -> None:
    """What must be agreed to, and by which flag: for whoever is not asked."""
    for question in planned.questions:
        console.line(f"  ? {spoken(question.text, console.lang)} {question.flag}")


def effects(console: Console, found: list[RedemptionEffect]) -> None:
    """What a coupon does, product by product."""
    for effect in found:
        console.say(
            "  {product}: {before} → {after}",
            "  {product}: {before} -> {after}",
            product=effect.product,
            before=_state(console, effect.before),
            after=_state(console, effect.after),
        )


def operations(console: Console, found: list[Entry]) -> None:
    """The journal, oldest first, a line each; infobases are named where there are several."""
    has_several = len({one.operation.infobase for one in found}) > 1
    for one in found:
        code = one.operation.code
        console.say(
            "{at}  {base}{name}: {deed}. Итог: {outcome}{code}",
            "{at}  {base}{name}: {deed}. Outcome: {outcome}{code}",
            at=local_time(one.operation.started_at),
            base=f"{one.alias}, " if has_several else "",
            name=one.operation.onec_name,
            deed=_deed(console, one.plan),
            outcome=_ended(console, one.operation),
            code=f" ({code})" if code else "",
        )


def _deed(console: Console, planned: Plan) -> str:
    """What was to be done, in short."""
    action = spoken(_ACTIONS[planned.action], console.lang).lower()
    return action if planned.action is Action.UNINSTALL else f"{action} {planned.version}"


def _ended(console: Console, operation: Operation) -> str:
    words = _OUTCOMES[Outcome(operation.outcome)] if operation.outcome else _INTERRUPTED
    return spoken(words, console.lang)


def extensions(console: Console, found: list[StoredExtension], journal: Journal) -> None:
    """What an infobase holds, one line each."""
    for one in found:
        known, own = journal.release_of(one.hash_sum), one.properties
        console.say(
            _EXTENSION.ru,
            _EXTENSION.en,
            name=one.name,
            version=one.version,
            release=known.version if known else Sentence("не известен", "not known"),
            active=_YES if own.active else _NO,
            safe=own.security_profile or (_YES if own.safe_mode else _NO),
            scope=one.scope,
            hash_sum=one.hash_sum,
        )


def copies(console: Console, found: list[Copy]) -> None:
    """What `rollback` can write back."""
    for one in found:
        console.say(
            "Копия: {name} «{version}» от {at}, rollback {name} --to {operation}",
            'Copy: {name} "{version}" of {at}, rollback {name} --to {operation}',
            name=one.extension.name,
            version=one.extension.version,
            at=local_time(one.made_at),
            operation=one.operation,
        )


def _state(console: Console, state: EntitlementState | None) -> str:
    if state is None:
        return spoken(Sentence("нет", "none"), console.lang)
    words = Sentence("{until}, мест {seats}", "{until}, seats {seats}")
    seats = "∞" if state.seats is None else state.seats
    return fill(words, console.lang, until=_until(state.valid_until), seats=seats)


def _until(day: str | None) -> Sentence:
    """The inclusive end of a term; without one it never ends."""
    if day is None:
        return Sentence("бессрочно", "perpetual")
    russian = date.fromisoformat(day).strftime("%d.%m.%Y")
    return Sentence(f"до {russian} включительно", f"until {day} inclusive")
