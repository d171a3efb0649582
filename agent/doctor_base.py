"""What `doctor` says of one infobase: create, connect, probe, and what would be in the way."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from agent.checks import Check, failure, good, refused, warning
from agent.clock import Timing
from agent.codes import Code, Exit
from agent.errors import AgentError, InfobaseError
from agent.infobase import Infobase, InfobaseFacts, OpenSession, Presence, Session
from onec.configuration import Configuration, Edition
from wire.extensions import InfobaseKind
from wire.problems import Sentence

T = TypeVar("T")
_SLOW = 30_000  # milliseconds; a session usually begins in one or two seconds
_FIREWALL = Sentence(
    "Проверьте службу RPC на обоих компьютерах, в брандмауэре порты 135, 139, 445, 593 и"
    " динамические (1024-65535), и роль «Сетевой доступ к COM+»",
    "Check the RPC service on both computers, ports 135, 139, 445, 593 and the dynamic ones"
    " (1024-65535) in the firewall, and the role «COM+ network access»",
)
_LICENSE = Sentence(
    "Закройте лишние сеансы 1С или добавьте лицензию. Внешнее соединение занимает лицензию сервера"
    " 1С, если на этом компьютере нет своей; выдача сервером включается в свойствах базы",
    "Close sessions of 1C or add a licence. An external connection takes one of the 1C server where"
    " this computer has none; giving them out is a property of the infobase",
)
_VERSION = Sentence(
    "Установите на этот компьютер ту же версию платформы, что у сервера 1С, с COM-соединителем",
    "Install on this computer the very platform build of the 1C server, with its COM connector",
)
_COPY = Sentence(
    "Войдите в базу один раз вручную: восстановленная копия ждёт ответа",
    "Log in once by hand: a restored copy waits for an answer",
)
_OF_CODE = {
    Code.RPC_UNAVAILABLE: _FIREWALL,
    Code.ACCESS_DENIED_DCOM: _FIREWALL,
    Code.NO_LICENSE: _LICENSE,
    Code.COM_VERSION: _VERSION,
    Code.HANG: _COPY,
}


def of_base(infobase: Infobase, timing: Timing) -> Iterator[Check]:
    """Create, connect, probe; the first of them that fails is the last one said."""
    try:
        took, _ = _timed(timing, infobase.prepare)
    except InfobaseError as error:
        yield _refused("base.create", error)
        return
    yield _took("base.create", Sentence("Соединитель создан", "The connector is there"), took)
    try:
        took, session = _timed(timing, infobase.connect)
    except InfobaseError as error:
        yield _refused("base.connect", error)
        return
    with closing(session):
        text = Sentence("Сеанс с базой «{base}» открыт", 'A session of "{base}" began')
        yield _took("base.connect", text, took, base=infobase.label)
        try:
            took, facts = _timed(timing, session.facts)
            yield _took("base.probe", Sentence("База опрошена", "The infobase answered"), took)
            yield from _of_facts(facts)
            yield from _of_session(session)
        except InfobaseError as error:
            yield _refused("base.probe", error)


def _timed(timing: Timing, act: Callable[[], T]) -> tuple[int, T]:
    """What it gave, and how many milliseconds it took."""
    begun = timing.now()
    result = act()
    return round((timing.now() - begun) * 1000), result


def _took(name: str, text: Sentence, ms: int, **facts: object) -> Check:
    timed = Sentence(f"{text.ru} ({{ms}} мс)", f"{text.en} ({{ms}} ms)")
    if ms < _SLOW:
        return good(name, timed, ms=ms, **facts)
    fix = Sentence(
        "Посмотрите, что база делает при начале работы (ПриНачалеРаботыСистемы)",
        "See what the infobase does when a session begins",
    )
    return warning(name, timed, fix, ms=ms, **facts)


def _refused(name: str, error: AgentError) -> Check:
    """The agent's own sentence, with more about what a person can do."""
    fix = next((fix for code, fix in _OF_CODE.items() if code == error.code), None)
    return replace(refused(name, error), fix=fix)


def _of_facts(facts: InfobaseFacts) -> Iterator[Check]:
    yield _configuration(facts)
    yield _platform(facts)
    if facts.may_administer_extensions and facts.may_administer:
        text = Sentence("Прав пользователя 1С хватает", "The 1C user has the rights needed")
        yield good("base.rights", text)
    elif facts.may_administer_extensions:
        text = Sentence(
            "Пользователь 1С не может снимать безопасный режим расширений",
            "The 1C user cannot take an extension out of safe mode",
        )
        yield warning("base.rights", text, _give("Администрирование"))
    else:
        text = Sentence(
            "У пользователя 1С нет права администрирования расширений",
            "The 1C user lacks the right to administer extensions",
        )
        yield failure(
            "base.rights", Exit.RIGHTS, text, _give("АдминистрированиеРасширенийКонфигурации")
        )


