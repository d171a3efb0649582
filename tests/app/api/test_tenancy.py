"""What belongs to another vendor looks exactly like what does not exist."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.actor import SYSTEM
from app.audit.models import AuditHead
from app.catalog.models import Artifact
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.products import CreateProduct
from app.catalog.service import extensions, products
from tests.factories.requests import Call, Stage, calls, make_stage
from wire.codes import CodeKind, new_code

ABSENT = str(uuid.UUID(int=7))
OF_THE_MOMENT = re.compile(
    r'"(?:request_id|server_time|activated_at|installation_token|id|operation_id)":"[^"]*"'
)
Change = Callable[[dict[str, Any], str], dict[str, Any]]


@pytest.fixture
def other(session) -> Stage:
    """Another vendor, whose things have names and bytes of their own."""
    made = make_stage(session, "EXTR")
    made.release = made.world.release("9.9.9")
    product = CreateProduct(code="foreign-product", name="Чужой")
    products.create_product(session, made.world.vendor.id, product, actor=SYSTEM)
    extension = CreateExtension(
        product=product.code, code="foreign", onec_name="Чужое", title_ru="Чужое"
    )
    extensions.create_extension(session, made.world.vendor.id, extension, actor=SYSTEM)
    session.commit()
    return made


def infobase(body: dict[str, Any], word: str) -> dict[str, Any]:
    return body | {"infobase": body["infobase"] | {"id": word}}


def member(name: str) -> Change:
    return lambda body, word: body | {name: word}


def inside(items: str, change: Change) -> Change:
    return lambda body, word: {items: [change(body[items][0], word)]}


BODIES: list[tuple[str, Change, str]] = [
    ("POST /license-checks", infobase, "infobase"),
    ("POST /license-checks", lambda body, word: body | {"products": [word]}, "product"),
    ("POST /offers", infobase, "infobase"),
    ("POST /offers", member("extension"), "extension"),
    ("POST /eula-acceptances", infobase, "infobase"),
    ("POST /eula-acceptances", member("eula_id"), "eula"),
    ("POST /activations", infobase, "infobase"),
    ("POST /activations", member("product"), "product"),
    ("POST /redemptions/preview", member("coupon"), "coupon"),
    ("POST /redemptions", member("coupon"), "coupon"),
    ("POST /downloads", infobase, "infobase"),
    ("POST /downloads", member("release_id"), "release"),
    ("POST /install-reports", inside("reports", infobase), "infobase"),
    ("POST /install-reports", inside("reports", member("release_id")), "release"),
    ("POST /install-reports", inside("reports", member("extension")), "extension"),
    ("POST /install-reports", inside("reports", member("download_id")), "download"),
    ("POST /install-reports", inside("downloads", member("download_id")), "download"),
]


def words(other: Stage, kind: str) -> tuple[str, str]:
    """The name of something of another vendor, and one as long that nothing has."""
    return {
        "infobase": (str(other.uid), ABSENT),
        "eula": (str(other.eula.id), ABSENT),
        "release": (str(other.release.id), ABSENT),
        "download": (str(other.download.download.id), ABSENT),
        "product": ("foreign-product", "missing-product"),
        "extension": ("foreign", "missing"),
        "coupon": (other.coupon, new_code(CodeKind.COUPON, "EXTR").text),
    }[kind]


def whole(answer, word: str) -> tuple[int, dict[str, str], str]:
    """Everything that came back, apart from what differs between any two answers."""
    headers = {name: told for name, told in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, OF_THE_MOMENT.sub("", answer.text).replace(word, "")


@pytest.fixture
def ask(client, connection) -> Callable[..., tuple[int, dict[str, str], str]]:
    """Asks and takes back what the request did, so that the next one meets the same world."""

    def answer(call: Call, stage: Stage, word: str, **changes: object):
        undone = connection.begin_nested()
        told = whole(call.send(client, stage, **changes), word)
        undone.rollback()
        return told

    return answer


@pytest.mark.parametrize(("route", "change", "kind"), BODIES)
def test_in_a_body(ask, stage, other, route, change, kind):
    call, (foreign, absent) = calls(stage)[route], words(other, kind)
    answers = (ask(call, stage, word, json=change(call.json, word)) for word in (foreign, absent))
    assert next(answers) == next(answers)


@pytest.mark.parametrize(("route", "change", "kind"), BODIES)
def test_nothing_is_written_about_the_other_vendor(client, stage, other, route, change, kind):
    call, (foreign, _) = calls(stage)[route], words(other, kind)
    before = length_of_chain(other)
    call.send(client, stage, json=change(call.json, foreign))
    assert length_of_chain(other) == before


def length_of_chain(stage: Stage) -> int | None:
    head = select(AuditHead.seq).where(AuditHead.vendor_id == stage.world.vendor.id)
    return stage.world.session.scalar(head)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_in_the_path_of_an_artifact(ask, session, stage, other, method):
    of_other = select(Artifact.sha256).where(Artifact.release_id == other.release.id)
    call = calls(stage)[f"{method} /artifacts/{{sha256}}"]
    foreign, absent = (
        ask(replace(call, path=f"/artifacts/{word}"), stage, "-")
        for word in (session.scalar(of_other), "0" * 64)
    )
    assert foreign == absent
    assert foreign[0] == 404


def test_in_the_path_of_an_agreement(ask, stage, other):
    call = calls(stage)["GET /eulas/{eula_id}"]
    foreign, absent = (
        ask(replace(call, path=f"/eulas/{word}"), stage, "-") for word in (other.eula.id, ABSENT)
    )
    assert foreign == absent
    assert foreign[0] == 404
