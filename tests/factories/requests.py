"""One good request for every route of agents, and the stage on which each of them succeeds."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalog.models import Eula, Release
from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.delivery.schemas import AcceptEula, IssueDownload
from app.delivery.service.acceptances import accept
from app.delivery.service.downloads import Issued, issue
from app.kit.db import UnitOfWork
from app.licensing.schemas import Activate
from app.licensing.service import keys
from app.licensing.service.activations import Activated, activate
from app.licensing.service.keys import Caller, InstallerPrincipal
from tests.factories.goods import a_trial_product
from tests.factories.world import FITTING, World, bearer, make_world

API = "/api/v1"


@dataclass
class Stage:
    """An infobase with a seat, an accepted agreement and a fresh download; one coupon is left."""

    world: World
    uid: uuid.UUID
    seat: Activated
    release: Release
    eula: Eula
    download: Issued
    coupon: str
    trial: str

    @property
    def infobase(self) -> dict[str, str]:
        return {"id": str(self.uid)}

    def principals(self) -> tuple[str, ...]:
        """Whose Idempotency-Keys there may be."""
        return f"key:{self.world.key.id}", f"activation:{self.seat.activation.id}"

    def credential(self, kind: str) -> str:
        """A credential of the kind `key`, `token` or `secret`."""
        return {
            "key": self.world.code,
            "token": self.seat.token,
            "secret": self.download.secret,
        }[kind]


@dataclass(frozen=True)
class Call:
    """A request to a route; `takes` are the kinds of credentials that open it."""

    route: str
    takes: tuple[str, ...] = ()
    path: str = ""
    json: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    def renamed(self, word: str) -> str:
        """This path with another id in it, if its route has one."""
        template = self.route.partition(" ")[2].split("/")
        parts = zip(template, self.path.split("/"), strict=True)
        return "/".join(word if part.startswith("{") else given for part, given in parts)

    def send(self, client, stage: Stage, kind: str = "", **changes: Any):
        """The answer to this request with a credential of a kind, by default the first taken."""
        kind = kind or next(iter(self.takes), "")
        headers = dict(self.headers) | (bearer(stage.credential(kind)) if kind else {})
        told = {"json": self.json} if self.json is not None else {"content": self.content}
        told |= changes
        headers |= dict(told.get("headers", {}))
        told["headers"] = {name: text for name, text in headers.items() if text is not None}
        return client.request(self.method, API + self.path, **told)


def make_stage(session: UnitOfWork, prefix: str = "DEMO") -> Stage:
    """The main job up to its bytes, done by the product's own verbs."""
    world = make_world(session, prefix)
    release, eula, [used, left] = world.release(), world.eula(), world.coupon(2)
    redeem(session, RedeemCoupon(coupon=used), caller=principal(session, world.code))
    uid = uuid.uuid4()
    infobase = {"id": uid, "label": "Бухгалтерия", "kind": "file"}
    wanted = Activate.model_validate({"product": world.product.code, "infobase": infobase})
    seat = activate(session, wanted, caller=principal(session, world.code))
    caller = principal(session, seat.token)
    agreed = {"eula_id": eula.id, "sha256": eula.sha256_ru, "locale": "ru", "accepted_by": "Анна"}
    accept(session, AcceptEula.model_validate(agreed | {"infobase": infobase}), caller=caller)
    wanted = FITTING | {"release_id": release.id, "infobase": infobase}
    download = issue(session, IssueDownload.model_validate(wanted), caller=caller)
    return Stage(world, uid, seat, release, eula, download, left, a_trial_product(world).code)


def principal(session: UnitOfWork, credential: str) -> InstallerPrincipal:
    """Whoever holds the credential, as the authentication finds him."""
    return keys.identify(session, credential, Caller())


