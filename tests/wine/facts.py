"""Asked inside Windows: `python -m facts NAME ARGUMENT…` prints what one of these found.

Only pywin32 and our own files are used: what the connector itself does, before the agent is in it.
"""

import base64
import ctypes
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pythoncom
import pywintypes

GET, PUT, CALL = (
    pythoncom.DISPATCH_PROPERTYGET,
    pythoncom.DISPATCH_PROPERTYPUT,
    pythoncom.DISPATCH_METHOD,
)
CLASS = pywintypes.IID("{181E893D-73A4-4722-B61D-D604B3D67D47}")
RESULT_WANTED = True
LEFT_OUT, NOTHING = pythoncom.ArgNotFound, pythoncom.Empty


def connector() -> Any:
    """By the registry, as any program does."""
    return pythoncom.CoCreateInstance(
        "V83.COMConnector", None, pythoncom.CLSCTX_INPROC_SERVER, pythoncom.IID_IDispatch
    )


def invoke(target: Any, name: str, flags: int, *arguments: object) -> Any:
    """One member of an object."""
    return target.Invoke(target.GetIDsOfNames(name), 0, flags, flags != PUT, *arguments)


def connect(folder: str, more: str = "") -> Any:
    return invoke(connector(), "Connect", CALL, f'File="{folder}";{more}')


def told(act: Callable[[], object]) -> dict[str, object]:
    """What a call that fails says, all of it."""
    try:
        act()
    except pythoncom.com_error as error:
        known = error.excepinfo or (None,) * 6
        return {
            "hresult": f"{error.hresult & 0xFFFFFFFF:08x}",
            "code": known[0],
            "source": known[1],
            "text": known[2],
            "scode": None if known[5] is None else f"{known[5] & 0xFFFFFFFF:08x}",
        }
    return {"hresult": "00000000"}


def put(target: Any, name: str, value: object) -> None:
    """A property."""
    invoke(target, name, PUT, value)


def manager(session: Any) -> Any:
    return invoke(session, "РасширенияКонфигурации", GET)


def by_name(session: Any, name: str, *source: object) -> list[Any]:
    """Extensions of that name."""
    wanted = invoke(session, "NewObject", CALL, "Структура", "Имя", name)
    found = invoke(manager(session), "Получить", CALL, wanted, *source)
    return [invoke(found, "Получить", CALL, n) for n in range(invoke(found, "Количество", CALL))]


def names(folder: str) -> dict[str, object]:
    """Numbers of members by their Russian, English and oddly written names."""
    session = connect(folder)
    spelled = {
        "manager": ("РасширенияКонфигурации", "ConfigurationExtensions", "расширенияКОНФИГУРАЦИИ"),
        "rights": ("ПравоДоступа", "AccessRight", "accessRIGHT"),
        "bytes": ("Base64Значение", "Base64Value", "BASE64значение"),
    }
    numbers = {
        what: len({session.GetIDsOfNames(name) for name in names})
        for what, names in spelled.items()
    }
    unknown = ("НовыйОбъект", "СоединенияИБ", "НетТакого")
    return {
        "numbers": numbers,
        "unknown": {n: told(lambda n=n: session.GetIDsOfNames(n))["hresult"] for n in unknown},
        "types": session.GetTypeInfoCount(),
    }


def calls(folder: str) -> dict[str, object]:
    """What a call is answered that is no good."""
    session = connect(folder)
    extensions = manager(session)
    made = invoke(extensions, "Создать", CALL)
    wanted = invoke(session, "NewObject", CALL, "Структура", "Имя", None)
    tries: dict[str, Callable[[], object]] = {
        "method as property": lambda: invoke(extensions, "Получить", GET),
        "property as method": lambda: invoke(made, "Имя", CALL),
        "unknown number": lambda: session.Invoke(9999, 0, CALL, RESULT_WANTED),
        "of another kind": lambda: made.Invoke(
            session.GetIDsOfNames("Base64Значение"), 0, CALL, RESULT_WANTED, ""
        ),
        "too few": lambda: invoke(session, "Base64Значение", CALL),
        "too many": lambda: invoke(session, "Base64Значение", CALL, "", ""),
        "wrong type": lambda: invoke(session, "Base64Значение", CALL, 5),
        "NULL": lambda: invoke(extensions, "Получить", CALL, None),
        "NULL in a filter": lambda: invoke(extensions, "Получить", CALL, wanted),
        "NULL to a flag": lambda: invoke(made, "Активно", PUT, None),
        "Неопределено": lambda: invoke(extensions, "Получить", CALL, NOTHING),
        "left out": lambda: invoke(extensions, "Получить", CALL, LEFT_OUT),
        "read only": lambda: invoke(made, "Имя", PUT, "Другое"),
        "garbage": lambda: invoke(
            made, "Записать", CALL, invoke(session, "Base64Значение", CALL, "bm90IGEgY2Zl")
        ),
        "unknown type": lambda: invoke(session, "NewObject", CALL, "НетТакого"),
    }
    return {what: told(act) for what, act in tries.items()}


