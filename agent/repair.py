"""The local trust state made fit for the TUF client, which heals damaged files but no folders."""

import logging
from pathlib import Path

from agent.clock import wall_clock
from agent.files import private_folder

logger = logging.getLogger(__name__)

HISTORY = "root_history"  # names of the TUF client
_LINK = "root.json"
_UNFINISHED = "tmp"
_BAD = ".bad-"


def repair_folder(folder: Path) -> None:
    """Make the folder; anything else of that name gets another one."""
    if folder.is_symlink() or not folder.is_dir():
        _move(folder)
    private_folder(folder)


def repair_file(path: Path) -> None:
    """Anything but a regular file of that name gets another one."""
    if not _is_file(path):
        _move(path)


def repair(folder: Path) -> None:
    """Make the folder of the client; what is in the way of its files gets another name."""
    repair_folder(folder)
    for path in _entries(folder):
        if path.name == HISTORY:
            _repair_history(path)
        elif not _is_file(path) and not (path.name == _LINK and path.is_symlink()):
            _move(path)
        elif path.name.startswith(_UNFINISHED):  # a killed client left it
            path.unlink()


def _repair_history(history: Path) -> None:
    if history.is_symlink() or not history.is_dir():
        _move(history)
        return
    for path in _entries(history):
        if not _is_file(path):
            _move(path)


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if _BAD not in path.name]


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _move(path: Path) -> None:
    if not path.exists() and not path.is_symlink():
        return
    moment = wall_clock().strftime("%Y%m%dT%H%M%S%f")
    path.rename(path.with_name(f"{path.name}{_BAD}{moment}"))
    logger.warning("%s was no regular file or folder and has been moved aside", path.name)
