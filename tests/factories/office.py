"""A vendor who has everything that a request of its programs can name."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.accounts.service import tokens
from app.audit.actor import SYSTEM
from app.catalog.models import Extension
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.service.extensions import create_extension
from app.coupons.models import CouponBatch, Redemption
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches
from app.customers import service as customers
from app.customers.models import Customer, Distributor
from app.customers.schemas import CreateDistributor
from app.kit.db import UnitOfWork
from app.licensing.service.keys import Caller
from tests.factories.automation import a_token
from tests.factories.calls import YEAR
from tests.factories.goods import a_feature
from tests.factories.requests import Call, Stage, make_stage
from tests.factories.shelf import Shelf, make_shelf
from tests.factories.world import World

ADD = YEAR | {"op": "add_product"}
NEW = "NEWSYSTEM0000001"
"""A code of another system that nobody has brought yet."""
GUID = {"external_guid": "south"}


@dataclass
class Office(Stage):
    """The stage of agents, with a program that may do everything and things of each kind."""

    token: str
    token_id: uuid.UUID
    partner: Distributor
    feature: Any
    batch: CouponBatch
    redemption: Redemption
    spare: Customer
    shelf: Shelf
    idle: Extension

    def credential(self, kind: str) -> str:
        """A credential of the kind `program`, or one that the agent has."""
        return self.token if kind == "program" else super().credential(kind)

    def principals(self) -> tuple[str, ...]:
        """Whose Idempotency-Keys there may be."""
        return (*super().principals(), f"token:{self.token_id}")


def make_office(session: UnitOfWork) -> Office:
    """Everything committed; one coupon of the program's own batch is left."""
    stage = make_stage(session)
    vendor_id, token = stage.world.vendor.id, a_token(session, stage.world.vendor.id)
    actor = tokens.identify(session, token, Caller()).actor
    told = CreateDistributor(name="Север", email="north@example.com", external_guid="north")
    wish = GenerateCoupons.model_validate({"name": "Партнёр", "operations": [ADD]})
    made = batches.generate(session, vendor_id, wish, actor=actor)
    stage.coupon = made.codes[0]
    office = Office(
        **vars(stage),
        token=token,
        token_id=actor.id,
        partner=customers.create_distributor(session, vendor_id, told, actor=actor),
        feature=a_feature(stage.world),
        batch=made.batch,
        redemption=session.scalars(select(Redemption)).one(),
        spare=stage.world.another_customer(),
        shelf=make_shelf(stage.world, stage.world.extension),
        idle=_an_idle_extension(stage.world),
    )
    session.commit()
    return office


def _an_idle_extension(world: World) -> Extension:
    """One without releases."""
    told = {
        "product": world.product.code,
        "code": "idle",
        "onec_name": "Новое",
        "title_ru": "Новое",
    }
    command = CreateExtension.model_validate(told)
    return create_extension(world.session, world.vendor.id, command, actor=SYSTEM)


def program(method: str, path: str, told: Any = None, **ids: object) -> Call:
    """A request with the program's token; `ids` fill the path, the first one's version goes along.

    Bytes are a file, anything else is JSON.
    """
    rows = {name: getattr(row, "id", row) for name, row in ids.items()}
    sent = {}
    if method in {"PATCH", "PUT", "DELETE"}:
        sent = {"If-Match": f'"{next(iter(ids.values())).row_version}"'}
    filled = f"/vendor{path}".format_map(rows)
    route = f"{method} /vendor{path.partition('?')[0]}"
    body = {"content" if isinstance(told, bytes) else "json": told}
    return Call(route, ("program",), filled, headers=sent, **body)
