"""`podkluch vendor`: the tenants of this server."""

from typing import Annotated

import typer

from app.accounts import service as accounts
from app.accounts.schemas import CreateVendor
from app.cli.runtime import actor, unit_of_work
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer(
    help="Вендоры: чьи на этом сервере продукты, клиенты и ключи.", no_args_is_help=True
)

Slug = Annotated[str, typer.Option(help="Короткое имя латиницей для команд: romashka.")]
Name = Annotated[str, typer.Option(help="Название, каким его видят клиенты.")]
Prefix = Annotated[
    str,
    typer.Option(help="Четыре заглавные латинские буквы: с них начнётся каждый ключ. Навсегда."),
]
TimeZone = Annotated[
    str | None, typer.Option(help="Часовой пояс, по нему кончаются сроки: Europe/Moscow.")
]


@app.command(epilog=EPILOG)
def create(
    *,
    slug: Slug,
    name: Name,
    prefix: Prefix,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести вендора."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateVendor, asked)
        with unit_of_work() as session:
            vendor = accounts.create_vendor(session, wanted, actor=actor())
        terminal.show(
            Sentence("Вендор заведён", "Vendor created"),
            {
                "slug": vendor.slug,
                "name": vendor.name,
                "prefix": vendor.prefix,
                "time_zone": vendor.time_zone,
                "id": vendor.id,
            },
        )
