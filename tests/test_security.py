"""What SECURITY.md and docs/threats.md name is there, and nothing that belongs there is missing."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("SECURITY.md", "docs/threats.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LEVEL_1 = [
    "1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.3.1", "1.3.2", "1.5.1", "2.1.1", "2.2.1",
    "2.2.2", "2.3.1", "3.2.1", "3.2.2", "3.3.1", "3.4.1", "3.4.2", "3.5.1", "3.5.2", "3.5.3",
    "4.1.1", "4.4.1", "5.2.1", "5.2.2", "5.3.1", "5.3.2", "6.1.1", "6.2.1", "6.2.2", "6.2.3",
    "6.2.4", "6.2.5", "6.2.6", "6.2.7", "6.2.8", "6.3.1", "6.3.2", "6.4.1", "6.4.2", "7.2.1",
    "7.2.2", "7.2.3", "7.2.4", "7.4.1", "7.4.2", "8.1.1", "8.2.1", "8.2.2", "8.3.1", "9.1.1",
    "9.1.2", "9.1.3", "9.2.1", "11.3.1", "11.3.2", "11.4.1", "12.1.1", "12.2.1", "12.2.2",
    "13.4.1", "14.2.1", "14.3.1", "15.1.1", "15.2.1", "15.3.1",
]  # fmt: skip
"""OWASP ASVS 5.0.0, level 1, without the chapters on OAuth and WebRTC."""
THREATS = [f"T{number}" for number in range(1, 27) if number != 14]  # 14 was taken into 13


def rows(document: str) -> dict[str, list[str]]:
    """The rows of its tables by their first cell."""
    lines = (ROOT / document).read_text("utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.startswith("| ")
    ]
    return {first: rest for first, *rest in cells}


@cache
def declared_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_exists(document):
    named = NAMED.findall((ROOT / document).read_text("utf-8"))
    assert len(named) > 40
    assert [(path, name) for path, name in named if not (ROOT / path).is_file()] == []
    assert [(path, name) for path, name in named if name not in declared_in(path)] == []


def test_every_requirement_of_level_1_has_a_test_or_a_reason():
    told = {name: row for name, row in rows("SECURITY.md").items() if re.match(r"V\d", name)}
    assert list(told) == [f"V{each}" for each in LEVEL_1]
    assert len(LEVEL_1) == 65
    for how, shown in told.values():
        assert how
        assert NAMED.search(shown) or shown == "a reason, no test"


def test_every_threat_has_its_control_and_its_test():
    told = {name: row for name, row in rows("docs/threats.md").items() if re.match(r"T\d", name)}
    assert list(told) == THREATS
    for name, (threat, control, shown) in told.items():
        assert threat
        assert control
        assert NAMED.search(shown) or name == "T23"


def test_a_test_that_is_not_there_would_be_seen():
    assert "test_every_test_that_is_named_exists" in declared_in("tests/test_security.py")
    assert "test_nothing_at_all" not in declared_in("tests/test_security.py")
