"""A package damaged in any way on its way never gets into the cache, hence never near 1C."""

import random

import pytest

from agent.codes import Code
from agent.errors import AgentError
from tests.factories.cfe import flip, good_cfe
from tests.simulators.exchange import raw
from tests.simulators.fetching import Fetching

DATA = good_cfe()
REFUSALS = {Code.SIGNATURE_BAD, Code.DOWNLOAD_INCOMPLETE, Code.NETWORK}
FLIPS = 200

pytestmark = pytest.mark.fault


@pytest.fixture
def fetching(server, tmp_path):
    made = Fetching(server, tmp_path, DATA)
    yield made
    made.client.close()


def refused(fetching, data, code=None):
    fetching.server.queued.clear()
    fetching.server.before("GET artifacts", *[raw(200, data)] * 9)
    with pytest.raises(AgentError) as failed:
        fetching.run()
    assert failed.value.code in ({code} if code else REFUSALS)
    assert not list(fetching.folder.glob("*.cfe"))
    for left in fetching.folder.glob("*.part"):
        left.unlink()


@pytest.mark.parametrize("tenth", range(10))
def test_no_truncated_package_is_kept(fetching, tenth):
    for percent in range(10 * tenth, 10 * tenth + 10):
        refused(fetching, DATA[: len(DATA) * percent // 100])


@pytest.mark.parametrize("part", range(4))
def test_no_package_with_a_flipped_bit_is_kept(fetching, part):
    chance = random.Random(part)  # noqa: S311 - has to be repeatable
    for _ in range(FLIPS // 4):
        change = flip(chance.randrange(len(DATA)), chance.randrange(8))
        refused(fetching, change(DATA), Code.SIGNATURE_BAD)


@pytest.mark.parametrize(
    "changes",
    [{"version": "2.3.0"}, {"version": "2.4.1"}, {"vendor": "ООО Другой"}, {"name": "Другое"}],
)
def test_no_package_of_another_version_or_vendor_is_kept(fetching, changes):
    other = good_cfe(**changes)
    refused(fetching, other)
    refused(fetching, other[: len(DATA)].ljust(len(DATA), b"\0"), Code.SIGNATURE_BAD)


def test_the_sound_package_is_kept(fetching):
    refused(fetching, DATA[:-1] + b"x", Code.SIGNATURE_BAD)
    fetching.server.queued.clear()
    assert fetching.run().read_bytes() == DATA
