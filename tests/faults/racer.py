"""Half of a race: a process that makes many calls at one moment, each in a thread of its own.

Reads a line of JSON per round, a database and a list of calls; says that they are ready, waits
for the word, and answers with the list of their outcomes.
"""

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from app.kit.config import Settings
from app.kit.db import make_engine, problem_of, reading, transaction
from app.kit.problems import Problem
from app.licensing.service.keys import Caller, InstallerPrincipal, identify
from app.main import create_app
from tests.asgi import exchange, scope_of
from tests.factories.kit import a_kit
from tests.faults.acts import ACTS, Call

THREADS, PATIENCE = 32, 60
Outcome = dict[str, object]


class Racer:
    """Makes the calls as the routes make them: who calls first, then one transaction."""

    def __init__(self) -> None:
        self.settings = Settings(environment="test", threads=THREADS)
        self.kit = a_kit(self.settings)
        self.url, self.engine = "", None
        self.holders: dict[str, InstallerPrincipal] = {}

    def meet(self, url: str) -> None:
        """The database of the next round; connections to the last one are let go."""
        if url == self.url:
            return
        self.leave()
        self.url, self.engine = url, make_engine(url, self.settings)
        # How long a slow machine makes them wait is no question of these tests.
        event.listen(self.engine, "connect", wait_for_ever)
        self.app = create_app(self.engine, self.kit)
        self.holders.clear()

    def leave(self) -> None:
        if self.engine:
            self.engine.dispose()

    def call(self, call: Call, start: Barrier) -> Outcome:
        if call["act"] == "post":
            wait_for_all(start)
            return self.post(call)
        holder = self.holder(call["holder"])
        wait_for_all(start)
        try:
            with transaction(self.engine, self.kit) as session:
                found, fresh = ACTS[call["act"]](session, holder, call)
        except Problem as problem:
            return {"code": problem.code}
        except SQLAlchemyError as error:
            problem = problem_of(error)
            return {"code": problem.code if problem else repr(error)}
        return {"code": "OK", "id": str(found), "fresh": fresh}

    def holder(self, credential: str) -> InstallerPrincipal:
        """Who holds it; asked once, since a race begins after everybody was let in."""
        if credential not in self.holders:
            with reading(self.engine, self.kit) as session:
                self.holders[credential] = identify(session, credential, Caller())
        return self.holders[credential]

    def post(self, call: Call) -> Outcome:
        """A whole request, from its first byte to the last one of its answer."""
        headers = {
            "Authorization": f"Bearer {call['holder']}",
            "Content-Type": "application/json",
            "Idempotency-Key": call["key"],
        }
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        answer = exchange(self.app, scope_of("POST", call["path"], pairs), [call["body"].encode()])
        if answer.status not in range(200, 300):
            return {"code": answer.json()["code"]}
        told = f"{answer.status} {answer.headers['content-type']} {answer.body.decode()}"
        return {"code": "OK", "id": told, "fresh": "idempotency-replayed" not in answer.headers}


def wait_for_ever(connection, _record) -> None:
    connection.execute("SET lock_timeout = 0")
    connection.execute("SET statement_timeout = 0")
    connection.commit()


def wait_for_all(start: Barrier) -> None:
    start.wait()  # everybody of this process is known
    start.wait()  # everybody of both is


def run(racer: Racer, pool: ThreadPoolExecutor, calls: Sequence[Call]) -> list[Outcome]:
    start = Barrier(len(calls) + 1, timeout=PATIENCE)
    outcomes = pool.map(lambda call: racer.call(call, start), calls)
    start.wait()
    tell("ready")
    sys.stdin.readline()
    start.wait()
    return list(outcomes)


def tell(answer: object) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 - its answer


def main() -> None:
    racer = Racer()
    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            told = json.loads(line)
            racer.meet(told["url"])
            tell(run(racer, pool, told["calls"]))
    racer.leave()


if __name__ == "__main__":
    main()
