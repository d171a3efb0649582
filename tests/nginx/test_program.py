"""nginx is had without root and without a step by hand, or its lack is named."""

import os
import shutil
from pathlib import Path

import pytest

from tests.nginx import program

NGINX = """#!/bin/sh
echo nginx version: stand-in >&2
"""
# Stand in for Debian's: apt-get knows no package before its own lists are there.
APT = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in
*update) exit {update} ;;
*lists=*download*|*download*{known}*) echo package > x.deb ;;
*) echo "E: Unable to locate package" >&2; exit 100 ;;
esac
"""
DPKG = """#!/bin/sh
mkdir -p "$3/usr/sbin" && cp {nginx} "$3/usr/sbin/nginx"
"""


class Machine:
    """A PATH of stand-ins, and an empty cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bin, self.calls, self.cache = folder / "bin", folder / "calls", folder / "cache"
        self.bin.mkdir()
        self.nginx = self.script(folder / "nginx", NGINX)
        monkeypatch.setenv("PODKLUCH_NGINX_CACHE", str(self.cache))
        monkeypatch.setattr(shutil, "which", self.which)
        monkeypatch.setenv("PATH", f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def which(self, name: str, **_: str) -> str | None:
        path = self.bin / name
        return str(path) if path.exists() else None

    @staticmethod
    def script(path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o755)
        return path

    def give_packages(self, *, known: str = "nginx", update: int = 0) -> None:
        """An apt-get whose lists know this, or nothing before an update."""
        told = APT.format(calls=self.calls, known=known, update=update)
        self.script(self.bin / "apt-get", told)
        self.script(self.bin / "dpkg", DPKG.format(nginx=self.nginx))

    def asked(self) -> list[str]:
        return [line.split()[-1] for line in self.calls.read_text().splitlines()]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_the_machines_own_is_taken_first(machine: Machine) -> None:
    shutil.copy(machine.nginx, machine.bin / "nginx")
    assert program.find() == program.Program(machine.bin / "nginx")
    assert not machine.cache.exists()


def test_debians_package_is_unpacked_once(machine: Machine) -> None:
    machine.give_packages()
    first, second = program.find(), program.find()
    assert first == second
    assert first.path == machine.cache / "root" / "usr" / "sbin" / "nginx"
    assert machine.asked() == ["nginx"]


def test_empty_lists_of_packages_are_filled_beside_the_machines(machine: Machine) -> None:
    machine.give_packages(known="nothing")
    assert program.find().runs()
    assert machine.asked() == ["nginx", "update", "nginx"]
    _, *ours = machine.calls.read_text().splitlines()
    assert all(f"Dir::State::lists={machine.cache / 'lists'}" in line for line in ours)


def test_missing_libraries_are_fetched_as_well(machine: Machine, tmp_path: Path) -> None:
    whole = tmp_path / "calls"
    Machine.script(machine.nginx, f"#!/bin/sh\ngrep -q zlib1g {whole}\n")
    machine.give_packages(known="")
    assert program.find().runs()
    assert machine.asked() == ["nginx", "zlib1g"]


def test_what_cannot_be_had_is_named_with_what_helps(machine: Machine) -> None:
    with pytest.raises(program.NoNginxError, match=r"apt-get install nginx"):
        program.find()
    machine.give_packages(known="nothing", update=100)
    with pytest.raises(program.NoNginxError, match=r"rc 100.*apt-get install nginx"):
        program.find()
