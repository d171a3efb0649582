"""Refusing new sessions from inside one: by 1C's own library where it is there, else directly."""

from collections.abc import Callable
from typing import Final

from agent.codes import Code
from agent.com.dispatch import Disp
from agent.com.errors import clean
from agent.com.extensions import text_of
from agent.errors import InfobaseError
from agent.infobase import SessionLock

Gate = Callable[[str], None]
"""Asked for leave right before the infobase is changed; its argument is the state entered."""

_LIBRARY: Final = "СоединенияИБ"  # a common module of 1C's own library


def lock(connection: Disp, gate: Gate, message: str, code: str) -> None:
    """Let nobody in who does not know the code; no dates, an empty one has no form in COM."""
    if connection.has(_LIBRARY):
        library = connection.held(_LIBRARY)
        gate("LOCKED")
        if library.call("УстановитьБлокировкуСоединений", message, code) is False:
            raise InfobaseError(Code.NO_RIGHTS, "УстановитьБлокировкуСоединений")
        return
    made = connection.new("БлокировкаСеансов")
    made.put("Установлена", True)  # noqa: FBT003 - the value of a property
    made.put("Сообщение", message)
    made.put("КодРазрешения", code)
    gate("LOCKED")
    connection.call("УстановитьБлокировкуСеансов", made)


def unlock(connection: Disp, gate: Gate, code: str) -> None:
    """Take the lock of this code away; one of another code is somebody else's and stays.

    A lock that begins later lets us in without a code, therefore that we are in proves nothing.
    """
    now = connection.made("ПолучитьБлокировкуСеансов")
    if now.get("Установлена") is not True or _is_foreign(now, code):
        return
    if connection.has(_LIBRARY):
        library = connection.held(_LIBRARY)
        gate("UNLOCKED")
        library.call("РазрешитьРаботуПользователей")
        return
    now.put("Установлена", False)  # noqa: FBT003 - the value of a property
    gate("UNLOCKED")
    connection.call("УстановитьБлокировкуСеансов", now)


def seen(connection: Disp) -> SessionLock:
    """Whether new sessions are refused now."""
    now = connection.made("ПолучитьБлокировкуСеансов")
    return SessionLock(now.get("Установлена") is True, clean(text_of(now.get("Сообщение"))))


def _is_foreign(now: Disp, code: str) -> bool:
    """It shows another code; 1C may show none to us, which proves nothing."""
    shown = now.get("КодРазрешения")
    return isinstance(shown, str) and bool(shown) and shown != code
