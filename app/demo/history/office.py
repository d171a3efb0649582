"""The vendor's part of the story: tenant, root of trust, what is sold, agreements, programs."""

from collections.abc import Sequence
from typing import Final

from app.accounts import service as accounts
from app.accounts.schemas import CreateToken, CreateVendor, Permission, Role, UpdateVendor
from app.accounts.schemas.people import InviteUser
from app.accounts.service import people, tokens
from app.audit.actor import SYSTEM, Actor, ActorKind
from app.catalog import queries as catalog
from app.catalog.schemas.eulas import PublishEula
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.features import CreateFeature
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import eulas, extensions, features, products
from app.demo import seed, staff
from app.demo.history.cast import Eula, World
from app.demo.history.goods import (
    COMFORT,
    DOCUMENTS,
    EXCHANGE,
    FEATURES,
    PRODUCTS,
    WARES,
    eula,
)
from app.demo.history.walk import DAYS, Do
from app.kit.db import UnitOfWork

EULAS: Final[Sequence[tuple[str, int]]] = (
    (DOCUMENTS, 1),
    (EXCHANGE, 1),
    (COMFORT, 1),
    (DOCUMENTS, 200),
    (EXCHANGE, 290),
)
"""Products and the days on which each gets its next agreement."""


def number_of_eula(product: str, day: int) -> int:
    """Which agreement of a product is in force on a day after ten o'clock, from 0."""
    return len([begun for of, begun in EULAS if of == product and begun <= day]) - 1


def open_office(world: World, password: str) -> None:
    """The vendor appears with everything that can be sold."""
    story = world.story
    moment = story.calendar.moment
    story.tell(moment(0, 9), "vendor", lambda session: _appear(session, world, password))
    story.tell(moment(0, 9, 5), "trust", seed.trust_vendor)
    for number, code in enumerate(FEATURES):
        story.tell(moment(0, 10, number), "feature", _feature(world, code))
    for number, product in enumerate(PRODUCTS):
        command = CreateProduct.model_validate(product)
        story.tell(moment(0, 11, number), "product", _product(world, command))
    for number, ware in enumerate(WARES):
        told = {
            "product": ware.product,
            "code": ware.code,
            "onec_name": ware.onec_name,
            "title_ru": ware.title,
            "title_en": ware.english,
            "description_ru": f"Демонстрационное расширение «{ware.title}».",
            "purpose": ware.purpose,
            "backup_required": ware.code == "document-check",
        }
        made = CreateExtension.model_validate(told)
        story.tell(moment(0, 12, number), "extension", _extension(world, made))
    for sold, day in EULAS:
        story.tell(moment(day, 9, 10), "eula", _eula(world, sold))
    _automate(world)
    tell = world.story.tell
    tell(moment(DAYS - 2, 12), "invite", lambda session: _invite(session, world))


def _invite(session: UnitOfWork, world: World) -> None:
    """Somebody who has not come yet."""
    command = InviteUser(email="newcomer@example.com", role=Role.SUPPORT)
    people.invite(session, world.vendor_id, command, by=None, actor=world.owner)


def _appear(session: UnitOfWork, world: World, password: str) -> None:
    command = CreateVendor(slug=seed.SLUG, name=seed.VENDOR, prefix="DEMO")
    vendor = accounts.create_vendor(session, command, actor=SYSTEM)
    world.vendor_id = vendor.id
    world.staff.update(staff.hire(session, vendor.id, password))
    settings = UpdateVendor(legal_name="ООО «Вектор» (демо)")
    accounts.update_vendor(session, vendor, settings, actor=world.owner)


def _feature(world: World, code: str) -> Do:
    command = CreateFeature(code=code, name=FEATURES[code])
    return lambda session: features.create_feature(
        session, world.vendor_id, command, actor=world.publisher
    )


def _product(world: World, command: CreateProduct) -> Do:
    return lambda session: products.create_product(
        session, world.vendor_id, command, actor=world.publisher
    )


def _extension(world: World, command: CreateExtension) -> Do:
    return lambda session: extensions.create_extension(
        session, world.vendor_id, command, actor=world.publisher
    )


def _eula(world: World, product: str) -> Do:
    def publish(session: UnitOfWork) -> None:
        known = world.eulas.setdefault(product, [])
        name = catalog.product_by_code(session, world.vendor_id, product).name
        russian, english = eula(name, len(known) + 1)
        command = PublishEula(product=product, text_ru=russian, text_en=english)
        made = eulas.publish_eula(session, world.vendor_id, command, actor=world.publisher)
        known.append(Eula(made.id, made.number, made.sha256_ru))

    return publish


_SCOPES: Final = [
    Permission.CUSTOMERS_READ,
    Permission.KEYS_READ,
    Permission.KEYS_ISSUE,
    Permission.COUPONS_READ,
    Permission.COUPONS_GENERATE,
    Permission.COUPONS_REDEEM,
]


def _automate(world: World) -> None:
    """Programs of the vendor: its CRM, a site that was switched off, a report."""
    told = (
        (2, "CRM (демо)", 366),
        (40, "Сайт, старый (демо)", 90),
        (180, "Отчёты (демо)", 366),
        (300, "Проба (демо)", 30),
    )
    for day, name, days in told:
        at = world.story.calendar.moment(day, 15)
        world.story.tell(at, "token", _token(world, name, days))
    world.story.tell(
        world.story.calendar.moment(75, 12), "revoke token", _revoke(world, told[1][1])
    )


def _token(world: World, name: str, days: int) -> Do:
    def make(session: UnitOfWork) -> None:
        command = CreateToken(name=name, role=Role.MANAGER, scopes=_SCOPES, days=days)
        token = tokens.create_token(session, world.vendor_id, command, actor=world.owner).token
        if not world.tokens:
            world.crm = Actor(ActorKind.TOKEN, name, token.id, "192.0.2.0/24", "crm-demo/3.1")
        world.tokens[name] = token.id

    return make


def _revoke(world: World, name: str) -> Do:
    return lambda session: tokens.revoke_token(
        session, world.vendor_id, world.tokens[name], actor=world.owner
    )
