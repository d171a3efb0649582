"""Files that are whole after a power cut and private from the first byte."""

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from agent.clock import wall_clock

_CHUNK = 1 << 20
_STALE = 86_400.0  # seconds


def private_folder(path: Path) -> Path:
    """Make the folder, closed to other users, unless it is there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put `data` at `path`: whoever looks finds the old bytes or all the new ones."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            flush_to_disk(file)
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def forget_stale(folder: Path) -> None:
    """Remove the files in `folder` that a killed run left more than a day ago."""
    for path in folder.iterdir():
        with suppress(OSError):  # another run may have been faster
            if wall_clock().timestamp() - path.stat().st_mtime > _STALE:
                path.unlink()


def flush_to_disk(file: BinaryIO) -> None:
    """What was written is on the disk, not in a cache."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """A rename in `folder` survives a power cut; Windows does this by itself."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(file: BinaryIO) -> str:
    """Digest of everything from here to the end, lower-case hex."""
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def sha256_of_bytes(data: bytes) -> str:
    """Digest of bytes at hand, lower-case hex."""
    return hashlib.sha256(data).hexdigest()
