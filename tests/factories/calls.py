"""What an agent sends: one object per infobase, which remembers its token."""

import uuid

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.factories.world import FITTING, an_infobase, bearer

PRODUCT = "warehouse-helper"
YEAR = {"product": PRODUCT, "term": {"days": 365}, "seats": 3}
"""The operation of an ordinary coupon."""


def refused(answer: Response) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["code"]


class Installer:
    """The requests of one infobase's agent, with the licence key or the token it was given."""

    def __init__(self, client: TestClient, key: str, label: str = "Бухгалтерия") -> None:
        self.client, self.key = client, key
        self.infobase = an_infobase(label)
        self.token = ""

    @property
    def here(self) -> dict[str, object]:
        """The reference to this infobase."""
        return {"id": self.infobase["id"]}

    def beside(self, label: str = "Склад") -> "Installer":
        """Another infobase of the same key."""
        return Installer(self.client, self.key, label)

    def post(self, path: str, credential: str, **body: object) -> Response:
        return self.client.post(f"/api/v1/{path}", json=body, headers=bearer(credential))

    def check(self, *products: str, **more: object) -> Response:
        body = {"infobase": self.here, "products": list(products)} | more
        return self.post("license-checks", self.key, **body)

    def preview(self, coupon: str) -> Response:
        return self.post("redemptions/preview", self.key, coupon=coupon)

    def redeem(self, coupon: str, **more: object) -> Response:
        return self.post("redemptions", self.key, coupon=coupon, **more)

    def offers(self, **more: object) -> Response:
        return self.post("offers", self.key, **{**FITTING, "infobase": self.here, **more})

    def activate(self, product: str = PRODUCT, **more: object) -> Response:
        told = {
            "product": product,
            "infobase": self.infobase,
            "machine": "SRV-1C",
            "windows_user": "VASILEK\\Администратор",
            "agent_version": "1.0.0",
            **FITTING,
            **more,
        }
        answer = self.post("activations", self.key, **told)
        if answer.is_success:
            self.token = answer.json()["installation_token"]
        return answer

    def accept(self, eula_id: object, sha256: str, **more: object) -> Response:
        told = {
            "eula_id": str(eula_id),
            "sha256": sha256,
            "locale": "ru",
            "infobase": self.here,
            "accepted_by": "VASILEK\\Администратор",
        }
        return self.post("eula-acceptances", self.key, **{**told, **more})

    def ask(self, release_id: object, **more: object) -> Response:
        """Asks for a download with the token."""
        told = {"release_id": str(release_id), "infobase": self.here, **FITTING, **more}
        return self.post("downloads", self.token, **told)

    def fetch(self, download: dict[str, object], *, method: str = "GET", **headers: str):
        """The bytes of a download, as far as its secret opens them."""
        sent = bearer(str(download["secret"])) | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.request(method, str(download["url"]), headers=sent)

    def report(self, *reports: object, downloads=(), credential: str | None = None) -> Response:
        return self.post(
            "install-reports",
            credential or self.token,
            reports=list(reports),
            downloads=list(downloads),
        )

    def a_report(self, **changes: object) -> dict[str, object]:
        """A finished installation, as this agent tells it."""
        told = {
            "operation_id": str(uuid.uuid4()),
            "operation": "install",
            "outcome": "done",
            "extension": "warehouse-helper",
            "infobase": self.here,
            "agent_version": "1.0.0",
            "occurred_at": "2026-11-22T09:12:40.000Z",
            **FITTING,
        }
        return told | changes
