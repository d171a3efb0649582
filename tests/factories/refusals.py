"""Everything that can be wrong with a world or with a request, one thing at a time."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, text, update

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.catalog.models import Artifact, Extension, Product, Release
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import products
from app.coupons.models import Coupon
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.customers.models import Customer
from app.delivery.models import Download, DownloadSlot, EulaAcceptance
from app.delivery.service.slots import PARALLEL
from app.kit.problems import StorageUnavailable
from app.kit.throttle import UNKNOWN_COUPON, UNKNOWN_KEY
from app.licensing.models import Activation, Entitlement, LicenseKey, LicenseKeyCode
from app.licensing.schemas import Activate, BeginTrial
from app.licensing.service.activations import activate
from app.licensing.service.manual import begin_trial
from tests.factories.requests import Call, Stage, principal
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
    refuse_next,
    rows,
    twin_at_work,
)
from tests.factories.world import bearer
from tests.factories.written import written
from wire.codes import CodeKind, new_code

TRY = {"op": "start_trial", "product": "price-tags"}
PAID_FOR = {"product": "warehouse-helper", "days": 14}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def another_product(connection: Connection, stage: Stage, _: Call) -> Changes:
    """The extension belongs to a product that the key does not hold."""
    command = CreateProduct(code="another", name="Другой")
    session, vendor_id = stage.world.session, stage.world.vendor.id
    product = products.create_product(session, vendor_id, command, actor=SYSTEM)
    session.commit()
    written(connection, update(Extension).values(product_id=product.id))
    return {}


def newer_agreement(_: Connection, stage: Stage, __: Call) -> Changes:
    stage.world.eula("Новая редакция")
    stage.world.session.commit()
    return {}


def no_acceptance(connection: Connection, _: Stage, __: Call) -> Changes:
    connection.execute(text("ALTER TABLE eula_acceptances DISABLE TRIGGER append_only"))
    connection.execute(delete(EulaAcceptance))
    return {}


def coupon_of(**changes: object) -> Situation:
    """Another coupon than the good one."""

    def situation(connection: Connection, stage: Stage, call: Call) -> Changes:
        [code] = stage.world.coupon(**changes)
        stage.world.session.commit()
        return body(coupon=code)(connection, stage, call)

    return situation


def operation(**changes: object) -> Situation:
    told = {"product": "warehouse-helper", "term": {"days": 30}, "seats": 1} | changes
    return coupon_of(operations=[told])


def replacement(connection: Connection, stage: Stage, call: Call) -> Changes:
    """A coupon that leaves the key one seat of one product."""
    row = {"product": "warehouse-helper", "seats": 1, "term": {"days": 30}}
    told = {"op": "replace_products", "after": [row]}
    made = coupon_of(operations=[told], bound_key_id=stage.world.key.id)
    return made(connection, stage, call)


def stale(connection: Connection, stage: Stage, call: Call) -> Changes:
    changes = replacement(connection, stage, call)
    connection.execute(update(Entitlement).values(seats=7))
    return changes


def fewer_seats(connection: Connection, stage: Stage, call: Call) -> Changes:
    another_seat(stage)
    return replacement(connection, stage, call)


def passed_term(connection: Connection, _: Stage, __: Call) -> Changes:
    told = {"op": "add_product", "product": "warehouse-helper", "term": {"until": "2020-01-01"}}
    written(connection, update(Coupon).values(operations=[told]))
    return {}


def no_effect(connection: Connection, _: Stage, __: Call) -> Changes:
    written(connection, update(Entitlement).values(valid_until=None, seats=None))
    return {}


def redeemed_elsewhere(_: Connection, stage: Stage, __: Call) -> Changes:
    """The same customer redeemed the coupon into another key."""
    _, key = stage.world.another_key()
    session = stage.world.session
    redeem(session, RedeemCoupon(coupon=stage.coupon), caller=principal(session, key))
    session.commit()
    return {}


def bound_to_key(connection: Connection, stage: Stage, _: Call) -> Changes:
    other, _code = stage.world.another_key()
    stage.world.session.commit()
    written(connection, update(Coupon).values(bound_key_id=other.id))
    return {}


def bound_to_customer(connection: Connection, stage: Stage, _: Call) -> Changes:
    other = stage.world.another_customer()
    stage.world.session.commit()
    written(connection, update(Coupon).values(bound_customer_id=other.id))
    return {}


def full(connection: Connection, stage: Stage, call: Call) -> Changes:
    written(connection, update(Entitlement).values(seats=1))
    infobase = {"id": str(uuid.uuid4()), "label": "Другая", "kind": "file"}
    return body(infobase=infobase)(connection, stage, call)


def another_infobase(connection: Connection, stage: Stage, call: Call) -> Changes:
    if call.json is None or "infobase" not in call.json:
        return {}
    infobase = call.json["infobase"] | {"id": str(uuid.uuid4())}
    return body(infobase=infobase)(connection, stage, call)


def infobase_of_another_token(connection: Connection, stage: Stage, call: Call) -> Changes:
    """The token opens the route, and was given to another infobase."""
    if "token" not in call.takes:
        return {}
    return another_infobase(connection, stage, call) | {"headers": bearer(stage.seat.token)}


def expired(connection: Connection, _: Stage, __: Call) -> Changes:
    written(connection, update(Product).values(after_expiry="block"))
    written(connection, update(Entitlement).values(valid_until=LONG_AGO.date()))
    return {}


def seat_at_the_new_place(_: Connection, stage: Stage, call: Call) -> Changes:
    """The infobase that a seat is to move to has a seat of its own."""
    if not call.route.endswith("/rebind") or call.json is None:
        return {}
    session, infobase = stage.world.session, call.json["infobase"]
    told = {"product": stage.world.product.code, "infobase": infobase}
    wanted = Activate.model_validate(told)
    activate(session, wanted, caller=principal(session, stage.world.code))
    session.commit()
    return {}


def seat_of_another_token(_: Connection, stage: Stage, call: Call) -> Changes:
    """The token opens the route, and the seat is a neighbour's."""
    if "{activation_id}" not in call.route or "token" not in call.takes:
        return {}
    return {"path": call.renamed(another_seat(stage)), "headers": bearer(stage.seat.token)}


