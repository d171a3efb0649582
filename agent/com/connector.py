"""The connector of 1C, brought to life by the registry, by a path, or simulated."""

import sys
from pathlib import Path
from typing import Final

from agent.com.dispatch import Raw
from agent.com.errors import ComError
from agent.com.protocol import ConnectorChoice
from agent.registry import V83, V85
from agent.target import Activation

_NOT_REGISTERED: Final = 0x80040154


def create(choice: ConnectorChoice) -> Raw:
    """The connector as pywin32's PyIDispatch has it; raises ComError or InfobaseError."""
    if choice.simulated is not None:
        from agent.simulated import connector  # noqa: PLC0415 - real 1C needs none of it

        return connector(Path(choice.simulated))
    if sys.platform != "win32":
        raise ComError(_NOT_REGISTERED, "COM is a part of Windows")
    from agent.com import windows_raw  # noqa: PLC0415 - imports pywin32

    if choice.activation == Activation.PATH:
        return windows_raw.by_path(choice.clsid, Path(choice.dll or ""))
    return windows_raw.registered(choice.clsid)


def is_local(choice: ConnectorChoice) -> bool:
    """1C's objects live in this process: it opens the files that we open, as the same user."""
    if choice.simulated is not None or choice.activation == Activation.PATH:
        return True
    if sys.platform != "win32":
        return True
    from agent.com import windows_raw  # noqa: PLC0415 - imports pywin32

    return windows_raw.is_in_process()


def clsid_of(platform: str | None) -> str:
    """The class of the connector that a platform of this version brings."""
    is_later = platform is not None and platform.startswith("8.5.")
    return (V85 if is_later else V83).clsid
