"""pywin32 behind our own shape: its objects, its sentinels and its errors, in one place."""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from agent import registry
from agent.codes import Code
from agent.com.dispatch import EMPTY, MISSING, Raw
from agent.com.errors import ComError
from agent.config import look_first_in
from agent.errors import InfobaseError

T = TypeVar("T")
_NOT_REGISTERED: Final = frozenset({0x80040154, 0x80040152})  # CLASSNOTREG, KEYMISSING
_MOD_NOT_FOUND: Final = 126
_IID_DISPATCH: Final = "{00020400-0000-0000-C000-000000000046}"
_IID_FACTORY: Final = "{00000001-0000-0000-C000-000000000046}"
_ALTERED_SEARCH_PATH: Final = 8
_CREATE_INSTANCE, _RELEASE = 3, 2  # slots of the virtual tables
_state: Final = {"in_process": True}


def registered(clsid: str) -> Raw:
    """What the registry names: a DLL in this process, else an application of COM+."""
    import pythoncom  # noqa: PLC0415 - Windows only

    def make(context: int) -> Any:
        return pythoncom.CoCreateInstance(clsid, None, context, pythoncom.IID_IDispatch)

    try:
        made = _told(lambda: make(pythoncom.CLSCTX_INPROC_SERVER))
        _state["in_process"] = True
    except ComError as error:
        if error.hresult not in _NOT_REGISTERED:
            raise
        made = _outside(clsid, make, error)
    return WindowsRaw(made)


def by_path(clsid: str, dll: Path) -> Raw:
    """The class object of this very DLL: nothing has to be registered."""
    import pythoncom  # noqa: PLC0415 - Windows only

    look_first_in(dll.parent)  # 1C loads more of its own files later
    library = _told(lambda: _loaded(dll))
    factory = ctypes.c_void_p()
    _checked(library.DllGetClassObject(_guid(clsid), _guid(_IID_FACTORY), ctypes.byref(factory)))
    made = ctypes.c_void_p()
    kind = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    result = _method(factory, _CREATE_INSTANCE, *kind)(
        factory, None, _guid(_IID_DISPATCH), ctypes.byref(made)
    )
    _method(factory, _RELEASE, ctypes.c_void_p)(factory)
    _checked(result)
    found = pythoncom.ObjectFromAddress(made.value, pythoncom.IID_IDispatch)
    _method(made, _RELEASE, ctypes.c_void_p)(made)  # the object above holds its own reference
    _state["in_process"] = True
    return WindowsRaw(found)


def is_in_process() -> bool:
    """Whether the connector made last lives in this process."""
    return _state["in_process"]


class WindowsRaw:
    """A PyIDispatch that takes our sentinels and raises our errors."""

    def __init__(self, com: Any) -> None:
        self._com = com

    def GetIDsOfNames(self, lcid: int, name: str, /) -> int:  # noqa: N802 - COM's own name
        """The number of a member's name."""
        found = _told(lambda: self._com.GetIDsOfNames(lcid, name))
        return int(found[0] if isinstance(found, tuple) else found)

    def Invoke(  # noqa: N802 - COM's own name
        self,
        dispid: int,
        lcid: int,
        flags: int,
        want_result: bool,  # noqa: FBT001 - as pywin32 has it
        /,
        *args: object,
    ) -> object:
        """Get, put or call a member."""
        given = [_given(arg) for arg in args]
        found = _told(lambda: self._com.Invoke(dispid, lcid, flags, want_result, *given))
        return _taken(found)


def _outside(clsid: str, make: Callable[[int], Any], first: ComError) -> Any:
    """An application of COM+ or DCOM; where there is none, say which bitness is registered."""
    import pythoncom  # noqa: PLC0415 - Windows only

    try:
        made = _told(lambda: make(pythoncom.CLSCTX_LOCAL_SERVER))
    except ComError as error:
        if error.hresult not in _NOT_REGISTERED:
            raise
        other = 32 if sys.maxsize > 1 << 32 else 64
        if _is_registered(clsid, other):
            raise InfobaseError(Code.COM_BITNESS, str(first), other=other) from error
        raise first from error
    _state["in_process"] = False
    return made


def _is_registered(clsid: str, bits: int) -> bool:
    """For programs of that width, by this user or by the machine."""
    hive = registry.open_hive()
    found = [one for one in registry.CONNECTORS if one.clsid == clsid]
    return hive is not None and any(
        registry.read(hive, one).effective(bits, is_elevated=False) for one in found
    )


def _told(act: Callable[[], T]) -> T:
    """Do it; pywin32's error and that of Windows become ours."""
    import pywintypes  # noqa: PLC0415 - Windows only

    try:
        return act()
    except pywintypes.com_error as error:
        hresult, strerror, excepinfo, argerror = error.args
        raise ComError(hresult, str(strerror or ""), excepinfo, argerror) from None
    except OSError as error:
        # ctypes names no number for a DLL that is not there, or lacks another one
        unnamed = _MOD_NOT_FOUND if isinstance(error, FileNotFoundError) else 0
        number = getattr(error, "winerror", None) or unnamed
        raise ComError(0x80070000 | number, error.strerror or str(error)) from None


def _given(value: object) -> object:
    import pythoncom  # noqa: PLC0415 - Windows only

    if value is EMPTY:
        return pythoncom.Empty
    if value is MISSING:
        return pythoncom.ArgNotFound
    return value._com if isinstance(value, WindowsRaw) else value  # noqa: SLF001 - our own


def _taken(value: object) -> object:
    import pythoncom  # noqa: PLC0415 - Windows only

    if isinstance(value, tuple):
        return tuple(_taken(item) for item in value)
    if isinstance(value, pythoncom.TypeIIDs[pythoncom.IID_IDispatch]):
        return WindowsRaw(value)
    return value


def _loaded(dll: Path) -> Any:
    if sys.platform != "win32":
        raise OSError("DLLs belong to Windows")
    return ctypes.WinDLL(str(dll), winmode=_ALTERED_SEARCH_PATH)


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


def _method(pointer: ctypes.c_void_p, slot: int, *kinds: Any) -> Any:
    """A method out of the virtual table of a COM object."""
    if sys.platform != "win32":
        raise OSError("COM belongs to Windows")
    table = ctypes.cast(pointer, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    return ctypes.WINFUNCTYPE(ctypes.c_long, *kinds)(table[slot] or 0)


def _checked(result: int) -> None:
    if result < 0:
        raise ComError(result)
