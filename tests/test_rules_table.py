"""docs/rules.md: every rule names tests, and they exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each rule with the files and names of its tests."""
    cells = [line.strip("|").rpartition(" | ") for line in text.splitlines() if line[:2] == "| "]
    return [(rule.strip(), TEST.findall(tests)) for rule, _, tests in cells if rule != " Rule"]


TABLE = rows((ROOT / "docs/rules.md").read_text("utf-8"))


def names(source: str) -> set[str]:
    """The tests of a module."""
    return {
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def unheld(table: list[tuple[str, list[tuple[str, str]]]]) -> list[str]:
    """Rules without a test, and tests that are not there."""
    found = [rule for rule, tests in table if not tests]
    for file, name in {test for _, tests in table for test in tests}:
        path = ROOT / file
        if not path.exists() or name not in names(path.read_text("utf-8")):
            found.append(f"{file}::{name}")
    return sorted(found)


def test_every_rule_has_a_test_that_exists() -> None:
    assert unheld(TABLE) == []


def test_the_table_covers_every_part() -> None:
    told = " ".join(rule for rule, _ in TABLE)
    for operation in (
        "add_product", "extend_term", "extend_updates", "add_seats", "add_feature",
        "start_trial", "replace_products", "set_channel",
    ):  # fmt: skip
        assert f"`{operation}`" in told
    assert len(TABLE) > 140
    assert len({rule for rule, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ("| A rule | none |", "A rule"),
        ("| A rule | `tests/nowhere.py::test_it` |", "tests/nowhere.py::test_it"),
        (
            "| A rule | `tests/test_rules_table.py::test_it` |",
            "tests/test_rules_table.py::test_it",
        ),
    ],
)
def test_a_rule_without_a_test_is_found(row: str, missing: str) -> None:
    assert unheld(rows(row)) == [missing]
