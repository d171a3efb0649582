"""The interleaving that breaks whoever asks first and writes afterwards."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.kit.problems import Problem
from tests.waiting import PATIENCE

RIVALS = 2


class Interleaving:
    """Runs acts at once; `all_have_read` is where each waits for the others."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(RIVALS)
        self.meetings = 0

    def all_have_read(self) -> None:
        if self.barrier.wait(timeout=PATIENCE) == 0:  # one of them counts
            self.meetings += 1

    def run(self, *acts: Callable[[], object]) -> Counter[str]:
        """What became of the acts, which must have met once."""
        with ThreadPoolExecutor(RIVALS) as threads:
            outcomes = Counter(threads.map(self._outcome, acts))
        assert self.meetings == 1
        return outcomes

    @staticmethod
    def _outcome(act: Callable[[], object]) -> str:
        try:
            act()
        except Problem as problem:
            return problem.code
        return "OK"

    def before(self, monkeypatch, owner, name) -> None:
        """Puts the waiting before the first write of a real verb."""
        first(monkeypatch, owner, name, self.all_have_read)


def first(monkeypatch, owner, name, act) -> None:
    """Lets something happen each time just before a function of the product runs."""
    real = getattr(owner, name)

    def delayed(*arguments):
        act()
        return real(*arguments)

    monkeypatch.setattr(owner, name, delayed)
