from collections.abc import Iterator

import pytest

from tests.app.demo.programs import Demo
from tests.database import private_folder


@pytest.fixture
def demo() -> Iterator[Demo]:
    with private_folder() as folder:
        yield Demo(folder)
