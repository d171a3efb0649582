"""`podkluch release create` and `rules`: drafts, and the rules of any release."""

from pathlib import Path
from typing import Annotated

import typer

from app.catalog import queries
from app.catalog.models import ReleaseStatus
from app.catalog.queries.comparison import file_remarks
from app.catalog.schemas.editing import remarks
from app.catalog.schemas.releases import CreateDraft
from app.catalog.schemas.rulesets import ReplaceRules
from app.catalog.service import artifacts, drafts
from app.catalog.service import rules as service
from app.catalog.service.files import take
from app.cli.files import read_at_most
from app.cli.release.life import ReleaseId, show
from app.cli.release.publish import (
    CfeFile,
    Critical,
    ExtensionCode,
    Miko,
    MinFrom,
    NotesEn,
    ReleaseChannel,
    Version,
)
from app.cli.release.rulesfile import read_rules
from app.cli.runtime import VendorSlug, actor, load_settings, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer()

Notes = Annotated[str | None, typer.Option("--notes-ru", help="Что изменилось, по-русски.")]
Rules = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help='Правила {"rules": [...]}; без параметра — правила последнего релиза.',
    ),
]
RulesFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help='{"rules": [...]}.'),
]
Why = Annotated[
    str | None, typer.Option("--reason", help="Почему; нужна, если релиз уже опубликован.")
]


@app.command(epilog=EPILOG)
def create(  # noqa: PLR0913 - one parameter per option
    file: CfeFile,
    *,
    extension: ExtensionCode,
    rules: Rules = None,
    miko: Miko = False,
    notes_ru: Notes = None,
    version: Version = None,
    notes_en: NotesEn = None,
    channel: ReleaseChannel = None,
    critical: Critical = False,
    min_from_version: MinFrom = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести черновик релиза из .cfe; клиентам он не виден."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        told = {"rules": read_rules(rules, miko=miko)} if rules else {}
        wanted = command(CreateDraft, asked, **told)
        limit = load_settings().upload_max_bytes
        data = read_at_most(file, limit)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            draft = drafts.create_draft(session, owner.id, wanted, actor=actor())
            upload = take(session.kit.artifacts, data, limit=limit)
            artifacts.attach(session, owner.id, draft.id, upload, actor=actor())
            found = file_remarks(session, draft)
        title = Sentence("Черновик заведён", "Draft created")
        show(terminal, title, draft, file=file.name, warnings=found)


@app.command(epilog=EPILOG)
def rules(  # noqa: PLR0913 - one parameter per option
    release: ReleaseId,
    file: RulesFile,
    *,
    miko: Miko = False,
    reason: Why = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Заменить все правила совместимости релиза."""
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = _wanted(file, reason, miko=miko)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            found = queries.release(session, owner.id, release)
            is_draft = found.status == ReleaseStatus.DRAFT
            change = service.write_rules if is_draft else service.replace_rules
            version = found.row_version
            changed = change(session, owner.id, release, wanted, version=version, actor=actor())
        title = Sentence("Правила заменены", "Rules replaced")
        rows = wanted.rows
        show(terminal, title, changed, rules=len(rows), warnings=remarks(rows))


def _wanted(file: Path, reason: str | None, *, miko: bool) -> ReplaceRules:
    return command(ReplaceRules, reason=reason, rules=read_rules(file, miko=miko))
