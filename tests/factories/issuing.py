"""Everything that gives a secret out, by the command line, over the network and by verbs."""

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.accounts.schemas import TOKEN_SCOPES
from tests.factories.automation import Automation
from tests.factories.calls import Installer

REASON = {"reason": "Просьба клиента"}


@dataclass
class Issuing:
    """Collects the secrets of a vendor by their kind."""

    podkluch: Any
    product: str
    customer: str
    given: dict[str, list[str]] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        return [secret for secrets in self.given.values() for secret in secrets]

    def keep(self, kind: str, *secrets: str) -> None:
        self.given.setdefault(kind, []).extend(secrets)

    def master(self) -> None:
        """MASTER anew, and its words."""
        file: Path = self.podkluch.master
        file.unlink()
        self.keep("master", *self.podkluch.json("master", "new")["words"])
        self.keep("master", file.read_text("ascii").split()[1])

    def by_command(self, folder: Path, coupons: int, legacy: int) -> str:
        """Coupons, keys, keys of another system and tokens; the token of the vendor's CRM."""
        table = folder / "keys.csv"
        self.keep("legacy key", *(a_legacy_code() for _ in range(legacy)))
        rows = "".join(f"{code};{self.customer}\n" for code in self.given["legacy key"])
        table.write_text(f"code;customer\n{rows}", encoding="utf-8")
        self.podkluch("key", "import", table)
        told = ("coupon", "generate", "--product", self.product, "--count", coupons)
        self.keep("coupon", *self.podkluch.json(*told)["codes"])
        for _ in range(3):
            self.keep(
                "key", self.podkluch.json("key", "issue", "--customer", self.customer)["code"]
            )
        return self.token("CRM")

    def token(self, name: str) -> str:
        """A token with every scope."""
        scopes = [part for scope in sorted(TOKEN_SCOPES) for part in ("--scope", scope.value)]
        told = ("token", "create", "--name", name, "--role", "owner", *scopes)
        self.keep("api token", self.podkluch.json(*told)["token"])
        return self.given["api token"][-1]

    def by_crm(self, crm: Automation, keys: int, rotated: int, coupons: int, legacy: int) -> None:
        """Keys, their rotation, keys of another system and coupons, each asked for twice."""
        for number in range(keys):
            made = self._twice(crm, "/license-keys", customer_id=self.customer)
            self.keep("key", made["code"])
            if number < rotated:
                path = f"/license-keys/{made['id']}/rotate"
                self.keep("rotated key", self._twice(crm, path, grace_hours=72, **REASON)["code"])
        operations = [{"product": self.product, "term": {"days": 30}, "seats": 3}]
        made = self._twice(crm, "/coupon-batches", name="А", count=coupons, operations=operations)
        self.keep("coupon of a CRM", *made["codes"])
        reopened = crm.get(f"/coupon-batches/{made['id']}/codes").text.splitlines()
        assert {json.loads(line)["code"] for line in reopened} == set(made["codes"])
        brought = [a_legacy_code() for _ in range(legacy)]
        rows = [{"code": code, "customer_id": self.customer} for code in brought]
        self._twice(crm, "/license-keys/import", keys=rows)
        self.keep("legacy key", *brought)

    @staticmethod
    def _twice(crm: Automation, path: str, **body: Any) -> Any:
        sent = {"json": body, "headers": {"Idempotency-Key": uuid.uuid4().hex}}
        first, again = (crm.send("POST", path, **sent) for _ in range(2))
        assert first.is_success, first.text
        assert again.content == first.content
        return first.json()

    def by_agents(self, client: TestClient, release_id: str, seats: int) -> None:
        """Redemptions, seats and downloads, with old codes and with rotated ones."""
        pairs = zip(self.given["rotated key"], self.given["coupon of a CRM"], strict=False)
        for key, coupon in pairs:
            agent = Installer(client, key)
            assert agent.redeem(coupon).status_code == 201
            for _ in range(seats):
                assert agent.activate(self.product).status_code in (200, 201)
                self.keep("installation token", agent.token)
            download = agent.ask(release_id)
            assert download.status_code == 201, download.text
            self.keep("download secret", download.json()["secret"])
            message = f"Ошибка: {key} {coupon} {agent.token}"
            agent.report(agent.a_report(outcome="failed", message=message, extension="helper"))


def a_legacy_code() -> str:
    """A key as another system makes them: no prefix, no check."""
    text = uuid.uuid4().hex.upper()
    return f"Z{text[1:5]}-{text[5:10]}-{text[10:15]}-{text[15:20]}"
