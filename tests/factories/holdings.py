"""What a vendor has, one of each kind that a request can name, and names of what nobody has."""

import uuid

from sqlalchemy import select

from app.audit.actor import SYSTEM, Actor
from app.catalog.models import Product
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.service.extensions import create_extension
from app.coupons.models import Coupon, Redemption
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches
from app.customers import service as customers
from app.customers.schemas import CreateCustomer, CreateDistributor
from app.kit.db import new_id
from app.licensing.schemas import ChangeRights, ImportKeys
from app.licensing.service.imports import import_keys
from app.licensing.service.manual import change_rights
from tests.factories.goods import a_feature, a_product
from tests.factories.requests import Stage
from tests.factories.world import World
from wire.codes import CodeKind, new_code

Things = dict[str, str]


def a_product_in_use(world: World, code: str) -> Product:
    """A product with a trial and an extension, that a key holds."""
    session, vendor_id = world.session, world.vendor.id
    product = a_product(world, code, trial_kind="calendar_days", trial_days=14)
    named = {"product": code, "code": code, "onec_name": code.replace("-", "_"), "title_ru": code}
    create_extension(session, vendor_id, CreateExtension.model_validate(named), actor=SYSTEM)
    key, _ = world.another_key()
    rights = {"operations": [{"product": code, "term": {"days": 9}}], "reason": "Проверка"}
    change_rights(session, vendor_id, key.id, ChangeRights.model_validate(rights), actor=SYSTEM)
    return product


def _clients(world: World, prefix: str) -> Things:
    session, vendor_id = world.session, world.vendor.id
    told = {"name": "Юг", "email": "south@example.com"}
    partner, _ = (
        customers.create_distributor(session, vendor_id, CreateDistributor(**each), actor=SYSTEM)
        for each in (told, told | {"external_guid": f"{prefix}-guid"})
    )
    idle = CreateCustomer(company="Новый", email="new@example.com")
    world.customer.external_ref1 = f"{prefix}-ref"
    return {
        "distributor_id": str(partner.id),
        "distributor_guid": f"{prefix}-guid",
        "customer_id": str(customers.create(session, vendor_id, idle, actor=SYSTEM).id),
        "holder_id": str(world.customer.id),
        "reference": f"{prefix}-ref",
    }


def _keys(world: World, customer_id: str, trial: str) -> Things:
    session, vendor_id = world.session, world.vendor.id
    legacy = f"LEGACY{world.vendor.prefix}{uuid.uuid4().hex[:12].upper()}"
    wish = {"keys": [{"code": legacy, "customer_id": world.customer.id}]}
    import_keys(session, vendor_id, ImportKeys.model_validate(wish), actor=SYSTEM)
    key, _ = world.another_key()
    begun = {"operations": [{"op": "start_trial", "product": trial}], "reason": "Проверка"}
    change_rights(session, vendor_id, key.id, ChangeRights.model_validate(begun), actor=SYSTEM)
    world.coupon(bound_key_id=world.key.id)
    world.coupon(bound_customer_id=customer_id)
    return {
        "legacy": legacy,
        "trial_key_id": str(key.id),
        "bound_key_id": str(world.key.id),
        "bound_customer_id": customer_id,
    }


def _coupons(world: World, distributor_id: str, maker: Actor) -> Things:
    operation = {"product": world.product.code, "term": {"days": 30}, "seats": 1}
    told = {"name": "Партнёру", "operations": [operation], "distributor_id": distributor_id}
    command = GenerateCoupons.model_validate(told)
    session, vendor_id = world.session, world.vendor.id
    made = batches.generate(session, vendor_id, command, actor=maker)
    of_batch = select(Coupon.id).where(Coupon.batch_id == made.batch.id)
    redeemed = session.scalars(select(Redemption).where(Redemption.key_id == world.key.id)).one()
    return {
        "batch_id": str(made.batch.id),
        "coupon_id": str(session.scalars(of_batch).one()),
        "coupon": made.codes[0],
        "redeemed_id": str(redeemed.coupon_id),
        "redemption_id": str(redeemed.id),
    }


def holdings(stage: Stage, prefix: str, maker: Actor = SYSTEM) -> Things:
    """Names of what the vendor has; those that it chose itself begin with the prefix."""
    world = stage.world
    extra, feature = (
        a_product_in_use(world, f"{prefix}-thing"),
        a_feature(world, f"{prefix}-option"),
    )
    world.product.external_guid = f"{prefix}-crm"
    clients = _clients(world, prefix)
    return (
        clients
        | _keys(world, clients["customer_id"], extra.code)
        | _coupons(world, clients["distributor_id"], maker)
        | _of_the_agent(stage)
        | {
            "key": world.code,
            "key_id": str(world.key.id),
            "subject_id": str(world.key.id),
            "product_id": str(extra.id),
            "product_guid": f"{prefix}-crm",
            "onec_name": f"{prefix}_thing",
            **dict.fromkeys(("product", "trial", "extension"), extra.code),
            "feature": feature.code,
            "feature_id": str(feature.id),
        }
    )


def _of_the_agent(stage: Stage) -> Things:
    return {
        "infobase_id": str(stage.uid),
        "operation_id": str(uuid.uuid5(stage.uid, "operation")),
        "activation_id": str(stage.seat.activation.id),
        "entitlement_id": str(stage.seat.activation.entitlement_id),
        "eula_id": str(stage.eula.id),
        "release_id": str(stage.release.id),
        "download_id": str(stage.download.download.id),
        "sha256": stage.download.artifact.sha256,
    }


def nothing(prefix: str, codes_of: str) -> Things:
    """Names of the same shapes and lengths that nothing has; codes begin like those of a vendor."""
    ids = (
        "distributor customer holder trial_key bound_key bound_customer batch coupon redeemed "
        "redemption key subject product feature infobase operation activation entitlement "
        "eula release download"
    )
    return {f"{name}_id": str(new_id()) for name in ids.split()} | {
        "distributor_guid": f"{prefix}-guid",
        "reference": f"{prefix}-ref",
        "legacy": f"LEGACY{codes_of}{uuid.uuid4().hex[:12].upper()}",
        "coupon": new_code(CodeKind.COUPON, codes_of).text,
        "key": new_code(CodeKind.KEY, codes_of).text,
        "product_guid": f"{prefix}-crm",
        "onec_name": f"{prefix}_thing",
        **dict.fromkeys(("product", "trial", "extension"), f"{prefix}-thing"),
        "feature": f"{prefix}-option",
        "sha256": "0" * 64,
    }
