"""Attacks on the real agent of a real server: refused before any write, each in its own words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from app.trust.models import MetadataRole
from tests.factories.cfe import flip, good_cfe
from tests.faults.computers import Computer
from tests.faults.middleman import (
    ENDLESS,
    Act,
    Endless,
    Exchange,
    altered,
    dripped,
    elsewhere,
    honest,
    promised,
    replayed,
)
from tests.faults.office import FIRST, SECOND, Office, Vendor
from tests.faults.service import ROOT
from tests.faults.thief import Thief
from tests.simulators.bench import Ran
from tests.simulators.vendor_repository import VendorRepository

pytestmark = pytest.mark.fault

HURRIED = "tests.faults.hurried_agent"
METADATA, FILE, OFFERS = "GET /tuf/", "GET /api/v1/artifacts/", "POST /api/v1/offers"
TIMESTAMP = "GET /tuf/.*/timestamp.json"
HELD = 20 * 1024 * 1024
"""Bytes that sockets may hold of what nobody reads."""

SAID = {
    "swapped bytes": "файл не совпадает с подписанным.",
    "longer file": "файл не совпадает с подписанным: он длиннее",
    "old metadata": "сервер выдал прежние сведения о релизах вместо новых",
    "frozen metadata": "Сервер отдал устаревшие метаданные (5 дн.)",
    "expired metadata": "сведения о релизах просрочены на 10 дн.",
    "forged release": "список релизов подписан не ключом выпуска вендора",
    "release in another folder": "вендор не подписывал релиз ext",
    "forged root": "новый корень доверия не подписан прежним",
    "other vendor's metadata": "timestamp.json подписан чужим ключом",
    "other vendor's repository": "которое у этого сервера не закреплено",
    "wrong name in the file": "поле onec_name: подписано «СкладскойПомощник», получено «Чужое»",
    "altered offer": "поле critical: подписано «False», получено «True»",
    "endless metadata": "сведения о релизах длиннее допустимого, файл timestamp.json",
    "slow download": "Скорость загрузки ниже 1 КБ/с дольше 60 с",
    "slow answer": "сервер не ответил за",
}
"""What a person reads of each attack, and of no other one."""


def attacks_in(text: str) -> list[str]:
    return [attack for attack, words in SAID.items() if words in text]


def test_no_two_attacks_read_alike() -> None:
    assert len(set(SAID.values())) == len(SAID)


def test_the_documentation_has_the_words_of_each_attack() -> None:
    told = (ROOT / "docs" / "trust.md").read_text("utf-8")
    assert [attack for attack, words in SAID.items() if words not in told] == []


@dataclass(frozen=True)
class Scene:
    """A vendor whose line somebody holds, and what was seen on it in the past."""

    office: Office
    vendor: Vendor
    other: Vendor
    mirrors: Mapping[int, Mapping[str, bytes]]
    """What was signed so many days ago."""
    veteran: Computer
    """Has the first release, and has seen that there is a second one."""


@pytest.fixture(scope="module")
def scene(office: Office) -> Scene:
    with office.days_ago(40):
        vendor, other = office.vendor(), office.vendor()
        vendor.publish(FIRST)
        expired = vendor.mirror()
    with office.days_ago(5):
        vendor.publish("2.4.1")
        frozen = vendor.mirror()
    vendor.publish(SECOND)
    other.publish(FIRST)
    office.start()
    veteran = vendor.computer()
    require_done(veteran.install("--release", FIRST))
    return Scene(office, vendor, other, {40: expired, 5: frozen}, veteran)


def require_done(ran: Ran) -> None:
    assert ran.result["outcome"].startswith("done"), ran.result
    assert ran.result["data"]["signature_verified"]


@dataclass(frozen=True)
class Attack:
    """What a thief on the line does to which requests, and what the agent makes of it."""

    requests: str
    act: Callable[[Scene], Act]
    reason: str
    """Of SIGNATURE_BAD, or another code."""
    state: str = "AUTHORIZED"
    fresh: bool = False
    """Whether the agent has seen nothing of the vendor but the connection file."""


def forged_root(exchange: Exchange) -> None:
    thief = VendorRepository()
    thief.add_root()
    known = {"2.root.json": thief.files["2.root.json"]}
    (replayed(known) if exchange.name in known else honest)(exchange)


def promoted(body: bytes) -> bytes:
    said = json.loads(body)
    for offer in said["data"]:
        offer["release"]["critical"] = True
    return json.dumps(said).encode()


def renamed(scene: Scene) -> Act:
    ours, theirs = scene.vendor.repository.encode(), scene.other.repository.encode()
    return altered(lambda body: body.replace(ours, theirs))


ON_THE_LINE = {
    "swapped bytes": Attack(
        FILE, lambda _: altered(flip(700, 3)), "HASH_MISMATCH", state="DOWNLOADED"
    ),
    "longer file": Attack(
        FILE, lambda _: altered(lambda data: data + b"\0"), "HASH_MISMATCH", state="DOWNLOADED"
    ),
    "old metadata": Attack(METADATA, lambda scene: replayed(scene.mirrors[5]), "METADATA_ROLLBACK"),
    "frozen metadata": Attack(
        METADATA, lambda scene: replayed(scene.mirrors[5]), "STALE_MIRROR", fresh=True
    ),
    "expired metadata": Attack(
        METADATA, lambda scene: replayed(scene.mirrors[40]), "METADATA_EXPIRED", fresh=True
    ),
    "forged root": Attack(METADATA, lambda _: forged_root, "METADATA_UNSIGNED"),
    "other vendor's metadata": Attack(
        METADATA,
        lambda scene: elsewhere(scene.vendor.repository, scene.other.repository),
        "METADATA_UNSIGNED",
    ),
    "other vendor's repository": Attack(OFFERS, renamed, "REPOSITORY_UNKNOWN"),
    "altered offer": Attack(OFFERS, lambda _: altered(promoted), "MANIFEST_MISMATCH"),
}


def refused(ran: Ran, attack: str, reason: str) -> None:
    """Exit code, code, reason, and the words of this attack alone."""
    codes = {"MANIFEST_MISMATCH", "STALE_MIRROR"}
    code = reason if reason in codes else "SIGNATURE_BAD"
    assert (ran.result["exit_code"], ran.exit, ran.result["code"]) == (20, 20, code)
    assert ran.result["data"].get("reason", code) == (reason if reason != code else code)
    assert attacks_in(ran.result["text"]) == [attack]
    untouched(ran)


def untouched(ran: Ran) -> None:
    assert ran.result["changed"] is False
    assert "WRITING" not in {event["state"] for event in ran.of("step")}


def support_sees(vendor: Vendor, ran: Ran, attack: str, state: str) -> None:
    """The report has arrived, with the words that the person at the agent reads."""
    report = vendor.report(ran.result["data"]["operation_id"])
    assert (report["outcome"], report["code"]) == ("failed", ran.result["code"])
    assert report["failed_state"] == state
    assert attacks_in(f"{report['message']}.") == [attack]


@pytest.mark.parametrize("name", ON_THE_LINE)
def test_who_holds_the_line_is_refused(scene: Scene, tmp_path, name: str) -> None:
    attack = ON_THE_LINE[name]
    computer = scene.veteran.another(tmp_path, knows=not attack.fresh)
    before = computer.digest()
    with scene.office.middleman.between(attack.requests, attack.act(scene)):
        ran = computer.install()
    refused(ran, name, attack.reason)
    assert computer.digest() == before
    support_sees(scene.vendor, ran, name, attack.state)
    require_done(computer.install())
    assert computer.versions() == [SECOND]


@pytest.mark.parametrize("framing", ["in chunks", "of 200 MB"])
def test_endless_metadata_stop_at_their_limit(scene: Scene, tmp_path, framing: str) -> None:
    computer, endless = scene.veteran.another(tmp_path), Endless(chunked=framing == "in chunks")
    before = computer.digest()
    with scene.office.middleman.between(TIMESTAMP, endless):
        ran = computer.install()
    refused(ran, "endless metadata", "HASH_MISMATCH")
    assert 0 < endless.sent < HELD < ENDLESS
    assert computer.digest() == before
    support_sees(scene.vendor, ran, "endless metadata", "AUTHORIZED")


def test_an_endless_file_stops_at_the_signed_length(scene: Scene, tmp_path) -> None:
    computer, endless = scene.veteran.another(tmp_path), Endless(chunked=True)
    before = computer.digest()
    with scene.office.middleman.between(FILE, endless):
        ran = computer.install()
    refused(ran, "longer file", "HASH_MISMATCH")
    assert 0 < endless.sent < HELD < ENDLESS
    assert computer.digest() == before
    require_done(computer.install())


@pytest.mark.parametrize(
    ("requests", "attack", "code"),
    [
        (FILE, "slow download", "DOWNLOAD_TOO_SLOW"),
        (TIMESTAMP, "slow download", "DOWNLOAD_TOO_SLOW"),
        (OFFERS, "slow answer", "NETWORK"),
    ],
)
def test_a_server_that_drips_is_left(
    scene: Scene, tmp_path, requests: str, attack: str, code: str
) -> None:
    computer = scene.veteran.another(tmp_path)
    before = computer.digest()
    with scene.office.middleman.between(requests, dripped):
        ran = computer.install(module=HURRIED)
    assert (ran.exit, ran.result["code"]) == (10, code)
    assert attacks_in(ran.result["text"]) == [attack]
    untouched(ran)
    assert computer.digest() == before
    if requests == FILE:
        support_sees(scene.vendor, ran, attack, "DOWNLOADED")
        require_done(computer.install())


def test_a_server_that_only_promises_an_answer_is_left(scene: Scene, tmp_path) -> None:
    computer = scene.veteran.another(tmp_path)
    before = computer.digest()
    with scene.office.middleman.between(TIMESTAMP, promised):
        ran = computer.install("--timeout", "5")
    assert (ran.exit, ran.result["code"]) == (10, "NETWORK")
    assert attacks_in(ran.result["text"]) == ["slow answer"]
    untouched(ran)
    assert computer.digest() == before


# Who holds the server itself


def burgled(scene: Scene) -> tuple[Vendor, Computer]:
    """Another vendor of the same server, and a client of theirs."""
    vendor = scene.office.vendor()
    vendor.publish(FIRST)
    computer = vendor.computer()
    require_done(computer.install())
    return vendor, computer


@pytest.mark.parametrize(
    ("role", "attack", "reason"),
    [
        (MetadataRole.RELEASES, "forged release", "METADATA_UNSIGNED"),
        (MetadataRole.ONLINE, "release in another folder", "TARGET_MISSING"),
    ],
)
def test_the_servers_own_key_signs_no_release(
    scene: Scene, role: MetadataRole, attack: str, reason: str
) -> None:
    vendor, computer = burgled(scene)
    vendor.hand_over()
    thief, before = Thief(vendor), computer.digest()
    forged = thief.offer(good_cfe(version="6.6.6"))
    thief.sign(role, by=MetadataRole.ONLINE)
    ran = computer.install()
    refused(ran, attack, reason)
    assert computer.digest() == before
    support_sees(vendor, ran, attack, "AUTHORIZED")
    thief.vanish(forged, "online")
    draft = vendor.publish(SECOND, "create")["id"]
    vendor.sign_and_publish(draft)
    require_done(computer.install())
    assert computer.versions() == [SECOND]


def test_the_vendors_computer_signs_nothing_on_top_of_a_forgery(scene: Scene) -> None:
    vendor = scene.office.vendor()
    vendor.publish(FIRST)
    vendor.hand_over()
    thief = Thief(vendor)
    thief.offer(good_cfe(version="6.6.6"))
    thief.sign(MetadataRole.RELEASES, by=MetadataRole.ONLINE)
    paper, signed = vendor.folder / "paper", vendor.folder / "paper.signed"
    vendor.do("release", "hand-out", "--out", paper)
    said = vendor.sign(paper, signed, code=1)
    assert said["params"]["why"]["ru"] == "опубликованное подписано не этим ключом"
    assert not signed.exists()


def test_a_stolen_release_key_brings_no_other_extension(scene: Scene) -> None:
    vendor, computer = burgled(scene)
    thief, before = Thief(vendor), computer.digest()
    forged = thief.offer(good_cfe(name="Чужое", version="6.6.6"))
    thief.sign(MetadataRole.RELEASES, by=MetadataRole.RELEASES)
    ran = computer.install()
    refused(ran, "wrong name in the file", "MANIFEST_MISMATCH")
    assert ran.result["data"]["field"] == "onec_name"
    assert computer.digest() == before
    support_sees(vendor, ran, "wrong name in the file", "FILE_VERIFIED")
    thief.vanish(forged, "release", "online")
    vendor.publish(SECOND)
    require_done(computer.install())
    assert computer.versions() == [SECOND]