def _give(right: str) -> Sentence:
    return Sentence(
        f"Дайте ему роль «Администратор системы» (право {right})",
        f"Give it the role «Администратор системы» (right {right})",
    )


def _configuration(facts: InfobaseFacts) -> Check:
    name = f"{facts.configuration} {facts.configuration_version}"
    said = {"configuration": facts.configuration, "version": facts.configuration_version}
    if Configuration.of(facts.configuration).edition is Edition.BASE:
        text = Sentence("Базовая версия: {of}", "A basic version: {of}")
        fix = Sentence(
            "Базовые версии не поддерживают расширения: нужна версия ПРОФ или КОРП",
            "Basic versions take no extensions: another edition is needed",
        )
        return failure("base.configuration", Exit.FAILED, text, fix, **said | {"of": name})
    text = Sentence(
        "Конфигурация {configuration} {version}", "Configuration {configuration} {version}"
    )
    if not facts.configuration_changed:
        return good("base.configuration", text, **said)
    changed = Sentence(
        "{of}: изменения конфигуратора не применены",
        "{of}: changes of the designer are not applied",
    )
    fix = Sentence(
        "Обновите конфигурацию базы данных в конфигураторе (F7)",
        "Update the database configuration in the designer (F7)",
    )
    return warning("base.configuration", changed, fix, of=name, **said)


def _platform(facts: InfobaseFacts) -> Check:
    """The session runs in this very build; a server lets no other one in."""
    kind = (
        Sentence("серверная (сборка та же, что у сервера)", "on a server (of the same build)")
        if facts.kind is InfobaseKind.SERVER
        else Sentence("файловая", "of files")
    )
    text = Sentence(
        "Платформа {platform}, база {kind}, режим совместимости {mode}",
        "Platform {platform}, infobase {kind}, compatibility mode {mode}",
    )
    mode = facts.compatibility_mode or Sentence("не задан", "none")
    return good("base.platform", text, platform=facts.platform_version, kind=kind, mode=mode)


def _of_session(session: Session) -> Iterator[Check]:
    yield _sessions(session.others())
    yield _lock(session)
    yield from _extensions(session)


def _sessions(others: list[OpenSession]) -> Check:
    shown = "; ".join(str(one) for one in others)
    facts: dict[str, object] = {"n": len(others), "sessions": shown}
    if not others:
        return good(
            "base.sessions", Sentence("Других сеансов нет", "There are no other sessions"), n=0
        )
    text = Sentence("Других сеансов: {n} ({sessions})", "Other sessions: {n} ({sessions})")
    return good("base.sessions", text, **facts)


def _lock(session: Session) -> Check:
    lock = session.session_lock()
    if not lock.is_set:
        return good("base.lock", Sentence("Вход в базу открыт", "Sessions may begin"))
    text = Sentence("Вход в базу закрыт: {message}", "Sessions are refused: {message}")
    fix = Sentence(
        "Если закрыл агент — podkluch-agent recover; иначе снимите блокировку в 1С",
        "If the agent did that: podkluch-agent recover; else lift the lock in 1C",
    )
    return warning("base.lock", text, fix, message=lock.message)


def _extensions(session: Session) -> Iterator[Check]:
    """Each extension that does not work in a session that begins now."""
    found = session.extensions()
    amiss = [one for one in found if session.presence(one) is not Presence.APPLIED]
    text = Sentence("Расширений: {n}, все подключены", "Extensions: {n}, all of them at work")
    if not amiss:
        yield good("base.extensions", text, n=len(found))
    for one in amiss:
        if not one.properties.active:
            off = Sentence(
                "Расширение {extension} отключено", "Extension {extension} is switched off"
            )
            yield good("base.extensions", off, extension=one.name)
            continue
        yield warning(
            "base.extensions",
            Sentence(
                "Расширение {extension} не подключено в новом сеансе",
                "Extension {extension} is not at work in a new session",
            ),
            Sentence(
                "Посмотрите причину в 1С: Администрирование → Расширения",
                "See why in 1C: Administration → Extensions",
            ),
            extension=one.name,
            version=one.version,
        )
