"""A vendor as its clients meet it, without a database: keys, coupons, seats, releases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.licensing.schemas import OPERATIONS
from tests.model import KeyModel

Operation = Mapping[str, str]
"""The name of an `act`, and what it is done to."""
Answer = tuple[str, str | None]
"""What is said and the id of what was made or found, where it is known before."""

CREATED, REPEATED, DONE, NOTHING = "CREATED", "REPEATED", "DONE", "NOTHING"
DOES = frozenset({CREATED, DONE})
KEY_SUSPENDED = "KEY_SUSPENDED"


@dataclass
class Key:
    """A licence key and whoever sits on its one product."""

    customer: str
    rights: KeyModel
    hint: str
    status: str = "active"
    seated: dict[str, str] = field(default_factory=dict)
    """By infobase the activation."""
    transfers: int = 0


@dataclass
class Coupon:
    """A coupon and the redemptions of it."""

    most: int
    operations: list[dict[str, Any]]
    redeemed: dict[str, str] = field(default_factory=dict)
    """By key the redemption."""


class VendorModel:
    """What every operation is answered in a state, and what it makes of the state."""

    def __init__(self, product: str, *, transfers: int) -> None:
        self.product, self.transfers = product, transfers
        self.keys: dict[str, Key] = {}
        self.coupons: dict[str, Coupon] = {}
        self.releases: dict[str, str] = {}
        self.places: dict[str, tuple[str, str, bool]] = {}
        """By activation the key, the infobase, and whether it still sits there."""

    def answer(self, told: Operation, *, let_in: bool = False) -> Answer:
        """What is said to it now; `let_in`: the key was good when the request looked at it."""
        if told["act"] == "activate":
            return self._activate(told, let_in=let_in)
        answer: Answer = getattr(self, f"_{told['act']}")(told)
        return answer

    def is_good(self, told: Operation) -> bool:
        """Whether the key of the operation is good now."""
        return "key" in told and self.keys[told["key"]].status == "active"

    def _redeem(self, told: Operation) -> Answer:
        key, coupon = self.keys[told["key"]], self.coupons[told["coupon"]]
        if told["key"] in coupon.redeemed:
            return REPEATED, coupon.redeemed[told["key"]]
        if key.customer in (self.keys[each].customer for each in coupon.redeemed):
            return "COUPON_ALREADY_REDEEMED", None
        if len(coupon.redeemed) >= coupon.most:
            return "COUPON_EXHAUSTED", None
        return (CREATED if key.status == "active" else KEY_SUSPENDED), None

    def _activate(self, told: Operation, *, let_in: bool) -> Answer:
        key = self.keys[told["key"]]
        if key.status != "active" and not let_in:
            return KEY_SUSPENDED, None
        if told["infobase"] in key.seated:
            return REPEATED, key.seated[told["infobase"]]
        return (CREATED if self._has_room(key) else "SEAT_LIMIT_REACHED"), None

    def _has_room(self, key: Key) -> bool:
        seats = key.rights.state.rights[self.product].seats
        return seats is None or len(key.seated) < seats

    def _release(self, told: Operation) -> Answer:
        if told["activation"] not in self.places:
            return "ACTIVATION_NOT_FOUND", None
        key, _, sits = self.places[told["activation"]]
        if not sits:
            return NOTHING, None
        full = self.keys[key].transfers >= self.transfers
        return ("TRANSFER_QUOTA_EXCEEDED", None) if full else (DONE, told["activation"])

    def _suspend(self, told: Operation) -> Answer:
        return (DONE if self.is_good(told) else NOTHING), told["key"]

    def _resume(self, told: Operation) -> Answer:
        return (NOTHING if self.is_good(told) else DONE), told["key"]

    def _rotate(self, _: Operation) -> Answer:
        return DONE, None

    def _publish(self, told: Operation) -> Answer:
        said = {"draft": DONE, "published": NOTHING, "withdrawn": "RELEASE_WITHDRAWN"}
        return said[self.releases[told["release"]]], told["release"]

    def _withdraw(self, told: Operation) -> Answer:
        said = {"draft": "RELEASE_STATE", "published": DONE, "withdrawn": NOTHING}
        return said[self.releases[told["release"]]], told["release"]

    def apply(self, told: Operation, made: str, today: date) -> None:
        """Does it, whatever the answer would have been; `made` is the id that it was given."""
        getattr(self, f"_do_{told['act']}")(told, made, today)

    def _do_redeem(self, told: Operation, made: str, today: date) -> None:
        coupon = self.coupons[told["coupon"]]
        coupon.redeemed[told["key"]] = made
        operations = OPERATIONS.validate_python(coupon.operations)
        self.keys[told["key"]].rights.operate(made, operations, today)

    def _do_activate(self, told: Operation, made: str, _: date) -> None:
        key = self.keys[told["key"]]
        key.seated[told["infobase"]] = made
        self.places[made] = told["key"], told["infobase"], True

    def _do_release(self, told: Operation, *_: object) -> None:
        if told["activation"] not in self.places:
            return
        name, infobase, _ = self.places[told["activation"]]
        key = self.keys[name]
        self.places[told["activation"]] = name, infobase, False
        key.seated.pop(infobase, None)
        key.transfers += 1

    def _do_suspend(self, told: Operation, _: str, __: date) -> None:
        self.keys[told["key"]].status = "suspended"

    def _do_resume(self, told: Operation, _: str, __: date) -> None:
        self.keys[told["key"]].status = "active"

    def _do_rotate(self, told: Operation, made: str, _: date) -> None:
        self.keys[told["key"]].hint = made

    def _do_publish(self, told: Operation, _: str, __: date) -> None:
        self.releases[told["release"]] = "published"

    def _do_withdraw(self, told: Operation, _: str, __: date) -> None:
        self.releases[told["release"]] = "withdrawn"

    def excess(self, told: Operation) -> list[str]:
        """The limits around an operation that are exceeded now."""
        found = []
        if "key" in told:
            key = self.keys[told["key"]]
            seats = key.rights.state.rights[self.product].seats
            if seats is not None and len(key.seated) > seats:
                found.append(f"{len(key.seated)} activations on {seats} seats")
        if "coupon" in told:
            coupon = self.coupons[told["coupon"]]
            if len(coupon.redeemed) > coupon.most:
                found.append(f"{len(coupon.redeemed)} redemptions of {coupon.most}")
        return found

    def final(self) -> dict[str, dict[str, object]]:
        """All that a look into the database can compare."""
        return {
            "keys": {
                name: (key.status, key.hint, self._until(key)) for name, key in self.keys.items()
            },
            "coupons": {
                code: set(coupon.redeemed.values()) for code, coupon in self.coupons.items()
            },
            "activations": {made: sits for made, (_, _, sits) in self.places.items()},
            "releases": dict(self.releases),
        }

    def _until(self, key: Key) -> date | None:
        return key.rights.state.rights[self.product].valid_until
