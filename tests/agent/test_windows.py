import os
import subprocess
import sys

import pytest

from agent import windows
from agent.windows import Dpapi, OnlyOnWindowsError, Scope

SEAL = Dpapi(Scope.USER, b"entropy")


@pytest.mark.parametrize(
    "call",
    [
        lambda _path: SEAL.close(b"secret"),
        lambda _path: SEAL.open(b"sealed"),
        lambda _path: SEAL.account,
        lambda _path: windows.mutex("Global\\Podkluch-test", 0).__enter__(),
        windows.access_of,
        windows.close_to_others,
        lambda _path: windows.own_sid(),
        lambda _path: windows.is_administrator(),
        lambda _path: windows.report_event(100, "information", "text"),
        lambda _path: windows.register_event_source(),
        lambda _path: windows.code_pages(),
    ],
)
def test_elsewhere_it_says_that_windows_alone_has_it(call, tmp_path):
    with pytest.raises(OnlyOnWindowsError):
        call(tmp_path)


def test_elsewhere_a_job_leaves_processes_to_their_stdin():
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as child:
        job = windows.job()
        job.add(child.pid)
        job.close()
        job.close()
        os.kill(child.pid, 0)
        child.stdin.close()
        assert child.wait() == 0


def test_elsewhere_nobody_double_clicks():
    assert not windows.is_double_clicked()