def begins(folder: str, *more: str) -> list[dict[str, object]]:
    """How connection strings fare, each the folder and something more."""
    return [told(lambda each=each: connect(folder, each)) for each in more or ("",)]


def strings(*texts: str) -> list[dict[str, object]]:
    """How whole connection strings fare."""
    made = connector()
    return [told(lambda text=text: invoke(made, "Connect", CALL, text)) for text in texts]


def carries(folder: str, size: str) -> dict[str, object]:
    """So many bytes to 1C as text, and back."""
    data = os.urandom(int(size))
    session = connect(folder)
    there = invoke(session, "Base64Значение", CALL, base64.b64encode(data).decode())
    back = invoke(session, "Base64Строка", CALL, there)
    return {
        "size": invoke(there, "Размер", CALL),
        "same": base64.b64decode(back) == data,
        "lines": back.count("\n") > 1,
    }


def many(folder: str, count: str) -> dict[str, object]:
    """So many calls of one session, counted."""
    session = connect(folder)
    number = session.GetIDsOfNames("НомерСеансаИнформационнойБазы")
    said = {session.Invoke(number, 0, CALL, RESULT_WANTED) for _ in range(int(count))}
    return {"different": len(said)}


def _hash(session: Any, extension: Any) -> str:
    return invoke(session, "Base64Строка", CALL, invoke(extension, "ХешСумма", GET))


def _shown(session: Any, extension: Any) -> dict[str, object]:
    purpose = invoke(extension, "Назначение", GET)
    return {
        "name": invoke(extension, "Имя", GET),
        "version": invoke(extension, "Версия", GET),
        "hash": _hash(session, extension),
        "purpose": invoke(session, "String", CALL, purpose),
        "safe": invoke(extension, "БезопасныйРежим", GET),
    }


def installs(folder: str, cfe: str, safe: str = "0") -> dict[str, object]:
    """The whole way of an extension by hand: created, written, read again, seen by whom."""
    session = connect(folder)
    made = invoke(manager(session), "Создать", CALL)
    invoke(made, "БезопасныйРежим", PUT, {"0": False, "1": True}.get(safe, safe))
    warnings = invoke(session, "NewObject", CALL, "ОписаниеЗащитыОтОпасныхДействий")
    put(warnings, "ПредупреждатьОбОпасныхДействиях", value=False)
    invoke(made, "ЗащитаОтОпасныхДействий", PUT, warnings)
    data = invoke(session, "NewObject", CALL, "ДвоичныеДанные", cfe)
    invoke(made, "Записать", CALL, data)
    stale, [again] = _shown(session, made), by_name(session, "СкладскойПомощник")
    sources = invoke(session, "ИсточникРасширенийКонфигурации", GET)
    applied = invoke(sources, "СеансАктивные", GET)
    here = len(by_name(session, "СкладскойПомощник", applied))
    later = connect(folder)
    sources = invoke(later, "ИсточникРасширенийКонфигурации", GET)
    seen = by_name(later, "СкладскойПомощник", invoke(sources, "СеансАктивные", GET))
    back = invoke(session, "Base64Строка", CALL, invoke(again, "ПолучитьДанные", CALL))
    return {
        "stale": stale,
        "again": _shown(session, again),
        "in this session": here,
        "in the next": [_hash(later, one) for one in seen],
        "bytes": hashlib.sha256(base64.b64decode(back)).hexdigest(),
        "changes structure": invoke(again, "ИзменяетСтруктуруДанных", CALL),
    }


