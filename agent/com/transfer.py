"""Bytes into 1C and out of it: by a path, and as Base64 where 1C's process cannot open it."""

import base64
import binascii
from contextlib import suppress
from pathlib import Path

from agent.codes import Code
from agent.com.dispatch import Disp
from agent.com.errors import ComError, code_of

LOST = frozenset({Code.CONNECTION_LOST, Code.RPC_UNAVAILABLE})


def into(connection: Disp, data: bytes, path: Path | None) -> Disp:
    """1C's own object of these bytes; `path` holds them too, where 1C runs in this process."""
    if path is not None:
        try:
            return connection.new("ДвоичныеДанные", str(path))
        except ComError as error:
            _unless_lost(error)
    text = base64.b64encode(data).decode()
    try:
        return connection.made("Base64Значение", text)
    except ComError as error:
        _unless_lost(error)
    return connection.made("XMLЗначение", _binary_type(connection), text)


def out_of(connection: Disp, binary: Disp, path: Path | None) -> bytes:
    """The bytes of an object of 1C; at `path` they may pass, and nothing stays there."""
    if path is not None:
        try:
            binary.call("Записать", str(path))
            return path.read_bytes()
        except ComError as error:
            _unless_lost(error)
        except OSError:  # written where this process cannot see it; Base64 it is
            pass
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
    try:
        return base64.b64decode(base64_of(connection, binary), validate=True)
    except binascii.Error:
        return b""


def base64_of(connection: Disp, binary: Disp) -> str:
    """Base64 of an object of 1C, without the line ends that 1C puts in."""
    return "".join(str(connection.call("Base64Строка", binary)).split())


def _binary_type(connection: Disp) -> Disp:
    types = connection.new("ОписаниеТипов", "ДвоичныеДанные").made("Типы")
    return types.made("Получить", 0)


def _unless_lost(error: ComError) -> None:
    if code_of(error) in LOST:
        raise error
