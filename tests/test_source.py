"""What no source of ours may do, whatever it is for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path for name in ("app", "agent", "onec", "wire") for path in (ROOT / name).rglob("*.py")
]
RUN = {"eval", "exec", "compile", "os.system", "os.popen", "__import__"}
READ = {"xml", "lxml", "pickle", "marshal", "shelve", "dill", "jsonpickle", "yaml"}
BROKEN = {"md5", "md4", "sha1", "ripemd160"}
OF_OTHERS = {
    "agent/simulated/extensions.py",
    "onec/cfe/reader.py",
    "onec/cfe_writer.py",
    "app/kit/totp.py",
    "onec/cfe/payloads.py",
}
"""Where a format of others has such a hash: sums inside a .cfe, and codes of RFC 6238."""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def runs(tree: ast.AST) -> set[str]:
    """What would run a text as a program."""
    found = {ast.unparse(call.func) for call in calls(tree)} & RUN
    shells = [word for call in calls(tree) for word in call.keywords if word.arg == "shell"]
    return found | ({"shell"} if shells else set())


def imports(tree: ast.AST) -> set[str]:
    """The packages that it takes, by their first name."""
    names = {
        name
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names] if isinstance(node, ast.Import)
            else [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    return {name.partition(".")[0] for name in names}


def broken(tree: ast.AST) -> set[str]:
    """Hashes that nobody should rely on."""
    found = {node.attr.lower() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= {node.id.lower() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found & BROKEN


def where(look) -> dict[str, set[str]]:
    told = {
        str(path.relative_to(ROOT)): look(ast.parse(path.read_text("utf-8"))) for path in SOURCES
    }
    assert len(told) > 300
    return {name: found for name, found in told.items() if found}


def test_no_source_runs_code_or_a_shell():
    assert where(runs) == {}


def test_no_source_reads_what_can_run():
    assert where(lambda tree: imports(tree) & READ) == {}


def test_no_source_believes_a_broken_hash():
    assert set(where(broken)) <= OF_OTHERS


@pytest.mark.parametrize(
    ("look", "text"),
    [
        (runs, "eval(x)"), (runs, "import os\nos.system('x')"), (runs, "run(x, shell=True)"),
        (lambda tree: imports(tree) & READ, "import xml.etree.ElementTree"),
        (lambda tree: imports(tree) & READ, "from pickle import loads"),
        (broken, "hashlib.md5(x)"), (broken, "from hashlib import sha1\nsha1(x)"),
    ],
)  # fmt: skip
def test_each_would_be_found(look, text):
    assert look(ast.parse(text))
