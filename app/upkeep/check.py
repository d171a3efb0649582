"""The one examination of a live server: database, counters, ledgers, audit chain, trust, files."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import Engine

from app.audit import service as audit
from app.catalog.service import integrity as catalog
from app.coupons.service import integrity as coupons
from app.delivery.service import integrity as delivery
from app.kit.db import (
    SCHEMA_HEAD,
    Kit,
    KitSession,
    UnsafeDatabaseSettingsError,
    reading,
    require_durable,
    schema_revision,
)
from app.kit.findings import Finding, Tick
from app.kit.i18n import Sentence
from app.licensing.service import integrity as licensing
from app.trust import service as trust

MOST: Final = 1_000
"""Findings of a check that are told one by one."""
SCHEMA_NOT_CURRENT: Final = "SCHEMA_NOT_CURRENT"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at, under the name that programs know it by."""

    name: str
    title: Sentence
    find: Callable[[KitSession, Tick], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; `examined` counts what it read one by one (events, files), else 0."""

    check: Check
    findings: list[Finding]
    examined: int


Watch = Callable[[Check], AbstractContextManager[Callable[[int], None]]]
"""Told before each check; what it gives hears of every event or file that was read."""


def run(engine: Engine, kit: Kit, *, full: bool, watch: Watch) -> Iterator[Report]:
    """Checks one after the other, each in a transaction of its own that writes nothing.

    A schema that is not this program's ends the examination: nothing else could be read.
    """
    for check in (_database(engine, kit), *_checks(full=full)):
        with watch(check) as advance:
            report = _examine(check, engine, kit, advance)
        yield report
        if any(finding.code == SCHEMA_NOT_CURRENT for finding in report.findings):
            return


def _examine(check: Check, engine: Engine, kit: Kit, advance: Callable[[int], None]) -> Report:
    examined = 0

    def tick() -> None:
        nonlocal examined
        examined += 1
        advance(1)

    with reading(engine, kit, patient=True) as session:
        return Report(check, _kept(check.find(session, tick)), examined)


def _kept(found: Iterator[Finding]) -> list[Finding]:
    """The first of them; of the rest how many of each kind, so that memory and logs have an end."""
    kept = list(islice(found, MOST))
    rest = Counter((each.code, each.weight) for each in found)
    for (code, weight), number in rest.items():
        words = Sentence(f"И ещё таких: {number}", f"And {number} more like these")
        kept.append(Finding(code, f"{number} more", words, weight=weight))
    return kept


def _database(engine: Engine, kit: Kit) -> Check:
    unsafe = ""
    try:
        # Before the session: both together would take two of perhaps one connection.
        require_durable(engine, kit.settings)
    except UnsafeDatabaseSettingsError as error:
        unsafe = str(error).partition(": ")[2]

    def find(session: KitSession, _: Tick) -> Iterator[Finding]:
        if unsafe:
            words = Sentence(
                "База может потерять то, что уже подтвердила",
                "The database may lose what it has acknowledged",
            )
            yield Finding("UNSAFE_DATABASE_SETTINGS", unsafe, words)
        revision = schema_revision(session)
        if revision != SCHEMA_HEAD:
            words = Sentence(
                f"Программе нужна схема {SCHEMA_HEAD}: podkluch migrate",
                f"This program needs the schema {SCHEMA_HEAD}: podkluch migrate",
            )
            yield Finding(SCHEMA_NOT_CURRENT, f"schema {revision}", words)

    return Check("database", Sentence("Настройки и схема базы", "Database settings, schema"), find)


def _checks(*, full: bool) -> list[Check]:
    return [
        Check(
            "seats",
            Sentence("Занятые места", "Seats taken"),
            _quietly(licensing.find_miscounted_seats),
        ),
        Check(
            "ledgers",
            Sentence("Журналы прав", "Ledgers of rights"),
            _quietly(licensing.find_broken_ledgers),
        ),
        Check(
            "rights",
            Sentence("Права против журналов", "Rights against their ledgers"),
            _quietly(licensing.find_rights_off_ledger),
        ),
        Check(
            "coupons",
            Sentence("Счётчики купонов", "Counts of coupons"),
            _quietly(coupons.find_miscounted_coupons),
        ),
        *_remembered(),
        *_stored(full=full),
    ]


def _remembered() -> list[Check]:
    """What rows keep of others so that lists need not ask them."""
    return [
        Check(
            "keys",
            Sentence("Сводки ключей", "Summaries of keys"),
            _quietly(licensing.find_missummed_keys),
        ),
        Check(
            "batches",
            Sentence("Сводки партий", "Summaries of batches"),
            _quietly(coupons.find_missummed_batches),
        ),
        Check(
            "names",
            Sentence("Ключи и продукты мест", "Keys and products of seats"),
            _quietly(licensing.find_misnamed_seats),
        ),
        Check(
            "reports",
            Sentence("Последние отчёты", "Last reports"),
            _quietly(delivery.find_mismarked_reports),
        ),
    ]


def _stored(*, full: bool) -> list[Check]:
    """Chains, signatures and files: what is read one by one."""
    return [
        Check(
            "audit",
            Sentence("Цепочки аудита", "Audit chains"),
            lambda session, tick: audit.find_broken_chain(session, tick=tick),
        ),
        Check(
            "trust",
            Sentence("Подписанные сведения", "Signed metadata"),
            lambda session, tick: trust.integrity.find_unsound_trust(session, tick=tick),
        ),
        Check(
            "files",
            Sentence("Файлы релизов", "Files of releases"),
            lambda session, tick: catalog.find_damaged_files(session, full=full, tick=tick),
        ),
        Check(
            "leftovers",
            Sentence("Лишние файлы", "Files left over"),
            _quietly(catalog.find_leftovers),
        ),
    ]


def _quietly(
    find: Callable[[KitSession], Iterator[Finding]],
) -> Callable[[KitSession, Tick], Iterator[Finding]]:
    return lambda session, _: find(session)
