"""Prints the .def file of a python3.dll that forwards to the given python311.dll."""

import re
import subprocess
import sys

TABLE = re.compile(r"^\s*\[\s*\d+\]\s+(?:\+base\[\s*\d+\]\s+\w+\s+)?(_?Py\w*)$", re.MULTILINE)


def exported(dll: str) -> list[str]:
    """The names that the stable ABI may ask for, and some more."""
    told = subprocess.check_output(["x86_64-w64-mingw32-objdump", "-p", dll], text=True)
    _, _, names = told.partition("[Ordinal/Name Pointer] Table")
    return sorted(set(TABLE.findall(names)))


def main() -> None:
    names = exported(sys.argv[1])
    if "Py_Main" not in names:
        raise SystemExit(f"{sys.argv[1]}: no names of Python found in it")
    sys.stdout.write("LIBRARY python3.dll\nEXPORTS\n")
    sys.stdout.writelines(f"{name}=python311.{name}\n" for name in names)


main()
