"""A file that nobody else can change while it is being handed to 1C."""

import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import ctypes
    import msvcrt
    import os
    from ctypes import wintypes

    _GENERIC_READ, _SHARE_READ, _OPEN_EXISTING = 0x80000000, 1, 3
    _open = ctypes.WinDLL("kernel32", use_last_error=True).CreateFileW
    _open.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        ctypes.c_void_p,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    )
    _open.restype = wintypes.HANDLE

    def opened_for_good(path: Path) -> BinaryIO:
        """For reading; until it is closed others may read it and do nothing else to it."""
        handle = _open(str(path), _GENERIC_READ, _SHARE_READ, None, _OPEN_EXISTING, 0, None)
        if handle in (None, wintypes.HANDLE(-1).value):
            raise ctypes.WinError(ctypes.get_last_error())
        return os.fdopen(msvcrt.open_osfhandle(handle, os.O_RDONLY), "rb")

else:

    def opened_for_good(path: Path) -> BinaryIO:
        """For reading; whoever swaps it is noticed by comparing the handle with the path."""
        return path.open("rb")
