import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.processes import MARK
from tests.sampling import is_drawn

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
CONFTEST = "from tests.conftest import *\n"
NAMES = ("fault", "long", "s3", "nginx", "corpus", "wine", "wine_build")
SETTINGS = "[pytest]\nmarkers =\n" + "".join(f"    {name}: x\n" for name in NAMES)
SUITE = """
import pytest

def test_plain(): pass

def test_database(database_url, clone_database): assert clone_database() != database_url

@pytest.mark.fault
def test_fault(): pass

@pytest.mark.long
def test_long(): pass

@pytest.mark.s3
def test_bucket(): pass

@pytest.mark.nginx
def test_nginx(): pass

@pytest.mark.corpus
def test_corpus(): pass

@pytest.mark.wine
def test_wine(): pass

@pytest.mark.wine
@pytest.mark.wine_build
def test_wine_build(): pass
"""


class Suite:
    """A small test suite of its own under our conftest, run by a real pytest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "pytest.ini").write_text(SETTINGS)

    @contextmanager
    def running(self, text: str, *arguments: str, **variables: str) -> Iterator:
        (self.folder / "test_it.py").write_text(text)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "TEST_", MARK))}
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(ROOT), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, text: str, *arguments: str, **variables: str) -> tuple[int, list[str]]:
        """The return code and the lines that follow pytest's own summary, that one included."""
        with self.running(text, *arguments, **variables) as process:
            lines = process.communicate()[0].splitlines()
        last = max(number for number, line in enumerate(lines) if " passed" in line)
        return process.returncode, lines[last:]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_last_lines_say_what_ran(suite: Suite, workers: str) -> None:
    code, (summary, *lines) = suite.run(SUITE, "-n", workers)
    assert code == 0
    assert "6 passed" in summary
    assert lines == [
        "PostgreSQL: ran 1",
        "S3: ran 1",
        "nginx: ran 1",
        "faults: ran 1",
        "long runs: ran 1",
        "browser: NOT RUN (not selected)",
        "corpus of real .cfe: NOT RUN (no TEST_CFE_CORPUS)",
        "Wine: NOT RUN (--wine, a call of its own)",
        "agent built under Wine: NOT RUN (-m wine_build)",
    ]


def test_what_fast_and_a_selection_leave_out_is_named(suite: Suite) -> None:
    code, lines = suite.run(SUITE, "--fast", "-k", "not database", TEST_CFE_CORPUS="x")
    assert code == 0
    assert lines[1:] == [
        "PostgreSQL: NOT RUN (not selected)",
        "S3: NOT RUN (--fast)",
        "nginx: NOT RUN (--fast)",
        "faults: NOT RUN (--fast)",
        "long runs: NOT RUN (--fast)",
        "browser: NOT RUN (--fast)",
        "corpus of real .cfe: ran 1",
        "Wine: NOT RUN (--fast)",
        "agent built under Wine: NOT RUN (-m wine_build)",
    ]


CASES = """
import pytest

@pytest.mark.parametrize("case", [1, *(pytest.param(n, marks=pytest.mark.long) for n in (2, 3))])
def test_each(case): pass

@pytest.mark.long
def test_long(): pass

@pytest.mark.parametrize("case", range(40))
def test_many(case): pass

@pytest.mark.parametrize("case", range(2))
def test_few(case): pass
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_a_fast_run_only_samples_is_named(suite: Suite, workers: str) -> None:
    _, (summary, *lines) = suite.run(CASES, "--fast", "-v", "-n", workers)
    [many] = (line for line in lines if "test_many" in line)
    ran = int(many.removeprefix("SAMPLE: test_it.py::test_many: ran ").removesuffix(" of 40 cases"))
    assert 1 < ran < 20
    assert f" {1 + 2 + ran} passed" in summary
    assert lines[-3:] == [
        "SAMPLE: test_it.py::test_each: ran 1 of 3 cases",
        many,
        f"SAMPLE: ran {1 + ran} of 43 cases of 2 families (--fast; -v names them)",
    ]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_whole_run_takes_every_case(suite: Suite, workers: str) -> None:
    _, (summary, *lines) = suite.run(CASES, "-n", workers)
    assert f" {3 + 1 + 40 + 2} passed" in summary
    assert not [line for line in lines if "SAMPLE" in line]


def test_a_case_that_was_asked_for_runs_wherever_the_lot_falls(suite: Suite) -> None:
    name = next(
        name for at in range(30, 40) if not is_drawn(name := f"test_it.py::test_many[{at}]")
    )
    _, (summary, *_) = suite.run(CASES, "--fast", "-k", name.partition("::")[2])
    assert "1 passed" in summary


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ([], ["Wine: ran 1", "agent built under Wine: NOT RUN (-m wine_build)"]),
        (["-m", "wine_build"], ["Wine: ran 1", "agent built under Wine: ran 1"]),
    ],
)
def test_wine_is_a_call_of_its_own_and_speaks_of_nothing_else(suite: Suite, more, lines) -> None:
    code, (summary, *told) = suite.run(SUITE, "--wine", *more)
    assert code == 0
    assert "1 passed" in summary
    assert told == lines


def test_a_skipped_test_fails_the_run(suite: Suite) -> None:
    text = "import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('no docker')\n"
    code, lines = suite.run(text)
    assert code == 1
    assert lines[-1] == "SELECTED BUT SKIPPED: test_it.py::test_b"


def test_an_expected_failure_is_no_skipped_test(suite: Suite) -> None:
    text = "import pytest\ndef test_a(): pass\n@pytest.mark.xfail\ndef test_b(): assert 0\n"
    assert suite.run(text)[0] == 0


ORPHAN = """
import subprocess, sys

def test_leak():
    sleeper = '"$0" -c "import time; time.sleep(600)" >/dev/null 2>&1 &'
    subprocess.run(["sh", "-c", sleeper, sys.executable], check=True)
"""


def test_a_process_left_behind_fails_the_run_even_as_an_orphan(suite: Suite) -> None:
    code, lines = suite.run(ORPHAN)
    assert code == 1
    assert lines[-1].startswith("STILL RUNNING: ")
    os.kill(int(lines[-1].split()[2]), signal.SIGKILL)


WAITING = """
import signal
from pathlib import Path

def test_wait(database_url):
    with open("url", "w") as file:
        file.write(database_url)
    signal.pause()
"""


def test_a_terminated_run_still_ends_its_server(suite: Suite) -> None:
    os.mkfifo(suite.folder / "url")
    with suite.running(WAITING) as process:
        url = (suite.folder / "url").read_text()
        psycopg.connect(url).close()
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
