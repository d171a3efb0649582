"""Everything that can be wrong with a vendor's program, its requests and what they name."""

import uuid

from sqlalchemy import Connection, update

from app.accounts.models import ApiToken, Vendor
from app.audit.actor import SYSTEM
from app.catalog.models import Product, ProductFeature
from app.coupons.models import CouponBatch
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.customers.models import Customer
from app.customers.schemas import CreateDistributor
from app.customers.service import create_distributor
from app.kit.db import new_id
from app.kit.throttle import UNKNOWN_COUPON, UNKNOWN_KEY
from app.licensing.models import Entitlement, LicenseKey
from app.licensing.schemas import ImportKeys
from app.licensing.service.imports import import_keys
from app.trust.models import TrustRepository
from tests.factories.catalogue_refusals import AGREEMENTS, COMPATIBILITY, EXTENSIONS, RELEASES
from tests.factories.goods import a_feature, a_product
from tests.factories.office import GUID, NEW, Office
from tests.factories.refusals import LONG_AGO, TRY, another_seat, trial_begun
from tests.factories.requests import Call, principal
from tests.factories.situations import (
    Changes,
    Situation,
    body,
    both,
    content,
    credential,
    headers,
    in_path,
    key_of_another_request,
    no_credential,
    no_guesses_left,
    rows,
    twin_at_work,
)
from wire.codes import CodeKind, new_code

UNKNOWN = str(uuid.UUID(int=7))
PRODUCT = "warehouse-helper"
ONE_SEAT = {"product": PRODUCT, "seats": 1, "term": {"days": 30}}
REPLACE = {"op": "replace_products", "after": [ONE_SEAT]}


def query(text: str) -> Situation:
    """A list asked for otherwise; other routes look at no query."""
    return lambda _, __, call: {"path": f"{call.path}?{text}"} if call.method == "GET" else {}


def operations(*told: dict[str, object]) -> Situation:
    return body(operations=list(told))


def made(make) -> Situation:
    """Something more that the vendor has, made by a verb."""

    def situation(_: Connection, office: Office, __: Call) -> Changes:
        session = office.world.session
        make(office.world)
        session.flush()
        session.forget()  # a row alone is made without an event
        session.commit()
        return {}

    return situation


def same_reference(connection: Connection, office: Office, call: Call) -> Changes:
    """Another customer has the reference already."""
    other = update(Customer).where(Customer.id == office.world.customer.id)
    connection.execute(other.values(external_ref1="42"))
    return body(external_ref1="42")(connection, office, call)


def keys_of_the_spare(connection: Connection, office: Office, _: Call) -> Changes:
    connection.execute(update(LicenseKey).values(customer_id=office.spare.id))
    return {}


def customers_of_the_partner(connection: Connection, office: Office, _: Call) -> Changes:
    connection.execute(update(Customer).values(distributor_id=office.partner.id))
    return {}


def carried_feature(_: Connection, office: Office, __: Call) -> Changes:
    world = office.world
    link = {"product_id": world.product.id, "feature_id": office.feature.id, "multiplied": True}
    stamp = {"id": new_id(), "vendor_id": world.vendor.id, "created_at": world.session.now()}
    world.session.add(ProductFeature(**link, **stamp))
    world.session.flush()
    world.session.forget()
    world.session.commit()
    return {}


def same_partner(world) -> None:
    told = CreateDistributor(name="Другой", email="o@example.com", **GUID)
    create_distributor(world.session, world.vendor.id, told, actor=SYSTEM)


def same_legacy_code(world) -> None:
    wish = ImportKeys.model_validate({"keys": [{"code": NEW, "customer_id": world.customer.id}]})
    import_keys(world.session, world.vendor.id, wish, actor=SYSTEM)


def later_change(_: Connection, office: Office, __: Call) -> Changes:
    """The key took another coupon since."""
    world = office.world
    caller = principal(world.session, world.code)
    redeem(world.session, RedeemCoupon(coupon=office.coupon), caller=caller)
    world.session.commit()
    return {}


def seats_taken_since(_: Connection, office: Office, call: Call) -> Changes:
    """A coupon gave a fourth seat, and all four are taken now."""
    if "{redemption_id}" not in call.route:
        return {}
    world, more = office.world, {"op": "add_seats", "product": PRODUCT, "seats": 1}
    [coupon] = world.coupon(operations=[more])
    caller = principal(world.session, world.code)
    done = redeem(world.session, RedeemCoupon(coupon=coupon), caller=caller)
    for _ in range(3):
        another_seat(office)
    return {"path": call.renamed(str(done.redemption.id))}


def stale_replacement(connection: Connection, office: Office, call: Call) -> Changes:
    told = {"operations": [REPLACE | {"before": {}}], "bound_key_id": str(office.world.key.id)}
    return body(**told)(connection, office, call)


def passed_replacement(connection: Connection, office: Office, call: Call) -> Changes:
    after = [ONE_SEAT | {"term": {"until": "2020-01-01"}}]
    told = {"operations": [REPLACE | {"after": after}], "bound_key_id": str(office.world.key.id)}
    return body(**told)(connection, office, call)


def replacement_of_nothing(connection: Connection, office: Office, call: Call) -> Changes:
    empty, _ = office.world.another_key()
    office.world.session.commit()
    told = {"operations": [REPLACE | {"after": []}], "bound_key_id": str(empty.id)}
    return body(**told)(connection, office, call)


def fewer_seats_by_hand(connection: Connection, office: Office, call: Call) -> Changes:
    another_seat(office)
    return operations(REPLACE)(connection, office, call)


