"""What operations have to satisfy before a coupon carries them or a key takes them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from app.kit.i18n import N_
from app.kit.problems import NotFound, ValidationFailed
from app.licensing.schemas import (
    MAX_COUNT,
    MAX_YEARS_AHEAD,
    AddFeature,
    Operation,
    ProductRow,
    ReplaceProducts,
    Term,
)
from app.licensing.service.algebra import seats
from app.licensing.service.state import Facts


def require_sound(operations: Sequence[Operation], known: Facts, today: date) -> None:
    """Everything named is sold, and no date or number lies beyond its limit."""
    for operation in operations:
        require_known(operation, known)
    errors = [
        {"loc": ("operations", number, *member), "type": fault}
        for number, operation in enumerate(operations)
        for member, fault in _faults(operation, known, today)
    ]
    if errors:
        raise ValidationFailed.of(errors)


def require_known(operation: Operation, known: Facts) -> None:
    """Refuses an operation on something that the vendor does not sell."""
    rows = [row for _, row in _rows(operation)]
    if any(getattr(row, "product", None) not in known.products for row in rows):
        raise NotFound(N_("There is no product with this code"))
    if any(code not in known.features for row in rows for code in _features_of(row)):
        raise NotFound(N_("There is no feature with this code"))


def _rows(operation: Operation) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(operation, ReplaceProducts):
        for number, row in enumerate(operation.after):
            yield ("after", number), row
    else:
        yield (), operation


def _features_of(row: object) -> Iterable[str]:
    if isinstance(row, AddFeature):
        return [row.feature]
    if isinstance(row, ProductRow):
        return [grant.feature for grant in row.features or ()]
    return []


def _faults(
    operation: Operation, known: Facts, today: date
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Limits that the operation alone does not tell: they hang on the day and on the product."""
    for place, row in _rows(operation):
        for member in ("term", "updates"):
            if _is_too_late(getattr(row, member, None), today):
                yield (*place, member, "until"), "date_too_late"
        if (
            isinstance(row, ProductRow)
            and (seats(row, known.of_products[row.product]) or 0) > MAX_COUNT
        ):
            yield (*place, "quantity"), "less_than_equal"


def _is_too_late(term: Term | None, today: date) -> bool:
    if term is None or term.until is None:
        return False
    year, *day = term.until.timetuple()[:3]
    return (year - MAX_YEARS_AHEAD, *day) > today.timetuple()[:3]
