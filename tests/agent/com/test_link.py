"""The parent's end: a child that dies, hangs, talks nonsense or outlives its welcome."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from agent.codes import Code, Exit
from agent.com.link import ChildLink, Manner, own_command
from agent.com.protocol import LONGEST, Args
from agent.com.session import Parcel
from agent.com.timeouts import NAMES, Timeouts
from agent.errors import InfobaseError
from agent.infobase import Properties
from agent.processes import end, started_at
from tests.agent.com.bases import DATA, NAME, NEWER, PASSWORD, is_running, python

PLAIN = Properties(use_default_roles=False)
SAYS = "import sys, time\nsay = lambda text: print(text, flush=True)\n"
BEGUN = SAYS + 'say(\'{"ev":"fact","state":"begun","pid":1,"started_at":"x"}\')\n'
CONNECTED = (
    BEGUN + "sys.stdin.readline()\n"
    'say(\'{"ev":"fact","state":"created"}\')\n'
    'say(\'{"ev":"fact","state":"connected","number":7}\')\n'
)
ORDERED = CONNECTED + "order = sys.stdin.readline()\n"
ENTERED = ORDERED + 'say(\'{"ev":"enter","seq":1,"state":"WRITING"}\')\nsys.stdin.readline()\n'
FOREVER = "time.sleep(600)\n"
NONSENSE = [
    "say('x')",
    "say('{}')",
    "say('[1]')",
    'say(\'{"ev":"result","seq":99}\')',
    'say(\'{"ev":"result","seq":1}\')',
    "sys.stdout.write('{\"ev')",
    "sys.stdout.buffer.write(bytes(9))",
    f"sys.stdout.write('x' * {LONGEST + 1})",
]


def opened(base, program, **timeouts):
    return ChildLink(base.opening(), python(program, **timeouts))


def asked(base, program, call="facts", **timeouts):
    with closing(opened(base, program, **timeouts)) as link:
        link.ask(call, Args())


def refused(act, *args, **named):
    with pytest.raises(InfobaseError) as error:
        act(*args, **named)
    return error.value


def test_a_session_lives_in_a_child_and_ends_with_it(base):
    with closing(base.infobase(ChildLink).connect()) as session:
        process = session.process
        assert started_at(process.pid) == process.started_at
        assert session.number == session.facts().session_number == 1
        stale = session.create(DATA, PLAIN)
        (found,) = session.extensions(NAME, stale)
        assert session.read(found.uuid) == DATA
    assert not is_running(process.pid)
    assert list(base.handed.iterdir()) == []


def test_closing_twice_and_asking_after_it_harms_nothing(base):
    session = base.infobase(ChildLink).connect()
    session.close()
    session.close()
    assert refused(session.facts).code == Code.CONNECTION_LOST


@pytest.mark.parametrize("program", [SAYS, BEGUN, BEGUN + "sys.stdin.readline()\n", ORDERED])
def test_a_child_that_dies_has_lost_the_connection(base, program):
    error = refused(asked, base, program + "sys.exit(5)\n")
    assert error.code == Code.CONNECTION_LOST
    assert "0x5" in error.source


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("program", [SAYS, BEGUN, ORDERED])
def test_a_child_that_talks_nonsense_before_a_write_changed_nothing(base, program, nonsense):
    error = refused(asked, base, f"{program}{nonsense}\nsys.stdout.flush()\n")
    assert error.code in {Code.UNEXPECTED, Code.CONNECTION_LOST}
    assert PASSWORD not in error.source


@pytest.mark.parametrize("ending", [*NONSENSE, "sys.exit(5)"])
def test_from_the_write_on_nobody_knows_what_a_lost_child_did(base, ending):
    error = refused(asked, base, f"{ENTERED}{ending}\nsys.stdout.flush()\n", "create")
    assert error.code == Code.CONNECTION_LOST


def test_a_hang_before_a_write_is_a_hang(base):
    error = refused(asked, base, ORDERED + FOREVER, probe=0.2)
    assert (error.code, error.exit) == (Code.HANG, Exit.NO_CONNECTION)
    assert "не ответила за 0.2 с" in error.diagnostics("ru")


@pytest.mark.parametrize(("program", "group"), [(SAYS, "create"), (BEGUN, "create"),
    (BEGUN + "sys.stdin.readline()\nsay('{\"ev\":\"fact\",\"state\":\"created\"}')\n", "connect"),
])  # fmt: skip
def test_each_step_on_the_way_in_has_its_own_time(base, program, group):
    error = refused(asked, base, program + FOREVER, **{group: 0.2})
    assert error.code == Code.HANG


def test_a_hang_from_a_write_on_is_a_lost_connection(base):
    error = refused(asked, base, ENTERED + FOREVER, "create", write=0.2)
    assert error.code == Code.CONNECTION_LOST


def test_a_hung_child_is_ended(base):
    link = opened(base, ORDERED + FOREVER, probe=0.2)
    refused(link.ask, "facts", Args())
    assert link._child.returncode == -signal.SIGKILL
    link.close()


@pytest.mark.parametrize("call", ["facts", "create", "delete", "issues", "refresh_parameters"])
def test_every_call_has_the_time_of_its_group(call):
    seconds = dict.fromkeys(NAMES, 1.0)
    groups = {"facts": "probe", "create": "write", "delete": "delete", "issues": "check",
              "refresh_parameters": "refresh"}  # fmt: skip
    seconds[groups[call]] = 7.0
    assert Timeouts(**seconds).of(call) == 7.0


def test_it_is_heard_of_every_few_seconds_while_1c_works(base):
    heard = []
    program = ORDERED + "sys.stdin.readline()\n"
    manner = Manner(Timeouts(probe=0.5), lambda *said: heard.append(said),
                    (sys.executable, "-c", program), heartbeat=0.1)  # fmt: skip
    with closing(ChildLink(base.opening(), manner)) as link:
        refused(link.ask, "facts", Args())
    calls, seconds = zip(*heard, strict=True)
    assert set(calls) >= {"facts"}
    assert all(one > 0 for one in seconds)


def test_a_child_that_does_not_leave_is_ended(base, monkeypatch):
    monkeypatch.setattr("agent.com.link._LEAVE", 0.1)
    link = opened(base, CONNECTED + FOREVER)
    link.close()
    assert link._child.returncode == -signal.SIGKILL


def test_what_a_child_says_besides_reaches_the_log_masked(base, caplog):
    caplog.set_level("WARNING", "agent.com.link")
    program = CONNECTED + "sys.stderr.write('oops Pwd=secret;')\n"
    opened(base, program).close()
    assert "oops Pwd=***;" in caplog.text


def test_what_a_dll_prints_does_not_disturb_the_protocol(base):
    program = (
        "import os, agent.com.host as host, agent.com.handler as handler\n"
        "old = handler.Handler.create\n"
        "handler.Handler.create = lambda self: (os.write(1, b'noise\\n'), old(self))[1]\n"
        "host.main()\n"
    )
    with closing(opened(base, program)) as link:
        assert link.number == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["connect", "facts", "write", "delete"])
def test_a_crash_inside_1c_is_a_lost_connection(base, call, when):
    base.session().create(_parcel(), PLAIN)
    (row,) = base.state["extensions"]
    base.set(faults={call: [f"crash {when}"]})
    error = refused(_everything, base, row["uuid"])
    assert error.code == Code.CONNECTION_LOST
    with closing(base.infobase(ChildLink).connect()) as session:
        assert len(session.extensions()) in {0, 1}


def test_a_child_that_is_killed_by_another_is_lost(base):
    session = base.infobase(ChildLink).connect()
    assert end(session.process)
    assert refused(session.facts).code == Code.CONNECTION_LOST
    session.close()


PARENT = """
import sys
from pathlib import Path
from agent.com.link import ChildLink
from agent.infobase import Properties
from tests.agent.com.bases import DATA, Base
base = Base.__new__(Base)
base.folder, base.handed = Path(sys.argv[1]) / "base", Path(sys.argv[1]) / "handed"
session = base.infobase(ChildLink).connect()
print(session.process.pid, flush=True)
{then}
"""


def orphaned(base, then):
    """Kill a parent in the middle of it; the pid of its child."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(then=then), base.folder.parent],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    with parent:
        pid = int(parent.stdout.readline())
        if "create" in then:
            _until(lambda: _is_logged(base))
        parent.kill()
    return pid


