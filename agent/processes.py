"""Other processes: whether one is still the one that was started, and its end."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from agent.infobase import HostProcess


def this_process() -> HostProcess:
    """The process that asks, so that another can recognise it later."""
    pid = os.getpid()
    return HostProcess(pid, started_at(pid) or "")


def end(process: HostProcess) -> bool:
    """Kill it if it is still the same process, not a later one of that number; whether it was."""
    if not process.started_at:
        return False  # nobody could tell it from another one
    return _end(process)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.GetProcessTimes.argtypes = (wintypes.HANDLE, *(ctypes.c_void_p,) * 4)
    _kernel.TerminateProcess.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    _kernel.GetExitCodeProcess.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
    _TERMINATE, _QUERY, _RUNNING = 0x0001, 0x1000, 259

    def started_at(pid: int) -> str | None:
        """When it began, in units of 100 ns since 1601; None where it does not run."""
        handle = _kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 - the system's own flag
        if not handle:
            return None
        try:
            return _times(handle)
        finally:
            _kernel.CloseHandle(handle)

    def _times(handle: int) -> str | None:
        code, times = wintypes.DWORD(), [wintypes.FILETIME() for _ in range(4)]
        _kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        if code.value != _RUNNING:
            return None  # it ended, and only its handles are left
        if not _kernel.GetProcessTimes(handle, *(ctypes.byref(one) for one in times)):
            return None
        return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)

    def _end(process: HostProcess) -> bool:
        # the handle keeps the number from being given to another process meanwhile
        handle = _kernel.OpenProcess(_QUERY | _TERMINATE, False, process.pid)  # noqa: FBT003 - the system's own flag
        if not handle:
            return False
        try:
            same = _times(handle) == process.started_at
            return same and bool(_kernel.TerminateProcess(handle, 1))
        finally:
            _kernel.CloseHandle(handle)

else:

    def started_at(pid: int) -> str | None:
        """When it began, in ticks since this boot, and which boot; None where it does not run."""
        with suppress(OSError, ValueError, IndexError):
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            state, *fields = stat.rpartition(")")[2].split()  # a name may hold anything
            return None if state in {"Z", "X"} else f"{boot} {fields[18]}"
        return None

    def _end(process: HostProcess) -> bool:
        try:
            # the descriptor keeps meaning this process, whatever its number is given to
            handle = os.pidfd_open(process.pid)
        except OSError:
            return False
        try:
            if started_at(process.pid) != process.started_at:
                return False
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except OSError:
            return False
        finally:
            os.close(handle)
        return True
