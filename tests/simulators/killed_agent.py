"""The agent, killed at a chosen commit of its journal: as by kill -9, nothing is cleaned up."""

import io
import os
import platform
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context

from agent import journal
from agent.__main__ import main
from agent.com.direct import DirectLink
from agent.com.remote import Ways

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


def kill_at(state: str, when: str, home: str, arguments: list[str], stdin: str) -> None:
    """Run the agent until it writes `state` down; end before or after that is on the disk."""
    with_sessions_in_this_process()
    kill_with_children_at(state, when, home, arguments, stdin)


def kill_with_children_at(
    state: str, when: str, home: str, arguments: list[str], stdin: str
) -> None:
    """The same where each session of 1C has a child of its own, as it is for people."""
    os.environ["PODKLUCH_HOME"] = home
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(stdin), io.StringIO(), io.StringIO()
    entered = []
    commit, enter = journal.Journal.transaction, journal._enter

    def noted(db, operation, entering, detail):
        entered.append(entering)
        enter(db, operation, entering, detail)

    @contextmanager
    def transaction(self):
        with commit(self) as db:
            yield db
            if when == "before" and state in entered:
                die()
        if when == "after" and state in entered:
            die()

    journal._enter, journal.Journal.transaction = noted, transaction
    main(arguments)


def kill_after(commits: int, home: str, arguments: list[str], stdin: str) -> None:
    """Run the agent until so much is on the disk, whatever it is; it may end before."""
    with_sessions_in_this_process()
    os.environ["PODKLUCH_HOME"] = home
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(stdin), io.StringIO(), io.StringIO()
    commit, done = journal.Journal.transaction, count(1)

    @contextmanager
    def transaction(self):
        with commit(self) as db:
            yield db
        if next(done) == commits:
            die()

    journal.Journal.transaction = transaction
    main(arguments)


def run_with_children(home: str, arguments: list[str], stdin: str) -> None:
    """Run the agent to its end on the computer that the simulated 1C knows."""
    os.environ["PODKLUCH_HOME"] = home
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(stdin), io.StringIO(), io.StringIO()
    platform.node = lambda: "PODKLUCH"
    main(arguments)


def with_sessions_in_this_process() -> None:
    """A session of 1C dies with the agent: a child of its own would cost each test seconds."""
    init = Ways.__init__

    def made(self, *arguments, **named):
        init(self, *arguments, **{"link": DirectLink, **named})

    Ways.__init__ = made


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(target: Callable[..., None], *arguments: object) -> int:
    """Do it in a process of its own; how that ended, as subprocess says it."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode
