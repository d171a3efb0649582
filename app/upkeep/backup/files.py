"""Bytes of releases on their way into a backup and back: only what is missing, never unproved."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from app.kit.problems import StorageUnavailable
from app.kit.storage import ArtifactStore, LocalStore, digest_of
from app.kit.storage.incoming import make_folder, sync_folder
from app.upkeep.backup.manifest import Kept

Advance = Callable[[int], None]


def carry(
    wanted: Iterable[Kept], source: ArtifactStore, target: LocalStore, advance: Advance
) -> tuple[list[Kept], list[str]]:
    """Brings files into a backup: those that are in it then, and the hashes of lost ones.

    A file that is there already was proved when it came. STORAGE_UNAVAILABLE if the source does
    not answer, DISK_FULL if the backup has no room.
    """
    carried, lacking = [], []
    for each in wanted:
        if not target.lacks(each.sha256, each.size) or _carry(each, source, target):
            carried.append(each)
        else:
            lacking.append(each.sha256)
        advance(1)
    return carried, lacking


def _carry(file: Kept, source: ArtifactStore, target: LocalStore) -> bool:
    if source.size(file.sha256) != file.size:
        return False
    if isinstance(source, LocalStore) and _link(file, source, target):
        return True
    return _copy(file, source, target)


def _link(file: Kept, source: LocalStore, target: LocalStore) -> bool:
    """The same bytes under two names, where both are on one volume; the server writes them once."""
    path, goal = source.path(file.sha256), target.path(file.sha256)
    with suppress(OSError, StorageUnavailable):
        if digest_of(source, file.sha256) == file.sha256:
            make_folder(goal.parent)
            goal.unlink(missing_ok=True)
            os.link(path, goal, follow_symlinks=False)
            sync_folder(goal.parent)
            return not goal.is_symlink()
    return False


def _copy(file: Kept, source: ArtifactStore, target: ArtifactStore) -> bool:
    with target.receiving() as arriving:
        pieces = source.read(file.sha256)
        while (piece := _next(pieces)) != b"":
            if piece is None:
                return False
            arriving.write(piece)
        incoming = arriving.finish()
        if incoming.sha256 != file.sha256:
            return False
        target.keep(incoming)
    return True


def _next(pieces: Iterable[bytes]) -> bytes | None:
    """The next bytes, none at the end, None where the medium does not give them."""
    try:
        return next(iter(pieces), b"")
    except StorageUnavailable:
        return None


def damaged(files: Iterable[Kept], backup: LocalStore, advance: Advance) -> list[Kept]:
    """Those whose bytes in a backup are not what they were, or not there; every byte is read."""
    found = []
    for each in files:
        if not _holds(backup, each):
            found.append(each)
        advance(1)
    return found


def bring_back(
    files: Sequence[Kept], backup: LocalStore, store: ArtifactStore, advance: Advance
) -> int:
    """Puts into the store what it lacks or holds otherwise; how many files that were."""
    brought = 0
    for each in files:
        if not _holds(store, each):
            brought += _copy(each, backup, store)
        advance(1)
    return brought


def _holds(store: ArtifactStore, file: Kept) -> bool:
    with suppress(StorageUnavailable):
        return store.size(file.sha256) == file.size and digest_of(store, file.sha256) == file.sha256
    return False
