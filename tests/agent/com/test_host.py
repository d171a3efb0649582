"""The child, driven through pipes in this process; its end of the line protocol alone."""

import hashlib
import io
import json
import os
import queue
import subprocess
import sys
import threading

import pytest

from agent.com.host import DONE, GARBLED, Host
from agent.com.protocol import LONGEST, Args, File, Order, line
from agent.com.session import Parcel
from agent.infobase import Properties
from agent.processes import this_process
from tests.agent.com.bases import DATA, NAME, PASSWORD

PLAIN = Properties(use_default_roles=False)


class Pipe(io.RawIOBase):
    """Stdin of the host: what a test says, until it hangs up."""

    def __init__(self):
        self.said = queue.SimpleQueue()

    def readline(self, _size=-1, /):
        return self.said.get()


class Parent:
    """A parent that says what a test wants it to say."""

    def __init__(self):
        self._in, out = Pipe(), os.pipe()
        self._events, self._out = os.fdopen(out[0], "rb"), os.fdopen(out[1], "wb")
        self.host = Host(self._in, self._out)
        self.code = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self.code = self.host.run()
        finally:
            self._out.close()

    def say(self, data):
        self._in.said.put(data)

    def order(self, seq, call, **args):
        self.say(line(Order(seq, call, Args(**args))))

    def hear(self):
        return json.loads(self._events.readline() or b"null")

    def hang_up(self):
        self.say(b"")
        self._thread.join()
        rest = self._events.read()
        self._events.close()
        return [json.loads(one) for one in rest.splitlines()]


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A host that takes its time must not end the process of the tests."""
    monkeypatch.setattr("agent.com.host._GRACE", 600.0)


@pytest.fixture
def parent():
    made = Parent()
    yield made
    if made._thread.is_alive():
        made.hang_up()
    made._events.close()


def opened(parent, base):
    parent.say(line(base.opening()))
    return [parent.hear() for _ in range(3)]


def file_of(base, data=DATA):
    path = base.handed / "x.cfe"
    path.write_bytes(data)

    return File(str(path), hashlib.sha256(data).hexdigest())


def test_it_says_first_who_it_is_then_how_far_it_came(parent, base):
    begun, created, connected = opened(parent, base)
    me = this_process()
    assert (begun["pid"], begun["started_at"], begun["state"]) == (me.pid, me.started_at, "begun")
    assert created["state"] == "created"
    assert (connected["state"], connected["number"]) == ("connected", 1)
    assert parent.hang_up() == []
    assert parent.code == DONE


def test_it_answers_each_order_by_its_number(parent, base):
    opened(parent, base)
    parent.order(5, "facts")
    parent.order(6, "extensions", name=NAME)
    first, second = parent.hear(), parent.hear()
    assert (first["ev"], first["seq"]) == ("result", 5)
    assert first["answer"]["facts"]["configuration"] == "БухгалтерияПредприятия"
    assert (second["seq"], second["answer"]["flag"]) == (6, False)


def test_a_refusal_of_1c_is_an_answer_and_the_session_goes_on(parent, base):
    opened(parent, base)
    base.set(faults={"facts": ["NO_RIGHTS"]})
    parent.order(1, "facts")
    refused = parent.hear()
    assert (refused["ev"], refused["error"]["code"]) == ("error", "NO_RIGHTS")
    parent.order(2, "facts")
    assert parent.hear()["ev"] == "result"


def test_what_nobody_expected_is_an_answer_as_well(parent, base):
    opened(parent, base)
    parent.order(1, "lock", text="x")  # without a code
    refused = parent.hear()
    assert refused["error"]["code"] == "UNEXPECTED"
    assert refused["error"]["params"]["why"] == "ValueError"


def test_a_refused_connection_ends_it(parent, base):
    base.set(account={"user": "Админ", "password": PASSWORD})
    parent.say(line(base.opening(user="Админ", password="не тот пароль")))
    parent.hear()
    parent.hear()
    refused = parent.hear()
    assert (refused["ev"], refused["error"]["code"]) == ("error", "AUTH_FAILED")
    assert parent.hear() is None


@pytest.mark.parametrize("orders", [0, 1])
@pytest.mark.parametrize(
    "garbage",
    [
        b"{}\n",
        b"garbage\n",
        b"\xff\xfe\n",
        b'{"v":1',
        b"[" * 10_000 + b"\n",
        b'{"v":2,"connector":{},"kind":"file"}\n',
        b'{"v":1,"connector":{},"kind":"file","connection":"ws=x"}\n',
        b'{"seq":1,"call":"extensions","args":[]}\n',
        b'{"seq":1,"call":"no_such_call"}\n',
        b'{"seq":1,"call":"create"}\n',
        b'{"seq":true,"call":"facts"}\n',
        b"x" * LONGEST,
    ],
)
def test_it_leaves_without_a_word_where_the_parent_talks_nonsense(parent, base, garbage, orders):
    if orders:
        opened(parent, base)
    parent.say(garbage)
    parent._thread.join()
    assert parent.code == GARBLED
    assert base.session().extensions() == []


def test_a_change_waits_for_leave_and_is_done_with_it(parent, base):
    opened(parent, base)
    parent.order(1, "create", properties=PLAIN, file=file_of(base))
    asked = parent.hear()
    assert (asked["ev"], asked["state"]) == ("enter", "WRITING")
    assert base.state["extensions"] == []
    parent.say(line(Order(go=asked["seq"])))
    assert parent.hear()["ev"] == "result"
    assert len(base.state["extensions"]) == 1


@pytest.mark.parametrize(
    "instead", [b'{"go":99}\n', b'{"seq":2,"call":"facts"}\n', b"x\n", b'{"go']
)
def test_nothing_is_written_without_the_very_leave_asked_for(parent, base, instead):
    opened(parent, base)
    parent.order(1, "create", properties=PLAIN, file=file_of(base))
    parent.hear()
    parent.say(instead)
    parent._thread.join()
    assert parent.code == GARBLED
    assert base.state["extensions"] == []


def test_nothing_is_written_where_the_parent_is_gone(parent, base):
    opened(parent, base)
    parent.order(1, "create", properties=PLAIN, file=file_of(base))
    parent.hear()
    assert parent.hang_up() == []
    assert (parent.code, base.state["extensions"]) == (DONE, [])


@pytest.mark.parametrize("call", ["delete", "set_properties", "replace"])
def test_no_change_of_what_is_there_is_done_where_the_parent_is_gone(parent, base, call):
    base.session().create(_parcel(), PLAIN)
    before = base.state["extensions"]
    opened(parent, base)
    args = {"uuid": before[0]["uuid"], "properties": Properties(), "file": file_of(base)}
    parent.order(1, call, **args)
    assert parent.hear()["ev"] == "enter"
    parent.hang_up()
    assert base.state["extensions"] == before


def test_a_parent_that_hears_nothing_any_more_ends_it():
    class Deaf(io.RawIOBase):
        def write(self, _data, /):
            raise BrokenPipeError

    orders = Pipe()
    orders.said.put(b"")
    assert Host(orders, Deaf()).run() == DONE


def test_the_child_loads_nothing_of_network_trust_and_commands():
    heavy = ("httpx2", "tuf", "typer", "rich", "cryptography", "sqlite3", "agent.journal")
    program = (
        "import sys, agent.com.host, agent.com.windows_raw, agent.simulated;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def _parcel():

    return Parcel(DATA)


@pytest.mark.parametrize("share", range(0, 100, 9))
@pytest.mark.parametrize("is_open", [False, True])
def test_a_line_that_is_cut_anywhere_does_nothing(parent, base, share, is_open):
    if is_open:
        opened(parent, base)
    order = Order(1, "create", Args(properties=PLAIN, file=file_of(base)))
    whole = line(order if is_open else base.opening())
    parent.say(whole[: 1 + share * (len(whole) - 2) // 100])
    parent.say(b"")
    parent._thread.join()
    assert parent.code == GARBLED
    assert base.session().extensions() == []


@pytest.mark.parametrize("heard", range(5))
def test_it_leaves_wherever_the_parent_hangs_up(parent, base, heard):
    """After the first line of the child, its opening, an order, the leave, the answer."""
    steps = [
        parent.hear,
        lambda: (parent.say(line(base.opening())), parent.hear(), parent.hear()),
        lambda: (parent.order(1, "facts"), parent.hear()),
        lambda: (
            parent.order(2, "create", properties=PLAIN, file=file_of(base)),
            parent.say(line(Order(go=parent.hear()["seq"]))),
        ),
        parent.hear,
    ]
    for step in steps[: heard + 1]:
        step()
    parent.hang_up()
    assert parent.code == DONE
    assert len(base.session().extensions()) == int(heard >= 3)