def test_who_inherits_the_pipes_of_a_child_holds_nobody_up(base, monkeypatch):
    monkeypatch.setattr("agent.com.link._LEAVE", 0.1)
    file = base.handed / "heir"
    link = opened(
        base,
        f"{CONNECTED}import pathlib, subprocess\n"
        "heir = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(file)!r}).write_text(str(heir.pid))\n{FOREVER}",
    )
    _until(lambda: file.exists() and file.read_text())
    link.close()
    link.close()
    readers = (link._listener, link._drain)
    assert all(reader.is_alive() for reader in readers)
    os.kill(int(file.read_text()), signal.SIGKILL)
    for reader in readers:
        reader.join()
    assert all(stream.closed for stream in (link._child.stdout, link._child.stderr))


def test_an_error_of_an_earlier_call_is_no_answer_to_this_one(base):
    late = '{"ev":"error","seq":7,"error":{"code":"NO_RIGHTS","source":"x"}}'
    error = refused(asked, base, f"{ORDERED}say('{late}')\n{FOREVER}")
    assert error.code == Code.UNEXPECTED


def test_a_child_whose_parent_is_killed_leaves(base):
    pid = orphaned(base, "__import__('time').sleep(600)")
    _until(lambda: not is_running(pid))


def test_a_call_that_hangs_does_not_keep_an_orphan_alive(base):
    base.set(faults={"write": "before hang 600"}, logs_calls=True)
    pid = orphaned(base, "session.create(DATA, Properties())")
    _until(lambda: not is_running(pid))
    assert base.state["extensions"] == []