COMMON: dict[str, Situation] = {
    "nobody": no_credential,
    "a key": credential(new_code(CodeKind.KEY, "DEMO").text),
    "a token of nobody": credential(f"pkt_{'a' * 49}"),
    "an expired token": rows(ApiToken, expires_at=LONG_AGO),
    "a token without scopes": rows(ApiToken, scopes=[]),
    "a program of an auditor": rows(ApiToken, role="auditor"),
    "a program of the release team": rows(ApiToken, role="release"),
    "a suspended vendor": rows(Vendor, status="suspended"),
    "no JSON": content(b"{"),
    "no media type": content(b"{}", "text/plain"),
    "a huge body": content(b" " * (1 << 20) + b"{}"),
    "a list": content(b"[]"),
    "an id that is none in the path": in_path("none"),
    "an unknown id in the path": in_path(UNKNOWN),
    "a cursor of another list": query("cursor=e30"),
    "no rows at all": query("limit=0"),
    "no version": headers(If_Match=None),
    "another version": headers(If_Match='"999"'),
    "an idempotency key of another request": key_of_another_request,
    "an idempotency key whose first request still runs": twin_at_work,
}
"""Whatever a program asks for."""
CLIENTS: dict[str, Situation] = {
    "an unknown distributor": body(distributor_id=UNKNOWN),
    "an unknown customer to merge": body(**{"from": [UNKNOWN]}),
    "a customer with the same reference": same_reference,
    "archived customers": rows(Customer, status="archived"),
    "a customer with keys": keys_of_the_spare,
    "a distributor with the same GUID": made(same_partner),
    "a distributor with customers": customers_of_the_partner,
}
GOODS: dict[str, Situation] = {
    "a product with the same code": made(lambda world: a_product(world, "tool")),
    "a product with the same GUID": made(
        lambda world: a_product(world, "other", external_guid="new")
    ),
    "a product that is published": body(status="archived"),
    "an unknown feature": body(features=[{"feature": "unknown"}]),
    "a feature with the same code": made(lambda world: a_feature(world, "printer")),
    "a feature that a product carries": carried_feature,
}
KEYS: dict[str, Situation] = {
    "an unknown customer": body(customer_id=UNKNOWN),
    "archived customers": rows(Customer, status="archived"),
    "no code at all": body(code="x"),
    "a key that is there already": made(same_legacy_code),
    "a suspended key": rows(LicenseKey, status="suspended"),
    "a revoked key": rows(LicenseKey, status="revoked"),
    "a withdrawn product": rows(Entitlement, status="withdrawn"),
}
OPERATIONS: dict[str, Situation] = {
    "an operation on nothing sold": operations({"op": "add_seats", "product": "x", "seats": 1}),
    "an operation without effect": operations(
        {"op": "set_channel", "product": PRODUCT, "channel": "stable"}
    ),
    "an operation on what the key lacks": operations(
        {"op": "add_seats", "product": "price-tags", "seats": 1}
    ),
    "a product that may not be there yet": operations(
        ONE_SEAT | {"op": "add_product", "if_present": "refuse"}
    ),
    "a term that has passed": operations(
        {"op": "add_product", "product": PRODUCT, "term": {"until": "2020-01-01"}}
    ),
    "a trial of what has none": operations({"op": "start_trial", "product": PRODUCT}),
    "a trial of what is paid for": both(
        rows(Product, trial_kind="calendar_days", trial_days=14),
        operations({"op": "start_trial", "product": PRODUCT}),
    ),
    "a trial again": trial_begun(then=operations(TRY)),
    "fewer seats than are taken": fewer_seats_by_hand,
    "a replacement of what is held no more": stale_replacement,
}
COUPONS: dict[str, Situation] = {
    "no code at all": body(code="x"),
    "an unknown distributor": body(distributor_id=UNKNOWN),
    "too many coupons at once": both(rows(Vendor, coupon_batch_max=1), body(count=2)),
    "codes of the day before": rows(CouponBatch, created_at=LONG_AGO),
    "a batch of somebody else": rows(CouponBatch, created_by_id=uuid.UUID(int=7)),
}
REPLACEMENTS: dict[str, Situation] = {
    "a replacement by a term that has passed": passed_replacement,
    "a replacement of nothing by nothing": replacement_of_nothing,
}
REDEMPTIONS: dict[str, Situation] = {
    "no key at all": body(key="x"),
    "an unknown key": body(key=new_code(CodeKind.KEY, "DEMO").text),
    "no guesses of keys left": both(
        no_guesses_left(UNKNOWN_KEY), body(key=new_code(CodeKind.KEY, "DEMO").text)
    ),
    "no guesses of coupons left": both(
        no_guesses_left(UNKNOWN_COUPON), body(coupon=new_code(CodeKind.COUPON, "DEMO").text)
    ),
    "a suspended key": rows(LicenseKey, status="suspended"),
    "a revoked key": rows(LicenseKey, status="revoked"),
    "a change after the redemption": later_change,
    "seats that the redemption gave and somebody took": seats_taken_since,
}
TRUST: dict[str, Situation] = {
    "a vendor without a root": rows(TrustRepository, root_version=0, root_expires_at=None)
}
OF_NOUN = {
    "connection-file": TRUST,
    "customers": CLIENTS,
    "distributors": CLIENTS,
    "products": GOODS,
    "features": GOODS,
    "license-keys": KEYS | OPERATIONS,
    "entitlements": KEYS,
    "coupon-batches": COUPONS | OPERATIONS | REPLACEMENTS,
    "coupons": COUPONS,
    "redemptions": REDEMPTIONS,
    "extensions": EXTENSIONS,
    "eulas": AGREEMENTS,
    "compatibility": COMPATIBILITY,
    "releases": RELEASES,
}
"""What a request may also meet, by the first noun of its path."""
