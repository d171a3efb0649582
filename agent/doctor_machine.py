"""What `doctor` says of this computer: Windows, the agent itself, languages and code pages."""

import locale
import platform
import struct
import sys
from collections.abc import Iterator

from agent import VERSION, windows
from agent.checks import Check, failure, good, only_on_windows, warning
from agent.codes import Exit
from wire.problems import Sentence

_WINDOWS = Sentence("Windows и разрядность", "Windows and its width")
_OLDEST = 10  # Windows 8.1 and Server 2012 R2 get no security updates


def of_machine() -> Iterator[Check]:
    """Everything about the computer itself."""
    yield _windows()
    yield good(
        "agent.version",
        Sentence(
            "Агент {version}, Python {python}, {bits}-разрядный",
            "Agent {version}, Python {python}, {bits}-bit",
        ),
        version=VERSION,
        python=platform.python_version(),
        bits=struct.calcsize("P") * 8,
    )
    yield _speech()
    yield _pages()
    yield _rights()


def _windows() -> Check:
    if sys.platform != "win32":
        return only_on_windows("windows.version", _WINDOWS)
    facts = {
        "version": platform.version(),
        "release": platform.release(),
        "machine": platform.machine(),
    }
    if int(platform.version().split(".")[0]) < _OLDEST:  # getwindowsversion tells 6.2 to many
        return warning(
            "windows.version",
            Sentence(
                "Windows {release} ({version}) больше не получает исправлений",
                "Windows {release} ({version}) gets no updates any more",
            ),
            Sentence("Обновите Windows", "Update Windows"),
            **facts,
        )
    if "64" not in facts["machine"]:
        return failure(
            "windows.version",
            Exit.CONNECTOR,
            Sentence(
                "Windows {release} 32-разрядная, агенту нужна 64-разрядная",
                "Windows {release} is 32-bit, the agent needs a 64-bit one",
            ),
            Sentence("Запускайте агент на 64-разрядной Windows", "Run it on a 64-bit Windows"),
            **facts,
        )
    text = Sentence(
        "Windows {release} ({version}), {machine}", "Windows {release} ({version}), {machine}"
    )
    return good("windows.version", text, **facts)


def _speech() -> Check:
    """Language and the encodings of the two streams."""
    name = ".".join(part for part in locale.getlocale() if part) or "C"
    streams = {
        "stdout": getattr(sys.stdout, "encoding", None) or "?",
        "stderr": getattr(sys.stderr, "encoding", None) or "?",
    }
    text = Sentence(
        "Язык системы {locale}, вывод {stdout}", "Language of the system {locale}, output {stdout}"
    )
    return good("agent.locale", text, locale=name, **streams)


def _pages() -> Check:
    if sys.platform != "win32":
        return only_on_windows("windows.code_pages", Sentence("Кодовые страницы", "Code pages"))
    found = windows.code_pages()
    facts = {"ansi": found.ansi, "oem": found.oem, "console": found.console}
    text = Sentence(
        "Кодовые страницы: программы {ansi}, консоль {oem}, это окно {console}",
        "Code pages: programs {ansi}, consoles {oem}, this one {console}",
    )
    return good("windows.code_pages", text, **facts)


def _rights() -> Check:
    if sys.platform != "win32":
        return only_on_windows("windows.rights", Sentence("Права администратора", "Rights"))
    who = windows.account()
    if windows.is_administrator():
        text = Sentence(
            "Запущен от имени администратора: {account}", "Runs as administrator: {account}"
        )
        return good("windows.rights", text, account=who)
    return warning(
        "windows.rights",
        Sentence(
            "Запущен без прав администратора: {account}",
            "Runs without the rights of an administrator: {account}",
        ),
        Sentence(
            "Запускайте агент «От имени администратора»: его папка и журнал открыты только им",
            "Use «Run as administrator»: the agent's folder is open to administrators only",
        ),
        account=who,
    )
