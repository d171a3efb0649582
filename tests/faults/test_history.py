"""The examiner of histories takes an honest one, and none of those that something was done to."""

import random
import re
from copy import deepcopy
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.audit.service import GENESIS, chain_hash
from app.licensing.service.algebra import ProductFacts
from tests.faults.history import ACTIONS, Attempt, Examination
from tests.faults.vendor_model import CREATED, DOES, REPEATED, Coupon, Key, VendorModel
from tests.model import KeyModel

PRODUCT, TODAY = "warehouse-helper", date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SOLD = [{"op": "add_product", "product": PRODUCT, "term": {"days": 30}, "seats": 2}]
LONGER = [{"op": "extend_term", "product": PRODUCT, "term": {"days": 1}}]
ACTS = ["redeem", "activate", "activate", "release", "suspend", "resume", "resume", "rotate"]
ACTS += ["publish", "publish", "withdraw"]


def name(number):
    return str(UUID(int=number))


def a_model():
    """Two keys of two customers with two seats each, coupons of two uses, drafts."""
    model = VendorModel(PRODUCT, transfers=20)
    for number in range(2):
        rights = KeyModel({PRODUCT: ProductFacts(PRODUCT, "Складской помощник")})
        model.keys[name(number)] = Key(f"customer {number}", rights, f"hint {number}")
        model.coupons[f"SOLD-{number}"] = Coupon(1, SOLD)
        first = {"act": "redeem", "key": name(number), "coupon": f"SOLD-{number}"}
        model.apply(first, "first", TODAY)
    model.coupons |= {f"COUPON-{number:05}": Coupon(1, LONGER) for number in range(20)}
    model.releases = {name(900 + number): "draft" for number in range(5)}
    return model


