"""1C's Designer as a program: one whole infobase into one file, by `/DumpIB`."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from agent.codes import Code
from agent.errors import Failure, filled
from agent.logs import mask
from agent.platforms import Platform
from agent.target import Target
from wire.problems import Sentence

_POLL = 1.0  # seconds between two looks at a running program
_SAID = 500  # signs of what a program said that a message repeats
_TIMED_OUT = Sentence(
    "программа {program} не закончила за {n} с", "{program} did not finish in {n} s"
)
_ENDED = Sentence(
    "программа {program} закончила с кодом {code}: {text}",
    "{program} ended with code {code}: {text}",
)
_NOT_STARTED = Sentence(
    "программа {program} не запускается: {text}", "cannot start {program}: {text}"
)
_NO_DUMP = Sentence(
    "Конфигуратор не выгрузил базу (код {code}): {text}",
    "Designer did not dump the infobase (code {code}): {text}",
)
_SILENT = Sentence("он ничего не объяснил", "it explained nothing")
_NO_DESIGNER = Sentence(
    "нет Конфигуратора платформы {version}: установите её или укажите designer в [backup]",
    "there is no Designer of platform {version}: install it or name designer in [backup]",
)
_SHOWN = Sentence(
    "пароль Конфигуратора был бы виден в списке процессов; разрешите это строкой"
    " allow_password_on_cmdline = true в [backup] или входите учётной записью Windows",
    "the password for Designer would show in the list of processes; permit it by"
    " allow_password_on_cmdline = true in [backup], or enter by the Windows account",
)


@dataclass(frozen=True, slots=True)
class Run:
    """How a program is run."""

    timeout: float  # seconds
    output: Path  # its growing file
    progress: Callable[[int], None]  # bytes of it so far


def dump_infobase(
    program: Path, target: Target, run: Run, access_code: str | None, *, shows_secrets: bool
) -> None:
    """Write the whole infobase to `run.output`, or raise BACKUP_FAILED.

    Only exit code 0 together with a result of 0 is success: with 101 even the log may be empty.
    """
    connection = target.connection
    if (connection.password or access_code) and not shows_secrets:
        raise Failure(Code.BACKUP_FAILED, why=_SHOWN)
    with TemporaryDirectory() as name:
        log, result = Path(name, "out.txt"), Path(name, "result.txt")
        code = run_program([str(program), *_arguments(target, run.output, access_code),
                            "/Out", str(log), "/DumpResult", str(result)], run)  # fmt: skip
        said, verdict = said_in(log), said_in(result)
    is_written = run.output.is_file() and run.output.stat().st_size > 0
    if code != 0 or verdict != "0" or not is_written:
        text = mask(said)[:_SAID] or _SILENT
        raise Failure(Code.BACKUP_FAILED, why=filled(_NO_DUMP, code=code, text=text))


def fit_designer(builds: list[Platform], wanted: str | None, *, exactly: bool) -> Path:
    """Designer of the build wanted, or BACKUP_FAILED; a file infobase takes a later one too."""
    found = [one for one in builds if one.designer is not None]
    same = [one for one in found if wanted in {None, one.version}]
    chosen = next(iter(same or ([] if exactly else found)), None)
    if chosen is None or chosen.designer is None:
        raise Failure(Code.BACKUP_FAILED, why=filled(_NO_DESIGNER, version=wanted or "8.3"))
    return chosen.designer


def run_program(arguments: list[str], run: Run, said: IO[bytes] | int = subprocess.DEVNULL) -> int:
    """Its exit code; one that does not end in time is killed, and nothing of it is left."""
    program = Path(arguments[0]).name
    try:
        with (
            subprocess.Popen(  # noqa: S603 - an argument list, no shell
                arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            ) as process,
            _killed_at_the_end(process),
        ):
            return _awaited(process, run, program)
    except OSError as error:
        text = error.strerror or type(error).__name__
        why = filled(_NOT_STARTED, program=program, text=text)
        raise Failure(Code.BACKUP_FAILED, why=why) from error


def require_success(program: str, code: int, said: str) -> None:
    """Raise BACKUP_FAILED with what the program said, unless it ended with 0."""
    if code != 0:
        text = mask(said.strip())[-_SAID:] or _SILENT
        name = Path(program).name
        raise Failure(Code.BACKUP_FAILED, why=filled(_ENDED, program=name, code=code, text=text))


def said_in(path: Path) -> str:
    """What a program of 1C wrote: UTF-8 with or without its mark, else cp1251."""
    data = path.read_bytes() if path.is_file() else b""
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return data.decode("cp1251", "replace").strip()


def _arguments(target: Target, output: Path, access_code: str | None) -> list[str]:
    at = target.connection
    where = ["/F", at.file] if at.file else ["/S", f"{at.server}\\{at.ref}"]
    who = ["/N", at.user, "/WA-"] if at.user else []
    password = ["/P", at.password] if at.user and at.password else []
    code = ["/UC", access_code] if access_code else []
    quietly = ["/DisableStartupDialogs", "/DisableStartupMessages"]
    return ["DESIGNER", *where, *who, *password, *code, *quietly, "/DumpIB", str(output)]


def _awaited(process: subprocess.Popen[bytes], run: Run, program: str) -> int:
    deadline = time.monotonic() + run.timeout
    while True:
        left = deadline - time.monotonic()
        try:
            return process.wait(max(0.0, min(_POLL, left)))
        except subprocess.TimeoutExpired:
            if left <= 0:
                why = filled(_TIMED_OUT, program=program, n=f"{run.timeout:g}")
                raise Failure(Code.BACKUP_FAILED, why=why) from None
            run.progress(run.output.stat().st_size if run.output.is_file() else 0)


@contextlib.contextmanager
def _killed_at_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
