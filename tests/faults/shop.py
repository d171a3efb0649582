"""A vendor with keys, coupons and drafts, the model of it, and what clients may wish of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, select, update

from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent, AuditHead
from app.catalog.models import Product, Release
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from app.coupons.models import Coupon as CouponRow
from app.coupons.models import Redemption
from app.coupons.service.coupons import read_code
from app.kit.clock import local_date
from app.kit.db import TenantRow, reading
from app.licensing.models import Activation, Entitlement, LicenseKey
from app.licensing.service.keys import Caller, identify
from app.licensing.service.state import facts
from tests.factories.automation import a_token
from tests.factories.calls import PRODUCT, YEAR
from tests.factories.world import BUH
from tests.faults.figures import Record
from tests.faults.history import Attempt, Examination
from tests.faults.stage import Stage
from tests.faults.vendor_model import CREATED, Coupon, Key, Operation, VendorModel
from tests.model import KeyModel

LONGER = {"op": "extend_term", "product": PRODUCT, "term": {"days": 1}}
MIXED = {
    "activate": 30,
    "redeem": 20,
    "release": 18,
    "rotate": 6,
    "suspend": 6,
    "resume": 9,
    "publish": 7,
    "withdraw": 4,
}
"""How often each act is wished, of a hundred."""
PAID = {"redeem": 1, "activate": 1}


@dataclass
class Shop:
    """The stage, the vendor's token, the newest code of each key, and the model of it all."""

    stage: Stage
    token: str
    model: VendorModel
    codes: dict[str, str] = field(default_factory=dict)
    infobases: list[str] = field(default_factory=list)
    seats: list[tuple[str, str]] = field(default_factory=list)
    """Activations that some client was told of, each with its key."""
    since: int = 0

    @classmethod
    def over(cls, stage: Stage, *, keys: int, seats: int | None = 3, transfers: int = 30) -> "Shop":
        """Every second key belongs to the customer of the one before it."""
        with stage.engine.begin() as connection:
            connection.execute(update(Product).values(transfer_quota=transfers))
        with stage.acting() as world:
            token = a_token(world.session, world.vendor.id)
        made = cls(stage, token, VendorModel(PRODUCT, transfers=transfers))
        for code in stage.keys(keys, customers=(keys + 1) // 2):
            made._sell(code, seats)
        return made

    def _sell(self, code: str, seats: int | None) -> None:
        told = YEAR | {"seats": seats}
        [coupon] = self.stage.coupons(seats=seats)
        self.stage.redeem(code, coupon)
        with reading(self.stage.engine, self.stage.kit) as session:
            caller = identify(session, code, Caller())
            rights = KeyModel(facts(session, caller.vendor_id).of_products)
            hint = session.get_one(LicenseKey, caller.key_id).hint
            today = self.day(session.now())
        name = str(caller.key_id)
        self.codes[name] = code
        self.model.keys[name] = Key(str(caller.customer_id), rights, hint)
        self.model.coupons[coupon] = Coupon(1, [{"op": "add_product"} | told])
        first = {"act": "redeem", "key": name, "coupon": coupon}
        self.model.apply(first, self._redemptions()[read_code(coupon).digest].pop(), today)

    def stock(self, *, coupons: int, uses: Sequence[int] = (1,), drafts: int = 0) -> None:
        """Coupons of so many uses each, and releases that wait for their publication."""
        with self.stage.acting() as world:
            for most in uses:
                for code in world.coupon(coupons, operations=[LONGER], max_redemptions=most):
                    self.model.coupons[code] = Coupon(most, [LONGER])
            for number in range(drafts):
                told = {"extension": PRODUCT, "notes_ru": "Новое", "rules": [BUH]}
                command = CreateRelease.model_validate(told)
                file = world.cfe(f"1.{number}")
                draft = releases.create(world.session, world.vendor.id, command, file, actor=SYSTEM)
                self.model.releases[str(draft.id)] = "draft"

    def open(self, *, infobases: int) -> None:
        """From here on clients act."""
        self.infobases = [str(uuid4()) for _ in range(infobases)]
        with self.stage.engine.connect() as connection:
            vendor = AuditHead.vendor_id == self.stage.world.vendor.id
            self.since = connection.scalar(select(AuditHead.seq).where(vendor))

    def wish(self, chance: random.Random, weights: dict[str, int]) -> Operation:
        """What a client wants next."""
        [act] = chance.choices(list(weights), weights.values())
        if act == "release" and not self.seats:
            act = "activate"
        if act == "release":
            seat, key = chance.choice(self.seats[-12:])
            return {"act": act, "activation": seat, "key": key}
        if act in ("publish", "withdraw"):
            return {"act": act, "release": chance.choice(list(self.model.releases))}
        told = {"act": act, "key": chance.choice(list(self.model.keys))}
        if act == "redeem":
            told["coupon"] = chance.choice(list(self.model.coupons))
        if act == "activate":
            told["infobase"] = chance.choice(self.infobases) if self.infobases else str(uuid4())
        return told

    def examine(self, attempts: Sequence[Attempt]) -> list[str]:
        """What is wrong with the history that ended; the model is its end then."""
        events = select(AuditEvent).where(AuditEvent.vendor_id == self.stage.world.vendor.id)
        with self.stage.engine.connect() as connection:
            rows = connection.execute(events.order_by(AuditEvent.seq)).mappings().all()
        found = Examination(attempts, rows, self.model, self.since, self.day).violations()
        said, there = self.model.final(), self.final()
        return [
            *found,
            *(
                f"{name}: {said[name]}, but there is {there[name]}"
                for name in said
                if said[name] != there[name]
            ),
            *self.stage.contradictions(),
        ]

    def measure(self, figures: Record, attempts: Sequence[Attempt]) -> None:
        """Writes down what an examined history is about."""
        told = [attempt for attempt in attempts if attempt.said == CREATED]
        lost = sum(attempt.seq is None for attempt in told)
        figures("acknowledged_lost", lost, of=len(told))
        redeemed, coupons = self._redemptions(), self.model.coupons
        over = [c for c in coupons if len(redeemed.get(read_code(c).digest, ())) > coupons[c].most]
        figures("over_redemptions", len(over), of=len(coupons))
        over = [name for name in self.model.keys if self.model.excess({"key": name})]
        figures("over_activations", len(over), of=len(self.model.keys))

    def day(self, at: datetime) -> date:
        """The vendor's date of an instant."""
        return local_date(at, self.stage.world.vendor.time_zone)

    def final(self) -> dict[str, dict[str, object]]:
        """What the database holds, as the model tells it."""
        keys = select(LicenseKey.id, LicenseKey.status, LicenseKey.hint, Entitlement.valid_until)
        rows = self._rows(keys.join(Entitlement, Entitlement.key_id == LicenseKey.id), LicenseKey)
        seats = self._rows(select(Activation.id, Activation.status), Activation)
        drafts = self._rows(select(Release.id, Release.status), Release)
        redeemed = self._redemptions()
        used = {code: redeemed.get(read_code(code).digest, set()) for code in self.model.coupons}
        return {
            "keys": {str(key): (status, hint, until) for key, status, hint, until in rows},
            "coupons": used,
            "activations": {str(seat): status == "active" for seat, status in seats},
            "releases": {str(release): status for release, status in drafts},
        }

    def _redemptions(self) -> dict[bytes, set[str]]:
        """By the digest of the coupon's code: of ten thousand, two end alike."""
        found: dict[bytes, set[str]] = {}
        query = select(CouponRow.digest, Redemption.id)
        query = query.join(Redemption, Redemption.coupon_id == CouponRow.id)
        for digest, made in self._rows(query, CouponRow):
            found.setdefault(digest, set()).add(str(made))
        return found

    def _rows(self, query: Select[Any], of: type[TenantRow]) -> Sequence[Row[Any]]:
        """The vendor's own."""
        with self.stage.engine.connect() as connection:
            return connection.execute(query.where(of.vendor_id == self.stage.world.vendor.id)).all()
