"""From what people type to an infobase: an alias, a connection string or a folder."""

from contextlib import suppress
from pathlib import Path

from agent.com.protocol import Cluster
from agent.com.remote import ComInfobase, Ways
from agent.errors import usage
from agent.infobase import Infobase
from agent.register import Register, Registered
from agent.simulated.place import opened
from agent.target import Target
from onec.connection import ConnectionString, ConnectionStringError

_PATH_SIGNS = frozenset("/\\:")


def open_infobase(target: Target, ways: Ways) -> Infobase:
    """The port to where a target leads; nothing is connected yet."""
    if target.simulated is not None:
        return opened(target, ways)
    return ComInfobase(target, ways, _cluster(target))


def simulated(folder: Path, alias: str = "") -> Registered:
    """A simulated 1C in a folder."""
    whole = folder.absolute()
    return Registered(alias, ConnectionString(file=str(whole)), simulated=whole)


def named(register: Register, text: str) -> Registered:
    """What `--infobase` means; UNKNOWN_INFOBASE for a name that nobody registered."""
    found = register.find(text)
    if found is not None:
        return found
    is_place = "=" in text or _PATH_SIGNS & set(text) or _is_folder(text)
    return Registered("", connection(text)) if is_place else register.named(text)


def _is_folder(text: str) -> bool:
    with suppress(OSError):  # longer than a file system has names for
        return Path(text).is_dir()
    return False


def connection(text: str) -> ConnectionString:
    """A connection string, or the folder of a file infobase; USAGE where it is neither.

    A password on a command line can be read by everybody on the computer, therefore it is refused.
    """
    if "=" not in text:
        return ConnectionString(file=_folder(text))
    try:
        parsed = ConnectionString.parse(text)
    except ConnectionStringError as error:
        raise usage(
            'Строка соединения должна выглядеть как File="папка"; или Srvr="сервер";Ref="база";',
            'A connection string looks like File="folder"; or Srvr="server";Ref="infobase";',
        ) from error
    if parsed.password or parsed.access_code:
        raise usage(
            "Пароль и код разрешения не передают в командной строке: её видят все на этом"
            " компьютере. Агент спросит пароль сам или возьмёт его из ввода (--password-stdin)",
            "A password or permission code must not be on the command line, where everybody on"
            " this computer sees it. The agent asks for the password or takes it from stdin"
            " (--password-stdin)",
        )
    return parsed


def _cluster(target: Target) -> Cluster | None:
    """The way to the administration of the infobase's cluster; a file infobase has none."""
    named, ref = target.administration, target.connection.ref
    return Cluster(named.address, ref, named.user, named.password) if named and ref else None


def _folder(text: str) -> str:
    """A Windows path stays as it stands, also where this is no Windows."""
    is_windows = "\\" in text or text[1:2] == ":"
    try:
        ConnectionString(file=text)
    except ConnectionStringError as error:
        raise usage("Нужна папка базы", "The folder of an infobase is needed") from error
    return text if is_windows else str(Path(text).absolute())
