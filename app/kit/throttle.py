"""Buckets that count failures, in the database: all processes and hosts share them."""

import hashlib
import hmac
import math
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    cast,
    extract,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base, Kit, KitSession, UnitOfWork, UtcDateTime, transaction
from app.kit.problems import RateLimited

network: ContextVar[str] = ContextVar("network", default="")
"""The network (/24 or /64) that the request at hand comes from; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures of a kind may come at once; so many come back, evenly, per `seconds`."""

    kind: str
    tokens: int
    seconds: int


UNKNOWN_KEY = (Limit("unknown_key", 10, 600), Limit("unknown_key", 40, 3_600))
"""By network. A good key passes all the same: an office behind one address has paid for its own."""
UNKNOWN_COUPON = (Limit("unknown_coupon", 5, 600), Limit("unknown_coupon", 30, 86_400))
"""By network and by key."""
SIGN_IN = (Limit("sign_in", 10, 300),)
"""By account and by network: taken before the password is looked at, given back if it is right."""
SIGN_IN_ALL = (Limit("sign_in_all", 1_000, 300),)
"""By nothing: all failures together."""
ONE_TIME_CODE = (
    Limit("one_time_code", 5, 300),
    Limit("one_time_code", 20, 3_600),
    Limit("one_time_code", 50, 86_400),
)
"""By account."""
PASSWORD_RESET = (Limit("password_reset", 5, 86_400),)
"""By account; letters cost others something, so these do not come back."""
LONGEST = timedelta(seconds=86_400)
"""After so long without a failure every bucket is full."""


class ThrottleBucket(Base):
    """Tokens left of one bucket at an instant; refilled by the time that passed since."""

    __tablename__ = "throttle_buckets"
    __audited__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float]
    updated_at: Mapped[datetime]


def count(engine: Engine | Connection, kit: Kit, limits: Sequence[Limit], *subjects: str) -> None:
    """Takes a token of every limit for every subject; if one has none left, RateLimited instead.

    For a failure that has happened, with no other transaction open; a refusal takes nothing.
    """
    buckets = sorted(
        (_name(kit, limit, subject), limit) for limit in limits for subject in subjects
    )  # one order for everybody: no deadlock
    with transaction(engine, kit) as session:
        waits = [_take(session, name, limit) for name, limit in buckets]
        if any(waits):
            raise RateLimited(n=max(waits))


def give_back(
    engine: Engine | Connection, kit: Kit, limits: Sequence[Limit], *subjects: str
) -> None:
    """Undoes a `count` of what turned out to be no failure."""
    names = sorted((_name(kit, each, subject), each) for each in limits for subject in subjects)
    with transaction(engine, kit) as session:
        for name, limit in names:
            fuller = func.least(ThrottleBucket.tokens + 1, limit.tokens)
            bucket = update(ThrottleBucket).where(ThrottleBucket.name == name)
            session.execute(
                bucket.values(tokens=fuller), execution_options={"synchronize_session": False}
            )


def count_afterwards(session: UnitOfWork, limits: Sequence[Limit], *subjects: str) -> None:
    """As `count`, when the transaction at hand is over: its rollback would erase the count."""
    session.afterwards.append(partial(count, session.get_bind(), session.kit, limits, *subjects))


def recent(session: KitSession, limit: Limit, within: timedelta) -> float:
    """How many tokens were missing in the buckets of a kind when last taken from, all together.

    About the failures of that time, wherever they came from: what one network has failed since
    long before is counted up to its limit, what a limit refused is not.
    """
    kind = ThrottleBucket.name.startswith(f"{limit.kind}:{limit.seconds}:", autoescape=True)
    touched = ThrottleBucket.updated_at > session.now() - within
    missing = select(func.sum(limit.tokens - ThrottleBucket.tokens)).where(kind, touched)
    return session.scalar(missing) or 0.0


def _name(kit: Kit, limit: Limit, subject: str) -> str:
    """Stolen tables tell no addresses: there are few enough of them to try all hashes."""
    digest = hmac.new(kit.keyring.subkey("throttle"), subject.encode(), hashlib.sha256)
    return f"{limit.kind}:{limit.seconds}:{digest.hexdigest()}"


def _take(session: UnitOfWork, name: str, limit: Limit) -> int:
    """Takes one token, or says how many seconds are missing to it."""
    now = session.now()
    refilled = _refilled(limit, now)
    taken = session.scalar(
        insert(ThrottleBucket)
        .values(name=name, tokens=limit.tokens - 1, updated_at=now)
        .on_conflict_do_update(
            index_elements=[ThrottleBucket.name],
            set_={
                "tokens": refilled - 1,
                # hosts' clocks differ: one that is late must not give time out twice
                "updated_at": func.greatest(ThrottleBucket.updated_at, now),
            },
            where=refilled >= 1,
        )
        .returning(ThrottleBucket.tokens)
    )
    if taken is not None:
        return 0
    left = session.scalars(select(refilled).where(ThrottleBucket.name == name)).one()
    return max(1, math.ceil((1 - left) * limit.seconds / limit.tokens))


def _refilled(limit: Limit, now: datetime) -> ColumnElement[float]:
    passed = literal(now, UtcDateTime) - ThrottleBucket.updated_at
    seconds = cast(func.greatest(extract("epoch", passed), 0), Double)
    gained = seconds * limit.tokens / limit.seconds
    return func.least(ThrottleBucket.tokens + gained, limit.tokens)
