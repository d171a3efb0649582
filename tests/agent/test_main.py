import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agent import VERSION
from agent.__main__ import main
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import COUPON, KEY, Release

pytestmark = pytest.mark.alike  # most start the program

ROOT = Path(__file__).parents[2]


def program(*arguments, stdin="", **environment):
    return subprocess.run(
        [sys.executable, "-m", "agent", *map(str, arguments)],
        input=stdin.encode(),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )


@pytest.mark.usefixtures("bench")
def test_without_arguments_it_helps_and_exits_2():
    ran = program()
    assert ran.returncode == 2
    text = (ran.stdout + ran.stderr).decode()
    for name in ("check", "list", "install", "download", "redeem", "status"):
        assert name in text


@pytest.mark.parametrize(
    ("arguments", "word"), [((), "Адрес сервера"), (("--lang", "en"), "Address of the licence")]
)
def test_help_speaks_the_language_asked_for(capsys, arguments, word):
    with pytest.raises(SystemExit) as ended:
        main(["list", *arguments, "--help"])
    assert ended.value.code == 0
    assert word in capsys.readouterr().out


def test_an_unknown_option_is_a_result_for_programs_too(bench):
    ran = bench.run("list", "--json", "--no-such")
    assert (ran.exit, ran.result["ev"], ran.result["exit_code"]) == (2, "result", 2)


def test_the_program_installs_and_posix_shows_the_low_byte(bench, server):
    server.releases = [Release(install={"restart_required": True})]
    ran = program(*bench.arguments("install", EXTENSION, *ACCEPT), stdin=f"{KEY}\n")
    assert ran.returncode == 3010 % 256 == 194
    assert b'"exit_code": 3010' in ran.stdout.splitlines()[-1]


def test_it_speaks_utf8_on_any_console(bench):
    ran = program(*bench.arguments("list"), stdin=f"{KEY}\n", PYTHONIOENCODING="cp1251")
    assert "Складской помощник" in ran.stdout.decode("utf-8")


@pytest.mark.parametrize("manner", [("--json",), ()])
def test_an_installation_outlives_whoever_read_its_output(bench, manner):
    bench.do("check")
    command = ("install", EXTENSION, *ACCEPT, *manner, "--simulated", bench.base)
    with subprocess.Popen(
        [sys.executable, "-m", "agent", *map(str, command)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0
    assert len(bench.extensions()) == 1


def test_its_version_is_the_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION


def test_no_secret_is_ever_left_behind(bench, server):
    """Not in logs, journal, settings, cache or what was said; the vault alone has the key."""
    said = [bench.install(), bench.do("check"), bench.do("status")]
    said.append(bench.run(*bench.arguments("redeem"), stdin=f"{KEY}\n{COUPON}\n"))
    said.append(bench.run(*bench.arguments("redeem"), stdin=f"{KEY[:-1]}0\n{COUPON}\n"))
    secrets = [KEY, KEY[:-1] + "0", COUPON, "pki_" + "T" * 43, *server.downloads]
    assert len(server.downloads) == 1
    places = {str(path): path.read_bytes() for path in bench.home.rglob("*") if path.is_file()}
    vault = places.pop(str(bench.home / "vault.json"))
    assert KEY.encode() in vault
    places["said"] = "".join(ran.out + ran.err for ran in said).encode()
    places["reports"] = str(server.bodies("POST install-reports")).encode()
    places["infobase"] = bench.file.read_bytes()
    for place, content in places.items():
        for secret in secrets:
            assert secret.encode() not in content, place


def test_no_secret_is_on_a_command_line(bench):
    """There is no option that takes one."""
    arguments = bench.arguments("install", EXTENSION, *ACCEPT)
    assert not any(KEY in str(argument) for argument in arguments)
    for command in ("check", "redeem"):
        ran = bench.run(command, "--json", "--key", KEY)
        assert ran.exit == 2
        ran = bench.run(command, "--json", "--key-stdin", KEY, stdin=f"{KEY}\n")
        assert ran.exit == 2
