"""Downloads cut by kill -9 of the server or on the wire: whole in the end, and counted once."""

import random
from collections.abc import Callable, Iterator

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
from tests.factories.world import BUH
from tests.faults.figures import Record
from tests.faults.publishing import EXTENSION, INFOBASE, Installer, no_new_right
from tests.faults.service import Wire
from tests.faults.uploads import MEGABYTE, large_cfe
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


class Hurried(Timing):
    """Waits for nothing: the server is back before the agent hears of its end."""

    def sleep(self, seconds: float) -> None:
        del seconds


@pytest.fixture(scope="module")
def file(rounds) -> bytes:
    """An extension that arrives in many pieces."""
    return large_cfe(rounds(ci=5, campaign=20) * MEGABYTE)


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
def right(service, release_id, client) -> Callable[[str], Download]:
    """Asks for a download as an agent does that has taken a seat of this key."""

    def ask(key: str) -> Download:
        direct = client(service.url, key)
        infobase = ActivatedInfobase(INFOBASE, "Бухгалтерия", "file")
        asked = ActivationRequest(EXTENSION, infobase, "SRV-1C", "Администратор", "1.0.0")
        seat = direct.activate(asked).installation_token
        wanted = InstalledConfiguration("БухгалтерияПредприятия", "3.0.150.34")
        request = DownloadRequest(release_id, InfobaseReference(INFOBASE), wanted)
        return direct.request_download(request, seat)

    return ask


@pytest.fixture
def fetched(durable_stage, service, right, client, tmp_path) -> Callable[[Wire, str], bytes]:
    """Fetches with a key through a wire by the agent's own downloader; the file's bytes."""

    def run(wire: Wire, key: str) -> bytes:
        download = right(key)
        told = download.artifact
        artifact = OfferedArtifact(told.sha256, told.size, told.target)
        with reading(durable_stage.engine, durable_stage.kit) as session:
            pin = trust.connection_file(session, durable_stage.world.vendor.id)
        home = tmp_path / key
        receive = Installer(client(service.url, key), home, pin).signed("2.4.0").receive
        wanted = Wanted(artifact, download, no_new_right, receive, lambda _: None)
        return fetch(client(wire.url, key), home / "cache", wanted).read_bytes()

    return run


def require_one_start_each(stage, count: int) -> None:
    with stage.engine.connect() as connection:
        assert connection.scalars(select(Row.status)).all() == ["started"] * count
    assert stage.events("download.started") == count
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


@pytest.fixture
def cut(wire, fetched, file, figures) -> Callable[..., Wire]:
    """Fetches with a key while something happens at each of these bytes; through which wire."""

    def run(key: str, cuts: list[int], act: Callable[[], bool]) -> Wire:
        between = wire(*((at, act) for at in cuts))
        assert fetched(between, key) == file
        require_thrift(between, len(file), len(cuts), figures)
        return between

    return run


def places(size: int, fixed: list[int], many: int) -> Iterator[list[int]]:
    """Where each of so many downloads is cut: the first at chosen bytes, the others anywhere."""
    chance = random.Random(20261122)  # noqa: S311 - has to be repeatable
    yield fixed
    for _ in range(many - 1):
        # What is on its way at a kill still arrives: near the end nothing would be left to ask for.
        yield sorted(chance.sample(range(size // 2), len(fixed)))


@pytest.mark.fault(minutes=4)
def test_a_killed_server_costs_a_download_no_more_than_64_kilobytes(
    durable_stage, service, file, cut, rounds
):
    def die() -> bool:
        service.kill()
        service.start()
        return False

    service.start()
    quarters = [len(file) * part // 4 for part in (1, 2, 3)]
    keys = durable_stage.sold(rounds(ci=1, campaign=17))
    for key, kills in zip(keys, places(len(file), quarters, len(keys)), strict=True):
        cut(key, kills, die)
    assert service.starts == 1 + len(keys) * len(quarters)
    require_one_start_each(durable_stage, len(keys))


@pytest.mark.fault(minutes=1)
def test_a_cut_wire_costs_a_download_no_more_than_64_kilobytes(
    durable_stage, service, file, cut, rounds
):
    service.start()
    chosen = [1, 4_000, 70_000, len(file) // 2, len(file) - 100_000]
    keys = durable_stage.sold(rounds(ci=1, campaign=50))
    for key, cuts in zip(keys, places(len(file), chosen, len(keys)), strict=True):
        # After a kill what the system had of the server still arrives; here nothing does.
        assert cut(key, cuts, lambda: True).requests == 1 + len(cuts)
    require_one_start_each(durable_stage, len(keys))
