"""Windows Python under Wine, in two locales, with a connector of 1C and folders for infobases."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from app.main import create_app
from tests.database import Cluster
from tests.faults.office import Office, Vendor
from tests.faults.service import ROOT
from tests.wine import prefix
from tests.wine.computers import WindowsComputer
from tests.wine.onec import Infobase
from tests.wine.pack import pack
from tests.wine.tls import Authority, served
from tests.wine.windows import CONNECTOR, RUSSIAN, Windows


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "wine_prefix" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.wine)


@pytest.fixture(scope="session")
def wine_prefix() -> Iterator[Path]:
    """The prefix, for this run alone."""
    built = prefix.prepare()
    with prefix.alone(built):
        yield built


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as programs in Windows import it: one archive."""
    archive = tmp_path_factory.mktemp("code") / "code.zip"
    pack(archive, ROOT, ("agent", "onec", "wire"))
    pack(archive, Path(__file__).parent, ("facts.py", "machine.py"))
    return archive


@pytest.fixture(scope="session", params=(RUSSIAN,))
def windows(wine_prefix: Path, packed: Path, request: pytest.FixtureRequest) -> Iterator[Windows]:
    """A running Windows, a Russian one if the test does not say otherwise."""
    started = Windows(wine_prefix, request.param, packed)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def new_infobase(tmp_path: Path) -> Callable[..., Infobase]:
    """Makes infobases; by default in a folder with an ASCII name."""
    numbers = count(1)
    return lambda name="", **settings: Infobase(
        tmp_path / (name or f"base{next(numbers)}"), **settings
    )


@pytest.fixture
def infobase(new_infobase: Callable[..., Infobase]) -> Infobase:
    return new_infobase()


@pytest.fixture
def unregistered(windows: Windows) -> Iterator[None]:
    """Nobody has registered the connector; afterwards it is again."""
    windows.run(["regsvr32", "/u", "/s", CONNECTOR])
    yield
    windows.run(["regsvr32", "/s", CONNECTOR])


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    """That of the server, and one that nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    return Authority(folder, "ours"), Authority(folder, "stranger")


@pytest.fixture(scope="module")
def vendor(
    cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vendor]:
    """A vendor with a root of trust, on a server that is not started here."""
    url = cluster.clone(f"{worker_id}_wine")
    office = Office(url, tmp_path_factory.mktemp("office"), None)
    yield office.vendor()
    office.close()
    cluster.drop(url)


@pytest.fixture(scope="module")
def address(vendor: Vendor, authorities: tuple[Authority, Authority]) -> Iterator[str]:
    """Where the real application answers, by TLS."""
    with served(create_app(vendor.office.engine, vendor.office.kit), authorities[0]) as url:
        yield url


@pytest.fixture
def computer(
    windows: Windows,
    vendor: Vendor,
    address: str,
    authorities: tuple[Authority, Authority],
    tmp_path: Path,
) -> WindowsComputer:
    """A client with a paid key, an infobase and nothing installed."""
    made = WindowsComputer(windows, tmp_path / "Компьютер", vendor, address, authorities[0].ca)
    for version in ("2.4.0", "2.5.0"):
        made.infobase.knows(vendor.cfe(version).read_bytes())
    return made
