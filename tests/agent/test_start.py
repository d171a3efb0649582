import sys

import pytest

from agent import start


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["com-worker"], "agent.com.host"),
        ([], "agent.__main__"),
        (["install", "com-worker"], "agent.__main__"),
    ],
)
def test_the_program_is_a_command_or_a_child(monkeypatch, arguments, module):
    begun = []
    for name in ("agent.com.host", "agent.__main__"):
        __import__(name)
        monkeypatch.setattr(sys.modules[name], "main", lambda name=name: begun.append(name))
    monkeypatch.setattr(sys, "argv", ["podkluch-agent", *arguments])
    start.main()
    assert begun == [module]
