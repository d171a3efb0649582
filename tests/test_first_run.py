import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).parents[1]
SHOW = (
    "import json, os, sys; print(json.dumps([sys.argv[1:], os.getcwd(), os.environ['PYTHONPATH']]))"
)

# Stands in for uv: writes down how it was called and makes the environment's interpreter.
UV = """
import json, os, sys
version, calls, code, *arguments = sys.argv[1:]
if arguments == ["--version"]:
    print(f"uv {version} (test)")
    raise SystemExit
with open(calls, "a", encoding="utf-8") as file:
    chosen = {k: v for k, v in os.environ.items() if k.startswith("UV_") or k == "VIRTUAL_ENV"}
    file.write(json.dumps([arguments, chosen, os.getcwd()]) + "\\n")
if int(code):
    raise SystemExit(int(code))
scripts = os.path.join(os.environ["UV_PROJECT_ENVIRONMENT"], "bin")
os.makedirs(scripts, exist_ok=True)
if not os.path.lexists(os.path.join(scripts, "python")):
    os.symlink(sys.executable, os.path.join(scripts, "python"))
"""


class Checkout:
    """A checkout in a folder with a space and Cyrillic, with a stand-in for uv on PATH."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "мой клон"
        self.calls = folder / "calls"
        self.elsewhere = folder / "elsewhere"
        for name in ("app/cli", "agent", "bin", "deploy"):
            (self.root / name).mkdir(parents=True)
        self.elsewhere.mkdir()
        for name in ("run.py", "uv.lock"):
            shutil.copy(ROOT / name, self.root)
        for name in ("app/cli", "agent"):
            (self.root / name / "__main__.py").write_text(f"print({name!r});{SHOW}\n", "utf-8")
        self.put_uv(self.root / "bin")

    def put_uv(self, folder: Path, version: str = "0.13.9", code: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "uv.py").write_text(UV, "utf-8")
        words = [sys.executable, str(folder / "uv.py"), version, str(self.calls), str(code)]
        (folder / "uv").write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
        (folder / "uv").chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.root / "bin"), "/usr/bin", "/bin"])
        return subprocess.run(
            [sys.executable, self.root / "run.py", *arguments],
            cwd=self.elsewhere,
            env={"PATH": path, "VIRTUAL_ENV": "another", "PIP_NO_INDEX": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def synced(self) -> list[list[str]]:
        if not self.calls.exists():
            return []
        return [json.loads(line) for line in self.calls.read_text("utf-8").splitlines()]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_environment_is_synced_from_the_lock_with_this_interpreter(checkout: Checkout) -> None:
    checkout.run("exec", "python", "-c", "")
    (arguments, variables, folder) = checkout.synced()[0]
    assert arguments[:4] == ["sync", "--frozen", "--no-install-project", "--inexact"]
    assert arguments[4:8] == ["--extra", "server", "--extra", "embedded"]
    assert arguments[8:] == ["--no-dev", "--python", sys.executable]
    assert variables == {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PROJECT_ENVIRONMENT": str(checkout.root / ".venv"),
    }
    assert folder == str(checkout.root)


def test_a_second_start_syncs_nothing(checkout: Checkout) -> None:
    for _ in range(2):
        assert checkout.run("exec", "python", "-c", "").returncode == 0
    assert len(checkout.synced()) == 1


def test_the_development_group_serves_for_the_rest_but_not_the_other_way(checkout) -> None:
    for dev in ([], ["--dev"], [], ["--dev"]):
        checkout.run("exec", *dev, "python", "-c", "")
    assert ["--group" in arguments for arguments, *_ in checkout.synced()] == [False, True]


def test_a_changed_lock_or_a_lost_interpreter_is_synced_again(checkout: Checkout) -> None:
    checkout.run("exec", "python", "-c", "")
    (checkout.root / "uv.lock").write_text("version = 2\n", "utf-8")
    checkout.run("exec", "python", "-c", "")
    (checkout.root / ".venv" / "bin" / "python").unlink()
    checkout.run("exec", "python", "-c", "")
    assert len(checkout.synced()) == 3


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "name"), [([], "requirements.txt"), (["--dev"], "requirements-dev.txt")]
)
def test_where_uv_fails_pip_installs_what_was_exported(checkout: Checkout, options, name) -> None:
    checkout.put_uv(checkout.root / "bin", code=9)
    exported = checkout.root / "deploy" / name
    exported.write_text("nothing==1 --hash=sha256:" + "0" * 64, "utf-8")
    failed = checkout.run("exec", *options, "python", "-c", "")
    assert failed.returncode == 1
    assert "--require-hashes" in failed.stderr
    exported.write_text("# nothing is needed\n", "utf-8")
    for _ in range(2):
        assert checkout.run("exec", *options, "python", "-c", "").returncode == 0
    assert len(checkout.synced()) == 2


def test_an_unsuitable_uv_is_passed_over_for_our_own(checkout: Checkout) -> None:
    checkout.put_uv(checkout.root / "bin", version="0.12.1", code=9)
    checkout.put_uv(checkout.root / ".tools" / "bin")
    assert checkout.run("exec", "python", "-c", "").returncode == 0


@pytest.mark.parametrize(("name", "module"), [("podkluch", "app/cli"), ("podkluch-agent", "agent")])
def test_exec_runs_our_programs_where_the_caller_stands(checkout, name, module) -> None:
    done = checkout.run("exec", name, "--json", "Моя база.cfe")
    assert done.returncode == 0
    said, shown = done.stdout.splitlines()
    arguments, folder, path = json.loads(shown)
    assert said == module
    assert arguments == ["--json", "Моя база.cfe"]
    assert folder == str(checkout.elsewhere)
    assert path.split(os.pathsep)[0] == str(checkout.root)


def test_exit_codes_and_signals_pass_through(checkout: Checkout) -> None:
    assert checkout.run("exec", "python", "-c", "raise SystemExit(7)").returncode == 7
    dying = "import os; os.kill(os.getpid(), 15)"
    assert checkout.run("exec", "python", "-c", dying).returncode == -signal.SIGTERM


def test_progress_never_mixes_with_a_commands_output(checkout: Checkout) -> None:
    done = checkout.run("exec", "python", "-c", "print('only this')")
    assert done.stdout == "only this\n"
    assert ".venv" in done.stderr


def test_an_unknown_command_is_127(checkout: Checkout) -> None:
    done = checkout.run("exec", "no-such-command")
    assert done.returncode == 127
    assert "no-such-command" in done.stderr


@pytest.mark.parametrize("arguments", [["exec"], ["exec", "--dev"], ["demo"], ["bend"]])
def test_what_is_no_command_of_ours_prints_the_usage(checkout: Checkout, arguments) -> None:
    done = checkout.run(*arguments)
    assert done.returncode == 2
    assert "run.py test [--fast]" in done.stderr
    assert checkout.synced() == []


def test_help_needs_no_environment(checkout: Checkout) -> None:
    assert "demo --exit" in checkout.run("--help").stdout
    assert checkout.synced() == []


@pytest.mark.parametrize(
    ("arguments", "module", "dev"),
    [
        ([], ["app.demo", "serve"], False),
        (["--port", "9000", "--fresh"], ["app.demo", "serve", "--port", "9000", "--fresh"], False),
        (["demo", "--json", "--exit"], ["app.demo", "exit", "--json"], False),
        (["demo", "--exit", "--cfe", "a"], ["app.demo", "exit", "--cfe", "a"], False),
        (["test", "-n0", "-k", "a b"], ["pytest", "-n0", "-k", "a b"], True),
        (["bench", "--quick"], ["tests.bench", "--quick"], True),
        (["exec", "--dev", "podkluch", "--dev"], ["app.cli", "--dev"], True),
    ],
)
def test_every_command_becomes_one_module(arguments, module, dev) -> None:
    assert run.command_line(arguments) == ([str(run.python()), "-m", *module], dev)


@pytest.mark.parametrize(("wish", "place"), [("1", run.VENV / "bytecode"), ("", None)])
def test_bytecode_unwanted_beside_the_sources_is_kept_elsewhere(monkeypatch, wish, place) -> None:
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", wish)
    environment = run.prepared([sys.executable])[1]
    assert environment.get("PYTHONPYCACHEPREFIX") == (str(place) if place else None)
    assert "PYTHONDONTWRITEBYTECODE" not in environment


@pytest.mark.parametrize(
    ("cores", "given", "added"),
    [
        (2, [], ["-n", "2", "--dist", "worksteal"]),
        (8, ["--fast", "tests/onec"], ["-n", "2", "--dist", "worksteal"]),
        (1, [], []),
        (None, [], []),
        (8, ["-n4"], []),
        (8, ["--numprocesses=4"], []),
        (8, ["-p", "no:xdist"], []),
        (8, ["--pdb"], []),
    ],
)
def test_two_cores_share_the_tests_unless_the_caller_decides(monkeypatch, cores, given, added):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert run.tests(given)[3:] == [*added, *given]


def test_an_older_python_is_refused_in_one_line(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert run.main([]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """A machine without uv and ensurepip; the list of the commands that run.py would run."""
    commands: list[list[str]] = []

    def note(command: list[str], variables: dict[str, str], *, quietly: bool = False) -> int:
        del variables
        commands.append(command)
        return 100 if quietly else 0  # apt-get does not know the package before its update

    monkeypatch.setattr(run, "TOOLS", tmp_path / ".tools")
    monkeypatch.setattr(run, "run", note)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == "apt-get" else None)
    monkeypatch.setattr(run, "has_ensurepip", lambda: len(commands) >= 3)
    return commands


def test_root_gets_the_missing_package_and_a_uv_of_our_own(bare, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert run.find_uv() == str(run.TOOLS / "bin" / "uv")
    assert [command[3] for command in bare[:3]] == ["install", "update", "install"]
    assert bare[2][-1] == "python3-venv"
    assert bare[3] == [sys.executable, "-m", "venv", "--clear", str(run.TOOLS)]
    assert bare[4][-1] == "uv>=0.13,<0.14"
    assert len(bare) == 5


def test_others_are_told_what_to_install(bare, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        run.find_uv()
    assert bare == []


def test_pip_is_enough_where_it_knows_no_uv(bare, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(run, "has_ensurepip", lambda: True)
    fails = iter((0, 1, 0, 0))
    monkeypatch.setattr(run, "run", lambda command, _, **__: bare.append(command) or next(fails))
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "STAMP", tmp_path / "stamp")
    run.prepare(dev=False)
    assert [command[1:4] for command in bare[::2]] == [["-m", "venv", "--clear"]] * 2
    assert bare[3][-2:] == ["-r", str(ROOT / "deploy" / "requirements.txt")]


@pytest.mark.usefixtures("bare")
def test_a_python_that_is_not_debians_may_still_lack_it(monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(run, "has_ensurepip", lambda: False)
    with pytest.raises(SystemExit, match="ensurepip"):
        run.find_uv()


class Calls(list):
    """What `run.py test` would call, and how each of these calls ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *codes: int) -> None:
        super().__init__()
        self.codes = list(codes)
        monkeypatch.setattr(run, "call", self.note)
        monkeypatch.setattr(run, "execute", self.note)
        monkeypatch.setattr(run, "install_wine", lambda: self.append("install"))

    def note(self, command: list[str], *, unheard: bool = False) -> int:
        self.append(("unheard", *command[3:]) if unheard else tuple(command[3:]))
        return self.codes.pop(0)


