"""Several processes with several threads each that do the same thing at the same moment."""

import multiprocessing
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.coupons.schemas import RedeemCoupon
from app.coupons.service.redemptions import redeem
from app.kit.config import Settings
from app.kit.db import Kit, UnitOfWork, make_engine, transaction
from app.kit.problems import Problem
from app.kit.signing.keyring import Keyring
from app.kit.storage import LocalStore
from app.licensing.schemas import Activate, Rebind
from app.licensing.service import keys
from app.licensing.service.activations import activate
from app.licensing.service.keys import Caller
from app.licensing.service.transfers import rebind, release_own

PROCESSES, PATIENCE = 2, 60
Act = tuple[str, Mapping[str, Any]]


def _redeem(session: UnitOfWork, key: str, coupon: str) -> str:
    caller = keys.identify(session, key, Caller())
    done = redeem(session, RedeemCoupon(coupon=coupon), caller=caller)
    return "replayed" if done.replayed else "ok"


def _activate(session: UnitOfWork, key: str, product: str, uid: str) -> str:
    caller = keys.identify(session, key, Caller())
    place = {"id": uid, "label": f"База {uid[:4]}"}
    told = Activate.model_validate({"product": product, "infobase": place})
    return str(activate(session, told, caller=caller).activation.id)


def _release(session: UnitOfWork, token: str) -> str:
    caller = keys.identify(session, token, Caller())
    release_own(session, caller.activation_id or uuid.UUID(int=0), caller=caller)
    return "ok"


def _rebind(session: UnitOfWork, token: str, uid: str) -> str:
    caller = keys.identify(session, token, Caller())
    told = Rebind.model_validate({"infobase": {"id": uid, "label": "Новое место"}})
    rebind(session, caller.activation_id or uuid.UUID(int=0), told, token, caller=caller)
    return "ok"


VERBS: Mapping[str, Callable[..., str]] = {
    "redeem": _redeem,
    "activate": _activate,
    "release": _release,
    "rebind": _rebind,
}


def attempt(engine: Engine, kit: Kit, act: Act) -> str:
    """What came of an act: its own word, or the code that it was refused with."""
    name, told = act
    try:
        with transaction(engine, kit) as session:
            return VERBS[name](session, **told)
    except Problem as problem:
        return problem.code


@dataclass
class Racers:
    """Processes that wait for their part of a round."""

    pipes: Sequence[Any]

    def race(self, acts: Sequence[Act]) -> list[str]:
        """Does all acts at once, dealt out to the processes; their outcomes in no order."""
        for number, pipe in enumerate(self.pipes):
            pipe.send(list(acts[number :: len(self.pipes)]))
        outcomes: list[str] = []
        for pipe in self.pipes:
            if not pipe.poll(PATIENCE):
                raise TimeoutError("a racer does not answer")
            outcomes += pipe.recv()
        return outcomes


@contextmanager
def racers(url: str, folder: Path) -> Iterator[Racers]:
    """Starts the processes, and ends them."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PROCESSES)
    started = []
    for _ in range(PROCESSES):
        ours, theirs = context.Pipe()
        process = context.Process(target=_run, args=(url, str(folder), gate, theirs))
        process.start()
        started.append((process, ours))
    try:
        yield Racers([pipe for _, pipe in started])
    finally:
        for process, pipe in started:
            pipe.send(None)
            process.join(PATIENCE)


def _run(url: str, folder: str, gate: Any, pipe: Any) -> None:
    settings = Settings(environment="test", data=Path(folder))
    engine = make_engine(url, settings)
    kit = Kit(settings, LocalStore(Path(folder)), keyring=Keyring.of(bytes(32)))
    with ThreadPoolExecutor(settings.threads) as pool:
        while (acts := pipe.recv()) is not None:
            gate.wait(PATIENCE)
            pipe.send(list(pool.map(lambda act: attempt(engine, kit, act), acts)))
    engine.dispose()
