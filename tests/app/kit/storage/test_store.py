"""What every store of artifacts does, in a folder and on two servers that speak S3."""

import hashlib
from datetime import timedelta
from itertools import islice

import httpx2
import pytest

from app.kit.clock import utc_now
from app.kit.problems import BodyTooLarge
from app.kit.storage import Stored, digest_of, store_of

STORES = ["local", *(pytest.param(kind, marks=pytest.mark.s3) for kind in ("rclone", "moto"))]
S3 = STORES[1:]
BYTES = b"".join(number.to_bytes(4, "big") for number in range(700_000))
SHA256 = hashlib.sha256(BYTES).hexdigest()
SIZE = len(BYTES)


@pytest.fixture(params=STORES)
def store(request, settings_of):
    return store_of(settings_of(request.param))


def test_bytes_are_kept_under_their_own_hash(store):
    assert store.size(SHA256) is None
    assert store.put([BYTES[:7], b"", BYTES[7:]]) == Stored(SHA256, SIZE)
    assert b"".join(store.read(SHA256)) == BYTES
    assert (store.size(SHA256), list(store.digests())) == (SIZE, [SHA256])
    assert digest_of(store, SHA256) == SHA256
    assert not store.lacks(SHA256, SIZE)
    assert list(store.unfinished()) == []
    assert store.writable()


def test_the_same_bytes_again_are_the_same_file(store):
    assert store.put([BYTES]) == store.put([BYTES])
    assert list(store.digests()) == [SHA256]


def test_any_part_is_read(store):
    store.put([BYTES])
    big = 1 << 20
    for first, length in ((0, 1), (0, SIZE), (1, 1), (5, 2_000_000), (SIZE - 1, 1), (big, big)):
        assert b"".join(store.read(SHA256, first, length)) == BYTES[first : first + length]
    assert b"".join(store.read(SHA256, 7)) == BYTES[7:]


def test_who_stops_reading_early_leaves_nothing_open(store):
    store.put([BYTES])
    reading = store.read(SHA256)
    assert len(*islice(reading, 1)) > 0
    reading.close()
    assert b"".join(store.read(SHA256, 3, 3)) == BYTES[3:6]


def test_the_limit_ends_a_file_that_is_too_long(store):
    with store.receiving(10) as arriving:
        arriving.write(b"0123456789")
        with pytest.raises(BodyTooLarge) as refused:
            arriving.write(b"x")
    assert refused.value.params == {"max": 10}
    assert (list(store.unfinished()), list(store.digests())) == ([], [])


def test_a_file_that_nobody_keeps_is_gone(store):
    with store.receiving() as arriving:
        arriving.write(BYTES)
        incoming = arriving.finish()
        assert (incoming.sha256, incoming.size) == (SHA256, SIZE)
        assert incoming.path.read_bytes() == BYTES
        assert len(list(store.unfinished())) == 1
    assert not incoming.path.exists()
    assert (list(store.unfinished()), list(store.digests())) == ([], [])


def test_a_sender_that_breaks_off_leaves_nothing(store):
    def chunks():
        yield BYTES
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(chunks())
    assert (list(store.unfinished()), list(store.digests())) == ([], [])


def test_what_is_removed_is_gone_and_may_come_again(store):
    store.put([BYTES])
    for _ in range(2):
        store.remove(SHA256)
        assert store.size(SHA256) is None
    assert store.put([BYTES]).sha256 == SHA256


def test_age_tells_what_may_be_removed(store):
    store.put([BYTES])
    with store.receiving() as arriving:
        arriving.write(b"half")
        now, later = utc_now() - timedelta(hours=1), utc_now() + timedelta(hours=1)
        assert list(store.digests(now)) == list(store.unfinished(now)) == []
        assert list(store.digests(later)) == [SHA256]
        [name] = store.unfinished(later)
        for _ in range(2):
            store.discard(name)
        assert list(store.unfinished()) == []


def test_only_a_hash_is_a_name(store):
    for name in ("", "..", "../../etc/passwd", SHA256.upper(), SHA256[:-1], SHA256 + "\n"):
        for act in (store.size, store.remove, lambda name: list(store.read(name))):
            with pytest.raises(ValueError, match="SHA-256"):
                act(name)


@pytest.mark.parametrize("store", S3, indirect=True)
def test_a_link_gives_the_bytes_and_any_part_of_them_to_anybody(store):
    store.put([BYTES])
    link = store.link(SHA256, "Склад_2.cfe")
    answer = httpx2.get(link)
    assert (answer.status_code, answer.content) == (200, BYTES)
    assert "X-Amz-Expires=60" in link
    part = httpx2.get(link, headers={"Range": "bytes=5-9"})
    assert part.content == BYTES[5:10] or part.content == BYTES


@pytest.mark.parametrize("store", S3[:1], indirect=True)
def test_a_link_is_for_reading_that_very_file(store):
    store.put([BYTES])
    other = store.put([b"another"])
    link = store.link(SHA256, "a.cfe")
    for foreign in (link.replace(SHA256, other.sha256), link.partition("?")[0], link[:-1] + "x"):
        assert httpx2.get(foreign).status_code in {400, 403}
    assert httpx2.put(link, content=b"").status_code in {400, 403}
    assert b"".join(store.read(SHA256)) == BYTES


def test_a_folder_has_no_links(settings_of):
    assert store_of(settings_of("local")).link(SHA256, "a.cfe") is None
