"""What `doctor` says of the agent's own folder: rights, space, secrets, journal, spool, trust."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from agent.checks import Check, failure, good, refused, warning
from agent.clock import wall_clock
from agent.codes import Exit
from agent.config import Settings
from agent.errors import Failure
from agent.guard import weaknesses_here
from agent.journal import Journal
from agent.pins import Pins
from agent.spool import waiting
from agent.trust import LocalState
from agent.vault import open_vault
from wire.enrolment import Connection
from wire.problems import Sentence

_FREE_FAIL, _FREE_WARN = 100 * 1024**2, 1024**3  # bytes
_MEBIBYTE = 1024**2
_SPOOL_WARN = 100
_FIX_ACL = Sentence(
    "Выполните от имени администратора: podkluch-agent doctor --fix-acl",
    "Run as administrator: podkluch-agent doctor --fix-acl",
)
_FOREIGN = Sentence(
    "Содержимому нельзя верить. Выполните от имени администратора: podkluch-agent doctor"
    " --fix-acl — папка будет отложена, рядом появится новая",
    "Nothing in it can be believed. Run as administrator: podkluch-agent doctor --fix-acl: the"
    " folder is put aside and a new one made",
)
_RECOVER = Sentence(
    "Выполните podkluch-agent recover (или любую изменяющую команду для этой базы)",
    "Run podkluch-agent recover (or any changing command for that infobase)",
)


def of_home(home: Path, settings: Settings) -> Iterator[Check]:
    """The folder, and what is kept in it."""
    yield from _access(home, settings)
    yield _space(home)
    yield _secrets(home, settings)
    yield from _memory(home)
    yield from _trust(home)


def _access(home: Path, settings: Settings) -> Iterator[Check]:
    found = weaknesses_here(home, settings.vault)
    for weak in found:
        text = Sentence("Папка агента {home}: {what}", "The agent's folder {home}: {what}")
        facts = {"home": str(home), "what": weak.text}
        if weak.is_serious:
            fix = _FOREIGN if weak.is_foreign else _FIX_ACL
            yield failure("home.access", Exit.FAILED, text, fix, **facts)
        else:
            yield warning("home.access", text, _FIX_ACL, **facts)
    if not found:
        text = Sentence(
            "Папка агента {home} закрыта для чужих", "The agent's folder {home} is closed to others"
        )
        yield good("home.access", text, home=str(home))


def _space(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    facts = {"free": free, "mb": free // _MEBIBYTE}
    text = Sentence("Свободно на диске: {mb} МБ", "Free disk space: {mb} MB")
    fix = Sentence("Освободите место на диске", "Free some space on the disk")
    if free < _FREE_FAIL:
        return failure("home.space", Exit.FAILED, text, fix, **facts)
    return (
        warning("home.space", text, fix, **facts)
        if free < _FREE_WARN
        else good("home.space", text, **facts)
    )


def _secrets(home: Path, settings: Settings) -> Check:
    try:
        open_vault(home, settings.vault)
    except Failure as error:
        return refused("home.vault", error)
    return good("home.vault", Sentence("Хранилище секретов читается", "The vault can be read"))


def _memory(home: Path) -> Iterator[Check]:
    """Journal and spool; where there is none yet nothing is made."""
    path = home / "state.db"
    if not path.exists():
        yield good("home.journal", Sentence("Журнала ещё нет", "There is no journal yet"))
        return
    try:
        journal = Journal(path)
    except Failure as error:
        yield refused("home.journal", error)
        return
    try:
        yield _interrupted(journal)
        yield _spool(journal)
    finally:
        journal.close()


def _interrupted(journal: Journal) -> Check:
    rows = journal.rows(
        "SELECT onec_name, started_at FROM operations WHERE finished_at IS NULL ORDER BY started_at"
    )
    names = ", ".join(dict.fromkeys(row["onec_name"] for row in rows))
    if not rows:
        text = Sentence("Прерванных операций нет", "No operation was interrupted")
        return good("journal.interrupted", text, n=0)
    return failure(
        "journal.interrupted",
        Exit.FAILED,
        Sentence("Прерванных операций: {n} ({names})", "Interrupted operations: {n} ({names})"),
        _RECOVER,
        n=len(rows),
        names=names,
        since=rows[0]["started_at"],
    )


def _spool(journal: Journal) -> Check:
    found = waiting(journal)
    facts = {"pending": found.pending, "rejected": found.rejected}
    text = Sentence(
        "Отчётов ждёт отправки: {pending}, отвергнуто сервером: {rejected}",
        "Reports waiting to be sent: {pending}, refused by the server: {rejected}",
    )
    if found.pending >= _SPOOL_WARN or found.rejected:
        fix = Sentence(
            "Выполните podkluch-agent report; об отвергнутых скажите вендору",
            "Run podkluch-agent report; tell the vendor of those refused",
        )
        return warning("home.spool", text, fix, **facts)
    return good("home.spool", text, **facts)


def _trust(home: Path) -> Iterator[Check]:
    try:
        pins = Pins(home / "pins").all()
    except Failure as error:
        yield refused("trust.root", error)
        return
    if not pins:
        yield warning(
            "trust.root",
            Sentence("Корень доверия вендора не закреплён", "No vendor's root of trust is pinned"),
            Sentence(
                "Возьмите у вендора файл подключения: podkluch-agent trust pin ФАЙЛ.podkluch",
                "Get the vendor's connection file: podkluch-agent trust pin FILE.podkluch",
            ),
        )
    for pin in pins:
        yield from _of_pin(home, pin)


def _of_pin(home: Path, pin: Connection) -> Iterator[Check]:
    try:
        state = LocalState(home / "trust", pin)
    except Failure as error:
        yield refused("trust.root", error, vendor=pin.vendor.name)
        return
    root, now = state.root(), wall_clock()
    facts = {"vendor": pin.vendor.name, "version": root.version, "root": root.fingerprint}
    facts |= {"expires": root.expires.isoformat()}
    text = Sentence(
        "Корень доверия «{vendor}»: версия {version}, отпечаток {root}",
        'Root of trust of "{vendor}": version {version}, fingerprint {root}',
    )
    if root.expires <= now:
        fix = Sentence("Срок корня истёк: обратитесь к вендору", "It expired: contact the vendor")
        yield failure("trust.root", Exit.NOT_TRUSTED, text, fix, **facts)
    else:
        yield good("trust.root", text, **facts)
    yield _age(state, pin.vendor.name, now)


def _age(state: LocalState, vendor: str, now: datetime) -> Check:
    """How old the last verified metadata are."""
    stamp, days = state.timestamp(), state.age_days()
    if stamp is None:
        text = Sentence(
            "Подписанные сведения «{vendor}» ещё не загружались",
            'Signed metadata of "{vendor}" were never fetched',
        )
        return good("trust.age", text, vendor=vendor)
    facts: dict[str, object] = {"vendor": vendor, "days": days, "until": stamp.expires.isoformat()}
    text = Sentence(
        "Подписанные сведения «{vendor}»: возраст {days} дн.",
        'Signed metadata of "{vendor}": {days} days old',
    )
    if stamp.expires > now:
        return good("trust.age", text, **facts)
    fix = Sentence(
        "Обновятся при следующей установке; если нет — обратитесь к вендору",
        "They are renewed by the next install; if not, contact the vendor",
    )
    return warning("trust.age", text, fix, **facts)
