"""A long text cut into pieces that fit on the screen."""

from shutil import get_terminal_size

_FOR_THE_QUESTION = 2  # lines


def pages(text: str) -> list[str]:
    """At least one page; lines wider than the screen count as often as it wraps them."""
    size = get_terminal_size()
    room = max(1, size.lines - _FOR_THE_QUESTION)
    found: list[list[str]] = [[]]
    used = 0
    for line in text.splitlines():
        height = max(1, -(-len(line) // size.columns))
        if found[-1] and used + height > room:
            found.append([])
            used = 0
        found[-1].append(line)
        used += height
    return ["\n".join(page) for page in found]
