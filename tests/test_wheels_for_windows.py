"""Windows Python under Wine holds what uv.lock gives the agent, and nothing unpinned."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker

ROOT = Path(__file__).parents[1]
LOCK = {
    each["name"]: each for each in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
}
WINDOWS = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "win32",
}
CARRIER = "panda3d"
LINE = re.compile(r"^([a-z0-9-]+)==([\w.]+) --hash=(sha256:[0-9a-f]{64})$")


def pinned(name: str) -> dict[str, tuple[str, str]]:
    """Version and hash of everything in a file of requirements."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = [LINE.match(line) for line in lines if not line.startswith("#")]
    assert None not in found
    return {each[1]: (each[2], each[3]) for each in found}


def wanted(name: str, known: set[str]) -> set[str]:
    """A package of the lock and everything that it needs on Windows."""
    if name not in known:
        known.add(name)
        for each in LOCK[name].get("dependencies", []):
            if "marker" not in each or Marker(each["marker"]).evaluate(WINDOWS):
                wanted(each["name"], known)
    return known


def test_windows_python_holds_the_agents_dependencies_as_they_are_locked() -> None:
    found = pinned("tests/wine/requirements.txt")
    assert found.pop(CARRIER)[0] == "1.10.16"
    needed = wanted("podkluch", set()) - {"podkluch"}
    assert found.keys() == needed
    for name, (version, digest) in found.items():
        assert version == LOCK[name]["version"]
        assert digest in {wheel["hash"] for wheel in LOCK[name]["wheels"]}


@pytest.mark.parametrize("name", ["tests/wine/requirements.txt", "tools/build-requirements.txt"])
def test_every_wheel_has_a_version_and_a_hash(name: str) -> None:
    assert len(pinned(name)) > 5
