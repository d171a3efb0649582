"""What docs/pitfalls.md promises has a test of that name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "pitfalls.md").read_text("utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and "Что делает" not in line]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_is_named_is_there(file, name):
    assert f"\ndef {name}(" in (ROOT / file).read_text("utf-8")


def test_every_row_names_a_test():
    assert [row for row in ROWS if "::test_" not in row.rsplit("|", 2)[1]] == []


def test_the_ten_problems_of_the_article_are_all_there():
    numbered = re.findall(r"^\| (\d+)\. ", TEXT, re.MULTILINE)
    assert numbered == [str(number) for number in range(1, 11)]
