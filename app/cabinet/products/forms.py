"""The forms of a product as commands, and the product as its forms show it."""

import re
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from app.cabinet.auth import Viewer
from app.catalog import queries
from app.catalog.models import Product
from app.catalog.queries import SoldProduct
from app.kit.db import KitSession
from app.kit.problems import ValidationFailed, command
from app.kit.web.forms import Fields

C = TypeVar("C", bound=BaseModel)
_OF_FEATURE = re.compile(r"/features/(\d+)/.*")
TRIAL = ("trial_kind", "trial_days", "ends_trials")


def main_told(fields: Fields) -> dict[str, Any]:
    """What is sold by default."""
    told: dict[str, Any] = fields.given("name", "status", "after_expiry", "transfer_quota")
    told |= fields.or_none("external_guid", "default_seats")
    perpetual = fields.text("term") == "perpetual"
    told["default_term"] = {"perpetual": True} if perpetual else fields.given("days")
    return told | {"seats_multiplied": fields.has("seats_multiplied")}


def trial_told(fields: Fields) -> dict[str, Any]:
    """What may be tried without a coupon, and whose trials a purchase ends."""
    told: dict[str, Any] = fields.given("trial_kind") | {"trial_days": None}
    if told.get("trial_kind") == "calendar_days":
        told |= fields.or_none("trial_days")
    return told | {"ends_trials": fields.all("ends_trials")}


def features_told(session: KitSession, viewer: Viewer, fields: Fields) -> dict[str, Any]:
    """The features that are ticked, each with its number."""
    known = {each.code for each in queries.features(session, viewer.vendor_id)}
    told = [
        {
            "feature": code,
            "quantity": fields.text(f"quantity-{code}").strip() or None,
            "multiplied": fields.has(f"multiplied-{code}"),
        }
        for code in fields.all("features")
        if code in known
    ]
    return {"features": told}


def main_now(product: Product) -> dict[str, object]:
    """What is sold by default, as the form shows it."""
    term = product.default_term
    now: dict[str, object] = {
        name: getattr(product, name)
        for name in ("name", "external_guid", "default_seats", "transfer_quota", "after_expiry")
    }
    now |= {"term": "perpetual" if term.get("perpetual") else "days", "days": term.get("days")}
    return now | {"seats_multiplied": "on" if product.seats_multiplied else None}


def trial_now(product: Product) -> dict[str, object]:
    """What may be tried, as the form shows it."""
    return {name: getattr(product, name) for name in TRIAL}


def features_now(sold: SoldProduct) -> dict[str, object]:
    """The features, as the form shows them."""
    now: dict[str, object] = {"features": [feature.code for _, feature in sold.features]}
    for link, feature in sold.features:
        now[f"quantity-{feature.code}"] = link.quantity
        now[f"multiplied-{feature.code}"] = "on" if link.multiplied else None
    return now


def read(model: type[C], told: Mapping[str, Any]) -> C:
    """The command; errors point at the fields of the forms."""
    try:
        return command(model, told)
    except ValidationFailed as problem:
        for error in problem.errors:
            found = _OF_FEATURE.fullmatch(error["pointer"])
            if found:
                code = told["features"][int(found[1])]["feature"]
                error["pointer"] = f"/quantity-{code}"
            elif error["pointer"].startswith("/default_term"):
                error["pointer"] = "/days"
        raise


def offered(session: KitSession, viewer: Viewer, but: uuid.UUID | None) -> dict[str, object]:
    """Features and other products to choose from."""
    sold = queries.sold_products(session, viewer.vendor_id)
    return {
        "features": queries.features(session, viewer.vendor_id),
        "others": [each.product for each in sold if each.product.id != but],
    }
