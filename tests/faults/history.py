"""Examines a recorded history: what clients saw, and the audit chain as the order of all acts.

The numbers of the chain have no gaps and are given out by the last statement of each transaction,
so they are the order that the server claims. A model is folded over it: every answer has to be what
the model says at its place, and nothing may stand before what was answered earlier.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from app.audit.service import GENESIS, chain_hash
from tests.faults.vendor_model import CREATED, DONE, REPEATED, Operation, VendorModel

Event = Mapping[str, Any]
"""A row of the audit, with all its columns."""
ACTIONS = {
    "redeem": "coupon.redeemed",
    "activate": "activation.created",
    "release": "activation.released",
    "suspend": "license_key.suspended",
    "resume": "license_key.resumed",
    "rotate": "license_key.rotated",
    "publish": "release.published",
    "withdraw": "release.withdrawn",
}
BESIDE = {"entitlement.granted", "entitlement.updated"}
"""What a redemption records of each product beside itself."""
SIGNED = {"publish", "withdraw"}
OK, UNKNOWN, CONFLICT = "OK", "UNKNOWN", "CONFLICT"
GOOD = frozenset({OK, CREATED, REPEATED})
"""What a success is called: a new thing, the same again, or one that does not say which."""


@dataclass(eq=False)
class Attempt:
    """One request of one client, by its own clock; `said` is the code of the answer."""

    client: int
    request_id: str
    told: Operation
    invoked: float
    answered: float = math.inf
    said: str = UNKNOWN
    made: str | None = None
    until: str | None = None
    """The end of the term, which a redemption tells."""
    seq: int | None = None
    lower: int = 0
    upper: int = 0
    let_in: bool = False

    @property
    def is_good(self) -> bool:
        return self.said in GOOD

    def agrees(self, code: str, made: str | None) -> bool:
        """Whether the client was told that, as far as its answer says."""
        same = self.said == code or (self.said == OK and code not in (CREATED, REPEATED))
        return same and (None in (made, self.made) or made == self.made)

    def __str__(self) -> str:
        return f"{self.request_id} {' '.join(self.told.values())}: {self.said}"


@dataclass
class Examination:
    """One look at a history; the model is that of the state behind the event `since`."""

    attempts: Sequence[Attempt]
    events: Sequence[Event]
    model: VendorModel
    since: int
    day: Callable[[datetime], date]
    """The vendor's date of an instant."""

    def violations(self) -> list[str]:
        """Everything that cannot be; none is what is hoped for."""
        return [*self._chain(), *self._matched(), *self._bounded(), *self._folded()]

    def _chain(self) -> Iterator[str]:
        seq, link = 0, GENESIS
        for event in self.events:
            if event["seq"] != seq + 1:
                yield f"event {event['seq']} follows {seq}"
            if event["prev_hash"] != link or chain_hash(dict(event)) != event["hash"]:
                yield f"the hash of event {event['seq']} is wrong"
            seq, link = event["seq"], event["hash"]

    def _matched(self) -> Iterator[str]:
        """Finds the event of each attempt; an act has one, a refusal has none."""
        known = {attempt.request_id: attempt for attempt in self.attempts}
        done: dict[Attempt, list[Event]] = defaultdict(list)
        beside = set()
        for event in (each for each in self.events if each["seq"] > self.since):
            attempt = known.get(event["request_id"])
            act = attempt.told["act"] if attempt else ""
            if act == "redeem" and event["action"] in BESIDE:
                beside.add(attempt)
            elif attempt is None or event["action"] != ACTIONS[act]:
                yield f"nobody asked for event {event['seq']} {event['action']}"
            elif event["outcome"] == "ok":
                done[attempt].append(event)
            elif attempt.is_good:
                yield f"{attempt}, though event {event['seq']} denies it"
        yield from (f"{attempt}: rights without a redemption" for attempt in beside - done.keys())
        yield from self._placed(done)

    def _placed(self, done: Mapping[Attempt, Sequence[Event]]) -> Iterator[str]:
        self.by_seq: dict[int, tuple[Attempt, Event]] = {}
        for attempt, events in done.items():
            if len(events) > 1:
                yield f"{attempt} has {len(events)} events"
            if not attempt.is_good and attempt.said != UNKNOWN:
                yield f"{attempt}, though event {events[0]['seq']} has it"
            attempt.seq = events[0]["seq"]
            self.by_seq[attempt.seq] = attempt, events[0]

    def _bounded(self) -> Iterator[str]:
        """Between which events each attempt has its place, by the clients' own clocks."""
        placed = [attempt for attempt in self.attempts if attempt.seq is not None]
        before = sorted(placed, key=lambda each: each.answered)
        after = sorted(placed, key=lambda each: each.invoked)
        answered = [each.answered for each in before]
        invoked = [each.invoked for each in after]
        highest = [self.since, *accumulate((each.seq or 0 for each in before), max)]
        highest = list(accumulate(highest, max))
        lowest = [math.inf, *accumulate((each.seq or 0 for each in reversed(after)), min)]
        for attempt in self.attempts:
            attempt.lower = highest[bisect_left(answered, attempt.invoked)]
            later = len(after) - bisect_right(invoked, attempt.answered)
            attempt.upper = int(min(lowest[later] - 1, self._last))
            if attempt.seq is not None and not attempt.lower < attempt.seq <= attempt.upper:
                yield f"{attempt} at {attempt.seq} belongs between {attempt.lower}, {attempt.upper}"

    @property
    def _last(self) -> int:
        return max((event["seq"] for event in self.events), default=self.since)

    def _folded(self) -> Iterator[str]:
        """Walks along the events; whoever had no event waits for a state that explains it."""
        coming = sorted(
            (each for each in self.attempts if each.seq is not None or each.said != UNKNOWN),
            key=lambda each: each.lower,
            reverse=True,
        )
        waiting: list[Attempt] = []
        for seq in range(self.since, self._last + 1):
            if seq in self.by_seq:
                yield from self._applied(*self.by_seq[seq])
            while coming and coming[-1].lower <= seq:
                waiting.append(coming.pop())
            yield from self._explained(waiting, seq)

    def _explained(self, waiting: list[Attempt], seq: int) -> Iterator[str]:
        for attempt in list(waiting):
            attempt.let_in |= self.model.is_good(attempt.told)
            over = attempt.seq <= seq if attempt.seq is not None else self._is_true(attempt, seq)
            if attempt.seq is None and not over and seq >= attempt.upper:
                over = True
                yield f"{attempt}: nothing up to event {seq} explains it"
            if over:
                waiting.remove(attempt)

    def _is_true(self, attempt: Attempt, seq: int) -> bool:
        """Whether an answer that has no event is right behind this one."""
        if attempt.said == CONFLICT:  # whoever signs at the same time comes second
            return seq > attempt.lower and seq in self.by_seq and self._act(seq) in SIGNED
        return any(attempt.agrees(*answer) for answer in self._answers(attempt))

    def _act(self, seq: int) -> str:
        return self.by_seq[seq][0].told["act"]

    def _answers(self, attempt: Attempt) -> list[tuple[str, str | None]]:
        """What may be said now; a seat is taken by a key that was good a moment ago as well."""
        said = [
            self.model.answer(attempt.told, let_in=let_in) for let_in in {False, attempt.let_in}
        ]
        unseen = (CREATED, DONE) if attempt.seq is None else ()
        return [each for each in said if each[0] not in unseen]

    def _applied(self, attempt: Attempt, event: Event) -> Iterator[str]:
        told, place = attempt.told, f"event {event['seq']}, {attempt}"
        code, made = recorded(told, event)
        answers = self._answers(attempt)
        if not any(code == said and known in (None, made) for said, known in answers):
            yield f"{place}: recorded as {code} {made}, the model says {answers}"
        if attempt.is_good and not attempt.agrees(code, made):
            yield f"{place}: the client has {attempt.made}, the event {code} {made}"
        if told["act"] == "rotate" and event["data"]["old"] != self.model.keys[told["key"]].hint:
            yield f"{place}: it replaced another code"
        if code == REPEATED:
            return
        self.model.apply(told, made, self.day(event["at"]))
        yield from (f"{place}: {each}" for each in self.model.excess(told))
        if told["act"] == "redeem":
            yield from self._redeemed(attempt, event, place)

    def _redeemed(self, attempt: Attempt, event: Event, place: str) -> Iterator[str]:
        now = self.model.keys[attempt.told["key"]].rights.state.rights[self.model.product]
        after = event["data"]["effects"][-1]["after"]
        if after != now.snapshot():
            yield f"{place}: the rights are {after}, the model has {now}"
        if event["subject_label"][-5:] != attempt.told["coupon"][-5:]:
            yield f"{place}: the event is about {event['subject_label']}"
        if attempt.until not in (None, after["valid_until"]):
            yield f"{place}: the client was told {attempt.until}"


def recorded(told: Operation, event: Event) -> tuple[str, str]:
    """What an event says was done, and the id of it."""
    if told["act"] == "redeem":
        return CREATED, event["data"]["redemption"]
    if told["act"] == "activate":
        return REPEATED if event["data"]["repeated"] else CREATED, str(event["subject_id"])
    if told["act"] == "rotate":
        return DONE, event["subject_label"]
    return DONE, str(event["subject_id"])