ALL, WINE = ("-n", "2", "--dist", "worksteal"), ("-n", "0", "--wine")


@pytest.mark.parametrize(
    ("codes", "ends"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 1), ((5, 0), 0), ((5, 1), 1)]
)
def test_wine_follows_in_a_call_of_its_own(monkeypatch, codes, ends) -> None:
    calls = Calls(monkeypatch, *codes)
    assert run.test([*"abc", *ALL, "--cov"], ["--cov"]) == ends
    assert calls == ["install", (*ALL, "--cov"), ("tests/wine", *WINE)]


def test_what_the_arguments_select_of_wine_is_asked_first(monkeypatch) -> None:
    calls = Calls(monkeypatch, 0, 0, 0)
    assert run.test([*"abc", *ALL, "-k", "child"], ["-k", "child"]) == 0
    selected = ("-k", "child", *WINE)
    asked = ("unheard", *selected, "--collect-only", "-q")
    assert calls == [asked, "install", (*ALL, "-k", "child"), selected]


@pytest.mark.parametrize(("codes", "ends"), [((5, 0), 0), ((4, 4), 4)])
def test_where_nothing_of_wine_is_selected_nothing_is_installed(monkeypatch, codes, ends) -> None:
    calls = Calls(monkeypatch, *codes)
    assert run.test([*"abc", "tests/onec"], ["tests/onec"]) == ends
    assert calls == [("unheard", "tests/onec", *WINE, "--collect-only", "-q"), ("tests/onec",)]


def test_an_interrupted_run_is_not_followed_by_wine(monkeypatch) -> None:
    calls = Calls(monkeypatch, 2)
    assert run.test([*"abc", *ALL], []) == 2
    assert calls[-1] == ALL


def test_fast_asks_nothing_of_wine(monkeypatch) -> None:
    calls = Calls(monkeypatch, 0)
    assert run.test([*"abc", "--fast"], ["--fast"]) == 0
    assert calls == [("--fast",)]


def test_root_gets_only_the_packages_of_wine_that_are_missing(bare, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    parts = {"there": str(tmp_path), "one": str(tmp_path / "1"), "two": str(tmp_path / "2")}
    monkeypatch.setattr(run, "WINE_PARTS", parts)
    run.install_wine()
    assert [command[3] for command in bare] == ["install", "update", "install"]
    assert bare[0][-2:] == ["one", "two"]
