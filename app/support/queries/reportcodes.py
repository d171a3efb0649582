"""What an agent's code of a failed installation means for those who are asked about it."""

from collections.abc import Mapping
from typing import Final

from app.kit.i18n import Sentence

S = Sentence
_RUN_AGAIN: Final = S("Повторите установку", "Run the installation again")
_ASK_ADMIN: Final = S(
    "Попросите администратора базы дать права и повторите",
    "Ask the infobase's administrator for the rights, then try again",
)
CODES: Final[Mapping[str, tuple[Sentence, Sentence]]] = {
    "EXCLUSIVE_LOCK": (
        S("База занята: в ней работают пользователи", "The infobase is locked: people work in it"),
        S(
            "Попросите всех выйти из базы или установите ночью, затем повторите",
            "Ask everybody to leave the infobase, or install at night, then try again",
        ),
    ),
    "LOCK_CONFLICT": (
        S("Конфликт блокировок в базе", "A lock conflict in the infobase"),
        S("Дождитесь конца фоновых заданий и повторите", "Let background jobs end, try again"),
    ),
    "BUSY_LOCAL": (
        S("Эту базу уже обновляет другой запуск", "Another run is at work on this infobase"),
        S("Дождитесь его конца и повторите", "Wait for its end, then try again"),
    ),
    "SESSIONS_DENIED": (
        S("Вход в базу закрыт администратором", "Login to the infobase is closed"),
        S("Снимите блокировку сеансов и повторите", "Lift the ban on sessions, then try again"),
    ),
    "AUTH_FAILED": (
        S("1С не приняла имя или пароль", "1C refused the user name or the password"),
        S("Проверьте учётную запись в настройках агента", "Check the account in the agent"),
    ),
    "NO_RIGHTS": (
        S("Учётной записи 1С не хватает прав", "The 1C account lacks rights"),
        _ASK_ADMIN,
    ),
    "NO_LICENSE": (
        S("Не нашлось свободной лицензии 1С", "1C found no free licence of its own"),
        S("Освободите лицензию платформы и повторите", "Free a platform licence, then try again"),
    ),
    "BASE_NOT_FOUND": (
        S("База не найдена по указанному пути", "There is no infobase at that place"),
        S("Проверьте путь к базе в настройках агента", "Check the infobase's path in the agent"),
    ),
    "SERVER_NOT_FOUND": (
        S("Сервер 1С не отвечает", "The 1C server does not answer"),
        S("Проверьте адрес и работу сервера 1С", "Check the address and the 1C server"),
    ),
    "BASIC_VERSION": (
        S("Базовая версия 1С не поддерживает расширения", "The basic edition takes no extensions"),
        S("Нужна версия ПРОФ", "The PROF edition is needed"),
    ),
    "CONFIG_MISMATCH": (
        S("В базе другая конфигурация", "The infobase runs another configuration"),
        S("Проверьте, та ли база выбрана", "Check that the right infobase was chosen"),
    ),
    "DISK_FULL": (
        S("На компьютере кончилось место", "The computer ran out of disk space"),
        S("Освободите место и повторите", "Free some space, then try again"),
    ),
    "BACKUP_FAILED": (
        S("Не удалось сделать копию перед установкой", "The copy before the installation failed"),
        S("Проверьте место для копий и повторите", "Check the place for copies, then try again"),
    ),
    "SIGNATURE_BAD": (
        S("Подпись файла не сошлась", "The file's signature does not match"),
        S("Не устанавливайте; сообщите разработчикам", "Do not install; tell the developers"),
    ),
    "NOT_ACTIVE": (
        S("Расширение записано, но не работает в базе", "The extension is there but not active"),
        S("Перезапустите 1С и проверьте безопасный режим", "Restart 1C and check the safe mode"),
    ),
    "NETWORK": (
        S("Связь прервалась", "The connection broke"),
        _RUN_AGAIN,
    ),
    "INTERRUPTED": (
        S("Установку прервали", "The installation was interrupted"),
        _RUN_AGAIN,
    ),
}
"""By the agent's code: what it is, and the next step."""
OUTCOMES: Final[Mapping[str, tuple[Sentence, Sentence]]] = {
    "failed": (
        S("Установка не удалась", "The installation failed"),
        S("Откройте отчёт и повторите установку", "Open the report and try again"),
    ),
    "rolled_back": (
        S(
            "Установка не удалась, прежняя версия возвращена",
            "The installation failed; the version before it was put back",
        ),
        S(
            "Выясните причину по отчёту и повторите установку",
            "Find the cause in the report, then try again",
        ),
    ),
    "rollback_failed": (
        S(
            "Установка не удалась, и прежняя версия не возвращена",
            "The installation failed, and the version before it was not put back",
        ),
        S(
            "Восстановите базу из копии, которую сделал агент",
            "Restore the infobase from the copy that the agent made",
        ),
    ),
}
"""By the outcome, where the code says nothing of its own."""


def told(outcome: str, code: str | None) -> tuple[Sentence, Sentence]:
    """What happened and the next step; a roll-back is said before its cause."""
    meaning, step = OUTCOMES[outcome]
    known = CODES.get(code or "")
    if known is None:
        return meaning, step
    if outcome == "failed":
        return known
    cause = known[0]
    joined = S(f"{meaning.ru}. {cause.ru}", f"{meaning.en}. {cause.en}")
    return joined, known[1] if outcome == "rolled_back" else step
