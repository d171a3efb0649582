import pytest

from tests.simulators.onec import OneC


@pytest.fixture
def onec(tmp_path) -> OneC:
    folder = tmp_path / "base"
    folder.mkdir()
    return OneC(folder)
