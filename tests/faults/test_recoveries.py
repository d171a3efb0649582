"""What a vendor does about a lost or stolen key: the agents of yesterday go on, and say so."""

from collections.abc import Callable

import pytest

from tests.faults.computers import Computer
from tests.faults.office import FIRST, SECOND, Office, Vendor
from tests.simulators.bench import Ran

pytestmark = pytest.mark.fault

THIRD = "2.6.0"


@pytest.fixture(scope="module", autouse=True)
def running(office: Office) -> Office:
    office.start()
    return office


@pytest.fixture
def vendor(office: Office) -> Vendor:
    """One of this test's own, whose first release is out."""
    made = office.vendor()
    made.publish(FIRST)
    return made


@pytest.fixture
def computer(vendor: Vendor) -> Computer:
    """A client who installed it before anything happened."""
    made = vendor.computer()
    require_done(made, FIRST)
    return made


def require_done(computer: Computer, version: str) -> Ran:
    """Installed, verified, and nobody was asked anything."""
    ran = computer.install()
    assert ran.result["outcome"].startswith("done"), ran.result
    assert ran.result["data"]["signature_verified"]
    assert ran.of("question") == []
    assert computer.versions() == [version]
    return ran


def require_told(computer: Computer, ran: Ran, vendor: Vendor, version: int) -> None:
    """The change of the root was shown and logged once, by what the vendor sees as well."""
    root = vendor.trust("status")
    assert root["root_version"] == version
    text = f"Корень доверия вендора обновлён: версия {version}, отпечаток {root['fingerprint']}"
    assert [warning["text"] for warning in ran.of("warn")] == [text]
    logged = (computer.home / "logs" / "agent.log").read_text("utf-8")
    assert logged.count(f"has a new root: {version}, {root['fingerprint']}") == 1
    [shown] = computer.run("trust", "show").result["data"]["roots"]
    assert (shown["version"], shown["fingerprint"]) == (version, root["fingerprint"])
    assert shown["pinned_version"] == 1


def renewed(vendor: Vendor) -> None:
    vendor.trust("renew", "--local", "--keys", vendor.medium)


def renewed_by_the_other_key(vendor: Vendor) -> None:
    (vendor.medium / "root-1.pem").unlink()
    renewed(vendor)


def renewed_thrice(vendor: Vendor) -> None:
    for _ in range(3):
        renewed(vendor)


def inherited(vendor: Vendor) -> None:
    heirs = vendor.folder / "heirs"
    vendor.trust("renew", "--local", "--keys", vendor.medium, "--heirs", heirs, typed=6)
    vendor.medium.rename(vendor.folder / "stolen")
    heirs.rename(vendor.medium)


def replaced_away_from_the_server(vendor: Vendor) -> None:
    asked, signed = vendor.folder / "asked", vendor.folder / "signed"
    vendor.trust("rotate", "--role", "release", "--role", "online", "--out", asked)
    told = ("--request", asked, "--keys", vendor.medium, "--out", signed)
    vendor.office.podkluch("trust", "renew", *told)
    vendor.office.podkluch("trust", "install", signed)


ACTS: dict[str, tuple[Callable[[Vendor], object], int]] = {
    "root renewed": (renewed, 2),
    "root renewed by its other key": (renewed_by_the_other_key, 2),
    "root renewed three times": (renewed_thrice, 4),
    "root handed to others": (inherited, 2),
    "release key replaced": (lambda vendor: vendor.rotate("release"), 2),
    "online key replaced": (lambda vendor: vendor.rotate("online"), 2),
    "both keys replaced": (replaced_away_from_the_server, 2),
}
"""What is done, and the version of the root afterwards."""


@pytest.mark.parametrize("name", ACTS)
def test_agents_go_on(vendor: Vendor, computer: Computer, name: str) -> None:
    act, version = ACTS[name]
    act(vendor)
    vendor.publish(SECOND)
    ran = require_done(computer, SECOND)
    require_told(computer, ran, vendor, version)
    vendor.publish(THIRD)
    assert require_done(computer, THIRD).of("warn") == []


def test_releases_go_to_the_vendor_and_come_back(vendor: Vendor, computer: Computer) -> None:
    vendor.hand_over()
    draft = vendor.publish(SECOND, "create")["id"]
    assert vendor.server_signs() == {"online"}
    vendor.sign_and_publish(draft)
    require_told(computer, require_done(computer, SECOND), vendor, 2)
    assert vendor.rotate("release")["mode"] == "managed"
    assert vendor.server_signs() == {"online", "release"}
    vendor.publish(THIRD)
    require_told(computer, require_done(computer, THIRD), vendor, 3)


def test_a_new_client_begins_at_the_root_of_today(vendor: Vendor) -> None:
    renewed_thrice(vendor)
    vendor.hand_over()
    computer = vendor.computer()
    ran = require_done(computer, FIRST)
    assert ran.of("warn") == []
    assert ran.result["data"]["signature"]["root_version"] == 5
