"""Downloads cut by kill -9 of the server or on the wire: whole in the end, and counted once."""

import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy import select

from agent.client import Client
from agent.clock import Timing
from agent.download import Wanted, fetch
from agent.transport import Route
from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from app.delivery.models import Download as Row
from app.kit.db import reading
from app.trust import queries as trust
from onec.cfe_writer import make_cfe
from tests.factories.world import BUH
from tests.faults.figures import Record
from tests.faults.publishing import Installer, no_new_right
from tests.faults.service import Wire
from wire.coupons import RedemptionRequest
from wire.extensions import (
    Download,
    DownloadRequest,
    InfobaseReference,
    InstalledConfiguration,
    OfferedArtifact,
)
from wire.licenses import ActivatedInfobase, ActivationRequest

pytestmark = pytest.mark.fault

PER_CUT = 64 * 1024
HEADERS = 2 * 1024
INFOBASE = "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412"


class Hurried(Timing):
    """Waits for nothing: the server is back before the agent hears of its end."""

    def sleep(self, seconds: float) -> None:
        del seconds


@pytest.fixture(scope="module")
def file() -> bytes:
    """An extension of more than five megabytes."""
    data = make_cfe(
        "СкладскойПомощник", "Складской помощник", "2.4.0", "Вектор", "СП_", pad_entries=8_000
    )
    assert len(data) > 5_000_000
    return data


@pytest.fixture
def release_id(durable_stage, file) -> str:
    """The published release of that file."""
    with durable_stage.acting() as world:
        told = {"extension": "warehouse-helper", "notes_ru": "Новое", "rules": [BUH]}
        command = CreateRelease.model_validate(told)
        vendor = world.vendor.id
        made = releases.create(world.session, vendor, command, file, actor=SYSTEM)
        return str(releases.publish(world.session, vendor, made.id, actor=SYSTEM).id)


@pytest.fixture
def client() -> Callable[[str, str], Client]:
    made = []

    def make(url: str, key: str) -> Client:
        made.append(Client(Route(url, timing=Hurried()), key))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def right(durable_stage, service, release_id, client) -> Callable[[], Download]:
    """Asks for a download as an agent does that has redeemed a coupon and taken a seat."""
    service.start()
    key = durable_stage.world.code
    [coupon] = durable_stage.coupons()
    direct = client(service.url, key)
    direct.redeem(RedemptionRequest(coupon))
    seat = direct.activate(
        ActivationRequest(
            "warehouse-helper",
            ActivatedInfobase(INFOBASE, "Бухгалтерия", "file"),
            "SRV-1C",
            "Администратор",
            "1.0.0",
        )
    )
    request = DownloadRequest(
        release_id,
        InfobaseReference(INFOBASE),
        InstalledConfiguration("БухгалтерияПредприятия", "3.0.150.34"),
    )
    return lambda: direct.request_download(request, seat.installation_token)


@pytest.fixture
def fetched(durable_stage, service, right, client, tmp_path) -> Callable[[Wire], bytes]:
    """Fetches through a wire with the agent's own downloader; the file's bytes."""

    def run(wire: Wire) -> bytes:
        download = right()
        told = download.artifact
        artifact = OfferedArtifact(told.sha256, told.size, told.target)
        with reading(durable_stage.engine, durable_stage.kit) as session:
            pin = trust.connection_file(session, durable_stage.world.vendor.id)
        direct = client(service.url, durable_stage.world.code)
        receive = Installer(direct, tmp_path / "agent", pin).signed("2.4.0").receive
        wanted = Wanted(artifact, download, no_new_right, receive, lambda _: None)
        agent = client(wire.url, durable_stage.world.code)
        return fetch(agent, tmp_path / "cache", wanted).read_bytes()

    return run


def require_one_start(stage) -> None:
    with stage.engine.connect() as connection:
        assert connection.scalars(select(Row.status)).all() == ["started"]
    assert stage.events("download.started") == 1
    assert stage.contradictions() == []


def require_thrift(wire: Wire, size: int, cuts: int, figures: Record) -> None:
    """Each cut costs at most one more request, and at most 64 KiB that arrive twice."""
    figures("sent_twice", (wire.delivered - size) / cuts)
    assert 1 < wire.requests <= 1 + cuts
    assert size <= wire.delivered <= size + cuts * PER_CUT + wire.requests * HEADERS


@pytest.fixture
def wire(service):
    made = []

    def make(*faults) -> Wire:
        made.append(Wire(service, list(faults)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_killed_server_costs_a_download_no_more_than_64_kilobytes(
    durable_stage, service, wire, fetched, file, figures
):
    def die() -> bool:
        service.kill()
        service.start()
        return False

    cuts = [len(file) * part // 4 for part in (1, 2, 3)]
    between = wire(*((at, die) for at in cuts))
    got = fetched(between)
    assert hashlib.sha256(got).digest() == hashlib.sha256(file).digest()
    assert service.starts == 1 + len(cuts)
    # Not always one more request a kill: what the system had taken from the server still arrives.
    require_thrift(between, len(file), len(cuts), figures)
    require_one_start(durable_stage)


def test_a_cut_wire_costs_a_download_no_more_than_64_kilobytes(
    durable_stage, wire, fetched, file, figures
):
    cuts = [1, 4_000, 70_000, len(file) // 2, len(file) - 100_000]
    between = wire(*((at, lambda: True) for at in cuts))
    assert fetched(between) == file
    assert between.requests == 1 + len(cuts)
    require_thrift(between, len(file), len(cuts), figures)
    require_one_start(durable_stage)
