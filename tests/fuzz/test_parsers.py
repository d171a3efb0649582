"""No input makes a parser do anything but read or refuse; inputs are led by coverage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
CAMPAIGN = 100


@pytest.mark.long
@pytest.mark.fault(minutes=25)
def test_every_parser_reads_or_refuses(pytestconfig, figures):
    """In a process of its own, where chance is the same each time and a crash is seen."""
    is_campaign = pytestconfig.getoption("--fault-profile") == "campaign"
    command = [sys.executable, "-m", "tests.fuzz", str(CAMPAIGN if is_campaign else 1)]
    alike = os.environ | {"PYTHONHASHSEED": "0"}
    child = subprocess.run(
        command, cwd=ROOT, env=alike, check=False, capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
    told = {line["parser"]: line for line in map(json.loads, child.stdout.splitlines())}
    assert set(told) == set(TARGETS)
    found = {name: line["found"] for name, line in told.items() if line["found"]}
    executions = sum(line["executions"] for line in told.values())
    figures("fuzz_errors", sum(map(len, found.values())), of=executions)
    assert found == {}
    assert all(line["edges"] for line in told.values()), "nobody was looking"
    kept, seeds = (sum(line[name] for line in told.values()) for name in ("kept", "seeds"))
    assert kept > seeds * 3 / 2, "hardly anything new was reached"
