import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PO = "locale/ru/LC_MESSAGES/messages.po"
HEADER = """\
msgid ""
msgstr ""
"Language: ru\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def catalogues(folder: Path, *arguments: str) -> int:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [folder / ".ci" / "catalogues", *arguments]
    done = subprocess.run(
        command, env={**os.environ, "PATH": path}, capture_output=True, check=False
    )
    return done.returncode


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one text in its code, one in its templates, both translated."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/catalogues", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name, text in {
        "app/a.py": 'TITLE = N_("One")\n',
        "templates/a.html": '{{ _("Two") }}\n',
        PO: f'{HEADER}msgid "One"\nmsgstr "Один"\n\nmsgid "Two"\nmsgstr "Два"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert catalogues(tmp_path) == 0
    return tmp_path


def test_a_whole_catalogue_passes_and_a_refresh_changes_nothing(tree: Path) -> None:
    before = (tree / PO).read_bytes(), (tree / PO).with_suffix(".mo").read_bytes()
    assert catalogues(tree, "--check") == 0
    assert catalogues(tree) == 0
    assert before == ((tree / PO).read_bytes(), (tree / PO).with_suffix(".mo").read_bytes())


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("app/a.py", "One", "Another"),
        ("templates/a.html", "}}", '}} {{ _("More") }}'),
        (PO, '"Один"', '""'),
        (PO, 'msgid "Two"', '#, fuzzy\nmsgid "Two"'),
        (PO, "Один", "Единица"),
    ],
    ids=["changed text", "new text", "no translation", "fuzzy", "not compiled"],
)
def test_what_is_missing_or_stale_is_found(tree: Path, name: str, old: str, new: str) -> None:
    text = (tree / name).read_text("utf-8")
    assert old in text
    (tree / name).write_text(text.replace(old, new), "utf-8")
    assert catalogues(tree, "--check") != 0
