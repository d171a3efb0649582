import pytest

from tests.agent.com.bases import Base


@pytest.fixture
def base(tmp_path) -> Base:
    return Base(tmp_path)