def settings(folder: str) -> list[object]:
    """The settings storage, before and after something is kept in it."""
    storage = invoke(connect(folder), "ХранилищеОбщихНастроек", GET)
    place = ("Podkluch", "InfobaseId")
    found = [invoke(storage, "Загрузить", CALL, *place, LEFT_OUT, "Podkluch")]
    invoke(storage, "Сохранить", CALL, *place, "номер", LEFT_OUT, "Podkluch")
    found.append(invoke(storage, "Загрузить", CALL, *place, LEFT_OUT, "Podkluch"))
    found.append(invoke(storage, "Загрузить", CALL, *place, LEFT_OUT, "Другой"))
    return found


def locks(folder: str, code: str) -> list[object]:
    """A lock is set; who may come in then, and after it is gone."""
    session = connect(folder)
    lock = invoke(session, "NewObject", CALL, "БлокировкаСеансов")
    for name, value in (
        ("Установлена", True),
        ("Сообщение", "Обновление"),
        ("КодРазрешения", code),
    ):
        invoke(lock, name, PUT, value)
    invoke(session, "УстановитьБлокировкуСеансов", CALL, lock)
    found = begins(folder, "", 'UC="другой";', f'UC="{code}";')
    lock = invoke(session, "ПолучитьБлокировкуСеансов", CALL)
    put(lock, "Установлена", value=False)
    invoke(session, "УстановитьБлокировкуСеансов", CALL, lock)
    return [*found, *begins(folder)]


def lost(folder: str) -> list[object]:
    """Every call after the connection broke."""
    session = connect(folder)
    first = told(lambda: invoke(session, "НомерСеансаИнформационнойБазы", CALL))
    return [first, told(lambda: session.GetIDsOfNames("Метаданные"))]


def crashes(folder: str) -> None:
    """Nobody hears how this ends."""
    invoke(connect(folder), "НомерСеансаИнформационнойБазы", CALL)


def by_path(folder: str, dll: str) -> dict[str, object]:
    """A file that nobody registered."""
    entry = ctypes.WinDLL(dll, winmode=0x8).DllGetClassObject
    entry.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
    entry.restype = ctypes.c_ulong
    factory, made = ctypes.c_void_p(), ctypes.c_void_p()
    wanted, stranger = bytes(pythoncom.IID_IClassFactory), bytes(pythoncom.IID_IDispatch)
    refused = entry(stranger, wanted, ctypes.byref(factory))
    entry(bytes(CLASS), wanted, ctypes.byref(factory))
    table = ctypes.cast(factory, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    kind = ctypes.WINFUNCTYPE(ctypes.c_ulong, *[ctypes.c_void_p] * 4)
    create = kind(table[3])  # IClassFactory::CreateInstance follows the three of IUnknown
    interface = ctypes.create_string_buffer(bytes(pythoncom.IID_IDispatch))
    aggregated = create(factory, factory, ctypes.addressof(interface), ctypes.addressof(made))
    create(factory, None, ctypes.addressof(interface), ctypes.addressof(made))
    raw = pythoncom.ObjectFromAddress(made.value, pythoncom.IID_IDispatch)
    session = invoke(raw, "Connect", CALL, f'File="{folder}";')
    system = invoke(session, "NewObject", CALL, "SystemInfo")
    return {
        "of another class": f"{refused:08x}",
        "aggregated": f"{aggregated:08x}",
        "version": invoke(system, "AppVersion", GET),
    }


def ends(*command: str) -> int:
    """How a program of Python ends, as Windows has it: a parent elsewhere sees eight bits of it."""
    program, nothing = [sys.executable, *command], subprocess.DEVNULL
    return subprocess.call(program, stdin=nothing, stdout=nothing, stderr=nothing)


def console(text: str) -> dict[str, object]:
    """What Windows says of itself, and of a text on its command line."""
    return {
        "ansi": ctypes.windll.kernel32.GetACP(),
        "oem": ctypes.windll.kernel32.GetOEMCP(),
        "text": text,
        "file": Path(__file__).name,
    }


def main(name: str, *arguments: str) -> None:
    pythoncom.CoInitialize()
    sys.stdout.write(json.dumps(globals()[name](*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