def another_seat(stage: Stage) -> str:
    """The id of a second seat of the key."""
    session = stage.world.session
    infobase = {"id": uuid.uuid4(), "label": "Соседняя", "kind": "file"}
    told = {"product": stage.world.product.code, "infobase": infobase}
    caller = principal(session, stage.world.code)
    beside = activate(session, Activate.model_validate(told), caller=caller)
    session.commit()
    return str(beside.activation.id)


def trial_begun(*, days_ago: int = 0, then: Situation | None = None) -> Situation:
    """The trial was begun, and ended so many days ago."""

    def situation(connection: Connection, stage: Stage, call: Call) -> Changes:
        session = stage.world.session
        command = BeginTrial(product=stage.trial)
        begin_trial(session, command, caller=principal(session, stage.world.code))
        session.commit()
        if days_ago:
            past = session.now().date() - timedelta(days=days_ago)
            trials = update(Entitlement).where(Entitlement.is_trial)
            connection.execute(trials.values(valid_until=past))
        return then(connection, stage, call) if then else {}

    return situation


def four_transfers(connection: Connection, _: Stage, __: Call) -> Changes:
    """Every slot of the key is taken."""
    [key_id] = connection.scalars(select(Download.key_id))
    held = {"key_id": key_id, "held_until": datetime(2100, 1, 1, tzinfo=UTC)}
    rows = [held | {"number": number, "holder": uuid.uuid4()} for number in range(PARALLEL)]
    connection.execute(insert(DownloadSlot), rows)
    return {}


def silent_store(connection: Connection, stage: Stage, call: Call) -> Changes:
    """The file is there, and cannot be read once."""
    if "artifacts" in call.route:
        refuse_next(connection, stage.world.session.kit, "read", StorageUnavailable)
    return {}


def state(status: str) -> Situation:
    """Every release is in this state."""
    return rows(Release, status=status, published_at=func.now())


