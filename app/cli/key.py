"""`podkluch key`: the licence keys of a vendor's customers."""

import uuid
from pathlib import Path
from typing import Annotated

import typer

from app.cli.keyfile import KeyFile
from app.cli.runtime import Cause, Reason, VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.customers import queries as customers
from app.kit.fields import Reveal
from app.kit.i18n import Sentence
from app.kit.problems import command
from app.licensing.schemas import IssueKey
from app.licensing.service import keys, revealing

app = typer.Typer(help="Лицензионные ключи.", no_args_is_help=True)

CustomerName = Annotated[str, typer.Option(help="id клиента или ваш номер (external-ref1).")]
Comment = Annotated[str, typer.Option(help="Примечание для себя.")]


@app.command(epilog=EPILOG)
def issue(
    *,
    customer: CustomerName,
    vendor: VendorSlug = None,
    comment: Comment = "",
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Выпустить клиенту пустой ключ. Полный код показывается один раз."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            holder = customers.customer_by_reference(session, owner.id, customer)
            wanted = command(IssueKey, customer_id=holder.id, comment=comment)
            issued = keys.issue(session, owner.id, wanted, actor=actor())
        terminal.show(
            Sentence("Ключ выпущен", "Key issued"),
            {
                "code": issued.code,
                "customer": holder.company,
                "hint": issued.key.hint,
                "id": issued.key.id,
            },
        )
        terminal.say(
            Sentence(
                "Полный код показан только сейчас: сохраните его. Дальше будет видна лишь "
                "подсказка. В ключе пока нет продуктов: их добавит купон.",
                "The full code is shown only now: keep it. Later only the hint is seen. "
                "The key has no products yet: a coupon adds them.",
            )
        )


KeyId = Annotated[uuid.UUID, typer.Argument(metavar="KEY_ID", help="id ключа.")]


@app.command(epilog=EPILOG)
def reveal(
    key: KeyId,
    *,
    cause: Cause,
    reason: Reason = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Показать полный код ключа ещё раз. Показ остаётся в журнале вместе с причиной."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            wanted = command(Reveal, cause=cause, reason=reason)
            code = revealing.reveal(session, owner.id, key, wanted, actor=actor())
        terminal.show(Sentence("Код ключа", "The code of the key"), {"code": code})


Table = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="CSV в UTF-8 с заголовком: code, customer (id или ваш номер), comment.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Только проверить, ничего не записывая.")]


@app.command("import", epilog=EPILOG)
def import_(
    file: Table,
    *,
    vendor: VendorSlug = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести ключи другой системы с их прежними кодами: все или ни одного."""
    with Terminal(lang, as_json=as_json) as terminal:
        table = KeyFile.read(file)
        with unit_of_work() as session, session.savepoint(undo=dry_run):
            owner = vendor_of(session, vendor)
            count = table.bring(session, owner.id, actor=actor())
        title = Sentence("Ключи можно завести", "The keys can be imported")
        if not dry_run:
            title = Sentence("Ключи заведены", "Keys imported")
        terminal.show(title, {"keys": count})
