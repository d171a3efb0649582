"""A package damaged in any way never gets into the infobase: each is given to the whole agent."""

import hashlib
import json
import logging
import random
from collections import Counter
from dataclasses import replace

import pytest

from agent import steps
from agent.codes import Code
from agent.errors import Failure
from onec.cfe import read_cfe
from tests.factories.cfe import HOWS, STRANGER, corrupt, flip, good_cfe, truncated
from tests.simulators.exchange import Release, raw

OLD, NEW = Release("2.3.0"), Release("2.4.0")
DATA = NEW.data
REFUSALS = {Code.SIGNATURE_BAD: 20, Code.DOWNLOAD_INCOMPLETE: 10, Code.NETWORK: 10}
TRIES = 9
"""So often an agent asks for a file that ends early."""
SEED = 20261122

pytestmark = pytest.mark.fault
logger = logging.getLogger(__name__)


@pytest.fixture
def campaign(pytestconfig) -> bool:
    return pytestconfig.getoption("--fault-profile") == "campaign"


class Door:
    """An infobase with the release 2.3.0, to which a server offers another with wrong bytes."""

    def __init__(self, bench, server):
        self.bench, self.server = bench, server
        server.releases = [OLD]
        assert bench.install().exit == 0
        server.releases = [OLD, NEW]
        self.before = self.infobase()
        self.codes, self.tried = Counter(), 0

    def infobase(self):
        """The digest of all that it holds; sessions are counted, also those that only look."""
        assert list(self.bench.base.iterdir()) == [self.bench.file]
        held = self.bench.state | {"session_counter": 0, "connected": []}
        return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()

    def refuses(self, body, what, *codes):
        """The agent ends with a refusal and has not touched the infobase."""
        self.tried += 1
        for memory in (self.server.queued, self.server.requests, self.server.reports):
            memory.clear()
        self.server.before("GET artifacts", *[raw(200, body)] * TRIES)
        ran = self.bench.install()
        code = ran.result["code"]
        assert code in (codes or REFUSALS), f"{what}: {ran.out}"
        assert (ran.exit, ran.result["changed"]) == (REFUSALS[code], False), what
        assert "WRITING" not in {event["state"] for event in ran.of("step")}, what
        assert self.infobase() == self.before, what
        self.codes[code] += 1

    def accepts_the_sound_one(self):
        """The test of the test: it was the bytes that it had against them."""
        self.server.queued.clear()
        assert self.bench.install().exit == 0
        newest = self.server.releases[-1]
        assert [found[1:] for found in self.bench.extensions()] == [(newest.version, newest.data)]
        assert self.infobase() != self.before


@pytest.fixture
def door(bench, server, monkeypatch, figures):
    # pytest keeps every record, and with the errors in them all that thousands of attempts made
    monkeypatch.setattr(logging.getLogger("agent.trust"), "disabled", True)
    monkeypatch.setattr(logging.getLogger("agent.download"), "disabled", True)
    made = Door(bench, server)
    yield made
    figures("damaged_refused", made.codes.total(), of=made.tried)


def test_no_truncated_package_is_installed(door, campaign):
    lengths = range(0, len(DATA), 1 if campaign else len(DATA) // 100)
    for length in lengths:
        door.refuses(DATA[:length], f"{length} bytes of {len(DATA)}")
    assert door.codes == {Code.NETWORK: 1, Code.DOWNLOAD_INCOMPLETE: len(lengths) - 1}
    door.accepts_the_sound_one()


def test_no_package_with_a_flipped_bit_is_installed(door, campaign):
    count = 5_000 if campaign else 400
    chance = random.Random(SEED)  # noqa: S311 - has to be repeatable
    for place in chance.sample(range(8 * len(DATA)), count):
        offset, bit = divmod(place, 8)
        what = f"bit {bit} of the byte {offset}, seed {SEED}"
        door.refuses(flip(offset, bit)(DATA), what, Code.SIGNATURE_BAD)
    assert door.codes == {Code.SIGNATURE_BAD: count}
    door.accepts_the_sound_one()


@pytest.mark.parametrize("offered", ["2.4.0", "2.5.0", "2.6.0"])
def test_no_bytes_of_another_release_are_installed(door, offered):
    door.server.releases = [OLD, Release(offered)]
    signed = door.server.releases[-1].data
    for version in {"2.3.0", "2.4.0", "2.5.0", "2.6.0", "2.10.0"} - {offered}:
        other = good_cfe(version=version)
        door.refuses(other, version)
        door.refuses(as_long_as(signed, other), version, Code.SIGNATURE_BAD)
    door.accepts_the_sound_one()


@pytest.mark.parametrize(
    "changes",
    [
        {"vendor": "ООО Другой"}, {"name": "Другое"}, {"prefix": "др_"}, {"synonym": "Другой"},
        {"root_uuid": STRANGER}, {"purpose": 2}, {"compat": 80310}, {"pad_entries": 3},
    ],
    ids=str,
)  # fmt: skip
def test_no_bytes_of_another_vendor_or_extension_are_installed(door, changes):
    other = good_cfe(version=NEW.version, **changes)
    door.refuses(other, changes)
    door.refuses(as_long_as(DATA, other), changes, Code.SIGNATURE_BAD)
    door.accepts_the_sound_one()


@pytest.mark.parametrize("how", HOWS)
def test_no_hostile_container_in_its_place_is_installed(door, how):
    other = corrupt(DATA, HOWS[how][0])
    door.refuses(other, how)
    door.refuses(as_long_as(DATA, other), how, Code.SIGNATURE_BAD)


def as_long_as(signed, other):
    return other[: len(signed)].ljust(len(signed), b"\xff")


# Below the signature: damaged bytes that a thief of the vendor's key has signed


@pytest.fixture
def plan(bench, server, monkeypatch):
    """What the agent compares a file with, once its bytes are those that were signed."""
    plans, real = [], steps.check_file
    monkeypatch.setattr(steps, "check_file", lambda *told: (plans.append(told[0]), real(*told)))
    server.releases = [NEW]
    assert bench.install().exit == 0
    return plans[0]


def outcome(plan, data):
    """The refusal, or None: then nothing that anybody compares differs from the sound file."""
    try:
        steps.check_file(plan, data)
    except Failure as refused:
        return Code(refused.code)
    assert told_by(data) == told_by(DATA)
    return None


def told_by(data):
    """All that is read from a file; its own length and digest apart, it is another file."""
    return replace(read_cfe(data), sha256="", size=0)


def test_signed_damage_is_refused_or_changes_nothing(plan, campaign):
    chance = random.Random(SEED)  # noqa: S311 - has to be repeatable
    places = chance.sample(range(8 * len(DATA)), 5_000 if campaign else 1_000)
    flips = Counter(outcome(plan, flip(*divmod(place, 8))(DATA)) for place in places)
    lengths = range(0, len(DATA), 1 if campaign else len(DATA) // 100)
    cuts = Counter(outcome(plan, truncated(length)(DATA)) for length in lengths)
    logger.info("bits flipped: %s, cut short: %s", dict(flips), dict(cuts))
    assert flips.keys() | cuts.keys() <= {Code.BAD_FILE, Code.MANIFEST_MISMATCH, None}
    assert flips[Code.BAD_FILE] > flips.total() / 4
    assert cuts[Code.BAD_FILE] > cuts.total() / 2
