"""What only Windows has: sealed secrets, a named mutex, job objects, access lists, Event Log."""
# ruff: noqa: PLC0415 - pywin32 is imported where it is used, so that this imports elsewhere too

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from agent.access import ADMINISTRATORS, EVERYBODY_ELSE_OUT, Access, Entry

_NO_DIALOG, _FOR_MACHINE = 0x1, 0x4  # flags of CryptProtectData
_SAM_NAME = 2  # form of GetUserNameEx: DOMAIN\name
_EVENT_SOURCE = "Podkluch"
_MUTEX_RIGHTS = "D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)"  # administrators and whoever made it


class Scope(Enum):
    """Who can open what DPAPI sealed."""

    USER = "user"
    MACHINE = "machine"  # every account of this computer that can read the file and the entropy


@dataclass(frozen=True, slots=True)
class CodePages:
    """Numbers of the code pages that texts on this computer come in."""

    ansi: int
    oem: int
    console: int  # 0 without a console


class OnlyOnWindowsError(OSError):
    """This computer has no such thing."""


class Dpapi:
    """A seal of the Data Protection API; `entropy` must be known to open it again."""

    def __init__(self, scope: Scope, entropy: bytes) -> None:
        self._entropy = entropy
        self._flags = _NO_DIALOG | (_FOR_MACHINE if scope is Scope.MACHINE else 0)

    @property
    def account(self) -> str:
        """Whose seal it is."""
        return account()

    def close(self, data: bytes) -> bytes:
        """The sealed bytes."""
        if sys.platform == "win32":
            import win32crypt

            with _as_os_error():
                return bytes(
                    win32crypt.CryptProtectData(
                        data, "Podkluch", self._entropy, None, None, self._flags
                    )
                )
        raise OnlyOnWindowsError

    def open(self, data: bytes) -> bytes:
        """The bytes back; raises OSError where another account or computer sealed them."""
        if sys.platform == "win32":
            import win32crypt

            with _as_os_error():
                _, opened = win32crypt.CryptUnprotectData(
                    data, self._entropy, None, None, _NO_DIALOG
                )
                return bytes(opened)
        raise OnlyOnWindowsError


class Job:
    """Processes that end when this is closed, and with this process, however that ends.

    Elsewhere it holds nothing: a child ends there by itself, when its stdin does.
    """

    def __init__(self) -> None:
        self._handle: Any = None
        if sys.platform == "win32":
            import win32job

            with _as_os_error():
                self._handle = win32job.CreateJobObject(None, "")
                kind = win32job.JobObjectExtendedLimitInformation
                limits = win32job.QueryInformationJobObject(self._handle, kind)
                flag = win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
                limits["BasicLimitInformation"]["LimitFlags"] |= flag
                win32job.SetInformationJobObject(self._handle, kind, limits)

    def add(self, pid: int) -> None:
        """Put a process in; what it starts from now on is in as well."""
        if sys.platform == "win32":
            import win32api
            import win32con
            import win32job

            rights = win32con.PROCESS_SET_QUOTA | win32con.PROCESS_TERMINATE
            with _as_os_error():
                process = win32api.OpenProcess(rights, 0, pid)
                try:
                    win32job.AssignProcessToJobObject(self._handle, process)
                finally:
                    process.Close()

    def close(self) -> None:
        """End every process in it; a second time does nothing."""
        if self._handle is not None:
            self._handle.Close()
            self._handle = None


def job() -> Job:
    """A new job; keep it for as long as its processes may live."""
    return Job()


def account() -> str:
    """The account that runs this, as DOMAIN\\name."""
    if sys.platform == "win32":
        import win32api

        with _as_os_error():
            return str(win32api.GetUserNameEx(_SAM_NAME))
    raise OnlyOnWindowsError


@contextmanager
def mutex(name: str, seconds: float) -> Iterator[bool]:
    """Try for some time to hold a mutex of the whole machine; says whether it is held."""
    if sys.platform != "win32":
        raise OnlyOnWindowsError
    else:
        import win32event

        with _as_os_error():
            handle = win32event.CreateMutex(_mutex_rights(), 0, name)
        try:
            waited = win32event.WaitForSingleObject(handle, round(seconds * 1000))
            # abandoned: who held it was killed, and the folder heals by itself
            is_held = waited in {win32event.WAIT_OBJECT_0, win32event.WAIT_ABANDONED}
            try:
                yield is_held
            finally:
                if is_held:
                    win32event.ReleaseMutex(handle)
        finally:
            handle.Close()


