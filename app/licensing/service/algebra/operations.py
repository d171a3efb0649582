"""One function per operation: the rights of a key before in, the changes out, or a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from app.catalog.models import TrialKind
from app.kit.i18n import N_, Lazy
from app.licensing.models import EntitlementStatus
from app.licensing.problems import (
    CouponStale,
    NotApplicable,
    ProductAlreadyPresent,
    TermPassed,
    TrialAlreadyUsed,
)
from app.licensing.schemas import (
    AddFeature,
    AddProduct,
    AddSeats,
    ExtendTerm,
    ExtendUpdates,
    Operation,
    ProductRow,
    ReplaceProducts,
    SetChannel,
    StartTrial,
    Term,
)
from app.licensing.service.algebra.rights import (
    Change,
    Features,
    KeyState,
    ProductFacts,
    Rights,
    TrialState,
    extended,
    first_end,
    later,
    rank,
)
from wire.extensions import Channel

MAX_SEATS = 100_000
MAX_QUANTITY = 1_000_000_000
Facts = Mapping[str, ProductFacts]


def fold(state: KeyState, changes: Iterable[Change]) -> KeyState:
    """The key after the changes."""
    rights, trials = dict(state.rights), dict(state.trials)
    for change in changes:
        rights[change.product] = change.after
        if change.trial_after is not None:
            trials[change.product] = change.trial_after
    return KeyState(rights, trials)


def apply(state: KeyState, operation: Operation, facts: Facts, today: date) -> list[Change]:
    """What the operation makes of the key; the operation's own product comes first.

    Raises TermPassed, NotApplicable, ProductAlreadyPresent, TrialAlreadyUsed or CouponStale.
    """
    match operation:
        case AddProduct():
            return _add_product(state, operation, facts, today)
        case StartTrial():
            return [_start_trial(state, operation, facts[operation.product], today)]
        case ReplaceProducts():
            return _replace_products(state, operation, facts, today)
        case _:
            before = _present(state, operation.product, facts)
            return [Change(operation.product, before, _adjusted(before, operation, facts, today))]


def _adjusted(before: Rights, operation: Operation, facts: Facts, today: date) -> Rights:
    match operation:
        case ExtendTerm():
            return _extend_term(before, operation, facts, today)
        case ExtendUpdates():
            return _extend_updates(before, operation, today)
        case AddSeats():
            return _add_seats(before, operation, facts)
        case AddFeature():
            features = _with_feature(before.features, operation.feature, operation.quantity)
            return replace(before, features=features)
        case SetChannel():
            return replace(before, channel=max(before.channel, operation.channel, key=rank))
    raise TypeError(type(operation))


def _present(state: KeyState, product: str, facts: Facts) -> Rights:
    rights = state.present(product)
    if rights is None:
        raise NotApplicable(
            product=facts[product].name, why=Lazy(N_("the key has no such product"))
        )
    return rights


def _check_dates(*terms: Term | None, today: date) -> None:
    for term in terms:
        if term is not None and term.until is not None and term.until < today:
            raise TermPassed(until=term.until)


def _add_product(state: KeyState, operation: AddProduct, facts: Facts, today: date) -> list[Change]:
    _check_dates(operation.term, operation.updates, today=today)
    code, product = operation.product, facts[operation.product]
    before, trial = state.rights.get(code), state.trials.get(code)
    present = state.present(code)
    ended = _superseded(state, product, today)
    if present is None:
        return [Change(code, before, _created(operation, product, today), trial, trial), *ended]
    if present.is_trial:
        after = replace(_created(operation, product, today), status=present.status)
        over = _ended(trial, "converted", today)
        return [Change(code, before, after, trial, over), *ended]
    if operation.if_present == "refuse":
        raise ProductAlreadyPresent(product=product.name)
    after = _extended_product(present, operation, product, today)
    return [Change(code, before, after, trial, trial), *ended]


def _extended_product(
    present: Rights, operation: AddProduct, product: ProductFacts, today: date
) -> Rights:
    features = present.features
    for code, quantity in _features(operation, product):
        features = _with_most(features, code, quantity)
    return replace(
        present,
        valid_until=extended(present.valid_until, operation.term, today),
        updates_until=_updates(present, operation, today),
        seats=_more(present.seats, _granted(operation, product)),
        features=features,
        channel=max(present.channel, operation.channel, key=rank),
    )


def _created(row: ProductRow, product: ProductFacts, today: date) -> Rights:
    return Rights(
        status=EntitlementStatus.ACTIVE,
        starts_on=today,
        valid_until=first_end(row.term, today),
        updates_until=first_end(row.updates, today) if row.updates else None,
        seats=_granted(row, product),
        features=_features(row, product),
        channel=row.channel,
        is_trial=False,
    )


def _updates(rights: Rights, operation: AddProduct, today: date) -> date | None:
    """Updates that follow the term keep following it, unless the operation names their own end."""
    if rights.updates_until is None and operation.updates is None:
        return None
    base = rights.updates_until or rights.valid_until
    return extended(base, operation.updates or operation.term, today)


def seats(row: ProductRow, product: ProductFacts) -> int | None:
    """The seats of a row, else the product's own by quantity; None is unlimited."""
    if row.unlimited_seats:
        return None
    if row.seats is not None:
        return row.seats
    if product.default_seats is None:
        return None
    times = row.quantity if product.seats_multiplied else 1
    return product.default_seats * times


def _granted(row: ProductRow, product: ProductFacts) -> int | None:
    """The product's own number may have grown since a coupon was made."""
    number = seats(row, product)
    return None if number is None else min(number, MAX_SEATS)


