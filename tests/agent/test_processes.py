import subprocess
import sys

import pytest

from agent.infobase import HostProcess
from agent.processes import end, started_at, this_process


@pytest.fixture
def child():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_the_same_process_is_ended(child):
    known = HostProcess(child.pid, started_at(child.pid))
    assert end(known)
    child.wait()
    assert not end(known)


@pytest.mark.parametrize("begun", ["", "another time"])
def test_another_process_of_that_number_is_left_alone(child, begun):
    assert not end(HostProcess(child.pid, begun))
    assert child.poll() is None


def test_a_process_that_ended_has_no_beginning(child):
    child.kill()
    child.wait()
    assert started_at(child.pid) is None


def test_a_process_that_nobody_waited_for_yet_is_gone_as_well(child):
    known = HostProcess(child.pid, started_at(child.pid))
    child.kill()
    child.stdin.close()
    assert child.wait() != 0
    assert not end(known)


def test_it_knows_itself():
    me = this_process()
    assert started_at(me.pid) == me.started_at != ""


def test_two_processes_differ(child):
    assert started_at(child.pid) != this_process().started_at
