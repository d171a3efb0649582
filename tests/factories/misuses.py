"""Wrong uses of a secret: each request puts it where it does not belong."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient
from httpx2 import Response

from app.kit.telemetry import redact
from tests.factories.world import bearer

API = "/api/v1"
PROXY = "192.0.2.1"
"""Whence everything comes; it tells an address of its own for each request."""
NOBODY = str(uuid.UUID(int=7))
WISH = {"configuration": {"name": "Розница", "version": "1"}}
HEADERS = ("Cookie", "Range", "Accept", "Origin", "Accept-Language", "If-None-Match")


@dataclass
class Misuser:
    """Somebody with a key and a token of another vendor, and with a token of the secrets' own."""

    client: TestClient
    key: str
    token: str
    crm: str
    distributor: str

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def send(self, method: str, path: str, credential: str = "", **told: Any) -> Response:
        """A request from a network of its own, so that no limit of failures hides the refusal."""
        number = next(self._numbers)
        headers = {"X-Forwarded-For": f"10.{number >> 8}.{number & 255}.1"}
        headers |= told.pop("headers", {})
        headers |= bearer(credential) if credential else {}
        return self.client.request(method, path, headers=headers, **told)

    def get(self, path: str, credential: str, **query: str) -> Response:
        return self.send("GET", API + path, credential, params=query)

    def post(self, path: str, credential: str, **body: Any) -> Response:
        return self.send("POST", API + path, credential, json=body)


def typo(secret: str) -> str:
    """The secret with another last symbol."""
    return secret[:-1] + ("0" if secret[-1] != "0" else "1")


def _row(secret: str) -> dict[str, str]:
    return {"code": secret, "customer_id": NOBODY, "comment": "А"}


def _client(secret: str) -> dict[str, object]:
    return {"company": "А", "email": secret, "inn": secret, "distributor_id": secret, secret: 1}


def _operations(secret: str) -> list[dict[str, object]]:
    return [{"op": secret, "product": secret}, {"product": secret, "term": {secret: 1}}]


def _raw(by: Misuser, text: str, media: str = "application/json") -> Response:
    headers = {"Content-Type": media}
    return by.send("POST", f"{API}/offers", by.key, content=text.encode(), headers=headers)


def _named(by: Misuser, secret: str) -> Response:
    """Headers that are kept; of free text, what looks like a secret is left out."""
    headers = {"Idempotency-Key": quote(secret)}
    if redact(secret) != secret:
        headers |= dict.fromkeys(("User-Agent", "X-Request-Id"), secret)
    sent = {"json": {"name": "А", "email": "a@example.com"}, "headers": headers}
    return by.send("POST", f"{API}/vendor/distributors", by.crm, **sent)


def _changed(by: Misuser, secret: str) -> Response:
    told = {"json": {"name": "А"}, "headers": {"If-Match": secret}}
    return by.send("PATCH", f"{API}/vendor/distributors/{by.distributor}", by.crm, **told)


MISUSES: tuple[Callable[[Misuser, str], Response], ...] = (
    # as a credential, mistyped, and of a kind that the route does not take
    lambda by, secret: by.post("/offers", secret, **WISH),
    lambda by, secret: by.post("/offers", typo(secret), **WISH),
    lambda by, secret: by.post("/license-checks", secret.lower()),
    lambda by, secret: by.get("/vendor/customers", secret),
    lambda by, secret: by.get("/vendor/customers", typo(secret)),
    lambda by, secret: by.get(f"/artifacts/{'0' * 64}", secret),
    # in addresses
    lambda by, secret: by.get(f"/eulas/{secret}", by.key, locale=secret, key=secret),
    lambda by, secret: by.get(f"/artifacts/{secret}", secret),
    lambda by, secret: by.get(f"/vendor/customers/{secret}", by.crm),
    lambda by, secret: by.get("/vendor/license-keys", by.crm, cursor=secret, status=secret),
    lambda by, secret: by.get("/vendor/coupons", by.crm, cursor=secret),
    lambda by, secret: by.send("DELETE", f"{API}/activations/{secret}", by.key),
    lambda by, secret: by.send("GET", f"/{secret}", params={secret: secret}),
    lambda by, secret: by.send("PUT", f"{API}/trials/{secret}", by.key),
    # in bodies, at the wrong place
    lambda by, secret: by.post("/activations", by.key, product=secret, infobase={"id": secret}),
    lambda by, secret: by.post("/trials", by.key, product=secret),
    lambda by, secret: by.post("/eula-acceptances", by.key, eula_id=secret, locale=secret),
    lambda by, secret: by.post("/vendor/customers", by.crm, **_client(secret)),
    lambda by, secret: by.post(
        "/vendor/coupon-batches", by.crm, name="А", operations=_operations(secret)
    ),
    lambda by, secret: _raw(by, f'{{"coupon": "{secret}'),
    lambda by, secret: _raw(by, secret, media=secret),
    # at the wrong vendor's
    lambda by, secret: by.post("/redemptions", by.key, coupon=secret, before_digest=secret),
    lambda by, secret: by.post("/redemptions", by.key, coupon=typo(secret)),
    lambda by, secret: by.post("/redemptions/preview", by.key, coupon=secret),
    lambda by, secret: by.post("/vendor/redemptions", by.token, key=secret, coupon=secret),
    lambda by, secret: by.post("/vendor/license-keys/find", by.token, code=secret),
    lambda by, secret: by.post("/vendor/coupons/find", by.token, code=secret),
    # at its own vendor's, used up or named twice
    lambda by, secret: by.post("/vendor/redemptions", by.crm, key=secret, coupon=secret),
    lambda by, secret: by.post("/vendor/license-keys/import", by.crm, keys=[_row(secret)]),
    lambda by, secret: by.post("/vendor/license-keys/import", by.crm, keys=[_row(secret)] * 2),
    # in headers
    lambda by, secret: by.send("GET", f"{API}/eulas/1", by.key, headers={"Range": secret}),
    lambda by, secret: by.send(
        "POST",
        f"{API}/trials",
        by.key,
        json={"product": "a"},
        headers=dict.fromkeys(HEADERS, secret),
    ),
    _named,
    _changed,
)