def _features(row: ProductRow, product: ProductFacts) -> Features:
    """Those that the row names, else those that come with the product."""
    if row.features is not None:
        return tuple(sorted((grant.feature, grant.quantity) for grant in row.features))
    return tuple(
        (code, _times(fact.quantity, row.quantity if fact.multiplied else 1))
        for code, fact in sorted(product.features.items())
    )


def _times(quantity: int | None, times: int) -> int | None:
    return None if quantity is None else min(quantity * times, MAX_QUANTITY)


def _more(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else max(left, right)


def _with_most(features: Features, code: str, quantity: int | None) -> Features:
    held = dict(features)
    held[code] = _more(held[code], quantity) if code in held else quantity
    return tuple(sorted(held.items()))


def _with_feature(features: Features, code: str, quantity: int | None) -> Features:
    """Quantities add up; a switch that is on, or a feature without a limit, stays as it is."""
    held = dict(features)
    now = held.get(code, 0)
    held[code] = None if now is None or quantity is None else min(now + quantity, MAX_QUANTITY)
    return tuple(sorted(held.items()))


def _superseded(state: KeyState, product: ProductFacts, today: date) -> list[Change]:
    """Running trials that this paid product ends."""
    changes = []
    for code in product.ends_trials:
        rights, trial = state.present(code), state.trials.get(code)
        if code == product.code or rights is None or not rights.is_trial:
            continue
        if rights.valid_until is not None and rights.valid_until < today:
            continue
        over = replace(rights, valid_until=today - timedelta(days=1))
        changes.append(Change(code, rights, over, trial, _ended(trial, "superseded", today)))
    return changes


def _ended(trial: TrialState | None, reason: str, today: date) -> TrialState | None:
    return replace(trial, ended_on=today, end_reason=reason) if trial else None


def _extend_term(before: Rights, operation: ExtendTerm, facts: Facts, today: date) -> Rights:
    _check_dates(operation.term, today=today)
    if before.is_trial:
        raise NotApplicable(product=facts[operation.product].name, why=Lazy(N_("it is a trial")))
    return replace(before, valid_until=extended(before.valid_until, operation.term, today))


def _extend_updates(before: Rights, operation: ExtendUpdates, today: date) -> Rights:
    _check_dates(operation.term, today=today)
    base = before.updates_until or before.valid_until
    if base is None:
        return before
    return replace(before, updates_until=extended(base, operation.term, today))


def _add_seats(before: Rights, operation: AddSeats, facts: Facts) -> Rights:
    if before.seats is None:
        return before
    if before.seats + operation.seats > MAX_SEATS:
        raise NotApplicable(product=facts[operation.product].name, why=Lazy(N_("too many seats")))
    return replace(before, seats=before.seats + operation.seats)


def _start_trial(
    state: KeyState, operation: StartTrial, product: ProductFacts, today: date
) -> Change:
    before, trial = state.rights.get(product.code), state.trials.get(product.code)
    present = state.present(product.code)
    if product.trial_kind == TrialKind.FREE_PERPETUAL:
        after = present if present is not None else _free(product, today)
        return Change(product.code, before, after, trial, trial)
    days = operation.days or product.trial_days
    if days is None:
        raise NotApplicable(product=product.name, why=Lazy(N_("the product has no trial")))
    if present is not None and not present.is_trial:
        raise NotApplicable(product=product.name, why=Lazy(N_("it is paid for")))
    if trial is not None and operation.if_used == "refuse":
        raise TrialAlreadyUsed(product=product.name)
    base = before if before is not None and before.is_trial else _trial(product, today)
    end = later(max(today, base.valid_until or today), days)
    after = replace(base, status=EntitlementStatus.ACTIVE, valid_until=end)
    if present is not None:
        after = replace(after, status=present.status)  # a suspended trial stays suspended
    if trial is None:
        return Change(product.code, before, after, None, TrialState(today, days))
    again = replace(trial, days=trial.days + days, ended_on=None, end_reason=None)
    return Change(product.code, before, after, trial, again)


def _trial(product: ProductFacts, today: date) -> Rights:
    features = tuple((code, fact.quantity) for code, fact in sorted(product.features.items()))
    return Rights(
        status=EntitlementStatus.ACTIVE,
        starts_on=today,
        valid_until=today,
        updates_until=None,
        seats=product.default_seats,
        features=features,
        channel=Channel.STABLE,
        is_trial=True,
    )


def _free(product: ProductFacts, today: date) -> Rights:
    return replace(_trial(product, today), valid_until=None, seats=None, is_trial=False)


def _replace_products(
    state: KeyState, operation: ReplaceProducts, facts: Facts, today: date
) -> list[Change]:
    if operation.before is not None and state.snapshot() != operation.before:
        raise CouponStale
    changes = []
    wanted = {row.product for row in operation.after}
    for row in operation.after:
        _check_dates(row.term, row.updates, today=today)
        before, trial = state.rights.get(row.product), state.trials.get(row.product)
        after = _created(row, facts[row.product], today)
        present = state.present(row.product)
        if present is not None:
            after = replace(after, starts_on=present.starts_on, status=present.status)
        paid = present is not None and present.is_trial
        over = _ended(trial, "converted", today) if paid else trial
        changes.append(Change(row.product, before, after, trial, over))
    for code, rights in sorted(state.rights.items()):
        if rights.is_present and code not in wanted:
            gone = replace(rights, status=EntitlementStatus.WITHDRAWN)
            changes.append(Change(code, rights, gone))
    return changes
