"""What a coupon does, in words: the same sentence wherever a coupon is shown."""

from collections.abc import Mapping, Sequence

from app.kit.i18n import N_, Language, fill, fill_plural
from app.licensing.schemas import AddProduct, Operation, Term


def describe(operations: Sequence[Operation], names: Mapping[str, str], language: Language) -> str:
    """One sentence over all operations; `names` maps product codes to what people call them."""
    parts = [_add_product(operation, names, language) for operation in operations]
    return fill(N_("The coupon will {acts}."), language, {"acts": _joined(parts, language)})


def _add_product(operation: AddProduct, names: Mapping[str, str], language: Language) -> str:
    product = names.get(operation.product, operation.product)
    text = fill(N_("add the product “{product}” to the key"), language, {"product": product})
    seats = _seats(operation, language)
    words = [text, seats, _term(operation.term, language)]
    sentence = " ".join(filter(None, words))
    updates = _updates(operation, language)
    channel = ""
    if operation.channel != "stable":
        channel = fill(N_("releases up to the channel {channel}"), language, operation.model_dump())
    return ", ".join(filter(None, [sentence, updates, channel]))


def _seats(operation: AddProduct, language: Language) -> str:
    if operation.unlimited_seats:
        return fill(N_("without a limit of seats"), language, {})
    if operation.seats is None:
        return ""
    return fill_plural(N_("for {n} seat"), N_("for {n} seats"), operation.seats, language)


def _term(term: Term, language: Language) -> str:
    if term.perpetual:
        return fill(N_("without an end"), language, {})
    if term.until is not None:
        return fill(N_("until {until}"), language, {"until": term.until})
    days = term.days or 0
    return fill_plural(
        N_("for {n} day from the redemption"),
        N_("for {n} days from the redemption"),
        days,
        language,
    )


def _updates(operation: AddProduct, language: Language) -> str:
    if operation.updates is None:
        return fill(N_("updates for the same term"), language, {})
    term = _term(operation.updates, language)
    return fill(N_("updates {term}"), language, {"term": term})


def _joined(parts: Sequence[str], language: Language) -> str:
    if len(parts) == 1:
        return parts[0]
    last = {"rest": ", ".join(parts[:-1]), "last": parts[-1]}
    return fill(N_("{rest} and {last}"), language, last)
