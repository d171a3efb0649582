"""A copy of the whole infobase before it is changed, as its policy wants it."""

import errno
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from agent.codes import Code
from agent.designer import Run, dump_infobase, fit_designer, require_success, run_program
from agent.errors import Failure, filled
from agent.files import flush_to_disk, private_folder, sync_folder
from agent.infobase import OpenSession
from agent.platforms import Platform
from agent.policies import BackupMode, BackupSettings
from agent.target import Target
from wire.problems import Sentence

_DATA = "1Cv8.1CD"  # all of a file infobase
_CHUNK = 1 << 20
_MADE_BY_US = frozenset({BackupMode.DUMPIB, BackupMode.FILE_COPY, BackupMode.COMMAND})
_NOT_A_FILE = Sentence(
    "file_copy годится только для файловой базы: выберите dumpib",
    "file_copy is for file infobases only: choose dumpib",
)
_NO_DATA = Sentence("в папке базы нет файла {name}", "the folder of the infobase has no {name}")
_IN_USE = Sentence(
    "в базе работают: {names}; файл базы копируется, только когда в ней никого нет",
    "there are people in the infobase: {names}; its file is copied only while nobody is there",
)
_CHANGED = Sentence(
    "базу изменили во время копирования", "the infobase was changed while it was copied"
)
_NO_COMMAND = Sentence("в [backup] не задана команда command", "[backup] names no command")


@dataclass(frozen=True, slots=True, repr=False)
class Archive:
    """How one infobase is kept; holds a password, therefore it is never shown."""

    target: Target
    mode: BackupMode
    settings: BackupSettings
    label: str  # alias, or ""

    @property
    def wants_alone(self) -> bool:
        """Whether the copy is made while nobody is in the infobase."""
        return self.mode in {BackupMode.DUMPIB, BackupMode.FILE_COPY}

    @property
    def is_ours(self) -> bool:
        """Whether we make the copy, and nobody has to answer for one."""
        return self.mode in _MADE_BY_US


@dataclass(frozen=True, slots=True)
class Job:
    """What one copy needs to know of the operation it is made for."""

    folder: Path  # for copies, unless the settings name another one
    infobase: str  # id: each infobase has a folder of its own
    name: str  # of the copy: the id of the operation
    label: str  # of the infobase, for programs of the customer
    others: Callable[[], list[OpenSession]]  # who is in it now, ourselves apart
    progress: Callable[[int, int], None]  # bytes done and in all, 0 where nobody knows
    builds: Callable[[], list[Platform]]  # of 1C, on this computer
    platform: str | None = None  # the build that answered there
    access_code: str | None = None  # of our own lock, while it is set


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a whole infobase that was made."""

    mode: BackupMode
    path: Path | None  # None: only the customer's program knows
    size: int  # bytes


def folder_of(settings: BackupSettings, usual: Path, infobase: str) -> Path:
    """Where copies of one infobase are, by its id."""
    return (settings.folder or usual) / infobase


def forget_halves(folder: Path, is_ours: Callable[[str], bool]) -> None:
    """Remove halves of copies of one infobase; call it while no operation on it runs.

    Other computers may keep their copies in the same folder: `is_ours` knows our operations.
    """
    for path in folder.glob("*.part.*") if folder.is_dir() else ():
        if is_ours(path.name.partition(".")[0]):
            with suppress(OSError):  # Designer writes it still: the next run
                path.unlink(missing_ok=True)


def size_of(target: Target) -> int:
    """Bytes of a file infobase; 0 where nobody can tell."""
    file = Path(target.connection.file) / _DATA if target.connection.file else None
    return file.stat().st_size if file and file.is_file() else 0


def back_up_infobase(
    target: Target, mode: BackupMode, settings: BackupSettings, job: Job
) -> Copy | None:
    """Keep the whole infobase as the policy wants, or raise BACKUP_FAILED or DISK_FULL.

    None where there is nothing to do: no policy, or a person answered for a copy of their own.
    Our own session must have ended, for Designer wants the infobase for itself.
    """
    if mode not in _MADE_BY_US:
        return None
    folder = private_folder(folder_of(settings, job.folder, job.infobase))
    if mode is BackupMode.COMMAND:
        return _by_command(settings, job, folder)
    kind = "dt" if mode is BackupMode.DUMPIB else "1CD"
    path, part = folder / f"{job.name}.{kind}", folder / f"{job.name}.part.{kind}"
    try:
        if mode is BackupMode.DUMPIB:
            _by_designer(target, settings, job, part)
        else:
            _by_copy(target, job, part)
        _settle(part, path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        why = f"{error.filename or path.name}: {error.strerror}"
        raise Failure(Code.BACKUP_FAILED, why=why) from error
    finally:
        part.unlink(missing_ok=True)  # half a copy is worse than none
    return Copy(mode, path, path.stat().st_size)


def _by_designer(target: Target, settings: BackupSettings, job: Job, path: Path) -> None:
    is_server = bool(target.connection.server)
    wanted = target.platform or job.platform
    program = settings.designer or fit_designer(job.builds(), wanted, exactly=is_server)
    run = Run(settings.timeout, path, lambda done: job.progress(done, 0))
    shows = settings.allow_password_on_cmdline
    dump_infobase(program, target, run, job.access_code, shows_secrets=shows)


def _by_copy(target: Target, job: Job, path: Path) -> None:
    """A copy that nobody wrote into while it was made."""
    if not target.connection.file:
        raise Failure(Code.BACKUP_FAILED, why=_NOT_A_FILE)
    source = Path(target.connection.file) / _DATA
    if not source.is_file():
        raise Failure(Code.BACKUP_FAILED, why=filled(_NO_DATA, name=_DATA))
    _require_alone(job)
    before = source.stat()
    free = _free(path.parent)
    if free < 2 * before.st_size:
        raise Failure(Code.DISK_FULL, disk=path.parent, n=2 * before.st_size)
    with source.open("rb") as data, path.open("xb") as copy:
        path.chmod(0o600)
        # not to its end: somebody may make it grow as fast as we read
        while copy.tell() < before.st_size and (chunk := data.read(_CHUNK)):
            copy.write(chunk)
            job.progress(copy.tell(), before.st_size)
    after = source.stat()
    is_same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not is_same or path.stat().st_size < before.st_size:
        raise Failure(Code.BACKUP_FAILED, why=_CHANGED)
    _require_alone(job)


def _require_alone(job: Job) -> None:
    """A file that somebody works on cannot be copied whole."""
    others = job.others()
    if others:
        names = "; ".join(str(one) for one in others)
        raise Failure(Code.BACKUP_FAILED, why=filled(_IN_USE, names=names))


def _by_command(settings: BackupSettings, job: Job, folder: Path) -> Copy:
    """The customer's own program; where its copy is, it knows."""
    if not settings.command:
        raise Failure(Code.BACKUP_FAILED, why=_NO_COMMAND)
    arguments = [one.replace("{infobase}", job.label) for one in settings.command]
    run = Run(settings.timeout, folder / f"{job.name}.log", lambda _: job.progress(0, 0))
    with TemporaryFile() as said:
        code = run_program(arguments, run, said)
        said.seek(0)
        text = said.read(1 << 16).decode("utf-8", "replace")
    require_success(arguments[0], code, text)
    return Copy(BackupMode.COMMAND, None, 0)


def _settle(part: Path, path: Path) -> None:
    """Closed to others and on the disk; only what is whole has the name of a copy."""
    part.chmod(0o600)
    with part.open("r+b") as file:
        flush_to_disk(file)
    part.replace(path)
    sync_folder(path.parent)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
