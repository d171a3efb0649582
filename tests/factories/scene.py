"""Two vendors of one server, and requests about the things of either or of nobody."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Connection, select, text

from app.accounts.models import ApiToken
from app.audit.actor import Actor, ActorKind
from app.catalog.models import Artifact
from app.kit.db import Base, UnitOfWork
from tests.factories.automation import a_token
from tests.factories.holdings import Things, holdings, nothing
from tests.factories.requests import API, Stage, calls, make_stage
from tests.factories.row import Row, Variant
from tests.factories.rows import rows
from tests.factories.world import bearer
from tests.taking_back import taken_back


@dataclass(frozen=True)
class Scene:
    """Our vendor with its programs and an agent, another one, and names of everybody's things."""

    stage: Stage
    other: Stage
    token: str
    reader: str
    own: Things
    foreign: Things
    absent: Things

    @property
    def rows(self) -> tuple[Row, ...]:
        """All routes of the interface."""
        return rows(self.stage)

    @property
    def usual(self) -> Things:
        """What a request succeeds with: ours, and for what it makes a name that is free."""
        return self.own | {name: self.absent[name] for name in self.own if name.startswith("new_")}

    def requests(self) -> Iterator[tuple[Row, Variant, str]]:
        """Every request with every credential that opens its route."""
        for row in self.rows:
            for kind, variant in product(row.opens or ("",), row.variants):
                yield row, variant, self._credential(kind)

    def _credential(self, kind: str) -> str:
        if not kind:
            return ""
        return self.token if "." in kind else self.stage.credential(kind)


def make_scene(session: UnitOfWork, client: TestClient, stage: Stage) -> Scene:
    """The stage's vendor and another one, with one of everything each."""
    other, vendor_id = make_stage(session, "OTHR"), stage.world.vendor.id
    token = a_token(session, vendor_id)
    row = session.scalars(select(ApiToken)).one()
    reader = a_token(session, vendor_id, "admin")
    own = holdings(stage, "own", Actor(ActorKind.TOKEN, row.name, id=row.id))
    own |= dict.fromkeys(("product", "extension"), stage.world.product.code)
    own |= {"onec_name": stage.world.extension.onec_name}
    foreign = holdings(other, "far")
    release = other.world.release("9.9.9")  # other bytes than ours
    of_other = select(Artifact.sha256).where(Artifact.release_id == release.id)
    foreign |= {"release_id": str(release.id), "sha256": session.scalars(of_other).one()}
    session.commit()
    for each in (stage, other):
        calls(each)["POST /install-reports"].send(client, each).raise_for_status()
    named = map(_with_new, (own, foreign, nothing("nil", "OTHR")))
    return Scene(stage, other, token, reader, *named)


def _with_new(things: Things) -> Things:
    """The same names for members that must not name anything yet."""
    return things | {f"new_{name}": word for name, word in things.items()}


@dataclass(frozen=True)
class Told:
    """A whole answer, and what all rows of either vendor add up to after it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ours: str
    others: str

    @property
    def succeeded(self) -> bool:
        return self.status < 400

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return json.loads(self.body)["code"] if self.body and not self.succeeded else None


@dataclass(frozen=True)
class Asking:
    """Sends requests and takes back what each did, so that the next one meets the same world."""

    client: TestClient
    connection: Connection
    scene: Scene

    def __call__(self, row: Row, variant: Variant, things: Things, credential: str = "") -> Told:
        request = row.request(variant, things)
        headers = {"X-Request-Id": "the-same-for-all"} | (bearer(credential) if credential else {})
        with taken_back(self.connection, self.scene.stage.world.session.kit):
            if row.method in {"PATCH", "PUT", "DELETE"} and row.path.startswith("/vendor/"):
                headers["If-Match"] = self._tag(row)
            answer = self.client.request(**self._whole(request), headers=headers)
            left = sums(self.connection)
        ours, others = (left[each.world.vendor.id] for each in (self.scene.stage, self.scene.other))
        told = {name: text for name, text in answer.headers.items() if name != "date"}
        return Told(answer.status_code, told, answer.content, ours, others)

    def nothing(self) -> Told:
        """What the rows add up to before anything is asked."""
        return self(Row("GET /information"), {}, {})

    def _tag(self, row: Row) -> str:
        """The version of our own thing that the path begins with."""
        url = "/".join(row.request({}, self.scene.usual)["url"].split("/")[:4])
        return self.client.get(API + url, headers=bearer(self.scene.reader)).headers["etag"]

    @staticmethod
    def _whole(request: dict[str, Any]) -> dict[str, Any]:
        return request | {"url": API + request["url"]}


NOTES = "license_checks"
"""What agents were told is noted beside, and is no change of anything."""


def sums(connection: Connection) -> dict[uuid.UUID, str]:
    """What all rows of each vendor add up to."""
    rows_of = "SELECT {} AS vendor, CAST(t AS text) AS row FROM {} t"
    kept = (each for each in Base.metadata.sorted_tables if each.name != NOTES)
    tables = [each.name for each in kept if "vendor_id" in each.columns]
    parts = [rows_of.format("vendor_id", name) for name in tables]
    union = " UNION ALL ".join([*parts, rows_of.format("id", "vendors")])
    total = f"md5(string_agg(row, '|' ORDER BY row)) AS total FROM ({union}) t"
    found = connection.execute(text(f"SELECT vendor, {total} GROUP BY 1"))
    return {row.vendor: row.total for row in found}
