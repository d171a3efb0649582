"""`podkluch release list`, `amend` and `delete`: what there is, and what is said of it."""

from typing import Annotated

import typer

from app.catalog import queries
from app.catalog.models import ReleaseStatus
from app.catalog.queries import releases as reads
from app.catalog.schemas.releases import ChangeRelease, FindReleases
from app.catalog.service import drafts, releases
from app.cli.release.life import ReleaseId, show, state
from app.cli.release.publish import NotesEn
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer()

Only = Annotated[str | None, typer.Option("--extension", help="Только этого расширения.")]
Status = Annotated[
    str | None,
    typer.Option(metavar="draft|published|paused|withdrawn", help="Только в этом состоянии."),
]
Notes = Annotated[str | None, typer.Option("--notes-ru", help="Что изменилось, по-русски.")]
Migration = Annotated[
    str | None, typer.Option("--migration-notes-ru", help="Что сделать при переходе, по-русски.")
]
MigrationEn = Annotated[
    str | None, typer.Option("--migration-notes-en", help="То же по-английски.")
]
Critical = Annotated[
    bool | None, typer.Option("--critical/--not-critical", help="Важное обновление.")
]


@app.command("list", epilog=EPILOG)
def list_(
    *,
    extension: Only = None,
    status: Status = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Показать релизы, новые сверху, не больше двухсот."""
    with Terminal(lang, as_json=as_json) as terminal:
        asked = command(FindReleases, given({"extension": extension, "status": status}), limit=200)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            found = [
                {
                    "extension": each.extension.code,
                    "version": each.release.version,
                    "status": state(terminal, each.release.status),
                    "channel": each.release.channel,
                    "rollout_percent": each.release.rollout_percent,
                    "id": each.release.id,
                }
                for each in reads.releases(session, owner.id, asked).rows
            ]
        if terminal.as_json:
            terminal.write({"releases": found})
            return
        for row in found:
            line = "{extension} {version}  {status}, {channel}, {rollout_percent} %  {id}"
            terminal.say(Sentence(line.format_map(row), line.format_map(row)))
        if not found:
            terminal.say(Sentence("Релизов нет.", "There are no releases."))


@app.command(epilog=EPILOG)
def amend(  # noqa: PLR0913 - one parameter per option
    release: ReleaseId,
    *,
    notes_ru: Notes = None,
    notes_en: NotesEn = None,
    migration_notes_ru: Migration = None,
    migration_notes_en: MigrationEn = None,
    critical: Critical = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Изменить слова о релизе и его важность: черновика и уже опубликованного."""
    told = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(ChangeRelease, told)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            found = queries.release(session, owner.id, release)
            is_draft = found.status == ReleaseStatus.DRAFT
            change = drafts.update_draft if is_draft else releases.amend
            version = found.row_version
            changed = change(session, owner.id, release, wanted, version=version, actor=actor())
        show(terminal, Sentence("Релиз изменён", "Release changed"), changed)


@app.command(epilog=EPILOG)
def delete(
    release: ReleaseId, *, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru"
) -> None:
    """Удалить черновик; опубликованный релиз можно только отозвать."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            found = queries.release(session, owner.id, release)
            version, told = found.row_version, {"version": found.version, "id": release}
            drafts.delete_draft(session, owner.id, release, version=version, actor=actor())
        terminal.show(Sentence("Черновик удалён", "Draft deleted"), told)
