"""The one way in: prepares the environment, then serves, demonstrates, tests or runs a command."""

from __future__ import annotations  # a Python too old for us must still reach the line that says so

import hashlib
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / "podkluch-stamp"
WINDOWS = os.name == "nt"
SCRIPTS = "Scripts" if WINDOWS else "bin"
SUFFIX = ".exe" if WINDOWS else ""
UV = "0.13"
SYNC = ("sync", "--frozen", "--no-install-project", "--inexact")
EXTRAS = ("--extra", "server", "--extra", "embedded")
MODULES = {"podkluch": "app.cli", "podkluch-agent": "agent"}
CAMPAIGNS = {"faults": "tests.faults.campaign", "bench": "tests.bench"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WINE_PARTS = {  # packages of Debian, and a file that each brings
    "wine64": "/usr/lib/wine/wine64",
    "gcc-mingw-w64-x86-64-win32": "/usr/bin/x86_64-w64-mingw32-gcc",
    "locales": "/usr/share/i18n/locales/ru_RU",
}
PASSED, FAILED, NOTHING = 0, 1, 5  # how pytest ends
SELECTS_NOTHING = ("--cov", "--durations", "--fault-profile", "--junit", "-n", "-q", "-v")
OWN_WORKERS = ("-n", "-p", "-d", "-s", "--numprocesses", "--dist", "--pdb", "--capture=no")

USAGE = """\
python3 run.py [--host H] [--port P] [--data DIR] [--no-demo] [--fresh]
    Поднять всё и открыть http://127.0.0.1:8000 / set up and serve
python3 run.py test [--fast] [аргументы pytest / pytest arguments]
    Поднять всё и выполнить тесты / set up and run the tests
python3 run.py faults [--quick] [--resume] [--publish] [имя теста / name of a test]
    Испытать сбоями и показать таблицу / try with faults and show the table
python3 run.py demo --exit [--cfe FILE] [--json]
    Показать весь путь и выйти / the whole main job, printed
python3 run.py bench [--quick] [--publish] [--soak MINUTES]
    Измерить скорость и сказать, выполнены ли цели / measure, and judge by the goals
python3 run.py exec [--dev] COMMAND ...
    Выполнить команду в готовом окружении / run a command in the environment
"""


def say(text: str) -> None:
    """Progress and refusals go to stderr, so that a command's own output stays clean."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def run(command: list[str], variables: dict[str, str], *, quietly: bool = False) -> int:
    """Run one step of the set-up away from our stdin and stdout; its return code."""
    environment = {**os.environ, **variables}
    environment.pop("VIRTUAL_ENV", None)  # someone else's environment, which uv would warn about
    done = subprocess.run(  # noqa: S603 - only commands spelled out in this file
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quietly else sys.stderr,
        stderr=subprocess.DEVNULL if quietly else None,
        check=False,
    )
    return done.returncode


def demand(command: list[str], **variables: str) -> None:
    """Run a step that must succeed: its failure is ours, with its own return code."""
    code = run(command, variables)
    if code:
        say(f"Не удалось / failed (rc {code}): {' '.join(command)}")
        raise SystemExit(code)


def suitable(program: str) -> bool:
    try:
        answer = subprocess.check_output(  # noqa: S603 - a uv, or what calls itself so
            [program, "--version"], stderr=subprocess.DEVNULL, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.startswith(f"uv {UV}.")


def has_ensurepip() -> bool:
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def present_uv() -> str | None:
    """A uv of our version that is there: the machine's, else our own below .tools."""
    found = (shutil.which("uv"), str(TOOLS / SCRIPTS / f"uv{SUFFIX}"))
    return next((program for program in found if program and suitable(program)), None)


def find_uv() -> str | None:
    """The uv that is there, or one that pip brings; None where pip has none for this machine."""
    if present := present_uv():
        return present
    say("Ставлю uv в .tools / installing uv into .tools")
    pip = new_venv(TOOLS)
    if run([*pip, "install", "--quiet", f"uv>={UV},<0.{int(UV[2:]) + 1}"], {}):
        return None
    return str(TOOLS / SCRIPTS / f"uv{SUFFIX}")


def new_venv(folder: Path) -> list[str]:
    """An empty environment there; how its pip is called."""
    if not has_ensurepip():
        install_venv()
    demand([sys.executable, "-m", "venv", "--clear", str(folder)])
    return [str(folder / SCRIPTS / f"python{SUFFIX}"), "-m", "pip", "--disable-pip-version-check"]


def install_venv() -> None:
    """Debian keeps ensurepip in a package of its own; only root can add it."""
    if WINDOWS or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(
            f"{sys.executable}: нет модуля ensurepip; от root выполните / no module ensurepip; "
            "as root run: apt-get install python3-venv"
        )
    install_package("python3-venv")
    if not has_ensurepip():
        raise SystemExit(f"{sys.executable}: в этом Python нет ensurepip / it has no ensurepip")


def install_package(*names: str) -> None:
    """Packages of the system, which only root can add."""
    say(f"Ставлю пакеты / installing packages: {' '.join(names)}")
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt, "install", "-y", "--no-install-recommends", *names]
    if run(install, {"DEBIAN_FRONTEND": "noninteractive"}, quietly=True):
        demand([*apt, "update"])  # the lists of packages were empty or old
        demand(install, DEBIAN_FRONTEND="noninteractive")