def calls(stage: Stage) -> dict[str, Call]:
    """A request for every route, by the route; each succeeds on this stage."""
    artifact, eula = f"/artifacts/{stage.download.artifact.sha256}", f"/eulas/{stage.eula.id}"
    seat, both = f"/activations/{stage.seat.activation.id}", ("key", "token")
    made = (
        Call("GET /information", (), "/information"),
        Call("POST /license-checks", both, "/license-checks", _check(stage)),
        Call("POST /offers", both, "/offers", _wish(stage)),
        Call("GET /eulas/{eula_id}", both, eula),
        Call("POST /eula-acceptances", both, "/eula-acceptances", _agreed(stage)),
        Call("GET /activations", ("key",), "/activations"),
        Call("POST /activations", ("key",), "/activations", _seat(stage)),
        Call("DELETE /activations/{activation_id}", both, seat),
        Call("POST /activations/{activation_id}/rebind", ("token",), f"{seat}/rebind", _moved()),
        Call("POST /trials", ("key",), "/trials", {"product": stage.trial}),
        Call("POST /redemptions/preview", ("key",), "/redemptions/preview", _coupon(stage)),
        Call("POST /redemptions", ("key",), "/redemptions", _coupon(stage)),
        Call("POST /downloads", ("token",), "/downloads", _download(stage)),
        Call("GET /artifacts/{sha256}", ("secret",), artifact),
        Call("HEAD /artifacts/{sha256}", ("secret",), artifact),
        Call("POST /install-reports", both, "/install-reports", _spool(stage)),
    )
    return {call.route: call for call in made}


def _check(stage: Stage) -> dict[str, Any]:
    return {"infobase": stage.infobase, "products": [stage.world.product.code]}


def _environment(stage: Stage) -> dict[str, Any]:
    return FITTING | {
        "infobase": stage.infobase,
        "platform_version": "8.3.25.1286",
        "compatibility_mode": "Версия8_3_24",
        "infobase_kind": "file",
    }


def _wish(stage: Stage) -> dict[str, Any]:
    name = stage.world.extension.onec_name
    return _environment(stage) | {
        "channel": "stable",
        "extension": stage.world.extension.code,
        "show_untested": False,
        "show_all": True,
        "installed": [{"onec_name": name, "version": "2.3.1", "artifact_sha256": "0" * 64}],
    }


def _agreed(stage: Stage) -> dict[str, Any]:
    return {
        "eula_id": str(stage.eula.id),
        "sha256": stage.eula.sha256_ru,
        "locale": "ru",
        "infobase": stage.infobase,
        "accepted_by": "VASILEK\\Администратор",
    }


def _seat(stage: Stage) -> dict[str, Any]:
    return FITTING | {
        "product": stage.world.product.code,
        "infobase": stage.infobase | {"label": "Бухгалтерия ООО «Василёк»", "kind": "server"},
        "machine": "SRV-1C",
        "windows_user": "VASILEK\\Администратор",
        "agent_version": "1.0.0",
        "platform_version": "8.3.25.1286",
    }


def _moved() -> dict[str, Any]:
    place = {"id": str(uuid.uuid4()), "label": "Новый сервер", "kind": "server"}
    told = {"machine": "SRV-NEW", "windows_user": "Анна", "agent_version": "1.0.0"}
    return told | {"infobase": place}


def _coupon(stage: Stage) -> dict[str, Any]:
    return {"coupon": stage.coupon}


def _download(stage: Stage) -> dict[str, Any]:
    return _environment(stage) | {"release_id": str(stage.release.id), "accept_untested": False}


def _spool(stage: Stage) -> dict[str, Any]:
    artifact = stage.download.artifact
    report = FITTING | {
        "operation_id": str(uuid.uuid5(stage.uid, "operation")),
        "operation": "install",
        "outcome": "done",
        "extension": stage.world.extension.code,
        "infobase": stage.infobase,
        "agent_version": "1.0.0",
        "occurred_at": "2026-11-22T09:12:40.000Z",
        "release_id": str(stage.release.id),
        "previous_version": "2.3.1",
        "version": "2.4.0",
        "artifact_sha256": artifact.sha256,
        "download_id": str(stage.download.download.id),
        "platform_version": "8.3.25.1286",
        "durations_ms": {"DOWNLOADED": 900, "WRITING": 4100},
        "com_hresult": "0x80020009",
        "message": "Готово",
        "consents": ["eula"],
    }
    fetched = {
        "download_id": str(stage.download.download.id),
        "sha256": artifact.sha256,
        "bytes": artifact.size,
    }
    return {"reports": [report], "downloads": [fetched]}