class Simulated:
    """Three clients, whose requests overlap, and a server that does one after the other."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - only what happens next
        self.time, self.next = 0.0, 1_000
        self.model, self.begun = a_model(), a_model()
        self.attempts, self.events = [], []
        while len(self.attempts) < 200:
            self.three()

    def three(self):
        """All ask, then each is done, then all hear of it; the order is any."""
        asked = [Attempt(n, self.word("request"), self.wish(), self.tick()) for n in range(3)]
        for attempt in self.chance.sample(asked, 3):
            self.do(attempt)
        for attempt in self.chance.sample(asked, 3):
            attempt.answered = self.tick()
        self.attempts += asked

    def tick(self):
        self.time += 1
        return self.time

    def word(self, kind):
        self.next += 1
        return f"{kind}-{self.next}"

    def wish(self):
        pick, act = self.chance.choice, self.chance.choice(ACTS)
        told = {"act": act}
        if act == "release" and not self.model.places:
            told["act"] = "rotate"
        if told["act"] == "release":
            return told | {"activation": pick(list(self.model.places))}
        if act in ("publish", "withdraw"):
            return told | {"release": pick(list(self.model.releases))}
        told["key"] = pick(list(self.model.keys))
        if act == "redeem":
            told["coupon"] = pick([code for code in self.model.coupons if "COUPON" in code])
        if act == "activate":
            told["infobase"] = f"infobase {self.chance.randrange(6)}"
        return told

    def do(self, attempt):
        told = attempt.told
        code, known = self.model.answer(told)
        again = told["act"] == "activate" and code == REPEATED
        attempt.said = code if code.isupper() and code not in ("DONE", "NOTHING") else "OK"
        if code not in DOES and not again:
            attempt.made = known if code == REPEATED else None
            return
        self.next += 1
        made = known or (self.word("hint") if told["act"] == "rotate" else name(self.next))
        old = self.model.keys[told["key"]].hint if told["act"] == "rotate" else None
        if not again:
            self.model.apply(told, made, TODAY)
        attempt.made = made if code in (CREATED, REPEATED) else None
        self.record(attempt, made, repeated=again, old=old)

    def record(self, attempt, made, **data):
        told = attempt.told
        about = made if told["act"] != "redeem" else name(7)
        label = made if told["act"] == "rotate" else told.get("coupon", "")
        data |= {"redemption": made}
        if "coupon" in told:
            rights = self.model.keys[told["key"]].rights.state.rights[PRODUCT]
            data["effects"] = [{"after": rights.snapshot()}]
            attempt.until = rights.valid_until.isoformat()
        event = {"seq": len(self.events) + 1, "at": NOW, "action": ACTIONS[told["act"]]}
        event |= {"outcome": "ok", "subject_id": about, "subject_label": label}
        self.events.append(event | {"request_id": attempt.request_id, "data": data})

    def violations(self):
        """Of what this has become; whoever forges a chain computes it anew."""
        chained(self.events)
        return self.examined()

    def examined(self):
        model = deepcopy(self.begun)
        looked = Examination(self.attempts, self.events, model, 0, lambda _: TODAY)
        found = looked.violations()
        return found if found or model.final() == self.model.final() else ["another end"]

    def of(self, act, said=None):
        """An attempt in the middle that was recorded as this act."""
        recorded = {event["request_id"] for event in self.events}
        known = [each for each in self.attempts if each.told["act"] == act]
        done = [each for each in known if each.request_id in recorded]
        wanted = [each for each in done if said in (None, each.said)]
        return wanted[len(wanted) // 2]

    def event_of(self, attempt):
        return next(each for each in self.events if each["request_id"] == attempt.request_id)

    def insert(self, place, event):
        self.events.insert(place, event)
        self.number()

    def number(self):
        for number, event in enumerate(self.events, 1):
            event["seq"] = number


def chained(events):
    link = GENESIS
    for event in events:
        event |= {"prev_hash": link}
        link = event["hash"] = chain_hash(event)


@pytest.fixture
def history():
    return Simulated(7)


def test_the_simulated_history_is_rich(history):
    said = {(attempt.told["act"], attempt.said) for attempt in history.attempts}
    assert {
        *(("redeem", code) for code in ("CREATED", "REPEATED", "COUPON_EXHAUSTED")),
        *(("activate", code) for code in ("CREATED", "REPEATED", "SEAT_LIMIT_REACHED")),
        *(("activate", "KEY_SUSPENDED"), ("release", "OK"), ("rotate", "OK")),
        *(("publish", "RELEASE_WITHDRAWN"), ("withdraw", "RELEASE_STATE")),
    } <= said


@pytest.mark.parametrize("seed", range(20))
def test_an_honest_history_is_taken(seed):
    assert Simulated(seed).violations() == []


def lost_write(history):
    """A seat was given out that nothing is known of."""
    event = history.event_of(history.of("activate", "CREATED"))
    history.events.remove(event)
    history.number()


def lost_redemption(history):
    event = history.event_of(history.of("redeem"))
    history.events.remove(event)
    history.number()


def double_winner(history):
    """The one use of a coupon went to two keys."""
    first = history.of("redeem")
    other = next(key for key in history.model.keys if key != first.told["key"])
    second = deepcopy(first)
    second.told = first.told | {"key": other}
    second.request_id, second.made = "request-second", name(5)
    history.attempts.append(second)
    event = deepcopy(history.event_of(first))
    event |= {"request_id": second.request_id}
    event["data"] |= {"redemption": second.made}
    history.insert(event["seq"], event)


def one_seat_too_many(history):
    """Who was refused for want of seats sits all the same."""
    refused = next(each for each in history.attempts if each.said == "SEAT_LIMIT_REACHED")
    before = [each for each in history.attempts if each.answered < refused.invoked]
    seq = max(
        event["seq"]
        for each in before
        for event in history.events
        if event["request_id"] == each.request_id
    )
    refused.said, refused.made = CREATED, name(5)
    event = deepcopy(history.event_of(history.of("activate", "CREATED")))
    event |= {"request_id": refused.request_id, "subject_id": refused.made}
    history.insert(seq, event)


def swapped_order(history):
    """Of two that did not overlap the later one stands first."""
    done = [history.of("rotate"), history.of("publish")]
    one, two = (history.event_of(each) for each in done)
    place, other = history.events.index(one), history.events.index(two)
    history.events[place], history.events[other] = two, one
    history.number()


def gap(history):
    for event in history.events[50:]:
        event["seq"] += 1


def duplicate_number(history):
    for event in history.events[50:]:
        event["seq"] -= 1


def phantom(history):
    """An act that nobody asked for."""
    event = deepcopy(history.event_of(history.of("publish")))
    history.insert(60, event | {"request_id": "request-of-nobody"})


def done_twice(history):
    """One request to rotate gave the key two codes."""
    event = deepcopy(history.event_of(history.of("rotate")))
    event["data"] |= {"old": event["subject_label"]}
    history.insert(event["seq"], event)


def refused_but_done(history):
    history.of("suspend").said = "BUSY"


def denied_but_answered(history):
    history.event_of(history.of("withdraw"))["outcome"] = "denied"


def unjustified_refusal(history):
    """For want of seats, with a seat free all the time."""
    attempt = history.of("activate", "CREATED")
    event = history.event_of(attempt)
    history.events.remove(event)
    history.number()
    attempt.said, attempt.made = "SEAT_LIMIT_REACHED", None


def refusal_of_another_time(history):
    """The coupon was used up only after the answer."""
    winner = history.of("redeem")
    early = Attempt(9, "request-early", winner.told, 0.1, 0.2, "COUPON_EXHAUSTED")
    history.attempts.append(early)


def another_result(history):
    """The client was given the id of something else."""
    history.of("activate", "CREATED").made = name(5)


def another_replay(history):
    """The same coupon again gave another redemption."""
    again = next(
        each for each in history.attempts if each.told["act"] == "redeem" and each.said == REPEATED
    )
    again.made = name(5)


def another_term(history):
    history.of("redeem").until = "2099-01-01"


def other_rights(history):
    history.event_of(history.of("redeem"))["data"]["effects"][-1]["after"]["seats"] = 9


def another_subject(history):
    history.event_of(history.of("suspend"))["subject_id"] = name(5)


def another_end(history):
    """The last state is not what the events lead to."""
    history.model.keys[name(0)].status = "revoked"


DOCTORED = [
    (lost_write, "explains it"),
    (lost_redemption, "explains it"),
    (double_winner, "the model says.*COUPON_EXHAUSTED"),
    (one_seat_too_many, "activations on 2 seats"),
    (swapped_order, "belongs between"),
    (gap, "event 52 follows 50"),
    (duplicate_number, "event 50 follows 50"),
    (phantom, "nobody asked"),
    (done_twice, "has 2 events"),
    (refused_but_done, "BUSY, though event"),
    (denied_but_answered, "denies it"),
    (unjustified_refusal, "SEAT_LIMIT_REACHED: nothing"),
    (refusal_of_another_time, "COUPON_EXHAUSTED: nothing"),
    (another_result, "the client has"),
    (another_replay, "explains it"),
    (another_term, "was told 2099"),
    (other_rights, "the rights are"),
    (another_subject, "the model says"),
    (another_end, "another end"),
]


@pytest.mark.parametrize(("doctor", "told"), DOCTORED)
def test_a_doctored_history_is_refused(history, doctor, told):
    doctor(history)
    found = history.violations()
    assert any(re.search(told, each) for each in found), found


def test_a_chain_that_was_changed_and_not_computed_anew_is_refused(history):
    chained(history.events)
    history.events[30]["data"] |= {"reason": "Другая"}
    assert history.examined() == ["the hash of event 31 is wrong"]