def install_browser(arguments: list[str]) -> None:
    """Chromium for the tests of pages; where it cannot be added they fail with one clear line."""
    if "--fast" in arguments or any(map(shutil.which, BROWSERS)):
        return
    if not WINDOWS and os.geteuid() == 0 and shutil.which("apt-get"):
        install_package("chromium")


def absent_wine() -> list[str]:
    """Packages of the Wine part that this machine lacks."""
    return [name for name, sign in WINE_PARTS.items() if not Path(sign).exists()]


def install_wine() -> None:
    """Wine and a compiler for Windows; where they cannot be added its tests fail and name them."""
    absent = absent_wine()
    if absent and sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        install_package(*absent)


def digest() -> str:
    """What the environment is made from: the lock, the extras and this very interpreter."""
    parts = ((ROOT / "uv.lock").read_bytes(), repr((*SYNC, *EXTRAS)), sys.version, sys.base_prefix)
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part if isinstance(part, bytes) else part.encode())
    return whole.hexdigest()


def prepare(*, dev: bool) -> None:
    """Bring .venv up to the lock; nothing at all when it is there already."""
    current = digest()
    stamp = STAMP.read_text(encoding="utf-8").split() if STAMP.exists() else []
    if stamp[:1] == [current] and (stamp[1:] == ["dev"] or not dev) and python().exists():
        return
    uv = find_uv()
    say("Готовлю окружение .venv / preparing .venv")
    STAMP.unlink(missing_ok=True)
    group = ["--group", "dev"] if dev else ["--no-dev"]
    where = {"UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(VENV)}
    if not uv or run([uv, *SYNC, *EXTRAS, *group, "--python", sys.executable], where):
        say("Без uv: то же самое ставит pip / without uv: pip installs the same")
        exported = ROOT / "deploy" / ("requirements-dev.txt" if dev else "requirements.txt")
        demand([*new_venv(VENV), "install", "--quiet", "--require-hashes", "-r", str(exported)])
    STAMP.write_text(f"{current} {'dev' if dev else 'run'}\n", encoding="utf-8")


def python() -> Path:
    return VENV / SCRIPTS / f"python{SUFFIX}"


def prepared(command: list[str]) -> tuple[list[str], dict[str, str]]:
    """The command and its environment: .venv first on PATH and the checkout importable."""
    environment = dict(os.environ)
    environment.pop("PYTHONHOME", None)
    if environment.pop("PYTHONDONTWRITEBYTECODE", None):
        # Who wants none beside the sources gets it here; without any, each process compiles all.
        environment["PYTHONPYCACHEPREFIX"] = str(VENV / "bytecode")
    environment["VIRTUAL_ENV"] = str(VENV)
    for name, first in (("PATH", str(VENV / SCRIPTS)), ("PYTHONPATH", str(ROOT))):
        environment[name] = os.pathsep.join(filter(None, (first, environment.get(name))))
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        say(f"Нет такой команды / no such command: {command[0]}")
        raise SystemExit(127)
    return [program, *command[1:]], environment


def execute(command: list[str]) -> int:
    """Become the command."""
    whole, environment = prepared(command)
    if not WINDOWS:
        os.execve(whole[0], whole, environment)  # noqa: S606 - signals and rc pass
    return call(command)


def call(command: list[str], *, unheard: bool = False) -> int:
    """Run the command; a signal for us is one for it."""
    whole, environment = prepared(command)
    stream = subprocess.DEVNULL if unheard else None
    with subprocess.Popen(whole, env=environment, stdout=stream, stderr=stream) as child:  # noqa: S603 - theirs
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the console sent it to the child as well, which decides
                continue


def module(name: str, *arguments: str) -> list[str]:
    return [str(python()), "-m", name, *arguments]


def tests(arguments: list[str]) -> list[str]:
    """Pytest, on two processes where there are two cores unless the caller decides.

    Each begins with its half, so that neighbours share what they prepare, and takes over from
    the other in the end: long tests lie together.
    """
    decided = os.cpu_count() in {None, 1} or any(a.startswith(OWN_WORKERS) for a in arguments)
    return module("pytest", *([] if decided else ["-n", "2", "--dist", "worksteal"]), *arguments)


def wine_tests(arguments: list[str]) -> list[str]:
    """The Wine part in one process, for there is one prefix; coverage cannot see into Windows."""
    alone = [] if "no:xdist" in arguments else ["-n", "0"]
    kept = [word for word in arguments if not word.startswith("--cov")]
    return module("pytest", *kept, *alone, "--wine")


def test(command: list[str], arguments: list[str]) -> int:
    """Every other test, then those under Wine, if the arguments select any."""
    whole = all(word.startswith(SELECTS_NOTHING) for word in arguments)
    wine = wine_tests([*arguments, "tests/wine"] if whole else arguments)
    if "--fast" in arguments:
        return execute(command)
    if not whole and call([*wine, "--collect-only", "-q"], unheard=True):
        return execute(command)
    install_wine()
    first = call(command)
    if first not in {PASSED, FAILED, NOTHING}:  # interrupted, or not understood
        return first
    second = call(wine)
    return second if first == NOTHING else first or second


def command_line(arguments: list[str]) -> tuple[list[str], bool] | None:
    """What to run and whether it needs the development group; None: not one of our commands."""
    if not arguments or arguments[0].startswith("-"):
        return module("app.demo", "serve", *arguments), False
    name, *rest = arguments
    if name == "test":
        return tests(rest), True
    if name == "demo" and "--exit" in rest:
        rest.remove("--exit")
        return module("app.demo", "exit", *rest), False
    if name in CAMPAIGNS:
        return module(CAMPAIGNS[name], *rest), True
    if name == "exec":
        dev = rest[:1] == ["--dev"]
        rest = rest[1:] if dev else rest
        if rest and rest[0] in MODULES:
            rest = module(MODULES[rest[0]], *rest[1:])
        return (rest, dev) if rest else None
    return None


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if sys.version_info < (3, 11):  # noqa: UP036 - this is the check for whoever has an older one
        say(
            f"Нужен Python 3.11 или новее / Python 3.11 is needed; this is {sys.version.split()[0]}"
        )
        return 2
    if arguments[:1] in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    wanted = command_line(arguments)
    if wanted is None:
        say(USAGE)
        return 2
    command, dev = wanted
    prepare(dev=dev)
    if arguments[:1] == ["test"]:
        install_browser(arguments)
        os.chdir(ROOT)
        return test(command, arguments[1:])
    return execute(command)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
