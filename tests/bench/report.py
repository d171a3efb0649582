"""What a run came to: JSON with every round, Markdown for people, a chart for each goal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.charts import Row, chart, curve
from tests.bench.goals import Goal, goals
from tests.bench.measure import Figure, Verdict

DOCS = Path(__file__).parents[2] / "docs"
RUN, SOAK = "run.json", "soak.json"
_ABOUT = """\
# Benchmarks

Written by `python3 run.py bench --publish` and `python3 run.py bench --soak MINUTES --publish`; \
nothing here is typed by hand. Every round is in the JSON files beside the charts.

Figures are ratios to a no-op (FastAPI that returns a ready answer, one uvicorn worker) or to \
plain files of nginx, in turns within the same run. Client and servers share the cores of one \
machine over loopback, so absolute numbers are not capacity. A verdict is pass or fail only if \
the whole 95 % interval lies on one side of the goal; on a noisy machine it is inconclusive.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """All of one run."""

    at: str
    quick: bool
    about: Mapping[str, Any]
    """The machine, the versions, the settings, the dataset."""
    figures: Mapping[str, Figure]

    def document(self) -> dict[str, Any]:
        """As JSON keeps it."""
        found = {name: _plain(figure) for name, figure in self.figures.items()}
        verdicts = {goal.id: goal.verdict(dict(self.figures)).value for goal in goals()}
        return {
            "at": self.at,
            "quick": self.quick,
            "about": dict(self.about),
            "verdicts": verdicts,
            "figures": found,
        }


def _plain(figure: Figure) -> dict[str, Any]:
    return asdict(figure) | {"interval": asdict(figure.interval) if figure.interval else None}


def markdown(run: Run) -> str:
    """The section of a run."""
    figures = dict(run.figures)
    lines = [f"## Run of {run.at}{' (quick)' if run.quick else ''}", "", *_about(run.about), ""]
    lines += ["| Goal | | Verdict |", "|---|---|---|"]
    lines += [f"| {g.id} | {g.title} | **{g.verdict(figures).value}** |" for g in goals()]
    for goal in goals():
        lines += ["", *_goal(goal, figures)]
    lines += ["", "### Without a goal", "", "| Figure | Median | 95 % |", "|---|---|---|"]
    judged = {bar.figure for goal in goals() for bar in goal.bars}
    for name, figure in sorted(figures.items()):
        if name not in judged and figure.interval:
            low, high = figure.interval.low, figure.interval.high
            lines.append(f"| {name} | {figure.interval.middle:.3g} | {low:.3g} - {high:.3g} |")
    return "\n".join(lines) + "\n"


def _about(about: Mapping[str, Any]) -> Iterator[str]:
    for name, told in about.items():
        shown = ", ".join(f"{key} {value}" for key, value in told.items())
        yield f"- {name}: {shown}"


def _goal(goal: Goal, figures: dict[str, Figure]) -> Iterator[str]:
    yield f"### {goal.id}. {goal.title}"
    yield ""
    yield f"![{goal.id}: {goal.title}](benchmarks/{goal.id.lower()}.svg)"
    yield ""
    yield "| Figure | Level | Median | 95 % | Goal | Rounds | Verdict |"
    yield "|---|---|---|---|---|---|---|"
    for bar, figure, verdict in goal.verdicts(figures):
        found = figure.interval
        middle = f"{found.middle:.3g}" if found else "-"
        ends = f"{found.low:.3g} - {found.high:.3g}" if found else "-"
        words = "; ".join(filter(None, [*figure.doubts, figure.note]))
        shown = f"{verdict.value}{f' ({words})' if words and verdict is not Verdict.PASS else ''}"
        rounds = len(figure.rounds) or "-"
        yield (
            f"| {bar.figure} | {figure.level} | {middle} | {ends} | {bar.text} | {rounds} "
            f"| {shown} |"
        )
    if goal.missed and goal.verdict(figures) is Verdict.FAIL:
        yield ""
        yield goal.missed


def charts(run: Run) -> Iterator[tuple[str, str]]:
    """A picture for each goal."""
    for goal in goals():
        rows = [Row(figure, bar, said) for bar, figure, said in goal.verdicts(dict(run.figures))]
        yield f"{goal.id.lower()}.svg", chart(f"{goal.id}. {goal.title}", rows)


def soak_markdown(told: Mapping[str, Any]) -> str:
    """The section of a soak."""
    lines = [f"## Soak of {told['at']}", "", *_about(told["about"]), ""]
    lines += [f"**{told['verdict']}**: {told['words']}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in told["summary"].items()]
    return "\n".join([*lines, "", "![Memory](benchmarks/soak-memory.svg)", ""])


def soak_chart(told: Mapping[str, Any]) -> str:
    """Memory of both servers, minute by minute."""
    points = [(each["minute"], each["rss"] / (1 << 20)) for each in told["minutes"]]
    return curve("Memory of both app processes", points, "MiB")


def keep(folder: Path, run: Run) -> Path:
    """Stores a run under its date; where."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{run.at.replace(':', '')}.json"
    file.write_text(_json(run.document()), encoding="utf-8")
    file.with_suffix(".md").write_text(markdown(run), encoding="utf-8")
    return file


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def publish(run: Run, docs: Path = DOCS) -> None:
    """Puts a run into the documentation, beside the last soak."""
    folder = _folder(docs)
    (folder / RUN).write_text(_json(run.document()), encoding="utf-8")
    (folder / "run.md.part").write_text(markdown(run), encoding="utf-8")
    for name, drawn in charts(run):
        (folder / name).write_text(drawn, encoding="utf-8")
    _bind(docs)


def publish_soak(told: Mapping[str, Any], docs: Path = DOCS) -> None:
    """Puts a soak into the documentation, beside the last run."""
    folder = _folder(docs)
    (folder / SOAK).write_text(_json(told), encoding="utf-8")
    (folder / "soak.md.part").write_text(soak_markdown(told), encoding="utf-8")
    (folder / "soak-memory.svg").write_text(soak_chart(told), encoding="utf-8")
    _bind(docs)


def _folder(docs: Path) -> Path:
    folder = docs / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _bind(docs: Path) -> None:
    parts: Sequence[Path] = sorted((docs / "benchmarks").glob("*.md.part"))
    whole = [_ABOUT, *(part.read_text(encoding="utf-8") for part in parts)]
    (docs / "benchmarks.md").write_text("\n".join(whole), encoding="utf-8")
