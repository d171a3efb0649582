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
from app.cli.runtime import Cause, Reason, VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given, watched
from app.coupons import queries as coupons
from app.coupons.models import Coupon
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches, describe
from app.coupons.service.batches import GeneratedBatch
from app.coupons.service.coupons import reveal as reveal_coupon
from app.coupons.service.exports import code_rows, reopen
from app.customers import queries as customers
from app.kit.db import UnitOfWork
from app.kit.fields import Reveal
from app.kit.i18n import Sentence
from app.kit.problems import command
from app.licensing.schemas import OPERATIONS, Operation
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
Like = Annotated[
    uuid.UUID | None,
    typer.Option(metavar="ID", help="Ещё одна такая же партия; что названо, будет другим."),
]
Count = Annotated[int | None, typer.Option(help="Сколько купонов: 1.")]
MaxRedemptions = Annotated[int | None, typer.Option(help="Сколько раз действует каждый: 1.")]
ValidFrom = Annotated[str | None, typer.Option(metavar=DAY, help="Активировать не раньше дня.")]
ValidUntil = Annotated[str | None, typer.Option(metavar=DAY, help="Активировать не позже дня.")]
ForCustomer = Annotated[str | None, typer.Option(help="Только клиенту: id или ваш номер.")]
ForKey = Annotated[str | None, typer.Option(help="Только ключу с этим id.")]
Name = Annotated[str | None, typer.Option(help="Название партии.")]
Invoice = Annotated[str | None, typer.Option("--invoice-number", help="Номер счёта.")]
InvoiceDate = Annotated[str | None, typer.Option(metavar=DAY, help="Дата счёта.")]
Comment = Annotated[str | None, typer.Option(help="Примечание для себя.")]
BatchId = Annotated[uuid.UUID, typer.Argument(metavar="ID", help="id партии из `generate`.")]
Into = Annotated[Path, typer.Option("--out", dir_okay=False, help="Записать в новый файл CSV.")]
Out = Annotated[Path | None, typer.Option(dir_okay=False, help="Записать коды в новый файл CSV.")]


_OPERATION = ("days", "until", "perpetual", "seats", "quantity", "channel")


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
    like: Like = None,
    count: Count = None,
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


@app.command(epilog=EPILOG)
def export(
    *,
    batch: BatchId,
    out: Into,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Записать коды партии в файл ещё раз: тому, кто её выпустил, в течение 24 часов."""
    _require_new(out)
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            found, codes = reopen(session, owner.id, batch, actor=actor())
            description = _description(
                terminal, session, owner.id, coupons.first_coupon(session, found)
            )
            rows = code_rows(session, found, codes, description)
            with terminal.progress(
                Sentence("Запись кодов", "Writing codes"), found.count
            ) as advance:
                CodesFile(out).write(watched(rows, advance))
        CodesFile(out).settle()
        shown = {"name": found.name, "count": found.count, "id": found.id, "file": str(out)}
        terminal.show(Sentence("Коды записаны", "Codes written"), shown)


def _require_sense(asked: Mapping[str, object]) -> None:
    ways = [{"operations"}, {"like"}, {"product", *_OPERATION}]
    chosen = [way for way in ways if way & asked.keys()]
    if len(chosen) > 1:
        raise typer.BadParameter(
            "операции — либо файлом, либо параметрами, либо как у партии / "
            "by a file, by options or like a batch, only one of them",
            param_hint="--operations",
        )
    if not {"operations", "like", "product"} & asked.keys():
        raise typer.BadParameter("что добавит купон? / what does it add?", param_hint="--product")
    out = asked.get("out")
    if isinstance(out, Path):
        _require_new(out)


def _require_new(out: Path) -> None:
    if out.exists():
        raise typer.BadParameter("такой файл уже есть / the file exists", param_hint="--out")


def _wanted(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    asked: Mapping[str, object],
    listed: list[Operation] | None,
) -> GenerateCoupons:
    """The command of the options, with names looked up and absent ones filled in."""
    if "like" in asked:
        wanted = batches.like(session, vendor_id, uuid.UUID(str(asked["like"])))
    else:
        wanted = {
            "operations": listed or [_operation(session, vendor_id, asked)],
            "name": f"{asked.get('product', 'podkluch')} × {asked.get('count', 1)}",
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


CouponId = Annotated[uuid.UUID, typer.Argument(metavar="COUPON_ID", help="id купона.")]


@app.command(epilog=EPILOG)
def reveal(
    coupon: CouponId,
    *,
    cause: Cause,
    reason: Reason = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Показать полный код купона ещё раз. Показ остаётся в журнале вместе с причиной."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            wanted = command(Reveal, cause=cause, reason=reason)
            code = reveal_coupon(session, owner.id, coupon, wanted, actor=actor())
        terminal.show(Sentence("Код купона", "The code of the coupon"), {"code": code})


def _generate(
    terminal: Terminal, session: UnitOfWork, vendor_id: uuid.UUID, wanted: GenerateCoupons
) -> tuple[GeneratedBatch, str]:
    title = Sentence("Выпуск купонов", "Generating coupons")
    with terminal.progress(title, wanted.count) as advance:
        made = batches.generate(session, vendor_id, wanted, actor=actor(), progress=advance)
    return made, _description(
        terminal, session, vendor_id, coupons.first_coupon(session, made.batch)
    )


def _description(
    terminal: Terminal, session: UnitOfWork, vendor_id: uuid.UUID, coupon: Coupon
) -> str:
    names = coupons.names(session, vendor_id, coupon.bound_key_id)
    operations = OPERATIONS.validate_python(coupon.operations)
    return describe.describe(operations, names, terminal.language)


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
