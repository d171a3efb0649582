"""What `doctor` says of 1C's COM connector: registrations, its DLL, builds, the debug file."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.checks import Check, failure, good, only_on_windows, warning
from agent.codes import Code, Exit
from agent.pe import BadProgramFileError, Machine, ProgramFile, read_program_file
from agent.platforms import Platform
from agent.registry import (
    BITS,
    CONNECTORS,
    V83,
    Connector,
    Hive,
    Registration,
    Registrations,
    Root,
    read,
    regsvr32,
    unregister_user,
)
from wire.problems import Sentence

_WIDE, _NARROW = BITS
_DEBUG = re.compile(rb"""<\s*debugconfig\b[^>]*\bdebug\s*=\s*["']true["']""", re.IGNORECASE)
_DEBUG_FILE_MAX = 64 * 1024
_WHAT = Sentence("COM-соединитель 1С", "The COM connector of 1C")
_WHOSE = {
    Root.USER: Sentence("для этого пользователя", "for this user"),
    Root.MACHINE: Sentence("для всего компьютера", "for the whole computer"),
}
_INSTALL = Sentence(
    "Установите платформу 1С с компонентом «Внешнее соединение» (COM-соединитель)",
    "Install the 1C platform with its component «External connection» (COM connector)",
)
_RUN = Sentence("Выполните: {line}", "Run: {line}")


@dataclass(frozen=True, slots=True)
class Computer:
    """What is looked at, so that tests bring their own."""

    hive: Hive
    platforms: list[Platform]
    is_elevated: bool
    comhost32: Path | None = None  # the 32-bit child, where it is installed
    look: Callable[[Path], ProgramFile] = read_program_file
    path: Callable[[str], Path] = Path  # from what the registry names to a file


def of_com(computer: Computer | None) -> Iterator[Check]:
    """Both connectors, the installed builds, and whether the one in use can work."""
    if computer is None:
        yield only_on_windows("com.registration", _WHAT)
        return
    yield _platforms(computer.platforms)
    for connector in CONNECTORS:
        found = read(computer.hive, connector)
        if found.found or connector is V83:
            yield from _connector(computer, found)


def _platforms(platforms: list[Platform]) -> Check:
    with_connector = [one for one in platforms if one.connector]
    names = [f"{one.version} ({one.machine or '?'})" for one in platforms]
    if not platforms:
        text = Sentence("Платформа 1С не найдена", "No 1C platform is found")
        return warning("com.platforms", text, _INSTALL, platforms=[])
    text = Sentence("Платформы 1С: {list}", "1C platforms: {list}")
    if not with_connector:
        without = Sentence(
            "Ни в одной платформе 1С нет comcntr.dll: {list}",
            "No 1C platform has comcntr.dll: {list}",
        )
        return failure("com.platforms", Exit.CONNECTOR, without, _INSTALL, list=", ".join(names))
    return good("com.platforms", text, list=", ".join(names))


def _connector(computer: Computer, found: Registrations) -> Iterator[Check]:
    name = found.connector.progid
    for one in found.found:
        yield _registered(found.connector, one)
    yield from _user_matters(computer, found)
    used = found.effective(_WIDE, is_elevated=computer.is_elevated)
    if used is None:
        narrow = found.effective(_NARROW, is_elevated=computer.is_elevated)
        if narrow and computer.comhost32:
            used = narrow
        else:
            yield _missing(computer, found.connector, narrow)
            return
    if used.is_com_plus:
        yield _com_plus(name, used)
    if used.dll:
        yield from _dll(computer, name, used, used.dll)


def _registered(connector: Connector, one: Registration) -> Check:
    """One line for each root and view, without a judgement."""
    text = Sentence(
        "{progid} {bits} бит {whose} ({root}): {leads}",
        "{progid} {bits}-bit {whose} ({root}): {leads}",
    )
    return good(
        "com.registration",
        text,
        progid=connector.progid,
        clsid=connector.clsid,
        root=one.root.value,
        bits=one.bits,
        whose=_WHOSE[one.root],
        leads=one.dll or one.local_server,
        threading_model=one.threading_model,
        local_server=one.local_server,
        app_id=one.app_id,
        progid_clsid=one.progid_clsid,
    )


def _user_matters(computer: Computer, found: Registrations) -> Iterator[Check]:
    """The user's own registration wins, and is not seen by elevated programs."""
    shadowed, own = found.shadowed(_WIDE), found.of(Root.USER, _WIDE)
    if shadowed and own:
        yield warning(
            "com.shadowed",
            Sentence(
                "{progid}: запись пользователя ({own}) заслоняет запись компьютера ({common})",
                "{progid}: the user's registration ({own}) shadows the computer's ({common})",
            ),
            _RUN,
            progid=found.connector.progid,
            own=own.dll or own.local_server,
            common=shadowed.dll or shadowed.local_server,
            line=unregister_user(found.connector),
        )
    elif own and computer.is_elevated and not found.of(Root.MACHINE, _WIDE):
        yield warning(
            "com.user_only",
            Sentence(
                "{progid} зарегистрирован только для пользователя: программы, запущенные от имени"
                " администратора, его не видят",
                "{progid} is registered for the user only; programs run as administrator do not"
                " see that",
            ),
            _RUN,
            progid=found.connector.progid,
            line=regsvr32(own.dll or "comcntr.dll", _WIDE, for_machine=True),
        )


def _missing(computer: Computer, connector: Connector, narrow: Registration | None) -> Check:
    dll = next(
        (
            one.connector
            for one in computer.platforms
            if one.connector and one.machine is Machine.X64
        ),
        None,
    )
    line = regsvr32(str(dll), _WIDE, for_machine=computer.is_elevated) if dll else None
    fix = _RUN if line else _INSTALL
    code = Code.COM_NOT_REGISTERED if narrow is None else Code.COM_BITNESS
    facts = {"progid": connector.progid, "line": line, "code": code.value}
    if narrow is None:
        text = Sentence(
            "{progid} не зарегистрирован для 64-разрядных программ",
            "{progid} is not registered for 64-bit programs",
        )
    else:
        text = Sentence(
            "{progid} зарегистрирован только для 32 бит, а агент 64-разрядный",
            "{progid} is registered for 32-bit only, and the agent is 64-bit",
        )
    name = "com.not_registered" if narrow is None else "com.bitness"
    return failure(name, Exit.CONNECTOR, text, fix, **facts)


def _com_plus(name: str, used: Registration) -> Check:
    text = Sentence(
        "{progid} работает в приложении COM+ {app_id}: его версия и учётная запись задаются там",
        "{progid} runs in the COM+ application {app_id}, which sets its version and its account",
    )
    fix = Sentence(
        "Учётной записи приложения (dcomcnfg → Приложения COM+) нужны права на папку базы; для"
        " сервера на другом компьютере — роль «Сетевой доступ к COM+» и порты 135, 139, 445, 593 и"
        " динамические",
        "The account of the application (dcomcnfg → COM+ Applications) needs rights on the"
        " infobase's folder; on another computer also the role «COM+ network access» and ports"
        " 135, 139, 445, 593 and the dynamic ones",
    )
    return warning("com.plus", text, fix, progid=name, app_id=used.app_id)


def _dll(computer: Computer, progid: str, used: Registration, dll: str) -> Iterator[Check]:
    facts = {"progid": progid, "dll": dll, "bits": used.bits}
    path = computer.path(dll)
    if not path.is_file():
        yield _no_file(computer, used, facts)
        return
    try:
        file = computer.look(path)
    except (OSError, BadProgramFileError) as error:
        text = Sentence("{dll} не читается: {why}", "{dll} cannot be read: {why}")
        yield failure("com.dll", Exit.CONNECTOR, text, _INSTALL, why=error, **facts)
        return
    facts |= {"machine": str(file.machine), "version": file.version or "?"}
    if file.bits and file.bits != used.bits:
        text = Sentence(
            "{dll} для {machine}, а зарегистрирован для {bits} бит",
            "{dll} is for {machine}, but registered for {bits} bits",
        )
        yield failure("com.dll", Exit.CONNECTOR, text, _INSTALL, **facts)
        return
    text = Sentence(
        "{progid}: {dll}, {machine}, версия {version}",
        "{progid}: {dll}, {machine}, version {version}",
    )
    yield good("com.dll", text, **facts)
    yield from _version(computer, path, facts)
    yield _debug(path, facts)


def _no_file(computer: Computer, used: Registration, facts: dict[str, object]) -> Check:
    text = Sentence(
        "{progid} ведёт к файлу, которого нет: {dll}",
        "{progid} leads to a file that is gone: {dll}",
    )
    facts = facts | {"code": Code.COM_DLL_MISSING.value}
    here = next((one for one in computer.platforms if one.connector), None)
    if here is None:
        return failure("com.dll", Exit.CONNECTOR, text, _INSTALL, **facts)
    for_machine = computer.is_elevated or used.root is Root.MACHINE
    line = regsvr32(str(here.connector), used.bits, for_machine=for_machine)
    return failure("com.dll", Exit.CONNECTOR, text, _RUN, line=line, **facts)


def _version(computer: Computer, path: Path, facts: dict[str, object]) -> Iterator[Check]:
    """The registered build against the folder it lies in, and against the newest one."""
    version, newest = facts["version"], next(iter(computer.platforms), None)
    home = next((one for one in computer.platforms if one.connector == path), None)
    if home and version not in {"?", home.version}:
        text = Sentence(
            "{dll}: версия файла {version} не та, что у папки ({folder})",
            "{dll}: version {version} of the file is not that of its folder ({folder})",
        )
        yield warning("com.version", text, _INSTALL, folder=home.version, **facts)
    elif home and newest and newest.connector and newest.version != home.version:
        text = Sentence(
            "Зарегистрирована платформа {old}, а установлена и {new}: для серверной базы нужна"
            " ровно версия сервера",
            "Platform {old} is registered while {new} is installed too: an infobase on a server"
            " needs exactly the server's version",
        )
        fix = Sentence(
            "Если у сервера {new}, выполните: {line}", "If the server has {new}, run: {line}"
        )
        line = regsvr32(str(newest.connector), _WIDE, for_machine=computer.is_elevated)
        yield warning("com.version", text, fix, old=home.version, new=newest.version, line=line)


def _debug(dll: Path, facts: dict[str, object]) -> Check:
    """With debugging on a session waits for a debugger that is not there."""
    path = dll.parent / "conf" / "comcntrcfg.xml"
    try:
        with path.open("rb") as file:
            is_on = bool(_DEBUG.search(file.read(_DEBUG_FILE_MAX)))
    except OSError:
        is_on = False
    facts = {"progid": facts["progid"], "file": str(path)}
    if not is_on:
        text = Sentence(
            "Отладка внешних соединений выключена", "External connections are not debugged"
        )
        return good("com.debug", text, **facts)
    return warning(
        "com.debug",
        Sentence(
            "Включена отладка внешних соединений ({file}): соединение может ждать отладчика",
            "Debugging of external connections is on ({file}): they may wait for a debugger",
        ),
        Sentence('Уберите debug="true" из этого файла', 'Take debug="true" out of that file'),
        **facts,
    )