def access_of(path: Path) -> Access:
    """Owner and access list of a file or folder."""
    if sys.platform == "win32":
        import win32security as security

        wanted = security.OWNER_SECURITY_INFORMATION | security.DACL_SECURITY_INFORMATION
        with _as_os_error():
            found = security.GetNamedSecurityInfo(str(path), security.SE_FILE_OBJECT, wanted)
            control, _ = found.GetSecurityDescriptorControl()
            acl = found.GetSecurityDescriptorDacl()
            return Access(
                owner=security.ConvertSidToStringSid(found.GetSecurityDescriptorOwner()),
                entries=None if acl is None else _entries(acl),
                is_protected=bool(control & security.SE_DACL_PROTECTED),
            )
    raise OnlyOnWindowsError


def close_to_others(path: Path) -> None:
    """Let SYSTEM and administrators in and nobody else, and make it the administrators'.

    What is in a folder inherits that. Raises PermissionError without their rights.
    """
    if sys.platform == "win32":
        import win32security as security

        with _as_os_error():
            wanted = security.ConvertStringSecurityDescriptorToSecurityDescriptor(
                EVERYBODY_ELSE_OUT, security.SDDL_REVISION_1
            )
            rights = security.DACL_SECURITY_INFORMATION
            rights |= security.PROTECTED_DACL_SECURITY_INFORMATION
            rights |= security.OWNER_SECURITY_INFORMATION
            owner = security.ConvertStringSidToSid(ADMINISTRATORS)
            acl = wanted.GetSecurityDescriptorDacl()
            security.SetNamedSecurityInfo(
                str(path), security.SE_FILE_OBJECT, rights, owner, None, acl, None
            )
        return
    raise OnlyOnWindowsError


def own_sid() -> str:
    """The security identifier of the account that runs this."""
    if sys.platform == "win32":
        import win32api
        import win32security as security

        with _as_os_error():
            token = security.OpenProcessToken(win32api.GetCurrentProcess(), security.TOKEN_QUERY)
            sid, _ = security.GetTokenInformation(token, security.TokenUser)
            return str(security.ConvertSidToStringSid(sid))
    raise OnlyOnWindowsError


def is_administrator() -> bool:
    """Whether this runs with the rights of an administrator, not only in the name of one."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    raise OnlyOnWindowsError


def report_event(number: int, kind: str, text: str) -> None:
    """Add an entry to the Event Log; `kind` is information, warning or error."""
    if sys.platform == "win32":
        import win32evtlog
        import win32evtlogutil

        kinds = {
            "information": win32evtlog.EVENTLOG_INFORMATION_TYPE,
            "warning": win32evtlog.EVENTLOG_WARNING_TYPE,
            "error": win32evtlog.EVENTLOG_ERROR_TYPE,
        }
        with _as_os_error():
            win32evtlogutil.ReportEvent(
                _EVENT_SOURCE, number, eventType=kinds[kind], strings=[text]
            )
        return
    raise OnlyOnWindowsError


def register_event_source() -> None:
    """Let the Event Viewer show our texts as they stand; takes an administrator."""
    if sys.platform == "win32":
        import win32evtlog
        import win32evtlogutil

        with _as_os_error():
            win32evtlogutil.AddSourceToRegistry(_EVENT_SOURCE, win32evtlog.__file__, "Application")
        return
    raise OnlyOnWindowsError


def code_pages() -> CodePages:
    """Code pages of window programs, of console programs and of this console."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        return CodePages(kernel.GetACP(), kernel.GetOEMCP(), kernel.GetConsoleOutputCP())
    raise OnlyOnWindowsError


def is_double_clicked() -> bool:
    """Whether the console is this program's alone, and closes with it."""
    if sys.platform == "win32":
        import ctypes

        listed = (ctypes.c_ulong * 2)()
        return bool(ctypes.windll.kernel32.GetConsoleProcessList(listed, 2) == 1)
    return False


def _mutex_rights() -> object:
    if sys.platform == "win32":
        import win32security as security

        with _as_os_error():
            rights = security.SECURITY_ATTRIBUTES()
            rights.SECURITY_DESCRIPTOR = (
                security.ConvertStringSecurityDescriptorToSecurityDescriptor(
                    _MUTEX_RIGHTS, security.SDDL_REVISION_1
                )
            )
            return rights
    raise OnlyOnWindowsError


def _entries(acl: Any) -> tuple[Entry, ...]:
    """Whoever is let in; object entries and refusals of Windows are left out."""
    if sys.platform == "win32":
        import win32security as security

        rows = (acl.GetAce(at) for at in range(acl.GetAceCount()))
        return tuple(
            Entry(security.ConvertSidToStringSid(row[2]), row[1] & 0xFFFFFFFF, row[0][1])
            for row in rows
            if row[0][0] == security.ACCESS_ALLOWED_ACE_TYPE
        )
    raise OnlyOnWindowsError


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Errors of pywin32 name the error of Windows, but are no OSError."""
    if sys.platform == "win32":
        import pywintypes

        try:
            yield
        except pywintypes.error as error:
            raise OSError(None, error.strerror, None, error.winerror) from error
    else:
        yield
