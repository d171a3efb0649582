"""Builds the portable agent on Windows: a folder with `podkluch-agent.exe`, and a zip of it.

    py -3.11 -m venv build-agent && build-agent\\Scripts\\activate
    pip install --no-deps -r tools/build-requirements.txt
    pip install .
    python tools/build_agent.py --out dist

The folder is never one file: that would unpack itself into a temporary place, where others plant
DLLs. The program is not signed here; who has a certificate signs the .exe before zipping (--sign).
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from agent import VERSION  # noqa: E402 - the checkout is on the path from here on

NAME = "podkluch-agent"
WHOLE_PACKAGES = ("rich", "tuf", "securesystemslib", "agent")
"""Imported by name while the program runs, so that no analysis finds them."""
HIDDEN = ("win32timezone", "pythoncom", "pywintypes")
UNUSED = ("tkinter", "pytest", "setuptools", "pythonwin", "win32ui", "IPython")


def command(work: Path, out: Path) -> list[str]:
    """One call of PyInstaller."""
    return [
        *(sys.executable, "-m", "PyInstaller", str(ROOT / "agent" / "start.py")),
        *("--noconfirm", "--clean", "--onedir", "--console", "--noupx", "--name", NAME),
        *("--paths", str(ROOT), "--distpath", str(out), "--specpath", str(work)),
        *("--workpath", str(work / "work"), "--log-level", "WARN"),
        *(word for name in WHOLE_PACKAGES for word in ("--collect-submodules", name)),
        *(word for name in HIDDEN for word in ("--hidden-import", name)),
        *(word for name in UNUSED for word in ("--exclude-module", name)),
    ]


def build(out: Path, sign: str) -> Path:
    """The folder, signed where a command for that is given, and its zip; the zip."""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(command(Path(work), out), check=True)  # noqa: S603 - spelled out above
    folder = out / NAME
    for name in ("LICENSE", "docs/manual-check.md"):
        shutil.copy(ROOT / name, folder)
    if sign:
        program = folder / f"{NAME}.exe"
        subprocess.run([*shlex.split(sign), str(program)], check=True)  # noqa: S603 - the caller's
    whole = out / f"{NAME}-{VERSION}-win64"
    return Path(shutil.make_archive(str(whole), "zip", out, NAME))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--sign", default="", help="a command that is given the path of the .exe")
    given = parser.parse_args()
    if os.name != "nt":
        raise SystemExit("Только на Windows (или под Wine) / on Windows, or under Wine, only")
    given.out.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{build(given.out.resolve(), given.sign)}\n")


if __name__ == "__main__":
    main()
