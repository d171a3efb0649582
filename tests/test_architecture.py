import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from sqlalchemy import create_engine
from starlette.applications import Starlette

import app
from app.api.auth import MARKERS, Installer, LanguageDep, Public
from app.cabinet.auth import MARKERS as PAGE_MARKERS
from app.kit.config import Settings
from app.kit.db import Kit
from app.kit.problems import Problem
from app.main import create_app
from tests import rules

ROOT = Path(__file__).parents[1]

# Every rule beside what breaks it: one that cannot find its own example proves nothing.
BREAKS = [
    (rules.long_files, "wire/long.py", "x = 1\n" * 401),
    (rules.long_files, "app/kit/embedded.py", "x = 1\n" * 121),
    (rules.long_functions, "tests/a.py", "def f():\n" + "    x = 1\n" * 40),
    (rules.transactions_ended_outside_db, "app/coupons/service.py", "session.commit()"),
    (rules.transactions_ended_outside_db, "app/api/agent/a.py", "a.b.rollback()"),
    (rules.transactions_ended_outside_db, "app/cli/a.py", "session.begin_nested()"),
    (rules.transactions_ended_outside_db, "app/main.py", "session.connection()"),
    (rules.transactions_ended_outside_db, "app/main.py", "c.exec_driver_sql('')"),
    (rules.clocks_outside_clock, "onec/a.py", "datetime.datetime.now()"),
    (rules.clocks_outside_clock, "app/a.py", "datetime.now(UTC)"),
    (rules.clocks_outside_clock, "app/a.py", "at = date.today"),
    (rules.clocks_outside_clock, "agent/a.py", "time.time()"),
    (rules.environment_outside_config, "agent/a.py", "from os import environ"),
    (rules.environment_outside_config, "app/kit/a.py", "os.environ['HOME']"),
    (rules.environment_outside_config, "app/kit/a.py", "os.getenv('HOME')"),
    (rules.skipped_tests, "tests/test_a.py", "@pytest.mark.skipif(1)\ndef f(): ..."),
    (rules.skipped_tests, "tests/test_a.py", "pytest.skip('no docker')"),
    (rules.skipped_tests, "tests/test_a.py", "from pytest import importorskip"),
    (rules.async_routes, "app/api/agent/a.py", "async def f(): ..."),
    (rules.offsets, "app/coupons/queries.py", "SQL = 'SELECT 1 OFFSET 5'"),
    (rules.offsets, "app/coupons/queries.py", "select(1).offset(5)"),
    (rules.private_indexes, "uv.lock", 'source = { registry = "https://mirror.test/simple" }'),
    (rules.private_indexes, "uv.lock", 'wheels = [{ url = "file:///srv/a.whl" }]'),
    (rules.foreign_places, "docs/a.md", "see https://wiki" + ".corporate.net/page"),
    (rules.foreign_places, "docs/a.md", "it lies in /" + "home/me/project"),
]

# A line that breaks each contract, and what import-linter says about it.
IMPORTS = {
    "agent/broken.py": ("from app.kit import clock", "agent.broken -> app.kit.clock"),
    "onec/broken.py": ("import wire.codec", "onec.broken -> wire.codec"),
    "wire/broken.py": ("import pydantic", "wire.broken -> pydantic"),
    "app/utils.py": ("", "- app.utils"),
    "app/kit/broken.py": ("import app.audit.service", "app.kit.broken -> app.audit"),
    "app/coupons/helpers.py": ("", "- app.coupons.helpers"),
    "app/customers/models.py": ("import app.customers.service", "app.customers.models -> app"),
    "app/api/broken.py": ("import sqlalchemy", "app.api.broken -> sqlalchemy"),
    "app/licensing/queries/broken.py": (
        "import fastapi",
        "app.licensing.queries.broken -> fastapi",
    ),
    "agent/journal.py": ("import win32com.client", "agent.journal -> win32com"),
    "agent/com/files.py": ("import httpx2", "agent.com.files -> httpx2"),
    "agent/com/locking.py": ("import win32com.client", "agent.com.locking -> win32com"),
}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Callable[[Path], Iterator[str]]) -> None:
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize(("rule", "name", "text"), BREAKS)
def test_the_rule_finds_what_breaks_it(tmp_path: Path, rule, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")
    assert list(rule(tmp_path))


def test_every_rule_has_a_counterexample() -> None:
    assert {rule for rule, _, _ in BREAKS} == set(rules.RULES)


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if not found.name.endswith("__main__"):
            yield found.name


def descendants(base: type) -> Iterator[type]:
    for child in base.__subclasses__():
        yield child
        yield from descendants(child)


def test_a_problem_code_means_one_thing_in_the_whole_product() -> None:
    for name in modules():
        importlib.import_module(name)
    problems = set(descendants(Problem))
    ours = [problem for problem in problems if problem.__module__.startswith("app.")]
    assert len(ours) > 10
    assert list(rules.repeated_codes(ours)) == []


@pytest.mark.parametrize("codes", [("A_B", "A_B"), ("lower",), ("TWO__BARS",)])
def test_a_repeated_or_odd_problem_code_is_found(codes: tuple[str, ...]) -> None:
    assert list(rules.repeated_codes(type("P", (), {"code": code}) for code in codes))


def test_every_route_says_who_may_call_it() -> None:
    product = create_app(create_engine("postgresql://"), Kit(Settings(), None, keyring=None))
    markers = MARKERS | PAGE_MARKERS
    assert list(rules.unmarked_routes(product.routes, markers)) == []


def test_a_route_with_no_marker_or_with_two_is_found() -> None:
    router = APIRouter()

    @router.get("/none")
    def none(language: LanguageDep) -> None: ...

    @router.get("/two")
    def two(one: Public, other: Installer) -> None: ...

    @router.get("/good")
    def good(one: Public) -> None: ...

    router.mount("/mounted", Starlette())
    found = list(rules.unmarked_routes(router.routes, MARKERS))
    assert found == ["/none", "/two", "/mounted"]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = [
        *project["project"]["dependencies"],
        *(each for extra in project["project"]["optional-dependencies"].values() for each in extra),
        *(each for group in project["dependency-groups"].values() for each in group),
    ]
    names = sorted(re.match(r"[\w.-]+", each).group() for each in listed)
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| ([a-z][\w.-]*) \|", text, re.MULTILINE)) == names


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_import_contract_holds_and_can_be_broken(tmp_path: Path) -> None:
    for package in rules.PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    kept = lint_imports(tmp_path)
    assert kept.returncode == 0, kept.stdout
    for name, (line, _) in IMPORTS.items():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    broken = lint_imports(tmp_path)
    assert broken.returncode == 1
    assert " 0 kept," in broken.stdout
    missed = [said for _, said in IMPORTS.values() if said not in broken.stdout]
    assert missed == []
