"""What 1C and its COM connector refuse, in words of people."""

from agent.codes import Code, Exit
from agent.meaning import RETRY, RUN_AGAIN, Meaning
from wire.problems import Sentence

OF_ONEC: dict[Code, Meaning] = {
    Code.COM_NOT_REGISTERED: Meaning(
        Exit.CONNECTOR,
        "COM-соединитель 1С (comcntr.dll) не зарегистрирован для {bits}-разрядных программ",
        "The 1C COM connector (comcntr.dll) is not registered for {bits}-bit programs",
        Sentence(
            'Выполните от имени администратора: regsvr32 "{dll}"; точную строку покажет doctor',
            'Run as an administrator: regsvr32 "{dll}"; doctor shows the exact line',
        ),
    ),
    Code.COM_BITNESS: Meaning(
        Exit.CONNECTOR,
        "Соединитель 1С есть только для {other}-разрядных программ",
        "The 1C connector is there only for {other}-bit programs",
        Sentence(
            "Установите платформу 1С другой разрядности или comhost32.exe рядом с агентом",
            "Install the 1C platform of the other bitness, or comhost32.exe beside the agent",
        ),
    ),
    Code.COM_VERSION: Meaning(
        Exit.CONNECTOR,
        "Версия платформы на этом компьютере ({a}) не совпадает с сервером 1С ({b})",
        "The platform build here ({a}) differs from the 1C server ({b})",
        Sentence(
            "Установите на этот компьютер платформу версии {b}",
            "Install platform {b} on this computer",
        ),
    ),
    Code.COM_DLL_MISSING: Meaning(
        Exit.CONNECTOR,
        "Файл comcntr.dll или его библиотеки не найдены",
        "comcntr.dll or its libraries are missing",
        Sentence("Переустановите платформу 1С", "Install the 1C platform anew"),
    ),
    Code.CONNECTOR_ERROR: Meaning(
        Exit.FAILED,
        "1С ответила ошибкой: {text}",
        "1C answered with an error: {text}",
    ),
    Code.RPC_UNAVAILABLE: Meaning(
        Exit.NO_CONNECTION,
        "Сервер RPC недоступен",
        "The RPC server is unavailable",
        Sentence(
            "Проверьте службу RPC, брандмауэр (порты 135, 139, 445, 593 и динамические)"
            " и роль «Сетевой доступ к COM+»",
            "Check the RPC service, the firewall (ports 135, 139, 445, 593 and dynamic ones)"
            ' and the role "COM+ network access"',
        ),
    ),
    Code.ACCESS_DENIED_DCOM: Meaning(
        Exit.CONNECTOR,
        "Нет прав на запуск COM-сервера 1С",
        "No permission to start the 1C COM server",
        Sentence(
            "Дайте пользователю права на запуск в dcomcnfg или запустите агент на компьютере с 1С",
            "Grant launch permission in dcomcnfg, or run the agent on the computer with 1C",
        ),
    ),
    Code.HANG: Meaning(
        Exit.NO_CONNECTION,
        "1С не ответила за {n} с. Частая причина: база восстановлена из копии и ждёт ответа"
        " «Это копия информационной базы?»",
        "1C did not answer in {n} s. Often the infobase is a restored copy that waits for an"
        " answer in a window",
        Sentence(
            "Войдите в базу один раз вручную и повторите",
            "Log in to the infobase once by hand and try again",
        ),
    ),
    Code.MEMBER_NOT_FOUND: Meaning(
        Exit.FAILED,
        "Эта версия платформы не умеет: {name}",
        "Not supported by this platform build: {name}",
        Sentence("Обновите платформу 1С", "Update the 1C platform"),
    ),
    Code.BSP_REFRESH_FAILED: Meaning(
        Exit.FAILED,
        "Не обновлены параметры работы расширений: {why}",
        "The parameters of extensions were not refreshed: {why}",
    ),
    Code.WITH_DATA_DELETE: Meaning(
        Exit.DECISION,
        "Расширение хранит данные, они станут недоступны",
        "The extension stores data that will become unavailable",
        Sentence("Подтвердите параметром --with-data", "Confirm with --with-data"),
    ),
    Code.BASE_NOT_FOUND: Meaning(
        Exit.NO_CONNECTION, "База не найдена: {ref}", "Infobase not found: {ref}"
    ),
    Code.SERVER_NOT_FOUND: Meaning(
        Exit.NO_CONNECTION, "Сервер 1С не найден: {srv}", "1C server not found: {srv}", RETRY
    ),
    Code.AUTH_FAILED: Meaning(
        Exit.NO_CONNECTION,
        "Неверное имя пользователя или пароль 1С (1С не различает эти случаи)",
        "Wrong 1C user or password",
        Sentence(
            "У добавленной базы их меняет infobases edit ИМЯ --user ПОЛЬЗОВАТЕЛЬ",
            "infobases edit NAME --user USER changes them",
        ),
    ),
    Code.SESSIONS_DENIED: Meaning(
        Exit.NO_CONNECTION,
        "Вход в базу закрыт: {text}. Нужен код разрешения",
        "Login is closed: {text}. A permission code is needed",
    ),
    Code.NO_LICENSE: Meaning(
        Exit.NO_CONNECTION, "Нет свободной лицензии 1С", "No free 1C licence", RETRY
    ),
    Code.CONNECTION_LOST: Meaning(
        Exit.FAILED,
        "Связь с 1С потеряна",
        "Connection to 1C lost",
        RUN_AGAIN,
    ),
    Code.EXCLUSIVE_LOCK: Meaning(
        Exit.BUSY,
        "База занята: {sessions}. Закройте 1С на этих местах и повторите",
        "Infobase is busy: {sessions}. Close 1C there and try again",
    ),
    Code.LOCK_CONFLICT: Meaning(Exit.BUSY, "Конфликт блокировок", "Lock conflict", RETRY),
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
}
