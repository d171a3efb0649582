"""What a key has to be after any history: the pure algebra folded, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.kit.problems import Problem
from app.licensing.problems import EntitlementWithdrawn, LaterChanges, NoEffect, SeatsBelowUsed
from app.licensing.schemas import Operation
from app.licensing.service.algebra import (
    Change,
    KeyState,
    ProductFacts,
    Rights,
    TrialState,
    apply,
    fold,
)


@dataclass(frozen=True)
class Done:
    """What one cause found in each product that it changed."""

    before: Mapping[str, Rights | None]
    trials: Mapping[str, TrialState | None]


class KeyModel:
    """A key: its rights and trials, its taken seats, and which causes stand upon each other."""

    def __init__(self, facts: Mapping[str, ProductFacts]) -> None:
        self.facts = facts
        self.state = KeyState()
        self.seats: dict[str, int] = {}
        self.standing: dict[str, list[object]] = {}
        self.done: dict[object, Done] = {}

    def operate(self, cause: object, operations: Sequence[Operation], today: date) -> None:
        """All operations in their order, or the refusal of the first that does not apply."""
        state, seats, changes = self.state, dict(self.seats), []
        for operation in operations:
            made = apply(state, operation, self.facts, today)
            _sit(seats, made)
            state = fold(state, made)
            changes += made
        if not any(change.applied for change in changes):
            raise NoEffect
        self._commit(cause, state, seats, changes)

    def set_status(self, cause: object, product: str, status: str) -> None:
        """A product suspended, resumed or withdrawn by hand."""
        now = self.state.rights[product]
        if now.status == status:
            return
        if not now.is_present:
            raise EntitlementWithdrawn
        trial, seats = self.state.trials.get(product), dict(self.seats)
        changes = [Change(product, now, replace(now, status=status), trial, trial)]
        _sit(seats, changes)
        self._commit(cause, fold(self.state, changes), seats, changes)

    def reverse(self, cause: object) -> None:
        """A cause taken back; twice is a success."""
        done = self.done.get(cause)
        if done is None:
            return
        if any(self.standing[product][-1] != cause for product in done.before):
            raise LaterChanges
        rights, trials, seats = dict(self.state.rights), dict(self.state.trials), dict(self.seats)
        for product, before in done.before.items():
            now = rights[product]
            rights[product] = before or replace(now, status="withdrawn")
            _sit(seats, [Change(product, now, rights[product])])
            if product in done.trials:
                trials.pop(product, None)
                found = done.trials[product]
                if found is not None:
                    trials[product] = found
        for product in done.before:
            self.standing[product].pop()
        del self.done[cause]
        self.state, self.seats = KeyState(rights, trials), seats

    def takes_seat(self, product: str, today: date) -> bool:
        """One more infobase, if the product may be used and has room; says whether it had."""
        rights, taken = self.state.rights.get(product), self.seats.get(product, 0)
        if rights is None or rights.status != "active":
            return False
        over = rights.valid_until is not None and rights.valid_until < today
        if (over and rights.is_trial) or (rights.seats is not None and taken >= rights.seats):
            return False
        self.seats[product] = taken + 1
        return True

    def _commit(
        self, cause: object, state: KeyState, seats: dict[str, int], changes: Sequence[Change]
    ) -> None:
        before: dict[str, Rights | None] = {}
        trials: dict[str, TrialState | None] = {}
        for change in changes:
            if change.before != change.after and change.product not in before:
                before[change.product] = change.before
                self.standing.setdefault(change.product, []).append(cause)
            if change.trial_before != change.trial_after:
                trials.setdefault(change.product, change.trial_before)
        self.done[cause] = Done(before, trials)
        self.state, self.seats = state, seats


def _sit(seats: dict[str, int], changes: Sequence[Change]) -> None:
    """Who sits where after the changes; a product that leaves takes its seats along."""
    for change in changes:
        taken = seats.get(change.product, 0)
        if not change.after.is_present:
            seats[change.product] = 0
        elif change.after.seats is not None and taken > change.after.seats:
            raise SeatsBelowUsed


def code_of(act: object) -> str | None:
    """The code that an act is refused with, or None where it is done."""
    try:
        act()  # type: ignore[operator]
    except Problem as problem:
        return problem.code
    return None
