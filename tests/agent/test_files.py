import os
import stat

import pytest

from agent.codes import Code
from agent.errors import Failure, storage_failure
from agent.files import forget_stale, private_folder, write_whole
from agent.locks import held


def test_a_file_is_replaced_whole_and_private(tmp_path):
    path = tmp_path / "a"
    write_whole(path, b"1")
    write_whole(path, b"2")
    assert path.read_bytes() == b"2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a"
    write_whole(path, b"1")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        write_whole(path, b"2")
    assert path.read_bytes() == b"1"
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_are_on_the_disk_before_they_get_their_name(tmp_path, monkeypatch):
    told = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (told.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *a, **k: (told.append("rename"), replace(*a, **k)))
    write_whole(tmp_path / "a", b"1")
    assert told == ["fsync", "rename", "fsync"]


def test_a_folder_is_closed_to_others(tmp_path):
    assert stat.S_IMODE(private_folder(tmp_path / "a").stat().st_mode) == 0o700


def test_what_a_killed_run_left_is_removed_after_a_day(tmp_path):
    old, young = tmp_path / "old.cfe", tmp_path / "young.cfe"
    old.touch()
    young.touch()
    day_ago = old.stat().st_mtime - 86_500
    os.utime(old, (day_ago, day_ago))
    forget_stale(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


def test_a_full_disk_has_a_code_of_its_own(tmp_path):
    full = storage_failure(OSError(28, "No space left on device"), tmp_path, 5)
    assert (full.code, full.params["n"]) == (Code.DISK_FULL, 5)
    other = storage_failure(OSError(13, "Permission denied"), tmp_path)
    assert other.code == Code.HOME_UNUSABLE


def test_a_lock_has_one_holder_and_is_free_afterwards(tmp_path, pauses):
    path = tmp_path / "x.lock"
    with held(path):
        with pytest.raises(Failure) as failed, held(path):
            pass
        assert failed.value.code == Code.BUSY_LOCAL
    with held(path):
        pass
    assert pauses == []
