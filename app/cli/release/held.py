"""`podkluch release hand-out` and `take-back`: around `sign` on the vendor's own computer."""

import uuid
from pathlib import Path
from typing import Annotated

import typer

from app.catalog.service import handing
from app.cli.files import read_json
from app.cli.keyfolder import DOCUMENT_MAX, write_paper
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence
from app.trust.schemas import ReleasesDraft

app = typer.Typer()

Drafts = Annotated[
    list[uuid.UUID] | None,
    typer.Argument(metavar="[ID]…", help="Черновики, которые пора опубликовать."),
]


@app.command("hand-out", epilog=EPILOG)
def hand_out(
    *,
    drafts: Drafts = None,
    out: Annotated[Path, typer.Option("--out", help="Файл для `podkluch sign`.")],
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Подготовить файл на подпись вендору: что изменилось и какие черновики публикуются."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            paper = handing.hand_out(session, vendor_of(session, vendor).id, drafts or ())
        write_paper(paper, out)
        terminal.show(Sentence("Подпишет вендор", "For the vendor to sign"), {"file": out})


@app.command("take-back", epilog=EPILOG)
def take_back(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Подписанное.")
    ],
    *,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Проверить подпись вендора и опубликовать подписанное."""
    with Terminal(lang, as_json=as_json) as terminal:
        paper = read_json(file, ReleasesDraft, DOCUMENT_MAX)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor).id
            made = handing.take_back(session, owner, paper, actor=actor())
            versions = [release.version for release in made]
        terminal.show(Sentence("Опубликовано", "Published"), {"versions": versions})
