"""Every route as data: what opens it, and which members of a good request name a thing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.factories.requests import Stage, calls

BECAUSE = {"reason": "Просьба клиента"}
DRY = {"dry_run": True}
ADD = {"op": "add_product", "product": "{product}", "term": {"days": 30}, "seats": 1}
FEATURED = ADD | {"features": [{"feature": "{feature}", "quantity": 1}]}
REPLACE = {"op": "replace_products", "after": [{"product": "{product}", "term": {"days": 9}}]}
OPERATIONS = [
    FEATURED,
    {"op": "extend_term", "product": "{product}", "term": {"days": 1}},
    {"op": "extend_updates", "product": "{product}", "term": {"days": 90}},
    {"op": "add_seats", "product": "{product}", "seats": 1},
    {"op": "add_feature", "product": "{product}", "feature": "{feature}", "quantity": 1},
    {"op": "set_channel", "product": "{product}", "channel": "rc"},
]
BATCH = {"name": "Партия", "operations": [FEATURED]}
PAIR = {"key": "{key}", "coupon": "{coupon}"}
CLIENT = {"company": "ООО «Ива»", "email": "iva@example.com"}
PARTNER = {"name": "Север", "email": "north@example.com"}
Variant = dict[str, Any]
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Row:
    """A route with what opens it, and the bodies or queries it takes; `{slots}` name things."""

    route: str
    opens: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ({},)
    takes: str = ""
    """`json` or `params`: where a variant goes; empty where nothing does."""

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.route.partition(" ")[2]

    def slots(self, variant: Variant) -> set[str]:
        """The names of the things that a request of this variant speaks of."""
        return set(SLOT.findall(self.path + json.dumps(variant)))

    def request(self, variant: Variant, things: Mapping[str, str]) -> dict[str, Any]:
        """The request about these things, for the test client."""
        told = {self.takes: filled(variant, things)} if self.takes else {}
        return told | {"method": self.method, "url": SLOT.sub(lambda m: things[m[1]], self.path)}


def filled(value: Any, things: Mapping[str, str]) -> Any:
    """The template with things in its slots."""
    if isinstance(value, str):
        return SLOT.sub(lambda match: things[match[1]], value)
    if isinstance(value, dict):
        return {name: filled(item, things) for name, item in value.items()}
    return [filled(item, things) for item in value] if isinstance(value, list) else value


def _vendor(route: str, scope: str, *variants: Variant) -> Row:
    method, _, path = route.partition(" ")
    takes = "params" if method == "GET" else "json" * bool(variants)
    return Row(f"{method} /vendor{path}", (scope,), variants or ({},), takes)


VENDOR = (
    _vendor(
        "GET /activations",
        "keys.read",
        *({}, {"key_id": "{key_id}"}, {"product": "{product}"}),
    ),
    _vendor("POST /activations/{activation_id}/release", "activations.release", BECAUSE),
    _vendor("GET /audit-events", "audit.read", {}, {"subject_id": "{subject_id}"}),
    _vendor("GET /coupon-batches", "coupons.read", {}, {"distributor_id": "{distributor_id}"}),
    _vendor(
        "POST /coupon-batches",
        "coupons.generate",
        BATCH,
        BATCH | DRY,
        BATCH | {"distributor_id": "{distributor_id}"},
        BATCH | {"distributor_guid": "{distributor_guid}"},
        BATCH | {"bound_key_id": "{key_id}"},
        BATCH | {"bound_customer_id": "{customer_id}"},
        BATCH | DRY | {"bound_key_id": "{key_id}", "distributor_guid": "{distributor_guid}"},
        BATCH | {"bound_key_id": "{key_id}", "operations": [REPLACE]},
        BATCH | {"operations": OPERATIONS},
    ),
    _vendor("GET /coupon-batches/{batch_id}", "coupons.read"),
    _vendor("GET /coupon-batches/{batch_id}/codes", "coupons.generate"),
    _vendor(
        "GET /coupons",
        "coupons.read",
        *({}, {"batch_id": "{batch_id}"}, {"bound_key_id": "{bound_key_id}"}),
        {"bound_customer_id": "{bound_customer_id}"},
    ),
    _vendor("POST /coupons/find", "coupons.read", {"code": "{coupon}"}),
    _vendor("GET /coupons/{coupon_id}", "coupons.read"),
    _vendor("PATCH /coupons/{coupon_id}", "coupons.disable", {"comment": "Наш"}),
    _vendor("POST /coupons/{coupon_id}/disable", "coupons.disable", BECAUSE),
    _vendor("POST /coupons/{coupon_id}/enable", "coupons.disable"),
    _vendor("GET /customers", "customers.read", {}, {"external_ref1": "{reference}"}),
    _vendor(
        "POST /customers",
        "customers.write",
        CLIENT | {"external_ref1": "{new_reference}"},
        CLIENT | {"distributor_id": "{distributor_id}"},
    ),
    _vendor("GET /customers/{customer_id}", "customers.read"),
    _vendor(
        "PATCH /customers/{customer_id}",
        "customers.write",
        {"comment": "Наш"},
        {"distributor_id": "{distributor_id}", "external_ref1": "{new_reference}"},
    ),
    _vendor("POST /customers/{customer_id}/block", "customers.write", BECAUSE),
    _vendor("POST /customers/{customer_id}/unblock", "customers.write"),
    _vendor("POST /customers/{customer_id}/archive", "customers.write"),
    _vendor(
        "POST /customers/{customer_id}/merge",
        "customers.write",
        {"from": ["{holder_id}"]},
        {"from": ["{holder_id}"]} | DRY,
    ),
    _vendor("GET /distributors", "customers.read", {}, {"external_guid": "{distributor_guid}"}),
    _vendor(
        "POST /distributors",
        "customers.write",
        PARTNER | {"external_guid": "{new_distributor_guid}"},
    ),
    _vendor("GET /distributors/{distributor_id}", "customers.read"),
    _vendor(
        "PATCH /distributors/{distributor_id}",
        "customers.write",
        {"external_guid": "{new_distributor_guid}"},
    ),
    _vendor("GET /entitlements", "keys.read", {}, {"key_id": "{key_id}"}, {"product": "{product}"}),
    _vendor("POST /entitlements/{entitlement_id}/suspend", "entitlements.write", BECAUSE),
    _vendor("POST /entitlements/{entitlement_id}/resume", "entitlements.write", BECAUSE),
    _vendor("POST /entitlements/{entitlement_id}/withdraw", "entitlements.write", BECAUSE),
    _vendor("GET /features", "catalog.read"),
    _vendor("POST /features", "catalog.write", {"code": "{new_feature}", "name": "Наша"}),
    _vendor("GET /features/{feature_id}", "catalog.read"),
    _vendor("PATCH /features/{feature_id}", "catalog.write", {"name": "Наша"}),
    _vendor(
        "GET /license-keys",
        "keys.read",
        *({}, {"customer_id": "{holder_id}"}, {"product": "{product}"}),
    ),
    _vendor("POST /license-keys", "keys.issue", {"customer_id": "{customer_id}"}),
    _vendor(
        "POST /license-keys/import",
        "keys.issue",
        {"keys": [{"code": "{new_legacy}", "customer_id": "{customer_id}"}]},
    ),
    _vendor("POST /license-keys/find", "keys.read", {"code": "{key}"}, {"code": "{legacy}"}),
    _vendor("GET /license-keys/{key_id}", "keys.read"),
    _vendor("POST /license-keys/{key_id}/suspend", "keys.manage", BECAUSE),
    _vendor("POST /license-keys/{key_id}/resume", "keys.manage"),
    _vendor("POST /license-keys/{key_id}/rotate", "keys.manage", BECAUSE),
    _vendor(
        "POST /license-keys/{key_id}/move",
        "keys.manage",
        BECAUSE | {"customer_id": "{customer_id}"},
    ),
    _vendor("POST /license-keys/{key_id}/revoke", "keys.manage", BECAUSE),
    _vendor(
        "POST /license-keys/{key_id}/operations",
        "entitlements.write",
        BECAUSE | {"operations": OPERATIONS},
        BECAUSE | {"operations": OPERATIONS} | DRY,
        BECAUSE | {"operations": [{"op": "start_trial", "product": "{trial}"}]},
        BECAUSE | {"operations": [REPLACE]},
    ),
    _vendor("GET /license-keys/{key_id}/changes", "keys.read"),
    _vendor("GET /products", "catalog.read", {}, {"external_guid": "{product_guid}"}),
    _vendor(
        "POST /products",
        "catalog.write",
        {
            "code": "{new_product}",
            "name": "Наш",
            "external_guid": "{new_product_guid}",
            "ends_trials": ["{product}"],
            "features": [{"feature": "{feature}"}],
        },
    ),
    _vendor("GET /products/{product_id}", "catalog.read"),
    _vendor(
        "PATCH /products/{product_id}",
        "catalog.write",
        {"name": "Наш"},
        {"external_guid": "{new_product_guid}", "ends_trials": ["{product}"]},
        {"features": [{"feature": "{feature}"}]},
    ),
    _vendor(
        "GET /redemptions",
        "coupons.read",
        *({}, {"coupon_id": "{redeemed_id}"}, {"key_id": "{key_id}"}),
        {"customer_id": "{holder_id}"},
    ),
    _vendor("POST /redemptions/preview", "coupons.redeem", PAIR),
    _vendor("POST /redemptions", "coupons.redeem", PAIR),
    _vendor("POST /redemptions/{redemption_id}/reverse", "coupons.reverse", BECAUSE, BECAUSE | DRY),
    _vendor("GET /trials", "keys.read", {}, {"key_id": "{trial_key_id}"}, {"product": "{trial}"}),
)

AGENT: dict[str, dict[str, str]] = {
    "GET /information": {},
    "POST /license-checks": {"infobase/id": "infobase_id", "products/0": "product"},
    "POST /offers": {
        "infobase/id": "infobase_id",
        "extension": "extension",
        "installed/0/onec_name": "onec_name",
        "installed/0/artifact_sha256": "sha256",
    },
    "GET /eulas/{eula_id}": {},
    "POST /eula-acceptances": {"infobase/id": "infobase_id", "eula_id": "eula_id"},
    "GET /activations": {},
    "POST /activations": {"infobase/id": "infobase_id", "product": "product"},
    "DELETE /activations/{activation_id}": {},
    "POST /activations/{activation_id}/rebind": {"infobase/id": "new_infobase_id"},
    "POST /trials": {"product": "trial"},
    "POST /redemptions/preview": {"coupon": "coupon"},
    "POST /redemptions": {"coupon": "coupon"},
    "POST /downloads": {"infobase/id": "infobase_id", "release_id": "release_id"},
    "GET /artifacts/{sha256}": {},
    "HEAD /artifacts/{sha256}": {},
    "POST /install-reports": {
        "reports/0/operation_id": "new_operation_id",
        "reports/0/infobase/id": "infobase_id",
        "reports/0/extension": "extension",
        "reports/0/release_id": "release_id",
        "reports/0/download_id": "download_id",
        "reports/0/artifact_sha256": "sha256",
        "downloads/0/download_id": "download_id",
        "downloads/0/sha256": "sha256",
    },
}
"""Agents' routes: where in their good requests a thing is named, and which."""

SITE = {"GET /", "GET /problems/{slug}", "GET /health/live", "GET /health/ready", "GET /metrics"}
"""Routes for anybody, that name nothing of any vendor."""


def rows(stage: Stage) -> tuple[Row, ...]:
    """All routes of the interface; requests of agents are the good ones of this stage."""
    made = []
    for route, call in calls(stage).items():
        variant = call.json or {}
        for pointer, slot in AGENT[route].items():
            variant = _planted(variant, pointer.split("/"), f"{{{slot}}}")
        takes = "json" if call.json is not None else ""
        made.append(Row(route, call.takes, (variant,), takes))
    return (*made, *VENDOR)


def _planted(value: Any, way: list[str], slot: str) -> Any:
    if not way:
        return slot
    [step, *rest] = way
    if isinstance(value, list):
        return [
            _planted(item, rest, slot) if str(n) == step else item for n, item in enumerate(value)
        ]
    return value | {step: _planted(value[step], rest, slot)}
