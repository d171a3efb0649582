"""`podkluch eula`: the licence agreements of a vendor's products."""

from pathlib import Path
from typing import Annotated

import typer

from app.catalog.schemas.eulas import PublishEula
from app.catalog.service import eulas
from app.cli.files import read_text
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer(help="Лицензионные соглашения продуктов.", no_args_is_help=True)

Product = Annotated[str, typer.Option(help="Код продукта.")]
Russian = Annotated[
    Path, typer.Option("--ru", exists=True, dir_okay=False, help="Файл с русским текстом, UTF-8.")
]
English = Annotated[
    Path | None,
    typer.Option("--en", exists=True, dir_okay=False, help="Файл с английским текстом, UTF-8."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="ГГГГ-ММ-ДД", help="С какого дня; без параметра — с сегодняшнего."
    ),
]


@app.command(epilog=EPILOG)
def publish(  # noqa: PLR0913 - one parameter per option
    *,
    product: Product,
    text_ru: Russian,
    text_en: English = None,
    effective_from: From = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Опубликовать новую редакцию соглашения. Изменить её потом нельзя."""
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(
            PublishEula,
            product=product,
            text_ru=read_text(text_ru),
            text_en=read_text(text_en) if text_en else None,
            effective_from=effective_from,
        )
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            eula = eulas.publish_eula(session, owner.id, wanted, actor=actor())
        terminal.show(
            Sentence("Соглашение опубликовано", "Agreement published"),
            {
                "product": product,
                "number": eula.number,
                "effective_from": eula.effective_from,
                "sha256": eula.sha256_ru,
                "id": eula.id,
            },
        )
