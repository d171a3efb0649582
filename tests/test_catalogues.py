import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.alike  # each runs Babel over a checkout

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
TEXTS = """\
msgid "One"
msgstr "Один"

msgid "Two"
msgstr "Два"

msgid "{n} day"
msgid_plural "{n} days"
msgstr[0] "{n} день"
msgstr[1] "{n} дня"
msgstr[2] "{n} дней"
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
    """A tree with two texts in its code, one in its templates, all translated."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/catalogues", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name, text in {
        "app/a.py": 'TITLE = N_("One")\nfill_plural("{n} day", "{n} days", 3, language)\n',
        "templates/a.html": '{{ _("Two") }}\n',
        PO: HEADER + TEXTS,
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


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("app/a.py", "One", "Another"),
        ("app/a.py", "{n} days", "{n} whole days"),
        (PO, "Один", "Единица"),
        (PO, 'msgid "Two"', '#~ msgid "Old"\n#~ msgstr "Старое"\n\nmsgid "Two"'),
    ],
    ids=["changed text", "changed plural", "not compiled", "obsolete"],
)
def test_what_is_stale_is_found(tree: Path, name: str, old: str, new: str) -> None:
    change(tree / name, old, new)
    assert catalogues(tree, "--check") == 1


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("templates/a.html", "}}", '}} {{ _("More") }}'),
        (PO, '"Один"', '""'),
        (PO, '"{n} дня"', '""'),
        (PO, '"{n} дней"', '""'),
        (PO, 'msgid "Two"', '#, fuzzy\nmsgid "Two"'),
    ],
    ids=["new text", "no text", "no form", "no last form", "fuzzy"],
)
def test_a_refresh_does_not_hide_what_nobody_translated(
    tree: Path, name: str, old: str, new: str
) -> None:
    change(tree / name, old, new)
    assert catalogues(tree) == 0
    assert catalogues(tree, "--check") == 1
