"""Everything that can go wrong on this side: codes, sentences for people, exit codes."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal

from wire.problems import Sentence

Lang = Literal["ru", "en"]


class Exit(IntEnum):
    """How the program ends; one number per family of outcomes."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    NETWORK = 10
    REFUSED = 11  # licence, coupon or download
    EXPIRED = 12
    NOTHING_FITS = 13
    DECISION = 14  # a person must decide
    NOT_TRUSTED = 20  # hash, signature or manifest
    CONNECTOR = 30  # COM not registered, wrong bitness or version
    NO_CONNECTION = 31
    BUSY = 32
    RIGHTS = 33
    FAILED = 34  # nothing changed, or rolled back
    ROLLBACK_FAILED = 35
    RESTART = 3010  # done; POSIX shows its low byte, 194


class Code(StrEnum):
    """Codes of the agent itself; those of the server are in wire.problems."""

    UNEXPECTED = "UNEXPECTED"
    USAGE = "USAGE"
    HOME_UNUSABLE = "HOME_UNUSABLE"
    KEY_MALFORMED = "KEY_MALFORMED"
    COUPON_MALFORMED = "COUPON_MALFORMED"
    NETWORK = "NETWORK"
    DOWNLOAD_INCOMPLETE = "DOWNLOAD_INCOMPLETE"
    DOWNLOAD_TOO_SLOW = "DOWNLOAD_TOO_SLOW"
    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    SIGNATURE_BAD = "SIGNATURE_BAD"
    MANIFEST_MISMATCH = "MANIFEST_MISMATCH"
    STALE_MIRROR = "STALE_MIRROR"
    BASE_NOT_FOUND = "BASE_NOT_FOUND"
    SERVER_NOT_FOUND = "SERVER_NOT_FOUND"
    AUTH_FAILED = "AUTH_FAILED"
    SESSIONS_DENIED = "SESSIONS_DENIED"
    NO_LICENSE = "NO_LICENSE"
    CONNECTION_LOST = "CONNECTION_LOST"
    EXCLUSIVE_LOCK = "EXCLUSIVE_LOCK"
    LOCK_CONFLICT = "LOCK_CONFLICT"
    BUSY_LOCAL = "BUSY_LOCAL"
    NO_RIGHTS = "NO_RIGHTS"
    BAD_FILE = "BAD_FILE"
    DUPLICATE_NAME = "DUPLICATE_NAME"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    BASIC_VERSION = "BASIC_VERSION"
    COMPAT_TOO_LOW = "COMPAT_TOO_LOW"
    FROM_MASTER_NODE = "FROM_MASTER_NODE"
    EXTENSION_CONFLICT = "EXTENSION_CONFLICT"
    FOREIGN_EXTENSION = "FOREIGN_EXTENSION"
    CONFIG_MISMATCH = "CONFIG_MISMATCH"
    DISK_FULL = "DISK_FULL"
    BACKUP_FAILED = "BACKUP_FAILED"
    WRITE_NOT_CONFIRMED = "WRITE_NOT_CONFIRMED"
    NOT_ACTIVE = "NOT_ACTIVE"
    INTERRUPTED = "INTERRUPTED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    NOOP = "NOOP"
    RESTART_REQUIRED = "RESTART_REQUIRED"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says to people, what to do next, and how the program ends."""

    exit: Exit
    ru: str
    en: str
    next: Sentence | None = None


_RETRY = Sentence("Повторите позже", "Try again later")
_RUN_AGAIN = Sentence("Запустите команду ещё раз", "Run the command again")

MEANINGS: dict[Code, Meaning] = {
    Code.UNEXPECTED: Meaning(
        Exit.UNEXPECTED,
        "Непредвиденная ошибка: {why}",
        "Unexpected error: {why}",
        Sentence(
            "Подробности в журнале {log}, пришлите его вендору",
            "Details are in {log}; send it to the vendor",
        ),
    ),
    Code.USAGE: Meaning(Exit.USAGE, "{why_ru}", "{why_en}"),
    Code.HOME_UNUSABLE: Meaning(
        Exit.FAILED,
        "Не удаётся работать с {path}: {why}",
        "Cannot work with {path}: {why}",
        Sentence(
            "Проверьте права и место или задайте другую папку в PODKLUCH_HOME",
            "Check rights and space, or name another folder in PODKLUCH_HOME",
        ),
    ),
    Code.KEY_MALFORMED: Meaning(
        Exit.REFUSED,
        "Ключ введён с ошибкой{given}",
        "The licence key is mistyped{given}",
        Sentence("Проверьте каждую группу", "Check each group"),
    ),
    Code.COUPON_MALFORMED: Meaning(
        Exit.REFUSED,
        "Купон введён с ошибкой{given}",
        "The coupon is mistyped{given}",
        Sentence("Проверьте каждую группу", "Check each group"),
    ),
    Code.NETWORK: Meaning(
        Exit.NETWORK,
        "Сервер недоступен или связь прервана: {why}",
        "The server is unreachable or the connection broke: {why}",
        Sentence(
            "Проверьте адрес сервера, сеть и прокси и повторите",
            "Check the server address, the network and the proxy, then try again",
        ),
    ),
    Code.DOWNLOAD_INCOMPLETE: Meaning(
        Exit.NETWORK,
        "Связь прервана, файл скачан не полностью: {done} из {size} байт",
        "The connection broke, the file is incomplete: {done} of {size} bytes",
        Sentence(
            "Повторите: скачивание продолжится с этого места",
            "Try again: the download goes on from there",
        ),
    ),
    Code.DOWNLOAD_TOO_SLOW: Meaning(
        Exit.NETWORK,
        "Скорость загрузки ниже 1 КБ/с дольше 60 с",
        "Download slower than 1 kB/s for 60 s",
        _RETRY,
    ),
    Code.CONSENT_REQUIRED: Meaning(
        Exit.DECISION, "Нужно решение: {question}", "A decision is needed: {question}"
    ),
    Code.SIGNATURE_BAD: Meaning(
        Exit.NOT_TRUSTED,
        "Файл не прошёл проверку подписи и не будет установлен: {why}",
        "The file failed verification and will not be installed: {why}",
        Sentence("Сообщите вендору", "Tell the vendor"),
    ),
    Code.MANIFEST_MISMATCH: Meaning(
        Exit.NOT_TRUSTED,
        "Файл не прошёл проверку подписи и не будет установлен: поле {field}: подписано «{a}»,"
        " получено «{b}»",
        "The file failed verification and will not be installed: field {field}: signed"
        ' "{a}", received "{b}"',
        Sentence("Сообщите вендору", "Tell the vendor"),
    ),
    Code.STALE_MIRROR: Meaning(
        Exit.NOT_TRUSTED,
        "Сервер отдал устаревшие метаданные ({n} дн.)",
        "The server returned stale metadata ({n} days)",
        _RETRY,
    ),
    Code.BASE_NOT_FOUND: Meaning(
        Exit.NO_CONNECTION, "База не найдена: {ref}", "Infobase not found: {ref}"
    ),
    Code.SERVER_NOT_FOUND: Meaning(
        Exit.NO_CONNECTION, "Сервер 1С не найден: {srv}", "1C server not found: {srv}", _RETRY
    ),
    Code.AUTH_FAILED: Meaning(
        Exit.NO_CONNECTION,
        "Неверное имя пользователя или пароль 1С (1С не различает эти случаи)",
        "Wrong 1C user or password",
    ),
    Code.SESSIONS_DENIED: Meaning(
        Exit.NO_CONNECTION,
        "Вход в базу закрыт: {text}. Нужен код разрешения",
        "Login is closed: {text}. A permission code is needed",
    ),
    Code.NO_LICENSE: Meaning(
        Exit.NO_CONNECTION, "Нет свободной лицензии 1С", "No free 1C licence", _RETRY
    ),
    Code.CONNECTION_LOST: Meaning(
        Exit.FAILED,
        "Связь с 1С потеряна",
        "Connection to 1C lost",
        _RUN_AGAIN,
    ),
    Code.EXCLUSIVE_LOCK: Meaning(
        Exit.BUSY,
        "База занята: {sessions}. Закройте 1С на этих местах и повторите",
        "Infobase is busy: {sessions}. Close 1C there and try again",
    ),
    Code.LOCK_CONFLICT: Meaning(Exit.BUSY, "Конфликт блокировок", "Lock conflict", _RETRY),
    Code.BUSY_LOCAL: Meaning(
        Exit.BUSY,
        "С этой базой уже работает другой агент",
        "Another agent is working on this infobase",
        _RETRY,
    ),
    Code.NO_RIGHTS: Meaning(
        Exit.RIGHTS,
        "У пользователя 1С нет права администрирования расширений",
        "The 1C user lacks the extension administration right",
        Sentence(
            "Дайте ему профиль «Администратор» или войдите другим пользователем",
            "Give the user the administrator profile or use another user",
        ),
    ),
    Code.BAD_FILE: Meaning(
        Exit.FAILED,
        "Файл расширения повреждён или собран более новой платформой: {why}",
        "Extension file is damaged or built by a newer platform: {why}",
        Sentence("Сообщите вендору", "Tell the vendor"),
    ),
    Code.DUPLICATE_NAME: Meaning(
        Exit.FAILED,
        "Расширение с таким именем уже установлено",
        "An extension of this name is already installed",
    ),
    Code.NOT_APPLICABLE: Meaning(
        Exit.FAILED,
        "Расширение не подходит к этой конфигурации: {list}",
        "Extension cannot be applied: {list}",
        Sentence("Сообщите вендору", "Tell the vendor"),
    ),
    Code.BASIC_VERSION: Meaning(
        Exit.FAILED,
        "Базовая версия конфигурации не поддерживает расширения",
        "Basic configuration versions do not support extensions",
    ),
    Code.COMPAT_TOO_LOW: Meaning(
        Exit.FAILED,
        "Нужна платформа не ниже {x}, сейчас {y}",
        "Needs platform {x} or later, found {y}",
        Sentence(
            "Обновите платформу или режим совместимости конфигурации",
            "Update the platform or the configuration's compatibility mode",
        ),
    ),
    Code.FROM_MASTER_NODE: Meaning(
        Exit.FAILED,
        "Расширение получено из главного узла РИБ — обновите его там",
        "The extension came from the master node; update it there",
    ),
    Code.EXTENSION_CONFLICT: Meaning(
        Exit.FAILED, "Сначала удалите: {names}", "Remove first: {names}"
    ),
    Code.FOREIGN_EXTENSION: Meaning(
        Exit.FAILED,
        "Установлено одноимённое расширение другого поставщика ({vendor})",
        "An extension of another vendor has this name ({vendor})",
        Sentence("Удалите его или оставьте как есть", "Remove it or leave it as it is"),
    ),
    Code.CONFIG_MISMATCH: Meaning(
        Exit.FAILED,
        "База изменилась с момента проверки: было {a}, стало {b}",
        "The infobase changed since the check: {a} -> {b}",
        _RUN_AGAIN,
    ),
    Code.DISK_FULL: Meaning(
        Exit.FAILED,
        "На диске {disk} недостаточно места: нужно {n} байт",
        "Not enough space on {disk}: {n} bytes needed",
        Sentence("Освободите место и повторите", "Free some space and try again"),
    ),
    Code.BACKUP_FAILED: Meaning(
        Exit.FAILED,
        "Не удалось сохранить копию, установка не начата: {why}",
        "The backup failed, nothing was changed: {why}",
    ),
    Code.WRITE_NOT_CONFIRMED: Meaning(
        Exit.FAILED, "Запись не подтверждена: {why}", "The write is not confirmed: {why}"
    ),
    Code.NOT_ACTIVE: Meaning(
        Exit.FAILED,
        "Расширение записано, но отключено в этой базе",
        "Written, but inactive in this infobase",
        Sentence(
            "Включите его в списке расширений конфигурации",
            "Switch it on in the list of configuration extensions",
        ),
    ),
    Code.INTERRUPTED: Meaning(
        Exit.FAILED,
        "Операция была прервана",
        "The operation was interrupted",
        _RUN_AGAIN,
    ),
    Code.ROLLED_BACK: Meaning(
        Exit.FAILED,
        "Ошибка: {e}. Прежняя версия восстановлена",
        "Error: {e}. Previous version restored",
    ),
    Code.ROLLBACK_FAILED: Meaning(
        Exit.ROLLBACK_FAILED,
        "Ошибка: {e}. Не удалось восстановить: {e2}. Копия: {path}",
        "Error: {e}. Could not restore: {e2}. Backup: {path}",
        Sentence(
            "Восстановите расширение из копии вручную и сообщите вендору",
            "Restore the extension from the backup by hand and tell the vendor",
        ),
    ),
    Code.NOOP: Meaning(Exit.DONE, "Уже установлена версия {v}", "Version {v} is already installed"),
    Code.RESTART_REQUIRED: Meaning(
        Exit.RESTART,
        "Установлено. Перезапустите 1С у пользователей",
        "Installed. Restart 1C sessions",
    ),
}

_EXPIRED = frozenset({"ENTITLEMENT_EXPIRED", "TRIAL_EXPIRED", "UPDATES_EXPIRED"})
_SERVER_FAILED = 500


def exit_of_server_code(code: str, status: int) -> Exit:
    """How the program ends when the server refuses with this code and HTTP status."""
    if status >= _SERVER_FAILED or code == "RATE_LIMITED":
        return Exit.NETWORK
    if code in _EXPIRED:
        return Exit.EXPIRED
    if code == "NOT_COMPATIBLE" or code.startswith("RELEASE_"):
        return Exit.NOTHING_FITS
    return Exit.DECISION if code == "EULA_REQUIRED" else Exit.REFUSED
