"""Refreshes static/vendor from the npm registry by `npm pack`; no script of a package runs."""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "static" / "vendor"


@dataclass(frozen=True)
class Package:
    """One package of the registry, and which of its files become which of ours."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "bootstrap",
        "5.3.9",
        "MIT",
        {"dist/css/bootstrap.min.css": "bootstrap.min.css", "LICENSE": "LICENSE"},
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    ),
    Package(
        "chart.js",
        "4.6.1",
        "MIT",
        {"dist/chart.umd.min.js": "chart.umd.min.js", "LICENSE.md": "LICENSE"},
    ),
    Package("bootstrap-icons", "1.13.2", "MIT", {"LICENSE": "LICENSE"}),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "Apache-2.0",
        {
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
            "swagger-ui.css": "swagger-ui.css",
            "LICENSE": "LICENSE",
            "NOTICE": "NOTICE",
        },
    ),
)
SPRITE = "icons.svg"
ICONS = (
    "arrow-clockwise",
    "arrow-counterclockwise",
    "arrow-down",
    "arrow-left",
    "arrow-repeat",
    "arrow-right",
    "arrow-up",
    "bar-chart-line",
    "box-arrow-right",
    "box-seam",
    "building",
    "calendar-event",
    "check-circle",
    "check-lg",
    "chevron-down",
    "chevron-right",
    "circle-half",
    "clipboard-data",
    "clock-history",
    "code-square",
    "copy",
    "cpu",
    "dash-circle",
    "database",
    "download",
    "envelope",
    "exclamation-circle",
    "exclamation-triangle",
    "eye",
    "file-earmark-arrow-down",
    "filter",
    "flag",
    "gear",
    "grid",
    "hourglass-split",
    "house",
    "info-circle",
    "journal-text",
    "key",
    "life-preserver",
    "list",
    "lock",
    "moon-stars",
    "pause-circle",
    "pencil",
    "people",
    "person-circle",
    "plus-lg",
    "puzzle",
    "question-circle",
    "search",
    "send",
    "shield-check",
    "slash-circle",
    "sliders",
    "sun",
    "tag",
    "ticket-perforated",
    "translate",
    "truck",
    "upload",
    "x-circle",
    "x-lg",
)


def main() -> None:
    """Fetches everything, rewrites the folder and VENDOR.json."""
    listed = []
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as scratch:
            listed += take(package, Path(scratch))
    text = json.dumps(listed, indent=2, ensure_ascii=False)
    (FOLDER / "VENDOR.json").write_text(f"{text}\n", "utf-8")


def take(package: Package, scratch: Path) -> list[dict[str, object]]:
    """The files of one package, copied; what VENDOR.json says of each."""
    wanted = f"{package.name}@{package.version}"
    pack = ["npm", "pack", "--ignore-scripts", "--silent", wanted]
    subprocess.run(pack, cwd=scratch, check=True)  # noqa: S603 - the names stand above
    (archive,) = scratch.glob("*.tgz")
    target = FOLDER / package.name
    target.mkdir(parents=True, exist_ok=True)
    told = []
    with tarfile.open(archive) as packed:
        for theirs, ours in package.files.items():
            data = _without_map(read(packed, theirs))
            (target / ours).write_bytes(data)
            told.append(_entry(package, theirs, f"{package.name}/{ours}", data))
        if package.name == "bootstrap-icons":
            data = sprite(packed)
            (target / SPRITE).write_bytes(data)
            told.append(_entry(package, "icons/*.svg", f"{package.name}/{SPRITE}", data))
    return told


def read(packed: tarfile.TarFile, name: str) -> bytes:
    """One file of a package; a name that is not there is a KeyError."""
    return packed.extractfile(f"package/{name}").read()


def sprite(packed: tarfile.TarFile) -> bytes:
    """The icons that pages use, as symbols of one file."""
    symbols = []
    for name in ICONS:
        svg = read(packed, f"icons/{name}.svg").decode()
        box, inner = re.search(r'viewBox="([^"]+)">(.*)</svg>', svg, re.DOTALL).groups()
        drawn = re.sub(r"\s*\n\s*", "", inner)
        symbols.append(f'<symbol id="{name}" viewBox="{box}">{drawn}</symbol>')
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def _without_map(data: bytes) -> bytes:
    """Without the pointer to a source map that is not shipped."""
    return re.sub(rb"\n(//|/\*)# sourceMappingURL=\S+( \*/)?\s*$", b"\n", data)


def _entry(package: Package, source: str, path: str, data: bytes) -> dict[str, object]:
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "source": source,
        "path": path,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }


if __name__ == "__main__":
    sys.exit(main())
