"""`run.py faults`: every test of faults and figures, one after the other, then the table.

What passed and what was measured stays in var/faults/<profile>, so `--resume` goes on where the
last run was stopped.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.figures import recorded, table

ROOT = Path(__file__).parents[2]
DOCUMENT = "docs/reliability.md"
LITTLE = 3.0
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclass
class Folder:
    """Where a campaign keeps what it knows."""

    place: Path

    @property
    def figures(self) -> Path:
        return self.place / "figures.jsonl"

    def read(self, name: str) -> dict[str, float]:
        """By test how many seconds it took."""
        path = self.place / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else {}

    def write(self, name: str, what: dict[str, float]) -> None:
        (self.place / f"{name}.json").write_text(json.dumps(what, indent=1), "utf-8")

    def forget(self, tests: Sequence[str]) -> None:
        """What was measured by these tests."""
        kept = [line for line in recorded(self.figures) if line["test"] not in tests]
        self.figures.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
        passed = self.read("passed")
        self.write("passed", {name: took for name, took in passed.items() if name not in tests})

    def forget_all(self) -> None:
        """A new campaign begins; how long tests take is still of use."""
        for name in ("figures.jsonl", "passed.json"):
            (self.place / name).unlink(missing_ok=True)


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Progress:
    """Chooses the tests and tells which one runs, how long it took last time, what is left."""

    folder: Folder
    resume: bool
    quick: bool
    failed: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.passed, self.took = self.folder.read("passed"), self.folder.read("took")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        wanted = [item for item in items if measures(item)]
        if self.resume:
            wanted = [item for item in wanted if item.nodeid not in self.passed]
        if len(wanted) < len(items):
            config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = wanted
        self.names = [item.nodeid for item in items]
        self.lasts = {item.nodeid: self._lasts(item) for item in items}
        self.folder.forget(self.names)

    def _lasts(self, item: pytest.Item) -> float:
        """Seconds: as last time; else as its marker says of a campaign; else little."""
        marker = item.get_closest_marker("fault")
        said = marker.kwargs.get("minutes", 0) * 60 if marker and not self.quick else 0
        return self.took.get(item.nodeid, said or LITTLE)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.number += 1
        self.began = time.monotonic()
        lasts = spell(self.lasts[nodeid])
        left = spell(sum(self.lasts[name] for name in self.names[self.number - 1 :]))
        say(f"[{self.number}/{len(self.names)}] {nodeid}: about {lasts}, with the rest {left}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
            say(report.longreprtext)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """No dots between our lines."""
        return ("passed" if report.when == "call" else "", "", "") if report.passed else None

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        took = time.monotonic() - self.began
        good = nodeid not in self.failed
        say(f"    {'passed' if good else 'FAILED'} after {spell(took)}")
        self.took[nodeid] = took
        if good:
            self.passed[nodeid] = took
        self.folder.write("took", self.took)
        self.folder.write("passed", self.passed)


def measures(item: pytest.Item) -> bool:
    """Whether it belongs to the campaign: a fault, or a figure."""
    return bool(item.get_closest_marker("fault")) or "figures" in getattr(item, "fixturenames", ())


def spell(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def machine() -> str:
    """What the figures were measured on."""
    names = [line for line in lines_of("/proc/cpuinfo") if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else platform.processor()
    memory = [line.split()[1] for line in lines_of("/proc/meminfo") if line.startswith("MemTotal")]
    room = f", {int(memory[0]) / 2**20:.0f} GiB" if memory else ""
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} × {model}{room}, {system}"


def lines_of(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []


def report(folder: Folder, profile: str) -> str:
    """The table with date, machine and profile."""
    now = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"{now}, profile `{profile}`, {machine()}.\n\n{table(recorded(folder.figures))}"


def publish(text: str, document: Path, draft: Path) -> None:
    """Puts the table between its marks; the draft takes the document's place when it is whole."""
    before, _, rest = document.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, f"{document}: {BEGIN} … {END}"
    draft.write_text(f"{before}{BEGIN}\n{text}{END}{after}", "utf-8")
    draft.replace(document)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("run.py faults", description=__doc__)
    parser.add_argument("words", nargs="*", help="only tests whose names have one of them")
    parser.add_argument("--quick", action="store_true", help="so many rounds as in every run")
    parser.add_argument("--resume", action="store_true", help="leave out what passed last time")
    parser.add_argument("--publish", action="store_true", help="the table into docs/reliability.md")
    parser.add_argument("--only-table", action="store_true", help="the table of the last run")
    return parser.parse_args(arguments)


def _unusual(code: int, words: Sequence[str]) -> list[str]:
    """What went wrong besides the tests."""
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and words:
        asked = ", ".join(words)
        return [f"{asked}: нет теста с таким словом в имени / no test has such a word in its name"]
    return [] if code == pytest.ExitCode.OK else [f"pytest: {code}"]


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Runs what is asked for; 0, or 1 if anything failed."""
    asked = parsed(arguments)
    profile = "ci" if asked.quick else "campaign"
    folder = Folder(root / "var/faults" / profile)
    folder.place.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    if not asked.only_table:
        if not (asked.resume or asked.words):
            folder.forget_all()
        progress = Progress(folder, asked.resume, asked.quick)
        chosen = ["-k", " or ".join(asked.words)] if asked.words else []
        told = [f"--fault-profile={profile}", f"--figures={folder.figures}", *chosen]
        plain = ["-q", "--no-header", "--no-summary", f"--rootdir={root}", str(root / "tests")]
        code = pytest.main([*plain, *told], [progress])
        failed = progress.failed or _unusual(code, asked.words)
    text = report(folder, profile)
    (folder.place / "table.md").write_text(text, "utf-8")
    sys.stdout.write(text)
    if asked.publish:
        publish(text, root / DOCUMENT, folder.place / "document.md")
    for name in failed:
        say(f"FAILED {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