def test_no_secret_is_on_the_command_line_in_a_repr_or_in_the_log(base, caplog):
    caplog.set_level("DEBUG", "agent")
    base.set(account={"user": "Админ", "password": PASSWORD})
    secrets = {"user": "Админ", "password": PASSWORD}
    infobase = base.infobase(ChildLink, user=secrets)
    with closing(infobase.connect()) as session:
        line = Path(f"/proc/{session.process.pid}/cmdline").read_bytes().decode()
        environment = Path(f"/proc/{session.process.pid}/environ").read_bytes().decode()
        session.facts()
        shown = [repr(x) for x in (session, infobase, base.opening(**secrets), session._link)]
    base.set(account={"user": "Админ", "password": "другой"})
    error = refused(infobase.connect)
    shown += [error.source, error.diagnostics("ru"), json.dumps(error.params, default=str)]
    assert line.split("\0")[:-1] == list(own_command())
    for text in (line, environment, caplog.text, infobase.place, infobase.label, *shown):
        assert PASSWORD not in text


def test_a_program_that_is_not_there_is_an_error_like_any_other(base):
    manner = Manner(Timeouts(), command=(str(base.handed / "no-such-program"),))
    assert refused(ChildLink, base.opening(), manner).code == Code.UNEXPECTED


def test_an_installed_program_starts_itself_in_its_second_mode(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_command() == (sys.executable, "com-worker")


def _everything(base, uuid):
    with closing(base.infobase(ChildLink).connect()) as session:
        session.facts()
        session.replace(uuid, NEWER, PLAIN)
        session.delete(uuid)


def _is_logged(base):
    log = base.folder / "calls.log"
    return log.exists() and "invoke Записать" in log.read_text("utf-8")


def _until(condition):
    """Wait for what another process does; a minute is far more than it takes."""
    wait = threading.Event()
    for _ in range(600):
        if condition():
            return
        wait.wait(0.1)
    raise AssertionError("it did not happen")


def _parcel():
    return Parcel(DATA)
