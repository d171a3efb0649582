"""A Job Object of Windows: what is in it ends with the process that holds it."""

import subprocess
import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KILL_ON_CLOSE, _EXTENDED_LIMITS = 0x2000, 9
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel.SetInformationJobObject.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        ctypes.c_void_p,
        wintypes.DWORD,
    )
    _kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    class _Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; only LimitFlags is of interest."""

        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("flags", wintypes.DWORD),
            ("working_set", ctypes.c_size_t * 2),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD * 2),
            ("io", ctypes.c_uint64 * 6),
            ("memory", ctypes.c_size_t * 4),
        )

    class Job:
        """Holds a child; closing it, or dying, ends the child."""

        def __init__(self, child: subprocess.Popen[bytes]) -> None:
            self._handle: int | None = _kernel.CreateJobObjectW(None, None)
            limits = _Limits(flags=_KILL_ON_CLOSE)
            size = ctypes.sizeof(limits)
            _kernel.SetInformationJobObject(
                self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), size
            )
            # a session of an old Windows may forbid it; closing stdin still ends the child
            _kernel.AssignProcessToJobObject(self._handle, int(child._handle))  # type: ignore[attr-defined]  # noqa: SLF001

        def close(self) -> None:
            """End what is in it; a second time does nothing."""
            if self._handle:
                _kernel.CloseHandle(self._handle)
                self._handle = None

else:

    class Job:
        """Elsewhere a child notices by its stdin that nobody is there any more."""

        def __init__(self, child: subprocess.Popen[bytes]) -> None:
            del child

        def close(self) -> None:
            """Nothing is held."""


def bind(child: subprocess.Popen[bytes]) -> Job:
    """Let the child end with this process, whatever happens to it."""
    return Job(child)
