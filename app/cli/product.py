"""`podkluch product`: what a vendor sells."""

from typing import Annotated

import typer

from app.catalog.models import AfterExpiry
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import products
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer(help="Продукты: то, что вендор продаёт.", no_args_is_help=True)

Code = Annotated[str, typer.Option(help="Код продукта: строчная латиница, цифры и дефис.")]
Name = Annotated[str, typer.Option(help="Название, каким его видят клиенты.")]
Days = Annotated[int | None, typer.Option(help="Обычный срок в днях; без параметра — бессрочно.")]
Seats = Annotated[
    int | None, typer.Option(help="Обычное число баз на ключ; без параметра — без ограничения.")
]
Expiry = Annotated[
    AfterExpiry | None,
    typer.Option(
        help="После срока: keep_releases — доступны вышедшие до него релизы (так и без параметра), "
        "block — ничего."
    ),
]


@app.command(epilog=EPILOG)
def create(  # noqa: PLR0913 - one parameter per option
    *,
    code: Code,
    name: Name,
    vendor: VendorSlug = None,
    days: Days = None,
    seats: Seats = None,
    after_expiry: Expiry = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести продукт."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateProduct, asked, default_days=days, default_seats=seats)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            product = products.create_product(session, owner.id, wanted, actor=actor())
        terminal.show(
            Sentence("Продукт заведён", "Product created"),
            {
                "code": product.code,
                "name": product.name,
                "days": product.default_term.get("days"),
                "seats": product.default_seats,
                "after_expiry": product.after_expiry,
                "id": product.id,
            },
        )
