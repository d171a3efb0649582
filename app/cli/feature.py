"""`podkluch feature`: options that products carry."""

from typing import Annotated

import typer

from app.catalog.schemas.features import CreateFeature
from app.catalog.service import features
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer(help="Фичи: опции, из которых складывают продукты.", no_args_is_help=True)

Code = Annotated[str, typer.Option(help="Код фичи: строчная латиница, цифры и дефис.")]
Name = Annotated[str, typer.Option(help="Название, каким его видят клиенты.")]
LegacyId = Annotated[int | None, typer.Option(help="Номер фичи в прежней системе.")]


@app.callback()  # without it a lone command would lose its name
def feature() -> None:
    """Фичи: опции, из которых складывают продукты."""


@app.command(epilog=EPILOG)
def create(
    *,
    code: Code,
    name: Name,
    vendor: VendorSlug = None,
    legacy_id: LegacyId = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести фичу."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateFeature, asked)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            made = features.create_feature(session, owner.id, wanted, actor=actor())
        terminal.show(
            Sentence("Фича заведена", "Feature created"),
            {"code": made.code, "name": made.name, "id": made.id},
        )
