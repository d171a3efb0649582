"""The bytes of artifacts: durable before they have a name, whole whenever they have one."""

import errno
import hashlib
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from app.kit.problems import DiskFull, StorageUnavailable
from app.kit.storage import LocalStore, Stored, digest_of
from tests.faults.wrap import ERRORS, Disk, failing, wrapped

BYTES = b"".join(number.to_bytes(4, "big") for number in range(50_000))
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "var" / "artifacts")


@pytest.fixture
def journal(monkeypatch, tmp_path):
    """What was made durable and renamed, in its order; paths below the test's folder."""
    events = []

    def told(path):
        path = Path(path)
        return "temporary" if path.parent.name == "incoming" else str(path.relative_to(tmp_path))

    def fsync(descriptor, real=os.fsync):
        events.append(("sync", told(Path(f"/proc/self/fd/{descriptor}").readlink())))
        real(descriptor)

    def replace(source, target, real=os.replace):
        events.append(("rename", told(target)))
        real(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return events


def files(store):
    return sorted(path for path in store.folder.rglob("*") if path.is_file())


def test_a_file_is_named_by_its_hash(store):
    assert store.put([BYTES[:7], b"", BYTES[7:]]) == Stored(SHA256, len(BYTES))
    assert files(store) == [store.folder / "sha256" / SHA256[:2] / SHA256]
    assert store.path(SHA256).read_bytes() == BYTES


def test_the_file_is_durable_before_its_name_and_the_name_before_the_return(store, journal):
    store.put([BYTES])
    home = f"var/artifacts/sha256/{SHA256[:2]}"
    order = [
        ("sync", "temporary"),
        ("rename", f"{home}/{SHA256}"),
        ("sync", home),
    ]
    assert [journal.index(step) for step in order] == sorted(map(journal.index, order))
    assert journal[-1] == ("sync", home)


def test_every_folder_that_was_made_is_durable_too(store, journal):
    store.put([BYTES])
    synced = {path for what, path in journal if what == "sync"}
    assert synced >= {".", "var", "var/artifacts", "var/artifacts/sha256"}


def test_the_same_bytes_again_are_the_same_file_and_durable_again(store, journal):
    store.put([BYTES])
    first = store.path(SHA256).stat().st_ino
    journal.clear()
    assert store.put([BYTES]) == Stored(SHA256, len(BYTES))
    assert store.path(SHA256).stat().st_ino == first
    assert files(store) == [store.path(SHA256)]
    assert ("sync", f"var/artifacts/sha256/{SHA256[:2]}") in journal
    assert "rename" not in {what for what, _ in journal}


@pytest.mark.parametrize("harm", [BYTES[:-1], b"", BYTES + b"\0", b"\0" * len(BYTES)])
def test_damaged_bytes_are_replaced_by_the_whole(store, harm):
    store.put([BYTES])
    store.path(SHA256).write_bytes(harm)
    store.put([BYTES])
    assert store.path(SHA256).read_bytes() == BYTES


@pytest.mark.parametrize("number", [*ERRORS, errno.EDQUOT])
@pytest.mark.parametrize("again", [False, True])
def test_no_error_of_the_disk_leaves_half_a_file(tmp_path, number, again):
    """Each call fails in its turn, until none is left that could."""
    full = number in (errno.ENOSPC, errno.EDQUOT)
    for place in count(1):
        store = LocalStore(tmp_path / str(place))
        if again:
            store.put([BYTES])
        acknowledged = None
        with (
            wrapped(Disk(tmp_path, before=failing(number, place))) as disk,
            suppress(DiskFull if full else StorageUnavailable),
        ):
            acknowledged = store.put([BYTES])
        if disk.calls < place:
            break
        if acknowledged or again:
            assert store.size(SHA256) == len(BYTES)
        assert all(digest_of(store, found) == found for found in store.digests())
        store.put([BYTES])
        assert list(store.digests()) == [SHA256]
    assert place > 10


def test_what_is_no_artifact_is_not_listed(store):
    store.put([BYTES])
    (store.folder / "sha256" / SHA256[:2] / "README").write_text("?")
    (store.folder / "incoming" / "abandoned").write_bytes(b"half")
    assert list(store.digests()) == [SHA256]
    assert list(store.unfinished()) == ["incoming/abandoned"]


def test_bytes_are_stored_before_the_row_that_names_them(world, kit, statements, monkeypatch):
    seen = {}
    with statements() as run:

        def put(chunks, real=kit.artifacts.put):
            stored = real(chunks)
            seen["before"] = [told for told in run if "INTO artifacts" in told]
            return stored

        monkeypatch.setattr(kit.artifacts, "put", put)
        world.release()
    assert seen["before"] == []
    assert [told for told in run if "INTO artifacts" in told]
