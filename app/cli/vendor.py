"""`podkluch vendor`: the tenants of this server."""

from typing import Annotated

import typer

from app.accounts import service as accounts
from app.accounts.models import Vendor
from app.accounts.schemas import CreateVendor, Role, UpdateVendor
from app.accounts.schemas.people import InviteUser
from app.accounts.service import people
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.db import UnitOfWork
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
BatchMax = Annotated[
    int | None,
    typer.Option("--coupon-batch-max", help="Купонов в одной партии: от 1 до 100000."),
]
Grace = Annotated[
    int | None,
    typer.Option("--rotation-grace-hours", help="Сколько часов ещё действует заменённый ключ."),
]
Expiring = Annotated[
    int | None, typer.Option("--expiring-days", help="За сколько дней срок считать истекающим.")
]


_SETTINGS = ("coupon_batch_max", "rotation_grace_hours", "expiring_days")
Owner = Annotated[
    str | None,
    typer.Option(help="Почта первого владельца: ссылка для входа показывается один раз."),
]


@app.command(epilog=EPILOG)
def create(  # noqa: PLR0913 - one parameter per option
    *,
    slug: Slug,
    name: Name,
    prefix: Prefix,
    time_zone: TimeZone = None,
    owner: Owner = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести вендора."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateVendor, asked)
        with unit_of_work() as session:
            vendor = accounts.create_vendor(session, wanted, actor=actor())
            told = _invited(session, vendor, owner) if owner else {}
        terminal.show(
            Sentence("Вендор заведён", "Vendor created"),
            {
                "slug": vendor.slug,
                "name": vendor.name,
                "prefix": vendor.prefix,
                "time_zone": vendor.time_zone,
                "id": vendor.id,
            }
            | told,
        )


def _invited(session: UnitOfWork, vendor: Vendor, email: str) -> dict[str, object]:
    """The owner, and the link by which they come in."""
    wanted = command(InviteUser, email=email, role=Role.OWNER, locale=vendor.locale)
    made = people.invite(session, vendor.id, wanted, by=None, actor=actor())
    return {"owner": wanted.email, "link": made.address}


@app.command(epilog=EPILOG)
def update(
    *,
    vendor: VendorSlug = None,
    coupon_batch_max: BatchMax = None,
    rotation_grace_hours: Grace = None,
    expiring_days: Expiring = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Изменить настройки вендора; без параметров — показать их."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(UpdateVendor, {name: asked[name] for name in _SETTINGS if name in asked})
        with unit_of_work() as session:
            found = accounts.update_vendor(
                session, vendor_of(session, vendor), wanted, actor=actor()
            )
        shown = {name: getattr(found, name) for name in ("slug", *_SETTINGS)}
        terminal.show(Sentence("Настройки вендора", "The vendor's settings"), shown)
