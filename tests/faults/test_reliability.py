"""docs/reliability.md says what is played and how much of it: each fault by tests that exist."""

import ast
import re

from tests.faults.service import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FAULTS = [f"F{number}" for number in range(1, 29)]
NO_TEST, SAME = "a command of its own", "the same"


def rows():
    """By fault: what it is, who plays it, how much in every run and in the campaign."""
    lines = (ROOT / "docs/reliability.md").read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| F\d", line)]
    return {first: rest for first, *rest in cells}


def declared_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_is_played_by_tests_that_exist():
    assert list(rows()) == FAULTS
    for name, (fault, tests, *sizes) in rows().items():
        assert all([fault, *sizes]), name
        found = NAMED.findall(tests)
        assert bool(found) != (tests == NO_TEST), name
        for path, test in found:
            assert test in declared_in(path), f"{path}::{test}"


def test_what_is_larger_in_the_campaign_asks_for_its_profile():
    for name, (_, tests, _, campaign) in rows().items():
        if campaign == SAME or tests == NO_TEST:
            continue
        sources = [(ROOT / path).read_text("utf-8") for path, _ in NAMED.findall(tests)]
        assert any("campaign" in source for source in sources), name
