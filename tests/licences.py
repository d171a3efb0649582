"""docs/licences.md: written by `python -m tests.licences`, compared by a test."""

import re
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs/licences.md"
ELSEWHERE = {
    "colorama": "BSD",
    "hatchling": "MIT",
    "httpx2-jsfetch": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "tomlkit": "MIT",
    "trove-classifiers": "Apache-2.0",
    "tzdata": "Apache-2.0",
}
"""What is not in every environment: for other systems, or for building; as its metadata say."""
SILENT = {"axe-playwright-python": "MIT"}
"""Whose metadata name no licence; the file that comes with them does."""
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_HEAD = """# Licences

Every package of `uv.lock` with its licence, as its own metadata say; what is marked is for
development and tests and comes with no installation. `python -m tests.licences` writes this list, a
test compares it, and refuses a licence that is not named here: MIT, BSD, Apache-2.0, ISC, PSF-2.0,
Unlicense, CNRI-Python; MPL-2.0, which asks for the source of changed files, and we change none;
LGPL-3.0 of psycopg alone, which is used unmodified and can be replaced.

| Package | Licence | |
|---|---|---|
"""


def plain(name: str) -> str:
    """The name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, list[str]]:
    """The packages of the lock with what each of them needs, ours included."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    found: dict[str, list[str]] = {}
    for package in lock["package"]:
        wanted = list(package.get("dependencies", []))
        for extra in package.get("optional-dependencies", {}).values():
            wanted += extra
        found.setdefault(plain(package["name"]), []).extend(plain(each["name"]) for each in wanted)
    return found


def shipped() -> set[str]:
    """What is installed with the product and its extras."""
    needs, reached, open_ends = locked(), set[str](), ["podkluch"]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += needs[name]
    return reached - {"podkluch"}


def installed() -> dict[str, Distribution]:
    """What can be asked here."""
    return {plain(each.metadata["Name"]): each for each in distributions()}


def licence_of(name: str, here: dict[str, Distribution]) -> str:
    """The licence of a package of the lock, as SPDX names it where its metadata do."""
    if name in ELSEWHERE and name not in here:
        return ELSEWHERE[name]
    told = here[name].metadata
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [each for each in told.get_all("Classifier") or () if each.startswith("License")]
    names = {each.rpartition(" :: ")[2] for each in classifiers}
    known = sorted(_CLASSIFIERS[each] for each in names & _CLASSIFIERS.keys())
    stated = str(told.get("License") or "")
    return " OR ".join(known) or _CLASSIFIERS.get(stated, stated) or SILENT[name]


def described() -> str:
    """The document as this lock and these packages make it."""
    here, product = installed(), shipped()
    names = sorted(locked().keys() - {"podkluch"})
    rows = [
        f"| {name} | {licence_of(name, here)} | {'' if name in product else 'development'} |"
        for name in names
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    FILE.write_text(described(), "utf-8")
