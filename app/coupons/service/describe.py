"""What a coupon does, in words: the same sentence wherever a coupon is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.coupons.queries import Names
from app.kit.i18n import N_, Language, fill, fill_plural
from app.licensing.schemas import (
    AddFeature,
    AddProduct,
    AddSeats,
    ExtendTerm,
    ExtendUpdates,
    FeatureGrant,
    Operation,
    ProductRow,
    ReplaceProducts,
    SetChannel,
    StartTrial,
    Term,
)
from app.licensing.service.algebra import ProductFacts, seats
from wire.extensions import Channel


def describe(operations: Sequence[Operation], names: Names, language: Language) -> str:
    """One sentence over all operations, in their order."""
    acts = "; ".join(_acts(operations, names, language))
    sentence = fill(N_("{acts}."), language, {"acts": acts})
    return sentence[0].upper() + sentence[1:]


def describe_batch(
    count: int,
    max_redemptions: int,
    valid_until: date | None,
    language: Language,
    *,
    made_already: bool = False,
) -> str:
    """One sentence about how many coupons there will be, or are, and how often each can be used."""
    if made_already:
        made = fill_plural("{n} coupon is made", "{n} coupons are made", count, language)
    else:
        made = fill_plural("makes {n} coupon", "makes {n} coupons", count, language)
    uses = fill_plural("for {n} customer", "for {n} customers", max_redemptions, language)
    said = {"made": made, "customers": uses, "until": valid_until}
    said["batch"] = fill(_uses(count, max_redemptions), language, said)
    sentence = N_("{batch}.") if valid_until is None else N_("{batch} until {until}.")
    text = fill(sentence, language, said)
    return text[0].upper() + text[1:]


def _uses(count: int, uses: int) -> str:
    if uses == 1:
        return N_("{made}, to be used once") if count == 1 else N_("{made}, each to be used once")
    if count == 1:
        return N_("{made} {customers}, once per customer at most")
    return N_("{made}, each {customers}, once per customer at most")


def _acts(operations: Sequence[Operation], names: Names, language: Language) -> Iterator[str]:
    rest = list(operations)
    while rest:
        operation = rest.pop(0)
        act = _act(operation, names, language)
        if isinstance(operation, AddProduct):
            act = _with_channel(act, _first_channel(operation, rest), language)
        yield act


def _first_channel(added: AddProduct, rest: list[Operation]) -> Channel:
    """A channel that the next operation gives the same product is told in the same breath."""
    follower = rest[0] if rest else None
    if (
        isinstance(follower, SetChannel)
        and follower.product == added.product
        and added.channel == Channel.STABLE
    ):
        rest.pop(0)
        return follower.channel
    return added.channel


def _with_channel(added: str, channel: Channel, language: Language) -> str:
    if channel == Channel.STABLE:
        return added
    said = {"added": added, "channel": channel.value}
    return fill(N_("{added}, and allows the channel {channel}"), language, said)


def _act(operation: Operation, names: Names, language: Language) -> str:
    teller: Callable[[Any, Names, Language], str] = _TELLERS[type(operation)]
    return teller(operation, names, language)


def _add_product(operation: AddProduct, names: Names, language: Language) -> str:
    name = N_("“{product}”") if operation.quantity == 1 else N_("“{product}” × {quantity}")
    said = {"product": names.product(operation.product), "quantity": operation.quantity}
    said = {
        "product": fill(name, language, said),
        "seats": _seats(_number(operation, names), language),
        "features": _features(operation.features or (), names, language),
        "term": _terms(operation, language),
    }
    act = N_("adds {product}, {seats}, {term}") if said["seats"] else N_("adds {product}, {term}")
    added = fill(act, language, said)
    if said["features"]:
        added = fill(N_("{added}, {features}"), language, said | {"added": added})
    if operation.if_present == "refuse":
        added = fill(N_("{added}, unless the key has it"), language, {"added": added})
    return added


def _number(row: ProductRow, names: Names) -> int | None:
    """The seats of a row, else the product's own, None for no limit; 0 where nobody knows."""
    own = names.seats.get(row.product)
    if own is None and row.seats is None and not row.unlimited_seats:
        return 0
    number, multiplied = (own.number, own.multiplied) if own else (None, False)
    facts = ProductFacts(row.product, "", default_seats=number, seats_multiplied=multiplied)
    return seats(row, facts)


def _seats(number: int | None, language: Language) -> str:
    if number is None:
        return fill(N_("unlimited seats"), language, {})
    return fill_plural("{n} seat", "{n} seats", number, language) if number else ""


def _features(features: Sequence[FeatureGrant], names: Names, language: Language) -> str:
    if not features:
        return ""
    said = ", ".join(_feature(grant.feature, grant.quantity, names, language) for grant in features)
    return fill_plural(
        "with the feature {features}",
        "with the features {features}",
        len(features),
        language,
        {"features": said},
    )


