"""What each code of the agent says to people."""

from agent.codes import Code, Exit
from agent.meaning import RETRY, RUN_AGAIN, Meaning
from agent.meanings_onec import OF_ONEC
from wire.problems import Sentence

MEANINGS: dict[Code, Meaning] = {
    **OF_ONEC,
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
        RETRY,
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
        RETRY,
    ),
    Code.BUSY_LOCAL: Meaning(
        Exit.BUSY,
        "С этой базой уже работает другой агент",
        "Another agent is working on this infobase",
        RETRY,
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
        RUN_AGAIN,
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
        RUN_AGAIN,
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
    Code.RING_NOT_PROVEN: Meaning(
        Exit.DECISION,
        "В рабочие базы группы «{group}» этот релиз ставить рано: {why}",
        'Too early for the production infobases of group "{group}": {why}',
        Sentence(
            "Сначала тестовая база; обойтись без неё можно параметром --skip-ring",
            "The test infobase first; --skip-ring goes without it",
        ),
    ),
    Code.WINDOW_CLOSED: Meaning(
        Exit.DECISION,
        "Сейчас не время обслуживания ({window})",
        "Outside the maintenance window ({window})",
        Sentence(
            "Запустите команду в это время или без группы",
            "Run the command within it, or without the group",
        ),
    ),
    Code.NOT_INSTALLED: Meaning(
        Exit.DONE,
        "Расширения «{name}» в базе нет",
        'The infobase has no extension "{name}"',
    ),
    Code.NO_BACKUP: Meaning(
        Exit.FAILED,
        "Нет копии расширения «{name}», к которой можно вернуться",
        'There is no backup of extension "{name}" to go back to',
        Sentence("Список копий показывает status", "The command status lists the backups"),
    ),
    Code.UNKNOWN_INFOBASE: Meaning(
        Exit.USAGE,
        "База «{name}» не зарегистрирована",
        'Infobase "{name}" is not registered',
        Sentence(
            "Список баз: infobases list; добавить: infobases add",
            "The list: infobases list; to add one: infobases add",
        ),
    ),
}
