"""Half of a race: a process that makes many calls at one moment, each in a thread of its own.

Reads one line of JSON per round, a database and a list of calls, and answers with the list of
their outcomes.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.kit.config import Settings
from app.kit.db import make_engine, problem_of, reading, transaction
from app.kit.problems import Problem
from app.licensing.schemas import Activate
from app.licensing.service.activations import activate
from app.licensing.service.keys import Caller, InstallerPrincipal, identify
from tests.factories.kit import a_kit

THREADS = 32


def redeemed(session, caller: InstallerPrincipal, call: dict[str, str]) -> tuple[str, bool]:
    done = redeem(session, RedeemCoupon(coupon=call["coupon"]), caller=caller)
    return str(done.redemption.id), not done.replayed


def activated(session, caller: InstallerPrincipal, call: dict[str, str]) -> tuple[str, bool]:
    infobase = {"id": call["infobase"], "label": "База"}
    command = Activate(product="warehouse-helper", infobase=infobase)
    done = activate(session, command, caller=caller)
    return str(done.activation.id), done.created


class Racer:
    """Makes the calls as the routes make them: who calls first, then one transaction."""

    def __init__(self) -> None:
        self.settings = Settings(environment="test", threads=THREADS)
        self.kit = a_kit(self.settings)
        self.url, self.engine = "", None

    def meet(self, url: str) -> None:
        """The database of the next round; connections to the last one are let go."""
        if url == self.url:
            return
        self.leave()
        self.url, self.engine = url, make_engine(url, self.settings)
        # How long a slow machine makes them wait is no question of these tests.
        event.listen(self.engine, "connect", wait_for_ever)

    def leave(self) -> None:
        if self.engine:
            self.engine.dispose()

    def round(self, calls: list[dict[str, str]]) -> list[dict[str, object]]:
        start = threading.Barrier(len(calls))
        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(lambda call: self.call(call, start), calls))

    def call(self, call: dict[str, str], start: threading.Barrier) -> dict[str, object]:
        with reading(self.engine, self.kit) as session:
            caller = identify(session, call["key"], Caller())
        start.wait()
        act = redeemed if "coupon" in call else activated
        try:
            with transaction(self.engine, self.kit) as session:
                found, fresh = act(session, caller, call)
        except Problem as problem:
            return {"code": problem.code}
        except SQLAlchemyError as error:
            problem = problem_of(error)
            return {"code": problem.code if problem else repr(error)}
        return {"code": "OK", "id": found, "fresh": fresh}


def wait_for_ever(connection, _record) -> None:
    connection.execute("SET lock_timeout = 0")
    connection.execute("SET statement_timeout = 0")
    connection.commit()


def main() -> None:
    racer = Racer()
    for line in sys.stdin:
        told = json.loads(line)
        racer.meet(told["url"])
        print(json.dumps(racer.round(told["calls"])), flush=True)  # noqa: T201 - its answer
    racer.leave()


if __name__ == "__main__":
    main()
