"""`run.py faults` as a process, over a small project of tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.campaign import BEGIN, END, publish
from tests.faults.service import ROOT

CONFTEST = """
from pathlib import Path
import pytest
from tests.faults.figures import recorder

def pytest_addoption(parser):
    parser.addoption("--fault-profile")
    parser.addoption("--figures")

@pytest.fixture
def figures(request):
    return recorder(Path(request.config.getoption("--figures")), request.node.nodeid)

@pytest.fixture
def kills(request):
    return {"ci": 10, "campaign": 100}[request.config.getoption("--fault-profile")]
"""
TESTS = """
from pathlib import Path
import pytest

@pytest.mark.fault(minutes=7)
def test_kills(figures, kills):
    figures("app_kills", kills)

def test_breaks(figures):
    assert Path("mended").exists()
    figures("publish_500", 80)

@pytest.mark.fault
def test_drills(figures):
    figures("restore_drill", 2.5)

def test_of_something_else():
    raise AssertionError
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests/conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "tests/test_sample.py").write_text(TESTS, "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest]\nmarkers = ["fault"]\n', "utf-8")
    (tmp_path / "docs/reliability.md").write_text(f"Before\n{BEGIN}\nold\n{END}\nAfter\n", "utf-8")
    return tmp_path


@pytest.fixture
def faults(project):
    """Runs the command; its code, its progress and its table."""
    code = "import sys; from pathlib import Path; from tests.faults.campaign import main; "
    code += "sys.exit(main(sys.argv[2:], Path(sys.argv[1])))"

    def run(*arguments):
        command = [sys.executable, "-c", code, str(project), *arguments]
        environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr, done.stdout

    return run


def rows(table):
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line[:2] == "| "]
    return {row[0]: row[2] for row in cells}


def test_it_goes_on_after_a_failure_and_shows_what_was_measured(faults, project):
    code, progress, table = faults("--publish")
    assert code == 1
    assert "[1/3] tests/test_sample.py::test_kills: about 7 min" in progress
    assert "FAILED tests/test_sample.py::test_breaks" in progress
    shown = rows(table)
    assert shown["kills of the application"] == "100"
    assert shown["publish with 500 releases"] == "NOT RUN"
    assert shown["restore drill"] == "2.5 min"
    document = (project / "docs/reliability.md").read_text("utf-8")
    assert document.startswith(f"Before\n{BEGIN}\n20")
    assert document.endswith(f"{END}\nAfter\n")
    assert rows(document) == shown
    assert [path.name for path in (project / "docs").iterdir()] == ["reliability.md"]
    (project / "mended").touch()
    code, progress, table = faults("--resume")
    assert (code, rows(table)["kills of the application"]) == (0, "100")
    assert "[1/1] tests/test_sample.py::test_breaks" in progress
    assert rows(table)["publish with 500 releases"] == "80 ms"


def test_a_table_that_is_not_whole_yet_is_no_document(tmp_path, monkeypatch):
    document, draft = tmp_path / "reliability.md", tmp_path / "draft.md"
    document.write_text(f"Before\n{BEGIN}\nold\n{END}\nAfter\n", "utf-8")
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        publish("new\n", document, draft)
    assert "old" in document.read_text("utf-8")
    monkeypatch.undo()
    publish("new\n", document, draft)
    assert document.read_text("utf-8") == f"Before\n{BEGIN}\nnew\n{END}\nAfter\n"
    assert list(tmp_path.iterdir()) == [document]


def killed(*_):
    raise KeyboardInterrupt


def test_one_test_by_name_replaces_its_own_figures_only(faults, project):
    (project / "mended").touch()
    faults("--quick")
    code, progress, table = faults("--quick", "kills")
    assert code == 0
    assert "[1/1]" in progress
    shown = rows(table)
    assert shown["kills of the application"] == "10"
    assert shown["restore drill"] == "2.5 min"
    assert faults("--only-table")[2].count("NOT RUN") == table.count("NOT RUN") + 3


def test_a_word_that_no_test_has_is_named(faults, project):
    code, progress, _ = faults("--quick", "nonsense")
    assert (code, (project / "mended").exists()) == (1, False)
    assert "FAILED nonsense: нет теста с таким словом в имени / no test has such a word" in progress