SITUATIONS: dict[str, Situation] = {
    # the request
    "nobody": no_credential,
    "a token of nobody": credential(f"pki_{'a' * 43}"),
    "a secret of nobody": credential(f"pkd_{'a' * 43}"),
    "a mistyped key": credential("DEMO-00000-00000-00000-0000"),
    "a key of nobody": credential(new_code(CodeKind.KEY, "DEMO").text),
    "no JSON": content(b"{"),
    "no media type": content(b"{}", "text/plain"),
    "a huge body": content(b" " * (1 << 20) + b"{}"),
    "a list": content(b"[]"),
    "an id that is none in the path": in_path("none", "none"),
    "an unknown id in the path": in_path(str(uuid.UUID(int=7)), "0" * 64),
    "an idempotency key of another request": key_of_another_request,
    "an idempotency key whose first request still runs": twin_at_work,
    "no guesses of keys left": both(
        no_guesses_left(UNKNOWN_KEY), credential(new_code(CodeKind.KEY, "DEMO").text)
    ),
    "no guesses of coupons left": both(
        no_guesses_left(UNKNOWN_COUPON), body(coupon=new_code(CodeKind.COUPON, "DEMO").text)
    ),
    "another infobase": another_infobase,
    "another infobase than the token's": infobase_of_another_token,
    "an unknown release": body(release_id=str(uuid.UUID(int=7))),
    "an unknown agreement": body(eula_id=str(uuid.UUID(int=7))),
    "another text of the agreement": body(sha256="0" * 64),
    "another configuration": body(configuration={"name": "Другая", "version": "1.0.0.0"}),
    "an unknown product": body(product="unknown"),
    "a mistyped coupon": body(coupon="DEMOUPD-00000-00000-00000-0000"),
    "an unknown coupon": body(coupon=new_code(CodeKind.COUPON, "DEMO").text),
    "a preview of other rights": body(before_digest="0"),
    "a range behind the end": headers(Range="bytes=999999999-"),
    # the vendor, the customer, the key
    "a suspended vendor": rows(Vendor, status="suspended"),
    "a blocked customer": rows(Customer, status="blocked"),
    "a suspended key": rows(LicenseKey, status="suspended"),
    "a revoked key": rows(LicenseKey, status="revoked"),
    "a replaced key": rows(LicenseKeyCode, expires_at=LONG_AGO),
    # what the key gives
    "a product that is not in the key": another_product,
    "a suspended product": rows(Entitlement, status="suspended"),
    "a withdrawn product": rows(Entitlement, status="withdrawn"),
    "a product of tomorrow": rows(Entitlement, starts_on=datetime(2100, 1, 1, tzinfo=UTC).date()),
    "an expired product": expired,
    "an expired trial": rows(Entitlement, valid_until=LONG_AGO.date(), is_trial=True),
    "expired updates": rows(Entitlement, updates_until=LONG_AGO.date()),
    "no free seat": full,
    "no transfers left": rows(Product, transfer_quota=0),
    "a seat at the place to move to": seat_at_the_new_place,
    "a seat of another token": seat_of_another_token,
    "a trial that is over": trial_begun(days_ago=1),
    "a trial of what is paid for": both(
        rows(Product, trial_kind="calendar_days", trial_days=14), body(product="warehouse-helper")
    ),
    "a product without a trial": rows(Product, trial_kind="none", trial_days=None),
    "a released seat": rows(Activation, status="released", released_at=func.now()),
    # coupons
    "a coupon used up": rows(Coupon, redemption_count=1),
    "a coupon redeemed into another key": redeemed_elsewhere,
    "a disabled coupon": rows(Coupon, status="disabled"),
    "a coupon of tomorrow": rows(Coupon, valid_from=datetime(2100, 1, 1, tzinfo=UTC).date()),
    "an expired coupon": rows(Coupon, valid_until=LONG_AGO.date()),
    "a coupon of another key": bound_to_key,
    "a coupon of another customer": bound_to_customer,
    "a coupon without effect": no_effect,
    "a coupon that refuses to extend": operation(if_present="refuse"),
    "a coupon whose term has passed": passed_term,
    "a coupon that starts a trial of what is paid for": coupon_of(operations=[TRY | PAID_FOR]),
    "a coupon that starts a trial again": trial_begun(then=coupon_of(operations=[TRY])),
    "a replacement for what the key held before": stale,
    "a replacement for fewer seats than are taken": fewer_seats,
    # releases
    "an unripe release": rows(Release, channel="beta"),
    "a paused release": state("paused"),
    "a withdrawn release": state("withdrawn"),
    "a draft": state("draft"),
    "a quarantined file": rows(Artifact, status="quarantined"),
    "no acceptance": no_acceptance,
    "a newer agreement": newer_agreement,
    "four running transfers": four_transfers,
    "a silent store": silent_store,
    "an expired download": rows(Download, expires_at=LONG_AGO),
}
