"""What 1C says when it refuses, in both of its languages."""

from agent.codes import Code
from wire.problems import Sentence

TEXTS: dict[str, Sentence] = {
    Code.BASE_NOT_FOUND: Sentence("Информационная база не обнаружена", "Infobase not found"),
    Code.SERVER_NOT_FOUND: Sentence(
        "Сервер 1С:Предприятия не обнаружен", "1C:Enterprise server not found"
    ),
    Code.AUTH_FAILED: Sentence(
        "Идентификация пользователя не выполнена\nНеправильное имя или пароль пользователя",
        "User authentication failed\nInvalid user name or password",
    ),
    Code.SESSIONS_DENIED: Sentence(
        "Начало сеанса с информационной базой запрещено. {message}",
        "Starting a session with the infobase is denied. {message}",
    ),
    Code.NO_LICENSE: Sentence(
        "Не обнаружено свободной лицензии", "License not found. There are no free licenses"
    ),
    Code.COM_VERSION: Sentence(
        "Различаются версии клиента и сервера ({here} - {there}), клиентское приложение:"
        " COM-соединение",
        "Different client and server versions ({here} - {there}), client application:"
        " COM connection",
    ),
    Code.NO_RIGHTS: Sentence("Нарушение прав доступа", "Access violation"),
    Code.EXCLUSIVE_LOCK: Sentence(
        "Ошибка исключительной блокировки информационной базы.\n{sessions}",
        "Error setting an exclusive lock on the infobase.\n{sessions}",
    ),
    Code.LOCK_CONFLICT: Sentence(
        "Конфликт блокировок при выполнении транзакции", "Transaction lock conflict: deadlock"
    ),
    Code.BAD_FILE: Sentence("Неверный формат хранилища данных", "Invalid data storage format"),
    Code.DUPLICATE_NAME: Sentence(
        "Расширение с таким именем уже существует", "Extension with this name already exists"
    ),
    Code.FROM_MASTER_NODE: Sentence(
        "Расширение получено из главного узла", "The extension is received from the master node"
    ),
    Code.CONNECTION_LOST: Sentence("Неизвестная ошибка", "Unknown error"),
    "CONNECTION": Sentence(
        "Неверные или отсутствующие параметры соединения с информационной базой",
        "Invalid or missing parameters for connection to the infobase",
    ),
    "TYPE": Sentence(
        "Несоответствие типов (параметр номер '{number}')",
        "Type mismatch (parameter number '{number}')",
    ),
    "READ_ONLY": Sentence(
        "Поле объекта недоступно для записи ({name})", "Object field is not writable ({name})"
    ),
    "NO_FILE": Sentence(
        "Ошибка при выполнении файловой операции '{path}'", "File operation error '{path}'"
    ),
    "NO_TYPE": Sentence("Тип не определен ({name})", "Type is not defined ({name})"),
    "NO_VALUE": Sentence("Неверное значение параметра", "Invalid parameter value"),
    "NOT_STORED": Sentence("Расширение не записано", "The extension is not stored"),
    "NO_SESSION": Sentence(
        "Сеанс отсутствует или удален", "Session is missing or has been deleted"
    ),
    "SURPRISE": Sentence(
        "Возникла непредвиденная ситуация", "An unexpected situation has occurred"
    ),
}
"""By the agent's code of it, or a word of this package for what has no code of its own."""

_NEW_LIST = (8, 3, 18)
_NOT_IN_THE_WAY = "SrvrConsole"


def session_list(others: list[tuple[str, str, int]], version: tuple[int, ...], *, ru: bool) -> str:
    """Who is in the infobase, (computer, application, number), as that platform spells it."""
    old = version < _NEW_LIST
    lines = [("Активные сеансы и соединения:" if ru else "Active sessions and connections:")] * old
    for computer, application, number in others:
        if application == _NOT_IN_THE_WAY:
            continue
        when = "22.11.2026 в 09:30:00" if ru else "11/22/2026 at 09:30:00"
        facts = {
            ("компьютер" if ru else "computer"): computer,
            ("сеанс" if ru else "session"): None if old else number,
            (("сеанс начат" if old else "начат") if ru else "started"): when,
            ("приложение" if ru else "application"): application,
        }
        lines.append(", ".join(f"{k}: {v}" for k, v in facts.items() if v is not None))
    return "\n".join(lines)
