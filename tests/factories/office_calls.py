"""One good request for every route of the vendor's programs."""

from sqlalchemy import select

from app.coupons.models import Coupon
from tests.factories.office import ADD, GUID, NEW, Office, program
from tests.factories.office_catalogue import catalogue_calls
from tests.factories.requests import Call

BECAUSE = {"reason": "Просьба клиента"}


def program_calls(office: Office) -> dict[str, Call]:
    """A request for every route, by the route; each succeeds in this office."""
    made = (*_of_customers(office), *_of_goods(office), *_of_keys(office), *_of_coupons(office))
    made = (*made, *catalogue_calls(office))
    made += (program("GET", "/audit-events"), program("GET", "/connection-file"))
    return {call.route: call for call in made}


def _of_customers(office: Office) -> tuple[Call, ...]:
    spare, partner = {"customer_id": office.spare}, {"distributor_id": office.partner}
    company = {"company": "ООО «Ива»", "email": "iva@example.com", "external_ref1": "42"}
    one, several = "/customers/{customer_id}", {"from": [str(office.world.customer.id)]}
    return (
        program("GET", "/customers"),
        program("POST", "/customers", company),
        program("GET", one, **spare),
        program("PATCH", one, {"external_ref1": "43"}, **spare),
        program("POST", f"{one}/block", BECAUSE, **spare),
        program("POST", f"{one}/unblock", **spare),
        program("POST", f"{one}/archive", **spare),
        program("POST", f"{one}/merge", several, **spare),
        program("GET", "/distributors"),
        program("POST", "/distributors", {"name": "Юг", "email": "s@example.com"} | GUID),
        program("GET", "/distributors/{distributor_id}", **partner),
        program(
            "PATCH", "/distributors/{distributor_id}", {"status": "archived"} | GUID, **partner
        ),
    )


def _of_goods(office: Office) -> tuple[Call, ...]:
    product, feature = {"product_id": office.world.product}, {"feature_id": office.feature}
    option = {"code": "printer", "name": "Принтер"}
    goods = {"code": "tool", "name": "Инструмент", "external_guid": "tool"}
    return (
        program("GET", "/products"),
        program("POST", "/products", goods | {"features": [{"feature": "scanner"}]}),
        program("GET", "/products/{product_id}", **product),
        program("PATCH", "/products/{product_id}", {"external_guid": "new"}, **product),
        program("GET", "/features"),
        program("POST", "/features", option),
        program("GET", "/features/{feature_id}", **feature),
        program("PATCH", "/features/{feature_id}", {"retired": True}, **feature),
    )


def _of_keys(office: Office) -> tuple[Call, ...]:
    key = {"key_id": office.world.key}
    owner, seats = {"customer_id": str(office.spare.id)}, {"op": "add_seats", "seats": 1}
    change = {"operations": [seats | {"product": office.world.product.code}]} | BECAUSE
    entitlement = {"entitlement_id": office.seat.activation.entitlement_id}
    one, product = "/license-keys/{key_id}", "/entitlements/{entitlement_id}"
    return (
        program("GET", "/license-keys"),
        program("POST", "/license-keys", owner),
        program("POST", "/license-keys/import", {"keys": [{"code": NEW} | owner]}),
        program("POST", "/license-keys/find", {"code": office.world.code}),
        program("GET", one, **key),
        program("POST", f"{one}/suspend", BECAUSE, **key),
        program("POST", f"{one}/resume", **key),
        program("POST", f"{one}/rotate", BECAUSE, **key),
        program("POST", f"{one}/move", owner | BECAUSE, **key),
        program("POST", f"{one}/revoke", BECAUSE, **key),
        program("POST", f"{one}/operations", change, **key),
        program("GET", f"{one}/changes", **key),
        program("GET", "/entitlements"),
        program("POST", f"{product}/suspend", BECAUSE, **entitlement),
        program("POST", f"{product}/resume", BECAUSE, **entitlement),
        program("POST", f"{product}/withdraw", BECAUSE, **entitlement),
        program("GET", "/trials"),
        program("GET", "/activations"),
        program(
            "POST",
            "/activations/{activation_id}/release",
            BECAUSE,
            activation_id=office.seat.activation,
        ),
    )


def _of_coupons(office: Office) -> tuple[Call, ...]:
    row = select(Coupon).where(Coupon.batch_id == office.batch.id)
    coupon = {"coupon_id": office.world.session.scalars(row).one()}
    pair = {"key": office.world.code, "coupon": office.coupon}
    return (
        program("GET", "/coupon-batches"),
        program("POST", "/coupon-batches", {"name": "Партия", "operations": [ADD]}),
        program("GET", "/coupon-batches/{batch_id}", batch_id=office.batch),
        program("GET", "/coupon-batches/{batch_id}/codes", batch_id=office.batch),
        program("GET", "/coupons"),
        program("POST", "/coupons/find", {"code": office.coupon}),
        program("GET", "/coupons/{coupon_id}", **coupon),
        program("PATCH", "/coupons/{coupon_id}", {"comment": "Акция"}, **coupon),
        program("POST", "/coupons/{coupon_id}/disable", BECAUSE, **coupon),
        program("POST", "/coupons/{coupon_id}/enable", **coupon),
        program("GET", "/redemptions"),
        program("POST", "/redemptions/preview", pair),
        program("POST", "/redemptions", pair),
        program(
            "POST",
            "/redemptions/{redemption_id}/reverse",
            BECAUSE,
            redemption_id=office.redemption,
        ),
    )
