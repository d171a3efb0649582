"""The error map: which codes of COM and which texts of 1C, Russian and English, mean what."""

from typing import Final

from agent.codes import Code

BY_HRESULT: Final[dict[int, Code]] = {
    0x80040154: Code.COM_NOT_REGISTERED,  # REGDB_E_CLASSNOTREG
    0x80040152: Code.COM_NOT_REGISTERED,  # REGDB_E_KEYMISSING: half of it is
    0x800401F3: Code.COM_NOT_REGISTERED,  # CO_E_CLASSSTRING
    0x800700C1: Code.COM_BITNESS,  # ERROR_BAD_EXE_FORMAT
    0x8007007E: Code.COM_DLL_MISSING,  # ERROR_MOD_NOT_FOUND
    0x800401F8: Code.COM_DLL_MISSING,  # CO_E_DLLNOTFOUND
    0x800706BA: Code.RPC_UNAVAILABLE,  # RPC_S_SERVER_UNAVAILABLE
    0x800706BE: Code.RPC_UNAVAILABLE,  # RPC_S_CALL_FAILED
    0x80080005: Code.RPC_UNAVAILABLE,  # CO_E_SERVER_EXEC_FAILURE
    0x80004027: Code.RPC_UNAVAILABLE,  # CO_E_CLASS_DISABLED
    0x80010108: Code.CONNECTION_LOST,  # RPC_E_DISCONNECTED
    0x80010105: Code.CONNECTION_LOST,  # RPC_E_SERVERFAULT
    0x80070005: Code.ACCESS_DENIED_DCOM,  # E_ACCESSDENIED
    0x80020003: Code.MEMBER_NOT_FOUND,  # DISP_E_MEMBERNOTFOUND
    0x80020006: Code.MEMBER_NOT_FOUND,  # DISP_E_UNKNOWNNAME
}

_TEXTS: Final[tuple[tuple[Code, tuple[str, ...]], ...]] = (
    (
        Code.COM_VERSION,
        (
            "Версия компоненты 'comcntr'",
            "Различаются версии клиента и сервера",
            "Different client and server versions",
            "Version of component 'comcntr'",
        ),
    ),
    (Code.COM_NOT_REGISTERED, ("не зарегистрирован", "not registered")),
    (
        Code.SERVER_NOT_FOUND,
        ("Сервер 1С:Предприятия не обнаружен", "1C:Enterprise server not found"),
    ),
    (
        Code.SESSIONS_DENIED,
        (
            "Начало сеанса с информационной базой запрещено",
            "Starting a session with the infobase is denied",
            "Infobase session start is denied",
        ),
    ),
    (
        Code.AUTH_FAILED,
        (
            "Идентификация пользователя не выполнена",
            "Неправильное имя или пароль пользователя",
            "User is not authenticated",
            "User authentication failed",
            "Wrong user name or password",
            "Invalid user name or password",
        ),
    ),
    (
        Code.NO_LICENSE,
        (
            "Не обнаружено свободной лицензии",
            "Не найдена лицензия",
            "Не обнаружен ключ защиты",
            "no free license",
            "License not found",
            "protection key not found",
        ),
    ),
    (
        Code.EXCLUSIVE_LOCK,
        (
            "Ошибка исключительной блокировки информационной базы",
            "Ошибка установки монопольного режима",
            "Error setting an exclusive lock",
            "Error setting exclusive mode",
        ),
    ),
    (Code.LOCK_CONFLICT, ("конфликт блокировок", "взаимоблокировк", "lock conflict", "deadlock")),
    (Code.BAD_FILE, ("Неверный формат хранилища данных", "Invalid data storage format")),
    (
        Code.DUPLICATE_NAME,
        (
            "Расширение с таким именем уже существует",
            "extension with this name already exists",
            "extension with the same name already exists",
        ),
    ),
    (
        Code.FROM_MASTER_NODE,
        ("получено из главного узла", "received from the master node"),
    ),
    (
        Code.NO_RIGHTS,
        (
            "Нарушение прав доступа",
            "Недостаточно прав",
            "Access right violation",
            "Access violation",
            "Insufficient rights",
        ),
    ),
    (
        Code.BASE_NOT_FOUND,
        (
            "Информационная база не обнаружена",
            "не найден файл",
            "Неверные или отсутствующие параметры соединения",
            "Infobase not found",
            "file not found",
            "Invalid or missing parameters for connection",
        ),
    ),
    (
        Code.CONNECTION_LOST,
        (
            "Сеанс отсутствует или удален",
            "Сеанс с указанным идентификатором не найден",
            "Соединение разорвано",
            "Session is missing or has been deleted",
            "Session with the specified identifier not found",
            "Connection is broken",
            # last: other texts may hold these words as well
            "Неизвестная ошибка",
            "Unknown error",
        ),
    ),
)

BY_TEXT: Final = tuple((code, tuple(part.casefold() for part in parts)) for code, parts in _TEXTS)
"""In the order of questions; texts are casefolded and stand anywhere within 1C's own."""
