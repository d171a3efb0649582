"""What a coupon does, in words: the same sentence wherever a coupon is shown."""

from collections.abc import Mapping, Sequence

from app.kit.i18n import N_, Language, fill, fill_plural
from app.licensing.schemas import AddProduct, Operation, Term
from wire.extensions import Channel


def describe(operations: Sequence[Operation], names: Mapping[str, str], language: Language) -> str:
    """One sentence over all operations; `names` maps product codes to what people call them."""
    acts = "; ".join(_add_product(operation, names, language) for operation in operations)
    sentence = fill(N_("{acts}."), language, {"acts": acts})
    return sentence[0].upper() + sentence[1:]


def _add_product(operation: AddProduct, names: Mapping[str, str], language: Language) -> str:
    said = {
        "product": names.get(operation.product, operation.product),
        "seats": _seats(operation, language),
        "term": _terms(operation, language),
        "channel": operation.channel.value,
    }
    act = (
        N_("adds “{product}”, {seats}, {term}") if said["seats"] else N_("adds “{product}”, {term}")
    )
    added = fill(act, language, said)
    if operation.channel == Channel.STABLE:
        return added
    return fill(N_("{added}, and allows the channel {channel}"), language, said | {"added": added})


def _seats(operation: AddProduct, language: Language) -> str:
    if operation.unlimited_seats:
        return fill(N_("unlimited seats"), language, {})
    if operation.seats is None:
        return ""
    return fill_plural("{n} seat", "{n} seats", operation.seats, language)


def _terms(operation: AddProduct, language: Language) -> str:
    """The term, and what becomes of updates; where they follow the term, only Russian says so."""
    term, updates = operation.term, operation.updates
    if updates is not None:
        said = {"term": _term(term, language), "updates": _term(updates, language)}
        return fill(N_("{term}, updates {updates}"), language, said)
    if term.perpetual:
        return fill(N_("for ever, updates included"), language, {})
    return fill(N_("{term}"), language, {"term": _term(term, language)})


def _term(term: Term, language: Language) -> str:
    if term.perpetual:
        return fill(N_("for ever"), language, {})
    if term.until is not None:
        return fill(N_("until {until}"), language, {"until": term.until})
    days = term.days or 0
    return fill_plural(
        "for {n} day from redemption", "for {n} days from redemption", days, language
    )
