"""Where nginx is: the machine's own, or Debian's package unpacked into the cache, without root."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LIBRARIES = ("libcrypt1", "libpcre2-8-0", "libssl3", "zlib1g")
ADVICE = "от root выполните / as root run: apt-get install nginx; --fast leaves its tests out"


class NoNginxError(AssertionError):
    """nginx was asked for and cannot be had; its text says what to do."""


@dataclass(frozen=True)
class Program:
    """How nginx is called: the path, and where its libraries are if they came with it."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def runs(self) -> bool:
        """Whether it starts at all: a library may be missing."""
        try:
            done = subprocess.run(
                [self.path, "-v"],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0


def cache() -> Path:
    """Outside of the checkout, and shared by all of this user's runs."""
    named = os.environ.get("PODKLUCH_NGINX_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "podkluch" / "nginx"


def find() -> Program:
    """nginx on PATH or in /usr/sbin, else out of the cache, which is filled when it is empty."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    if (found := shutil.which("nginx", path=path)) and Program(Path(found)).runs():
        return Program(Path(found))
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be unpacking it just now
        if program := _unpacked(folder):
            return program
        _fill(folder, ["nginx"])
        if not (program := _unpacked(folder)):
            _fill(folder, list(LIBRARIES))
            program = _unpacked(folder)
    if not program:
        raise NoNginxError(f"nginx: не запускается из {folder} / does not start; {ADVICE}")
    return program


def _unpacked(folder: Path) -> Program | None:
    """What lies in the cache, if it runs."""
    libraries = sorted({str(found.parent) for found in (folder / "root").rglob("lib*.so.*")})
    environment = {"LD_LIBRARY_PATH": os.pathsep.join(libraries)} if libraries else {}
    program = Program(folder / "root" / "usr" / "sbin" / "nginx", environment)
    return program if program.runs() else None


def _fill(folder: Path, names: list[str]) -> None:
    """Unpacks packages of Debian; nothing is installed and no service starts."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise NoNginxError(f"nginx: его нет, и нет apt-get / not here, nor is apt-get; {ADVICE}")
    packages = folder / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir()
    if _apt(packages, ["download", *names]):
        # The machine's lists are empty or old, and only root may change them: these are ours.
        own = [f"Dir::State::lists={folder / 'lists'}", f"Dir::Cache={folder / 'apt'}"]
        for name in ("lists/partial", "apt/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        options = [word for option in own for word in ("-o", option)]
        said = _apt(packages, [*options, "update"]) or _apt(
            packages, [*options, "download", *names]
        )
        if said:
            raise NoNginxError(f"nginx: apt-get: {said}; {ADVICE}")
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)


def _apt(folder: Path, arguments: list[str]) -> str:
    """What apt-get complains of; nothing when it did what it was told."""
    done = subprocess.run(
        ["apt-get", "-q", "-o", "APT::Sandbox::User=root", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stderr.strip() or f"rc {done.returncode}") if done.returncode else ""
