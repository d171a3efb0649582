"""`podkluch product`: what a vendor sells."""

from typing import Annotated, Any

import typer

from app.catalog.models import AfterExpiry, Product, TrialKind
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import products
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.cli.words import AFTER_EXPIRY
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


Guid = Annotated[str | None, typer.Option("--external-guid", help="Как продукт зовёт ваша CRM.")]
TrialDays = Annotated[
    int | None, typer.Option(help="Триал на столько календарных дней; без параметра триала нет.")
]
Free = Annotated[
    bool, typer.Option("--free", help="Бесплатный: вместо триала бессрочная лицензия.")
]
Transfers = Annotated[
    int | None, typer.Option("--transfers", help="Переносов на другую базу за 30 дней: 3.")
]
EndsTrials = Annotated[
    list[str] | None,
    typer.Option("--ends-trial", help="Код продукта, триал которого кончит покупка этого."),
]
Features = Annotated[
    list[str] | None,
    typer.Option("--feature", metavar="CODE[:N]", help="Фича и её количество в одном продукте."),
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
    external_guid: Guid = None,
    trial_days: TrialDays = None,
    free: Free = False,
    transfers: Transfers = None,
    ends_trials: EndsTrials = None,
    features: Features = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести продукт."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = _wanted(asked)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            product = products.create_product(session, owner.id, wanted, actor=actor())
        terminal.show(Sentence("Продукт заведён", "Product created"), _described(product))


def _wanted(asked: dict[str, Any]) -> CreateProduct:
    """The command that the options mean."""
    days = asked.get("days")
    more = {
        "default_seats": asked.get("seats"),
        "default_term": None if days is None else {"days": days},
        "trial_kind": _trial(asked.get("trial_days"), free=asked["free"]),
        "transfer_quota": asked.get("transfers"),
        "features": [_feature(text) for text in asked.get("features", ())],
    }
    return command(CreateProduct, asked | given(more))


def _described(product: Product) -> dict[str, object]:
    return {
        "code": product.code,
        "name": product.name,
        "days": product.default_term.get("days"),
        "seats": product.default_seats,
        "after_expiry": AFTER_EXPIRY[product.after_expiry],
        "id": product.id,
    }


def _trial(days: int | None, *, free: bool) -> TrialKind | None:
    if free:
        return TrialKind.FREE_PERPETUAL
    return None if days is None else TrialKind.CALENDAR_DAYS


def _feature(text: str) -> dict[str, object]:
    """`scanner` is a switch, `scanner:5` a quantity; what is no number is refused as one."""
    code, colon, quantity = text.partition(":")
    return {"feature": code, "quantity": quantity if colon else None}
