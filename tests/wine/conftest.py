"""Windows Python under Wine, in two locales, with a connector of 1C and folders for infobases."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.wine import prefix
from tests.wine.onec import Infobase
from tests.wine.windows import CONNECTOR, Windows

LOCALES = ("C.UTF-8", "ru_RU.UTF-8")


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


@pytest.fixture(scope="session", params=LOCALES)
def windows(wine_prefix: Path, request: pytest.FixtureRequest) -> Iterator[Windows]:
    """A running Windows, an English one and then a Russian one."""
    started = Windows(wine_prefix, request.param)
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
