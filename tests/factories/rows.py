"""Every route as data, by its noun; those of the catalogue are in a file of their own."""

from typing import Any

from tests.factories.requests import Stage, calls
from tests.factories.row import Row, vendor
from tests.factories.rows_catalogue import CATALOGUE

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
VENDOR = (
    vendor(
        "GET /activations",
        "keys.read",
        *({}, {"key_id": "{key_id}"}, {"product": "{product}"}),
    ),
    vendor("POST /activations/{activation_id}/release", "activations.release", BECAUSE),
    vendor("GET /audit-events", "audit.read", {}, {"subject_id": "{subject_id}"}),
    vendor("GET /connection-file", "keys.read", {}),
    vendor("GET /coupon-batches", "coupons.read", {}, {"distributor_id": "{distributor_id}"}),
    vendor(
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
    vendor("GET /coupon-batches/{batch_id}", "coupons.read"),
    vendor("GET /coupon-batches/{batch_id}/codes", "coupons.generate"),
    vendor(
        "GET /coupons",
        "coupons.read",
        *({}, {"batch_id": "{batch_id}"}, {"bound_key_id": "{bound_key_id}"}),
        {"bound_customer_id": "{bound_customer_id}"},
    ),
    vendor("POST /coupons/find", "coupons.read", {"code": "{coupon}"}),
    vendor("GET /coupons/{coupon_id}", "coupons.read"),
    vendor("PATCH /coupons/{coupon_id}", "coupons.disable", {"comment": "Наш"}),
    vendor("POST /coupons/{coupon_id}/disable", "coupons.disable", BECAUSE),
    vendor("POST /coupons/{coupon_id}/enable", "coupons.disable"),
    vendor("GET /customers", "customers.read", {}, {"external_ref1": "{reference}"}),
    vendor(
        "POST /customers",
        "customers.write",
        CLIENT | {"external_ref1": "{new_reference}"},
        CLIENT | {"distributor_id": "{distributor_id}"},
    ),
    vendor("GET /customers/{customer_id}", "customers.read"),
    vendor(
        "PATCH /customers/{customer_id}",
        "customers.write",
        {"comment": "Наш"},
        {"distributor_id": "{distributor_id}", "external_ref1": "{new_reference}"},
    ),
    vendor("POST /customers/{customer_id}/block", "customers.write", BECAUSE),
    vendor("POST /customers/{customer_id}/unblock", "customers.write"),
    vendor("POST /customers/{customer_id}/archive", "customers.write"),
    vendor(
        "POST /customers/{customer_id}/merge",
        "customers.write",
        {"from": ["{holder_id}"]},
        {"from": ["{holder_id}"]} | DRY,
    ),
    vendor("GET /distributors", "customers.read", {}, {"external_guid": "{distributor_guid}"}),
    vendor(
        "POST /distributors",
        "customers.write",
        PARTNER | {"external_guid": "{new_distributor_guid}"},
    ),
    vendor("GET /distributors/{distributor_id}", "customers.read"),
    vendor(
        "PATCH /distributors/{distributor_id}",
        "customers.write",
        {"external_guid": "{new_distributor_guid}"},
    ),
    vendor("GET /entitlements", "keys.read", {}, {"key_id": "{key_id}"}, {"product": "{product}"}),
    vendor("POST /entitlements/{entitlement_id}/suspend", "entitlements.write", BECAUSE),
    vendor("POST /entitlements/{entitlement_id}/resume", "entitlements.write", BECAUSE),
    vendor("POST /entitlements/{entitlement_id}/withdraw", "entitlements.write", BECAUSE),
    vendor("GET /features", "catalog.read"),
    vendor("POST /features", "catalog.write", {"code": "{new_feature}", "name": "Наша"}),
    vendor("GET /features/{feature_id}", "catalog.read"),
    vendor("PATCH /features/{feature_id}", "catalog.write", {"name": "Наша"}),
    vendor(
        "GET /license-keys",
        "keys.read",
        *({}, {"customer_id": "{holder_id}"}, {"product": "{product}"}),
    ),
    vendor("POST /license-keys", "keys.issue", {"customer_id": "{customer_id}"}),
    vendor(
        "POST /license-keys/import",
        "keys.issue",
        {"keys": [{"code": "{new_legacy}", "customer_id": "{customer_id}"}]},
    ),
    vendor("POST /license-keys/find", "keys.read", {"code": "{key}"}, {"code": "{legacy}"}),
    vendor("GET /license-keys/{key_id}", "keys.read"),
    vendor("POST /license-keys/{key_id}/suspend", "keys.manage", BECAUSE),
    vendor("POST /license-keys/{key_id}/resume", "keys.manage"),
    vendor("POST /license-keys/{key_id}/rotate", "keys.manage", BECAUSE),
    vendor(
        "POST /license-keys/{key_id}/move",
        "keys.manage",
        BECAUSE | {"customer_id": "{customer_id}"},
    ),
    vendor("POST /license-keys/{key_id}/revoke", "keys.manage", BECAUSE),
    vendor(
        "POST /license-keys/{key_id}/operations",
        "entitlements.write",
        BECAUSE | {"operations": OPERATIONS},
        BECAUSE | {"operations": OPERATIONS} | DRY,
        BECAUSE | {"operations": [{"op": "start_trial", "product": "{trial}"}]},
        BECAUSE | {"operations": [REPLACE]},
    ),
    vendor("GET /license-keys/{key_id}/changes", "keys.read"),
    vendor("GET /products", "catalog.read", {}, {"external_guid": "{product_guid}"}),
    vendor(
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
    vendor("GET /products/{product_id}", "catalog.read"),
    vendor(
        "PATCH /products/{product_id}",
        "catalog.write",
        {"name": "Наш"},
        {"external_guid": "{new_product_guid}", "ends_trials": ["{product}"]},
        {"features": [{"feature": "{feature}"}]},
    ),
    vendor(
        "GET /redemptions",
        "coupons.read",
        *({}, {"coupon_id": "{redeemed_id}"}, {"key_id": "{key_id}"}),
        {"customer_id": "{holder_id}"},
    ),
    vendor("POST /redemptions/preview", "coupons.redeem", PAIR),
    vendor("POST /redemptions", "coupons.redeem", PAIR),
    vendor("POST /redemptions/{redemption_id}/reverse", "coupons.reverse", BECAUSE, BECAUSE | DRY),
    vendor("GET /trials", "keys.read", {}, {"key_id": "{trial_key_id}"}, {"product": "{trial}"}),
    *CATALOGUE,
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

SITE = {"GET /", "GET /problems/{slug}", "GET /metrics"}
SITE |= {"GET /health", "GET /health/live", "GET /health/ready"}
"""Routes for anybody, that name nothing of any vendor."""
TUF = "GET /tuf/{repository}/metadata/{name}"
"""Signed metadata are for anybody who knows their repository."""


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
