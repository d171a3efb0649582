"""A thousand secrets are given out, used and misused; nothing that is kept or told has one."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text

from app.coupons.models import Coupon
from app.kit import postgres
from app.kit.config import Settings
from app.kit.db import Kit, make_engine, transaction
from app.kit.signing.keyring import CannotOpenError, Keyring
from app.kit.storage import LocalStore
from app.kit.telemetry import configure_logging
from app.licensing.models import LicenseKeyCode
from app.main import create_app
from tests.factories.automation import Automation, a_token
from tests.factories.issuing import Issuing
from tests.factories.misuses import MISUSES, PROXY, Misuser
from tests.factories.needles import Search, forms, plain
from tests.factories.world import make_world
from wire.codes import CodeKind, new_code

pytestmark = pytest.mark.long

OURS = ("httpx2", "httpcore2")
"""The test's own client names what it asks for."""


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """All that the server and its libraries write at DEBUG, the line of each request among it."""
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    configure_logging(level=logging.DEBUG)
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    for name in OURS:
        logging.getLogger(name).setLevel(logging.WARNING)
    yield written.getvalue
    root.handlers, root.level = handlers, level


@pytest.fixture
def issuing(podkluch, product, customer) -> Issuing:
    made = Issuing(podkluch, product["code"], customer["id"])
    made.master()
    return made


@pytest.fixture
def kit(podkluch, issuing) -> Kit:
    """A server like that of the command line, behind a proxy."""
    del issuing
    settings = Settings(environment="test", data=podkluch.data, trusted_proxies=(f"{PROXY}/32",))
    keyring = Keyring.read(podkluch.master)
    return Kit(settings, LocalStore(settings.artifacts_folder), keyring=keyring)


@pytest.fixture
def served(url, kit, log) -> Iterator[Engine]:
    del log  # listens from the first request on
    engine = make_engine(url, kit.settings)
    yield engine
    engine.dispose()


@pytest.fixture
def client(served, kit) -> Iterator[TestClient]:
    with TestClient(create_app(served, kit), client=(PROXY, 50_000)) as client:
        yield client


@pytest.fixture
def given_out(issuing, publish, client, served, kit, tmp_path) -> Issuing:
    """A thousand secrets, those of the last 150 in use."""
    release = json.loads(publish("--json").stdout)
    crm = Automation(client, issuing.by_command(tmp_path, coupons=350, legacy=150))
    issuing.by_crm(crm, keys=60, rotated=40, coupons=200, legacy=40)
    issuing.by_agents(client, release["id"], seats=2)
    with transaction(served, kit) as session:
        vendor_id = session.scalar(text("SELECT id FROM vendors"))
        issuing.keep("api token", *(a_token(session, vendor_id) for _ in range(40)))
    return issuing


def misused(issuing: Issuing, client, served, kit) -> list[str]:
    """The answers to every secret at two wrong places; each kind has been at all of them."""
    with transaction(served, kit) as session:
        other = make_world(session, "OTHR")
        token, key = a_token(session, other.vendor.id), other.code
    crm = issuing.given["api token"][0]
    partner = {"name": "Север", "email": "north@example.com"}
    distributor = Automation(client, crm).post("/distributors", **partner).json()["id"]
    by, answers = Misuser(client, key, token, crm, distributor), []
    for secrets in issuing.given.values():
        count = max(2 * len(secrets), len(MISUSES))
        for number in range(count):
            secret = secrets[number % len(secrets)]
            answers.append(MISUSES[number % len(MISUSES)](by, secret))
    refused = [answer for answer in answers if answer.status_code in range(400, 500)]
    assert len(refused) > len(answers) * 3 / 4
    assert not [answer for answer in answers if answer.is_server_error]
    return [f"{answer.headers}{answer.text}" for answer in answers]


def dumped(url: str) -> str:
    """The database as `pg_dump` writes it."""
    done, told = postgres.run(postgres.programs() / "pg_dump", f"--dbname={url}")
    assert done, told
    return told


def audited(issuing: Issuing, client: TestClient) -> str:
    """The whole audit as programs read it."""
    crm = Automation(client, issuing.given["api token"][0])
    return json.dumps(crm.pages("/audit-events", limit=200), ensure_ascii=False)


def test_no_secret_of_a_thousand_is_kept_logged_or_told(given_out, client, served, url, kit, log):
    answers = misused(given_out, client, served, kit)
    search = Search(given_out.secrets)
    places = {
        "dump": dumped(url),
        "log": log(),
        "answers": "\n".join(answers),
        "audit": audited(given_out, client),
        "metrics": client.get("/metrics").text,
    }
    assert len(set(given_out.secrets)) >= 1_000
    assert len(answers) > 2_000
    found = {place: met for place, told in places.items() if (met := search.found(told))}
    assert found == {}
    assert_sealed_in_place(given_out, served, kit)


def assert_sealed_in_place(issuing: Issuing, served: Engine, kit: Kit) -> None:
    """Each code opens in its own row alone; its hint is the prefix and the last five symbols."""
    with transaction(served, kit) as session:
        vendor_id = session.scalar(text("SELECT id FROM vendors WHERE prefix = 'VEKT'"))
        kept = [
            (row.id, row.hint, row.cipher)
            for model in (LicenseKeyCode, Coupon)
            for row in session.scalars(select(model).where(model.vendor_id == vendor_id))
        ]
    opened = [kit.keyring.open_code(vendor_id, row_id, cipher) for row_id, _, cipher in kept]
    kinds = ("key", "rotated key", "legacy key", "coupon", "coupon of a CRM")
    given = {code.replace("-", "") for kind in kinds for code in issuing.given[kind]}
    assert {code.replace("-", "") for code in opened} == given
    for (row_id, hint, _), (_, _, foreign), code in zip(
        kept, [*kept[1:], kept[0]], opened, strict=True
    ):
        start, _, end = hint.partition("…-")
        assert (code[: len(start)], code[-5:]) == (start, end)
        assert len(start) <= len("VEKTUPD-")
        with pytest.raises(CannotOpenError):
            kit.keyring.open_code(vendor_id, row_id, foreign)


def test_the_search_finds_what_is_planted(issuing, client, served, url, log):
    """In rows as text and as bytes, in the log, in an answer and in the audit; in every form."""
    planted = [new_code(CodeKind.KEY, "VEKT").text for _ in range(20)]
    with served.begin() as connection:
        connection.execute(text("CREATE TABLE planted (words text, bytes bytea)"))
        row = text("INSERT INTO planted VALUES (:words, :bytes)")
        for number, secret in enumerate(planted):
            spelled = list(forms(secret))
            told = {"words": spelled[number % len(spelled)], "bytes": None}
            connection.execute(row, told if number else {"words": None, "bytes": secret.encode()})
    search = Search(planted)
    assert search.found(dumped(url)) == set(planted)
    logging.getLogger("library").debug("odd: %s", plain(planted[0]))
    assert search.found(log()) == {planted[0]}
    name = {"name": plain(planted[1]), "email": "north@example.com"}
    answer = Automation(client, issuing.token("crm")).post("/distributors", **name)
    assert search.found(answer.text) == {planted[1]}
    assert search.found(audited(issuing, client)) == {planted[1]}
