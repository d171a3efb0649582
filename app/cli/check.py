"""`podkluch check`: whether what is stored agrees with itself, and with --repair, that it does."""

import logging
import uuid
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.accounts import queries as accounts
from app.cli.runtime import Runtime, opened, refusals
from app.cli.terminal import EPILOG, REFUSED, AsJson, Lang, Terminal
from app.kit.db import reading
from app.kit.findings import Finding, Weight
from app.kit.i18n import Sentence
from app.upkeep import check as upkeep
from app.upkeep import repair as repairs
from app.upkeep.check import SCHEMA_NOT_CURRENT, Report

app = typer.Typer(add_completion=False)

Full = Annotated[bool, typer.Option("--full", help="Прочитать и сами файлы, сверяя их SHA-256.")]


Repairing = Annotated[
    bool,
    typer.Option(
        "--repair", help="Сначала исправить, что можно: лишнее удалить, испорченное — в карантин."
    ),
]


@app.command(epilog=EPILOG)
def check(
    *, full: Full = False, repair: Repairing = False, as_json: AsJson = False, lang: Lang = "ru"
) -> None:
    """Проверить сервер: базу, счётчики, журналы прав, цепочку аудита, файлы.

    Без --repair ничего не меняет.
    """
    with Terminal(lang, as_json=as_json) as terminal, opened() as runtime, refusals():
        document = examined(terminal, runtime, full=full, repair=repair)
        if terminal.as_json:
            terminal.write(document)
        if not document["ok"]:
            raise typer.Exit(REFUSED)


def examined(
    terminal: Terminal, runtime: Runtime, *, full: bool, repair: bool
) -> dict[str, object]:
    """Repairs if asked, examines, tells people; the same for programs."""
    repaired = _repair(terminal, runtime, full=full) if repair else []
    reports = []
    for report in upkeep.run(
        runtime.engine,
        runtime.kit,
        full=full,
        watch=lambda check: terminal.progress(check.title, None),
    ):
        reports.append(report)
        _tell(terminal, report)
    findings = [finding for report in reports for finding in report.findings]
    slugs = _slugs(runtime, findings)
    faults = sum(finding.weight is Weight.FAULT for finding in findings)
    if not terminal.as_json:
        _print(terminal, findings, slugs)
    terminal.say(Sentence(f"Ошибок: {faults}.", f"Faults: {faults}."))
    return _document(reports, slugs, ok=not faults) | {"repaired": _listed(repaired, slugs)}


def _repair(terminal: Terminal, runtime: Runtime, *, full: bool) -> list[Finding]:
    """Puts right what can be, line by line; only in a schema that is this program's."""
    runtime.require_sound()
    # What the log would say is said below, to the person who asked.
    logging.getLogger("podkluch").addHandler(logging.NullHandler())
    repaired = []
    for repairer, done in repairs.repair(runtime.engine, runtime.kit, full=full):
        repaired.append(done)
        told_ru, told_en = f"{repairer.title.ru}: {done.text.ru}", done.text.en
        terminal.say(
            Sentence(
                f"→ {told_ru} ({done.subject})",
                f"→ {repairer.title.en}: {told_en} ({done.subject})",
            )
        )
    return repaired


def _tell(terminal: Terminal, report: Report) -> None:
    mark = "✘" if any(found.weight is Weight.FAULT for found in report.findings) else "✔"
    title, examined, found = report.check.title, report.examined, len(report.findings)
    seen_ru, seen_en = (f", просмотрено {examined}", f", {examined} read") if examined else ("", "")
    found_ru, found_en = (f", замечаний {found}", f", {found} found") if found else ("", "")
    terminal.say(
        Sentence(f"{mark} {title.ru}{seen_ru}{found_ru}", f"{mark} {title.en}{seen_en}{found_en}")
    )


def _slugs(runtime: Runtime, findings: list[Finding]) -> Mapping[uuid.UUID | None, str]:
    """What the vendors are called; in a foreign schema nobody has a name."""
    if any(finding.code == SCHEMA_NOT_CURRENT for finding in findings):
        return {}
    with reading(runtime.engine, runtime.kit) as session:
        return {vendor.id: vendor.slug for vendor in accounts.vendors(session)}


def _print(
    terminal: Terminal, findings: list[Finding], slugs: Mapping[uuid.UUID | None, str]
) -> None:
    if not findings:
        return
    table = Table()
    for heading in (
        Sentence("Вендор", "Vendor"),
        Sentence("Что", "What"),
        Sentence("Где", "Where"),
        Sentence("Код", "Code"),
    ):
        table.add_column(terminal.text(heading), overflow="fold")
    for finding in findings:
        words = Text(terminal.text(finding.text))
        if finding.weight is Weight.FAULT:
            words.stylize("red")
        vendor = slugs.get(finding.vendor_id, "")
        table.add_row(Text(vendor), words, Text(finding.subject), finding.code)
    Console().print(table)


def _document(
    reports: list[Report], slugs: Mapping[uuid.UUID | None, str], *, ok: bool
) -> dict[str, object]:
    return {
        "ok": ok,
        "checks": [
            {
                "name": report.check.name,
                "examined": report.examined,
                "findings": _listed(report.findings, slugs),
            }
            for report in reports
        ],
    }


def _listed(
    findings: list[Finding], slugs: Mapping[uuid.UUID | None, str]
) -> list[dict[str, object]]:
    return [
        {
            "code": finding.code,
            "weight": finding.weight,
            "vendor": slugs.get(finding.vendor_id),
            "subject": finding.subject,
            "text": finding.text,
        }
        for finding in findings
    ]
