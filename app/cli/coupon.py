"""`podkluch coupon`: batches of coupons, whose codes are seen only once."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from app.catalog import queries as catalog
from app.cli.codes import CodesFile
from app.cli.files import read_json
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.coupons import queries as coupons
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches, describe
from app.coupons.service.batches import GeneratedBatch
from app.coupons.service.exports import code_rows
from app.customers import queries as customers
from app.kit.db import UnitOfWork
from app.kit.i18n import Sentence
from app.kit.problems import command
from app.licensing.schemas import Operation
from wire.extensions import Channel

app = typer.Typer(help="Купоны, которые добавляют в ключ продукты.", no_args_is_help=True)

DAY = "ГГГГ-ММ-ДД"
Product = Annotated[str | None, typer.Option(help="Код продукта, который добавит купон.")]
Days = Annotated[int | None, typer.Option(help="Срок в днях от активации.")]
Until = Annotated[str | None, typer.Option(metavar=DAY, help="Срок до этого дня включительно.")]
Perpetual = Annotated[bool | None, typer.Option("--perpetual", help="Бессрочно.")]
Seats = Annotated[
    str | None,
    typer.Option(metavar="N|unlimited", help="Число баз; без параметра — как у продукта."),
]
Quantity = Annotated[int | None, typer.Option(help="Множитель числа баз продукта.")]
MaxChannel = Annotated[Channel | None, typer.Option("--channel", help="Канал релизов.")]
Operations = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help='Вместо этого — файл {"operations": [...]}.'),
]
Count = Annotated[int, typer.Option(help="Сколько купонов.")]
MaxRedemptions = Annotated[int | None, typer.Option(help="Сколько раз действует каждый: 1.")]
ValidFrom = Annotated[str | None, typer.Option(metavar=DAY, help="Активировать не раньше дня.")]
ValidUntil = Annotated[str | None, typer.Option(metavar=DAY, help="Активировать не позже дня.")]
ForCustomer = Annotated[str | None, typer.Option(help="Только клиенту: id или ваш номер.")]
ForKey = Annotated[str | None, typer.Option(help="Только ключу с этим id.")]
Name = Annotated[str | None, typer.Option(help="Название партии.")]
Invoice = Annotated[str | None, typer.Option("--invoice-number", help="Номер счёта.")]
InvoiceDate = Annotated[str | None, typer.Option(metavar=DAY, help="Дата счёта.")]
Comment = Annotated[str | None, typer.Option(help="Примечание для себя.")]
Out = Annotated[Path | None, typer.Option(dir_okay=False, help="Записать коды в новый файл CSV.")]


class _OperationList(BaseModel):
    operations: list[Operation]


@app.command(epilog=EPILOG)
def generate(  # noqa: PLR0913 - one parameter per option
    *,
    product: Product = None,
    days: Days = None,
    until: Until = None,
    perpetual: Perpetual = None,
    seats: Seats = None,
    quantity: Quantity = None,
    channel: MaxChannel = None,
    operations: Operations = None,
    count: Count = 1,
    max_redemptions: MaxRedemptions = None,
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
    customer: ForCustomer = None,
    key: ForKey = None,
    name: Name = None,
    invoice_number: Invoice = None,
    invoice_date: InvoiceDate = None,
    comment: Comment = None,
    out: Out = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Выпустить партию купонов. Коды показываются один раз; срок без параметра — как у продукта."""
    asked = given(locals())
    _require_sense(asked)
    with Terminal(lang, as_json=as_json) as terminal:
        listed = read_json(operations, _OperationList).operations if operations else None
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            wanted = _wanted(session, owner.id, asked, listed)
            made, description = _generate(terminal, session, owner.id, wanted)
            if out is not None:
                CodesFile(out).write(code_rows(session, made.batch, made.codes, description))
        if out is not None:
            CodesFile(out).settle()
        _show(terminal, made, wanted, description, out)


def _require_sense(asked: Mapping[str, object]) -> None:
    alone = {"days", "until", "perpetual", "seats", "quantity", "channel", "product"}
    if "operations" in asked and alone & asked.keys():
        raise typer.BadParameter(
            "операции — либо файлом, либо параметрами / by a file or by options, not both",
            param_hint="--operations",
        )
    if not {"operations", "product"} & asked.keys():
        raise typer.BadParameter("что добавит купон? / what does it add?", param_hint="--product")
    out = asked.get("out")
    if isinstance(out, Path) and out.exists():
        raise typer.BadParameter("такой файл уже есть / the file exists", param_hint="--out")


def _wanted(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    asked: Mapping[str, object],
    listed: list[Operation] | None,
) -> GenerateCoupons:
    """The command of the options, with names looked up and absent ones filled in."""
    wanted: dict[str, object] = {
        "operations": listed or [_operation(session, vendor_id, asked)],
        "name": f"{asked.get('product', 'podkluch')} × {asked['count']}",
    }
    if "customer" in asked:
        holder = customers.customer_by_reference(session, vendor_id, str(asked["customer"]))
        wanted["bound_customer_id"] = holder.id
    if "key" in asked:
        wanted["bound_key_id"] = asked["key"]
    fields = GenerateCoupons.model_fields.keys() - {"operations"}
    return command(
        GenerateCoupons, wanted | {name: asked[name] for name in fields if name in asked}
    )


def _operation(
    session: UnitOfWork, vendor_id: uuid.UUID, asked: Mapping[str, object]
) -> dict[str, object]:
    names = ("product", "quantity", "channel", "seats")
    operation = {name: asked[name] for name in names if name in asked}
    if asked.get("seats") == "unlimited":
        operation["seats"] = None  # null is no limit, absence is the product's default
    term = {name: asked[name] for name in ("days", "until", "perpetual") if name in asked}
    product = catalog.product_by_code(session, vendor_id, str(asked["product"]))
    return operation | {"term": term or product.default_term}


def _generate(
    terminal: Terminal, session: UnitOfWork, vendor_id: uuid.UUID, wanted: GenerateCoupons
) -> tuple[GeneratedBatch, str]:
    title = Sentence("Выпуск купонов", "Generating coupons")
    with terminal.progress(title, wanted.count) as advance:
        made = batches.generate(session, vendor_id, wanted, actor=actor(), progress=advance)
    names = coupons.names(session, vendor_id, wanted.bound_key_id)
    return made, describe.describe(made.operations, names, terminal.language)


def _show(
    terminal: Terminal,
    made: GeneratedBatch,
    wanted: GenerateCoupons,
    description: str,
    out: Path | None,
) -> None:
    shown: dict[str, object] = {
        "name": wanted.name,
        "count": wanted.count,
        "max_redemptions": wanted.max_redemptions,
        "valid_until": wanted.valid_until,
        "description": description,
        "id": made.batch.id,
    }
    if out is not None:
        shown["file"] = str(out)
    elif terminal.as_json:
        shown["codes"] = made.codes
    terminal.show(Sentence("Купоны выпущены", "Coupons generated"), shown)
    if out is None:
        for code in made.codes:
            terminal.say(Sentence(code, code))
    terminal.say(
        Sentence(
            "Коды показаны только сейчас: сохраните их.", "The codes are shown only now: keep them."
        )
        if out is None
        else Sentence(
            "Коды есть только в этом файле: берегите его.", "The codes are only in this file."
        )
    )
