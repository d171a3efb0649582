"""`podkluch customer`: a vendor's client companies."""

from typing import Annotated

import typer

from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.customers import service as customers
from app.customers.schemas import CreateCustomer
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer(help="Клиенты вендора.", no_args_is_help=True)

Company = Annotated[str, typer.Option(help="Название компании.")]
Email = Annotated[str, typer.Option(help="Почта покупателя.")]
ContactName = Annotated[str | None, typer.Option(help="Контактное лицо.")]
Phone = Annotated[str | None, typer.Option(help="Телефон.")]
TechEmail = Annotated[str | None, typer.Option(help="Почта для писем о сбоях и релизах.")]
Inn = Annotated[str | None, typer.Option(help="ИНН: 10 или 12 цифр.")]
Reference = Annotated[
    str | None,
    typer.Option(
        "--external-ref1", help="Ваш номер клиента, например ИНН. У вендора не повторяется."
    ),
]
Reference2 = Annotated[
    str | None, typer.Option("--external-ref2", help="Ещё один ваш номер; может повторяться.")
]
Comment = Annotated[str | None, typer.Option(help="Примечание для себя.")]


@app.command(epilog=EPILOG)
def create(  # noqa: PLR0913 - one parameter per option
    *,
    company: Company,
    email: Email,
    vendor: VendorSlug = None,
    contact_name: ContactName = None,
    phone: Phone = None,
    tech_email: TechEmail = None,
    inn: Inn = None,
    external_ref1: Reference = None,
    external_ref2: Reference2 = None,
    comment: Comment = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести клиента."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateCustomer, asked)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            customer = customers.create(session, owner.id, wanted, actor=actor())
        terminal.show(
            Sentence("Клиент заведён", "Customer created"),
            {
                "company": customer.company,
                "email": customer.email,
                "external_ref1": customer.external_ref1,
                "id": customer.id,
            },
        )
