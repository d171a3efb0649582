"""Where Wine cannot be: one clear reason, and never a skip."""

import shlex
import sys

import pytest

import run
from tests.wine import prefix


def test_missing_packages_are_named_with_the_command_that_brings_them(monkeypatch) -> None:
    monkeypatch.setattr(run, "WINE_PARTS", {"wine64": "/no/wine64", "locales": "/no/ru_RU"})
    with pytest.raises(prefix.NoWineError) as raised:
        prefix.prepare()
    assert str(raised.value).endswith("apt-get install --no-install-recommends wine64 locales")


def test_another_system_is_told_to_leave_it_out(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(prefix.NoWineError, match="--fast"):
        prefix.prepare()


def test_a_host_python_of_another_version_is_told_what_to_do(tmp_path, monkeypatch) -> None:
    other = tmp_path / "python"
    words = shlex.quote(sys.executable)
    other.write_text(
        f'#!/bin/sh\ncase "$1" in -V) echo Python 3.12.1;; *) {words} -c "1/0";; esac\n'
    )
    other.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(other))
    monkeypatch.setattr(run, "WINE_PARTS", {})
    monkeypatch.setattr(run, "present_uv", lambda: "uv")
    monkeypatch.setenv("PODKLUCH_WINE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(prefix.NoWineError, match=r"3\.12\.1; leave the Wine part out with --fast"):
        prefix.prepare()
