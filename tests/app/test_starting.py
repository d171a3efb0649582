"""What a start loads: nothing that waits for somebody who asks for it."""

import subprocess
import sys

import pytest

from tests.capabilities import first_of

HEAVY = (
    "alembic",
    "boto3",
    "botocore",
    "markdown_it",
    "securesystemslib",
    "segno",
    "tuf",
    "xlsxwriter",
)
PROGRAM = "import sys, {}; print(*[name for name in {!r} if name in sys.modules])"


def loaded(modules: str) -> list[str]:
    """Those of the heavy ones that a fresh interpreter has loaded with these modules."""
    command = [sys.executable, "-c", PROGRAM.format(modules, HEAVY)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("modules", first_of("app.cli.serve", "app.main"))
def test_a_start_loads_nothing_that_few_requests_need(modules):
    assert loaded(modules) == []


@pytest.mark.long
def test_each_of_the_heavy_ones_is_one_that_we_use():
    users = "app.kit.migrate, app.kit.storage.s3, app.trust.service.publishing"
    assert set(loaded(f"{users}, markdown_it, segno, xlsxwriter")) == set(HEAVY)
