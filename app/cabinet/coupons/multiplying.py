"""What the multiplier of a row comes to: seats and features of the product, times the number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.cabinet.formrows import Row
from app.catalog.queries import SoldProduct
from app.kit.i18n import N_, Language, fill

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Times:
    """Whether the product of a row multiplies anything, and what the number comes to, in words."""

    multiplies: bool
    text: str = ""


def times(sold: Sequence[SoldProduct], row: Row, language: Language) -> Times:
    """Of one row of the form; a row without a product could multiply anything."""
    code = _one(row, "product")
    chosen = next((each for each in sold if each.product.code == code), None)
    if chosen is None:
        return Times(multiplies=not code)
    typed = _one(row, "quantity") or "1"
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0  # noqa: PLR2004 - as long as the field
    if not 1 <= number <= _MOST:
        return Times(_multiplies(chosen))
    return Times(_multiplies(chosen), ", ".join(_results(chosen, row, number, language)))


def _one(row: Row, name: str) -> str:
    values = row.get(name, ())
    return values[-1].strip() if values else ""


def _multiplies(sold: SoldProduct) -> bool:
    seats = sold.product.seats_multiplied and sold.product.default_seats is not None
    return seats or any(_grows(sold))


def _grows(sold: SoldProduct) -> Iterator[tuple[str, int]]:
    """The features that grow, and how much of each comes with one."""
    for link, feature in sold.features:
        if link.multiplied and link.quantity is not None:
            yield feature.name, link.quantity


def _results(sold: SoldProduct, row: Row, number: int, language: Language) -> Iterator[str]:
    product = sold.product
    if product.default_seats is not None and product.seats_multiplied and not _own_seats(row):
        total = product.default_seats * number
        said = {"times": number, "one": product.default_seats, "total": total}
        yield fill(N_("seats: {times} × {one} = {total}"), language, said)
    if _one(row, "features_kind") != "own":
        for name, one in _grows(sold):
            of = {"name": name, "times": number, "one": one, "total": one * number}
            yield fill(N_("{name}: {times} × {one} = {total}"), language, of)


def _own_seats(row: Row) -> bool:
    return bool(_one(row, "seats_kind") == "unlimited" or _one(row, "seats"))
