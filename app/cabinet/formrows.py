"""Rows of a form: moved by the buttons beside them, and as fields again."""

from collections.abc import Mapping, Sequence

Row = Mapping[str, Sequence[str]]


def moved(rows: Sequence[Row], act: str, new: Row) -> list[Row]:
    """The rows after one of the buttons beside them: add_row, remove-1, up-1, down-1."""
    kept = list(rows)
    name, _, number = act.partition("-")
    place = int(number) if number.isdigit() else -1
    if name == "add_row":
        kept.append(new)
    elif name == "remove" and 0 <= place < len(kept):
        del kept[place]
    elif name in {"up", "down"}:
        other = place + (-1 if name == "up" else 1)
        if min(place, other) >= 0 and max(place, other) < len(kept):
            kept[place], kept[other] = kept[other], kept[place]
    return kept


def flat(rows: Sequence[Row], prefix: str) -> dict[str, list[str]]:
    """Rows as fields of a form."""
    return {
        f"{prefix}-{number}-{name}": list(values)
        for number, row in enumerate(rows)
        for name, values in row.items()
    }
