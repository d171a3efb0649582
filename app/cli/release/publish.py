"""`podkluch release publish`: from a .cfe to a release that agents are offered, in one step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.accounts.models import Vendor
from app.catalog import queries
from app.catalog.models import Extension, Release
from app.catalog.schemas.editing import remarks
from app.catalog.schemas.releases import CreateRelease, PublishRelease
from app.catalog.service import files, releases
from app.cli.files import read_at_most
from app.cli.release.rulesfile import read_rules
from app.cli.runtime import VendorSlug, actor, load_settings, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.cli.words import PURPOSES
from app.kit.i18n import Sentence, fill
from app.kit.problems import command
from onec.cfe import Cfe
from wire.extensions import Channel

app = typer.Typer()

CfeFile = Annotated[
    Path, typer.Argument(metavar="FILE.cfe", exists=True, dir_okay=False, help="Файл расширения.")
]
ExtensionCode = Annotated[str, typer.Option(help="Код расширения.")]
Version = Annotated[
    str | None,
    typer.Option(help="Версия релиза, числа через точку: 2.4.0. Без параметра — из файла."),
]
Rules = Annotated[
    Path,
    typer.Option(exists=True, dir_okay=False, help='Правила совместимости: {"rules": [...]}.'),
]
Notes = Annotated[str, typer.Option("--notes-ru", help="Что изменилось, по-русски.")]
NotesEn = Annotated[str | None, typer.Option("--notes-en", help="Что изменилось, по-английски.")]
ReleaseChannel = Annotated[Channel | None, typer.Option(help="Канал; без параметра — stable.")]
Critical = Annotated[bool, typer.Option("--critical", help="Важное обновление.")]
Miko = Annotated[bool, typer.Option("--miko", help="В файле список МИКО conf, min_1c_version.")]
MinFrom = Annotated[
    str | None,
    typer.Option("--min-from", help="Версия, ниже которой сначала ставят промежуточный релиз."),
]
Percent = Annotated[
    int, typer.Option("--rollout-percent", help="Скольким из ста баз отдать сначала, 1-100.")
]


@app.command(epilog=EPILOG)
def publish(  # noqa: PLR0913 - one parameter per option
    file: CfeFile,
    *,
    extension: ExtensionCode,
    rules: Rules,
    notes_ru: Notes,
    version: Version = None,
    notes_en: NotesEn = None,
    channel: ReleaseChannel = None,
    critical: Critical = False,
    miko: Miko = False,
    min_from_version: MinFrom = None,
    rollout_percent: Percent = 100,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Прочитать .cfe, сверить с тем, что о нём сказано, и опубликовать релиз.

    После публикации файл и версия релиза не меняются.
    """
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateRelease, asked, rules=read_rules(rules, miko=miko))
        spread = command(PublishRelease, rollout_percent=rollout_percent)
        limit = load_settings().upload_max_bytes
        data = read_at_most(file, limit)
        parsed = files.read(data, limit=limit)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            line = queries.extension_by_code(session, owner.id, extension)
            _compare(terminal, parsed, _stated(wanted, line, owner))
            draft = releases.create(session, owner.id, wanted, data, actor=actor())
            release = releases.publish(session, owner.id, draft.id, spread, actor=actor())
        _show(terminal, release, wanted, parsed, zone=owner.time_zone)


def _stated(wanted: CreateRelease, extension: Extension, vendor: Vendor) -> dict[str, str]:
    """What the vendor says, beside what the file says of itself."""
    return {
        "name": extension.onec_name,
        "version": wanted.version or "",
        "purpose": extension.purpose,
        "vendor": vendor.name,
    }


def _compare(terminal: Terminal, parsed: Cfe, stated: dict[str, str]) -> None:
    if terminal.as_json:
        return
    table = Table(title=terminal.text(Sentence("Что в файле", "The file")), title_justify="left")
    for heading in (
        Sentence("Свойство", "Property"),
        Sentence("В файле", "In the file"),
        Sentence("Сказано", "Stated"),
    ):
        table.add_column(terminal.text(heading), overflow="fold")
    for label, found, said in _rows(terminal, parsed, stated):
        # Text and not markup: the words come from a stranger's file.
        style = "yellow" if said and said != found else ""
        table.add_row(terminal.text(label), Text(found), Text(said, style=style))
    Console().print(table)
    for warning in parsed.warnings:
        terminal.say(Sentence(f"Внимание: {warning.ru}.", f"Note: {warning.en}."))


def _rows(
    terminal: Terminal, parsed: Cfe, stated: dict[str, str]
) -> Iterator[tuple[Sentence, str, str]]:
    yield Sentence("Имя в 1С", "Name in 1C"), parsed.name, stated["name"]
    yield Sentence("Версия", "Version"), parsed.version, stated["version"]
    purposes = [_purpose(terminal, code) for code in (parsed.purpose_code, stated["purpose"])]
    yield Sentence("Назначение", "Purpose"), purposes[0], purposes[1]
    yield Sentence("Поставщик", "Vendor"), parsed.vendor, stated["vendor"]
    yield Sentence("Префикс", "Prefix"), parsed.prefix, ""
    yield Sentence("Совместимость", "Compatibility"), parsed.compatibility, ""
    yield Sentence("Своих объектов", "Own objects"), str(parsed.own), ""
    yield Sentence("Заимствованных", "Adopted"), str(parsed.adopted), ""


def _purpose(terminal: Terminal, code: str) -> str:
    return fill("{purpose}", terminal.language, {"purpose": PURPOSES.get(code, code)})


def _show(
    terminal: Terminal, release: Release, wanted: CreateRelease, parsed: Cfe, *, zone: str
) -> None:
    published_at, odd = release.published_at, remarks(wanted.rules)
    shown: dict[str, object] = {
        "extension": wanted.extension,
        "version": release.version,
        "channel": release.channel,
        "published_at": published_at.astimezone(ZoneInfo(zone)) if published_at else None,
        "rules": len(wanted.rules),
        "size": parsed.size,
        "sha256": parsed.sha256,
        "id": release.id,
    }
    if terminal.as_json:
        shown["file"] = {
            "name": parsed.name,
            "version": parsed.version,
            "vendor": parsed.vendor,
            "prefix": parsed.prefix,
            "purpose": parsed.purpose_code,
            "compatibility": parsed.compatibility,
            "own": parsed.own,
            "adopted": parsed.adopted,
            "warnings": [
                {"code": each.code, "text": Sentence(each.ru, each.en)} for each in parsed.warnings
            ],
        }
        shown["warnings"] = [{"code": each.code, "text": each.text} for each in odd]
    terminal.show(Sentence("Релиз опубликован", "Release published"), shown)
    for each in odd:
        terminal.say(Sentence(f"Внимание: {each.text.ru}.", f"Note: {each.text.en}."))