def _feature(code: str, quantity: int | None, names: Names, language: Language) -> str:
    text = N_("“{feature}”") if quantity is None else N_("“{feature}” ({quantity})")
    return fill(text, language, {"feature": names.feature(code), "quantity": quantity})


def _terms(row: ProductRow, language: Language) -> str:
    """The term, and what becomes of updates; where they follow the term, only Russian says so."""
    term, updates = row.term, row.updates
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


def _extend(operation: ExtendTerm | ExtendUpdates, names: Names, language: Language) -> str:
    term, of_term = operation.term, isinstance(operation, ExtendTerm)
    said = {"product": names.product(operation.product), "until": term.until}
    if term.perpetual:
        return fill(N_("makes “{product}” perpetual"), language, said)
    if term.until is not None:
        text = (
            N_("extends “{product}” until {until}")
            if of_term
            else N_("extends the updates of “{product}” until {until}")
        )
        return fill(text, language, said)
    text = (
        N_("extends “{product}” by {days}")
        if of_term
        else N_("extends the updates of “{product}” by {days}")
    )
    return fill(text, language, said | {"days": _days(term.days or 0, language)})


def _days(days: int, language: Language) -> str:
    return fill_plural("{n} day", "{n} days", days, language)


def _add_seats(operation: AddSeats, names: Names, language: Language) -> str:
    said = {"product": names.product(operation.product)}
    return fill_plural(
        "adds {n} seat to “{product}”",
        "adds {n} seats to “{product}”",
        operation.seats,
        language,
        said,
    )


def _add_feature(operation: AddFeature, names: Names, language: Language) -> str:
    said = {
        "product": names.product(operation.product),
        "feature": _feature(operation.feature, operation.quantity, names, language),
    }
    if operation.quantity is None:
        return fill(N_("switches the feature {feature} of “{product}” on"), language, said)
    return fill(N_("adds the feature {feature} to “{product}”"), language, said)


def _start_trial(operation: StartTrial, names: Names, language: Language) -> str:
    said: dict[str, object] = {"product": names.product(operation.product)}
    extends = operation.if_used == "extend"
    if operation.days is None:
        text = (
            N_("starts or extends the trial of “{product}”")
            if extends
            else N_("starts the trial of “{product}”")
        )
        return fill(text, language, said)
    text = (
        N_("extends the trial of “{product}” by {days}")
        if extends
        else N_("starts a trial of “{product}” for {days}")
    )
    return fill(text, language, said | {"days": _days(operation.days, language)})


def _set_channel(operation: SetChannel, names: Names, language: Language) -> str:
    said = {"product": names.product(operation.product), "channel": operation.channel.value}
    return fill(N_("allows “{product}” the channel {channel}"), language, said)


def _replace_products(operation: ReplaceProducts, names: Names, language: Language) -> str:
    held = operation.before or {}
    parts = [_replaced(row, held.get(row.product), names, language) for row in operation.after]
    kept = {row.product for row in operation.after}
    for code, snapshot in sorted(held.items()):
        if code not in kept:
            gone = _stock(names.product(code), snapshot.get("seats"), language)
            parts.append(fill(N_("“{before}” is withdrawn"), language, {"before": gone}))
    said = {"key": names.key, "changes": "; ".join(parts)}
    return fill(N_("replaces the products of the key {key}: {changes}"), language, said)


def _replaced(
    row: ProductRow, before: Mapping[str, Any] | None, names: Names, language: Language
) -> str:
    name = names.product(row.product)
    after = _stock(name, _number(row, names), language)
    if before is None:
        said: dict[str, object] = {"after": after, "term": _terms(row, language)}
        return fill(N_("“{after}” is added, {term}"), language, said)
    said = {
        "before": _stock(name, before.get("seats"), language),
        "after": after,
        "term": _new_term(row, before.get("valid_until"), language),
    }
    return fill(N_("“{before}” becomes “{after}”, {term}"), language, said)


def _new_term(row: ProductRow, end: str | None, language: Language) -> str:
    term = row.term
    if term.until is not None and term.until.isoformat() == end:
        return fill(N_("the term until {until} stays"), language, {"until": term.until})
    if term.perpetual and end is None:
        return fill(N_("the term stays perpetual"), language, {})
    return fill(N_("the term becomes: {term}"), language, {"term": _terms(row, language)})


def _stock(name: str, number: int | None, language: Language) -> str:
    said: dict[str, object] = {"product": name}
    if number is None:
        return fill(N_("{product}, unlimited seats"), language, said)
    if not number:
        return name
    return fill_plural("{product}, {n} seat", "{product}, {n} seats", number, language, said)


_TELLERS: Mapping[type[Operation], Callable[[Any, Names, Language], str]] = {
    AddProduct: _add_product,
    ExtendTerm: _extend,
    ExtendUpdates: _extend,
    AddSeats: _add_seats,
    AddFeature: _add_feature,
    StartTrial: _start_trial,
    SetChannel: _set_channel,
    ReplaceProducts: _replace_products,
}
