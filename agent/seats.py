"""The commands `activate` and `deactivate`: a seat of the key for the infobase, and back."""

from dataclasses import dataclass

from agent.codes import Exit
from agent.console import NOTHING_DONE, Result
from agent.context import Context
from agent.errors import Refusal, fill, filled, spoken
from agent.offers import Environment, query_for
from agent.prepare import check_license, confirm, refusal_of
from agent.rights import Place, take_seat
from wire.licenses import EntitlementSummary
from wire.problems import Sentence
from wire.reports import Outcome

_USABLE = frozenset({"ACTIVE", "EXPIRING"})
_MISSING = "PRODUCT_MISSING"  # as the server calls it
_TAKEN = Sentence(
    "{name}: база привязана, занято мест {used} из {total}",
    "{name}: the infobase has a seat, {used} of {total} are taken",
)
_GIVEN_BACK = Sentence("{name}: место освобождено", "{name}: the seat is free again")
_NOT_HERE = Sentence(
    "У этой базы нет места по этому ключу.", "This infobase has no seat of this key."
)
_UNKNOWN = Sentence(
    "В ключе нет ни продукта, ни расширения «{name}»",
    'The key has neither a product nor an extension "{name}"',
)
_GO_ON = Sentence("Освободить место?", "Give the seat back?")


@dataclass(frozen=True, slots=True)
class _Here:
    """The infobase and what the key gives it."""

    place: Place
    products: list[EntitlementSummary]


def activate(context: Context, name: str | None) -> Result:
    """Bind the infobase to a product, or to each usable one of the key."""
    here = _look(context, name)
    wanted = [one for one in here.products if name or one.status in _USABLE]
    if context.common.dry_run:
        return Result(text=spoken(NOTHING_DONE, context.lang), data=_named(wanted))
    texts = []
    for one in wanted:
        seats = take_seat(context.client(), context.vault, here.place, one.product.code).seats
        total = "∞" if seats.max is None else seats.max
        text = fill(_TAKEN, context.lang, name=one.product.name, used=seats.used, total=total)
        texts.append(text)
    is_new = not all(one.activated_here for one in wanted)
    return Result(
        outcome=Outcome.DONE if is_new else Outcome.NOOP,
        text=". ".join(texts) + ".",
        changed=is_new,
        data=_named(wanted),
    )


def deactivate(context: Context, name: str | None) -> Result:
    """Give back the seat of a product, or every one that the infobase has; nothing is removed."""
    here = _look(context, name)
    held = [one for one in here.products if one.activated_here]
    if not held:
        return Result(outcome=Outcome.NOOP, text=spoken(_NOT_HERE, context.lang), data=_named([]))
    if context.common.dry_run:
        return Result(text=spoken(NOTHING_DONE, context.lang), data=_named(held))
    confirm(context, "deactivate", _GO_ON)
    client, texts = context.client(), []
    for one in held:
        # it has this seat, so taking it only tells which one it is
        seat = take_seat(client, context.vault, here.place, one.product.code).activation
        client.release(seat.id)
        texts.append(fill(_GIVEN_BACK, context.lang, name=one.product.name))
    return Result(text=". ".join(texts) + ".", changed=True, data=_named(held))


def _look(context: Context, name: str | None) -> _Here:
    infobase = context.infobase()
    environment = context.look(infobase)
    verdict = check_license(context, environment.infobase)
    refusal = refusal_of(verdict)
    if refusal is not None and not verdict.entitlements:
        raise refusal
    place = Place(environment.infobase, infobase.label, environment.facts)
    if name is None:
        return _Here(place, verdict.entitlements)
    found = [one for one in verdict.entitlements if one.product.code == name]
    if not found:
        product = _product(context, environment, name)
        found = [one for one in verdict.entitlements if one.product.code == product]
    if not found:
        unknown = filled(_UNKNOWN, name=name)
        raise Refusal(_MISSING, Exit.REFUSED, unknown)
    return _Here(place, found)


def _product(context: Context, environment: Environment, name: str) -> str | None:
    """The product that an extension belongs to."""
    offers = context.client().offers(query_for(context.journal, environment)).data
    named = (one for one in offers if name in {one.extension.code, one.extension.onec_name})
    return next((one.product for one in named), None)


def _named(products: list[EntitlementSummary]) -> dict[str, object]:
    return {"products": [one.product.code for one in products]}
