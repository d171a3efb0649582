"""What people call the things that coupons name."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from app.catalog import queries as catalog
from app.coupons.models import Coupon
from app.customers import queries as customers
from app.customers.models import Customer
from app.kit.db import KitSession
from app.licensing.models import LicenseKey
from app.licensing.queries import keys

_HINT_TAIL = 5


@dataclass(frozen=True, slots=True)
class OwnSeats:
    """Seats that one of a product brings, None for no limit; whether its quantity multiplies."""

    number: int | None
    multiplied: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the things that operations name by their codes."""

    products: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    """The one key that a coupon is bound to: «…58J0D (ООО «Ромашка»)»."""
    seats: Mapping[str, OwnSeats] = field(default_factory=dict)
    """What products bring where an operation does not say how many."""

    def product(self, code: str) -> str:
        """The product's name, or its code where it has none."""
        return self.products.get(code, code)

    def feature(self, code: str) -> str:
        """The feature's name, or its code where it has none."""
        return self.features.get(code, code)


def names(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID | None = None) -> Names:
    """Everything that a description of the vendor's coupons may name."""
    features = {feature.code: feature.name for feature in catalog.features(session, vendor_id)}
    key = called(session, vendor_id, key_id) if key_id is not None else ""
    products = catalog.all_products(session, vendor_id)
    names = {product.code: product.name for product in products}
    seats = {each.code: OwnSeats(each.default_seats, each.seats_multiplied) for each in products}
    return Names(names, features, key, seats)


def called_all(
    session: KitSession, vendor_id: uuid.UUID, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """What people call several keys."""
    rows = session.execute(
        select(LicenseKey.id, LicenseKey.hint, Customer.company)
        .join(Customer, Customer.id == LicenseKey.customer_id)
        .where(LicenseKey.vendor_id == vendor_id, LicenseKey.id.in_(ids))
    )
    return {key: _called(hint, company) for key, hint, company in rows}


def _called(hint: str, company: str) -> str:
    return f"…{hint[-_HINT_TAIL:]} ({company})"


def called(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> str:
    """What people call a key: the end of its code, and whose it is."""
    key = keys.license_key(session, vendor_id, key_id)
    customer = customers.customer(session, vendor_id, key.customer_id)
    return _called(key.hint, customer.company)


def named_for(session: KitSession, known: Names, coupon: Coupon) -> Names:
    """The names with the one key that the coupon is bound to."""
    if coupon.bound_key_id is None:
        return known
    return replace(known, key=called(session, coupon.vendor_id, coupon.bound_key_id))
