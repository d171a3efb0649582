"""Bar charts as standalone SVG, by the standard library alone; they follow a light or dark page."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.bench.measure import Bar, Figure, Verdict

_ROW, _TOP, _LEFT, _BAR, _RIGHT = 44, 46, 230, 360, 250
_MOST = 2.0
"""Bars reach so many times the goal; a longer one is cut, its number stands beside it."""
_STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 16px; }
.small { font-size: 12px; fill: #59636e; }
.bar { fill: #54708f; } .whisker { stroke: #1f2328; stroke-width: 2; }
.goal { stroke: #8250df; stroke-width: 2; stroke-dasharray: 5 3; }
.pass { fill: #1a7f37; } .fail { fill: #cf222e; }
.inconclusive { fill: #9a6700; } .not-run { fill: #59636e; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; } .small, .not-run { fill: #9198a1; } .bar { fill: #6f93b8; }
.whisker { stroke: #f0f6fc; } .goal { stroke: #ab7df8; } .pass { fill: #3fb950; }
.fail { fill: #f85149; } .inconclusive { fill: #d29922; } }
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One bar with what it is measured by."""

    figure: Figure
    bar: Bar
    verdict: Verdict


def chart(title: str, rows: Sequence[Row]) -> str:
    """Each bar by its own goal, so that the goal is one line for all of them."""
    width, height = _LEFT + _BAR + _RIGHT, _TOP + _ROW * len(rows) + 26
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="title desc">'
        ),
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(told(rows))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="0" y="20">{escape(title)}</text>',
    ]
    for number, row in enumerate(rows):
        lines += _row(row, _TOP + number * _ROW)
    goal = _LEFT + _BAR / _MOST
    lines += [
        f'<line class="goal" x1="{goal:g}" x2="{goal:g}" y1="{_TOP - 8}" y2="{height - 22}"/>',
        f'<text class="small" x="{goal:g}" y="{height - 6}" text-anchor="middle">goal</text>',
        "</svg>\n",
    ]
    return "\n".join(lines)


def told(rows: Sequence[Row]) -> str:
    """The chart in words, for whoever does not see it."""
    return "; ".join(f"{row.figure.name} {_value(row)}: {row.verdict.value}" for row in rows)


def _value(row: Row) -> str:
    found = row.figure.interval
    if found is None:
        return f"not run, goal {row.bar.text}"
    whole = f"{found.middle:.3g}"
    if found.low != found.high:
        whole += f" ({found.low:.3g} to {found.high:.3g})"
    return f"{whole}, goal {row.bar.text}"


def _row(row: Row, top: int) -> list[str]:
    middle = top + 14
    lines = [f'<text x="0" y="{middle + 5}">{escape(row.figure.name)}</text>']
    found = row.figure.interval
    if found is not None and row.bar.bound > 0:
        ends = [_along(value, row.bar.bound) for value in (found.low, found.middle, found.high)]
        low, reach, high = ends
        lines.append(f'<rect class="bar" x="{_LEFT}" y="{top}" width="{reach:g}" height="28"/>')
        if high > low:
            lines += [
                (
                    f'<line class="whisker" x1="{_LEFT + low:g}" x2="{_LEFT + high:g}" '
                    f'y1="{middle}" y2="{middle}"/>'
                ),
                *(
                    f'<line class="whisker" x1="{_LEFT + at:g}" x2="{_LEFT + at:g}" '
                    f'y1="{middle - 6}" y2="{middle + 6}"/>'
                    for at in (low, high)
                ),
            ]
    name, right = row.verdict.value.replace(" ", "-"), _LEFT + _BAR + 10
    lines += [
        f'<text class="{name}" x="{right}" y="{middle}">{row.verdict.value}</text>',
        f'<text class="small" x="{right}" y="{middle + 15}">{escape(_value(row))}</text>',
    ]
    return lines


def _along(value: float, bound: float) -> float:
    return round(min(value / bound, _MOST) / _MOST * _BAR, 1)


def curve(title: str, points: Sequence[tuple[float, float]], unit: str) -> str:
    """One quantity over minutes, from zero."""
    width, height, left, top = 640, 220, 70, 40
    most = max((value for _, value in points), default=1.0) or 1.0
    last = max((minute for minute, _ in points), default=1.0) or 1.0
    drawn = " ".join(
        f"{left + minute / last * (width - left - 20):.1f},"
        f"{top + (1 - value / most) * (height - top - 40):.1f}"
        for minute, value in points
    )
    words = f"{title}: {len(points)} minutes, at most {most:.4g} {unit}"
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                f'width="{width}" height="{height}" role="img" aria-labelledby="title desc">'
            ),
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(words)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<text class="title" x="0" y="20">{escape(title)}</text>',
            f'<text class="small" x="0" y="{top + 5}">{most:.4g} {escape(unit)}</text>',
            f'<text class="small" x="0" y="{height - 36}">0</text>',
            (
                f'<text class="small" x="{width - 20}" y="{height - 8}" text-anchor="end">'
                f"{last:g} min</text>"
            ),
            f'<polyline class="whisker" fill="none" points="{drawn}"/>',
            "</svg>\n",
        ]
    )
