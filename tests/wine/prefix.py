"""Where Wine is, the prefix that setup.sh makes of it, and one clear reason where it cannot."""

import fcntl
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import run

HERE = Path(__file__).parent
WINE, SERVER = Path("/usr/lib/wine/wine64"), Path("/usr/lib/wine/wineserver64")


class NoWineError(AssertionError):
    """The Wine part was asked for and cannot run; its text says what to do."""


def cache() -> Path:
    """Never inside the checkout: below a prefix there is a link to the whole machine."""
    named = os.environ.get("PODKLUCH_WINE_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "podkluch" / "wine"


def prepare() -> Path:
    """The prefix for these sources, built if there is none yet."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NoWineError("Wine: только на Linux x86-64 / on Linux x86-64 only; --fast leaves it")
    if missing := run.absent_wine():
        raise NoWineError(
            "Wine: нет пакетов; от root выполните / packages are missing; as root run: "
            f"apt-get install --no-install-recommends {' '.join(missing)}"
        )
    uv = run.present_uv()
    if uv is None:
        raise NoWineError(f"Wine: нет uv {run.UV} / no uv {run.UV}: start `python3 run.py test`")
    done = subprocess.run(
        [HERE / "setup.sh", cache()],
        env=os.environ | {"PYTHON": sys.executable, "UV": uv},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoWineError(f"Wine: setup.sh: {done.stderr.strip()}")
    return Path(done.stdout.strip())


@contextmanager
def alone(prefix: Path) -> Iterator[None]:
    """Waits until no other run of tests uses the prefix."""
    with prefix.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
