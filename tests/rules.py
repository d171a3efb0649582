"""The rules of the code that no linter knows; each names what breaks it below a folder."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from app.api.auth import CALLER, Scoped
from app.cabinet.auth import Signed

PACKAGES = ("app", "agent", "wire", "onec")
NOT_OURS = {
    ".git", ".venv", ".tools", "var", "secrets", "dist", "__pycache__",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache",
}  # fmt: skip
MAX_FILE, MAX_FUNCTION = 400, 40
SHORTER = {"app/kit/embedded.py": 120}
TRANSACTION = {"commit", "rollback", "begin_nested", "exec_driver_sql"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
SKIPS = {"skip", "importorskip", "skipif", "skipIf", "skipUnless", "SkipTest"}
PUBLIC_INDEX = ("https://pypi.org/", "https://files.pythonhosted.org/")
KNOWN_HOSTS = {
    "127.0.0.1",
    "datatracker.ietf.org",
    "docs.astral.sh",
    "files.pythonhosted.org",
    "keepachangelog.com",
    "localhost",
    "pypi.org",
    "semver.org",
    "www.apache.org",
    "www.postgresql.org",
    "www.rfc-editor.org",
    "www.w3.org",
}
ON_THE_LOOP = {
    "app/api/agent/asking.py",
    "app/api/agent/license_checks.py",
    "app/api/agent/offers.py",
}
OTHERS = "static/vendor/"
"""Files of others, compared with their hashes by a test of its own."""
OPEN_FILES = {"/api/v1/openapi.json", "/static"}
RESERVED = re.compile(r"(^|\.)(example(\.[a-z]+)?|test|invalid)$")
HOST = re.compile(r"\bhttps?://([\w.-]+\.[\w.-]+\w)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(root|home|Users|work|workspace|builds)/[\w.-]")


def files(root: Path, *folders: str, pattern: str = "*.py") -> Iterator[tuple[str, Path]]:
    """Our own files below some folders of the tree, each with its name from the root."""
    for folder in folders or ("",):
        for path in sorted((root / folder).rglob(pattern)):
            parts = path.relative_to(root).parts
            if path.is_file() and not NOT_OURS.intersection(parts):
                yield "/".join(parts), path


def nodes(root: Path, *folders: str) -> Iterator[tuple[str, ast.AST]]:
    for name, path in files(root, *folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield name, node


def place(name: str, node: ast.AST, what: object = "") -> str:
    return f"{name}:{getattr(node, 'lineno', 0)} {what}".rstrip()


def dotted(node: ast.AST) -> str:
    """`datetime.now` for an attribute of a plain name, however deep; else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def long_files(root: Path) -> Iterator[str]:
    for name, path in files(root):
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > SHORTER.get(name, MAX_FILE):
            yield f"{name}: {count} lines"


def long_functions(root: Path) -> Iterator[str]:
    """Revisions are lists of statements and count as data."""
    for name, node in nodes(root):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            count = node.end_lineno - node.lineno + 1
            if count > MAX_FUNCTION and not name.startswith("migrations/versions/"):
                yield place(name, node, f"{node.name}: {count} lines")


def transactions_ended_outside_db(root: Path) -> Iterator[str]:
    for name, node in nodes(root, "app"):
        if name == "app/kit/db.py" or not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if called in TRANSACTION or dotted(node.func) == "session.connection":
            yield place(name, node, called)


def clocks_outside_clock(root: Path) -> Iterator[str]:
    for name, node in nodes(root, *PACKAGES):
        if name not in {"app/kit/clock.py", "agent/clock.py"} and isinstance(node, ast.Attribute):
            said = ".".join(dotted(node).split(".")[-2:])
            if said in CLOCKS:
                yield place(name, node, said)


def environment_outside_config(root: Path) -> Iterator[str]:
    for name, node in nodes(root, *PACKAGES):
        if name in {"app/kit/config.py", "agent/config.py"}:
            continue
        imported = isinstance(node, ast.ImportFrom) and node.module == "os"
        if dotted(node) in ENVIRONMENT or (
            imported and any(f"os.{each.name}" in ENVIRONMENT for each in node.names)
        ):
            yield place(name, node)


def skipped_tests(root: Path) -> Iterator[str]:
    """A missing capability is named at the end of the run or fails; it is never skipped."""
    for name, node in nodes(root, "tests"):
        library, _, rest = dotted(node).partition(".")
        imported = isinstance(node, ast.ImportFrom) and node.module in {"pytest", "unittest"}
        if (library in {"pytest", "unittest"} and SKIPS.intersection(rest.split("."))) or (
            imported and SKIPS.intersection(each.name for each in node.names)
        ):
            yield place(name, node)


def async_routes(root: Path) -> Iterator[str]:
    """The event loop serves two routes; whatever else ran there would hold them up."""
    for name, node in nodes(root, "app/api"):
        if isinstance(node, ast.AsyncFunctionDef) and name not in ON_THE_LOOP:
            yield place(name, node, node.name)


def offsets(root: Path) -> Iterator[str]:
    """A page starts after the last row of the one before: OFFSET reads what it throws away."""
    for name, node in nodes(root, "app"):
        text = node.value if isinstance(node, ast.Constant) else None
        if (isinstance(node, ast.Attribute) and node.attr == "offset") or (
            isinstance(text, str) and re.search(r"\bOFFSET\b", text)
        ):
            yield place(name, node)


def private_indexes(root: Path) -> Iterator[str]:
    """Where the lock would fetch something from, unless it is the public index."""
    lock = (root / "uv.lock").read_text(encoding="utf-8")
    for source in re.findall(r'(?:registry|url|git|path|directory) = "([^"]*)"', lock):
        if not source.startswith(PUBLIC_INDEX):
            yield source


def foreign_places(root: Path) -> Iterator[str]:
    """Paths of somebody's machine and hosts that nobody has agreed to name."""
    for name, path in files(root, pattern="*"):
        if name.startswith(OTHERS):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found = {match.group() for match in MACHINE_PATH.finditer(text)}
        hosts = set(HOST.findall(text)) - KNOWN_HOSTS if name != "uv.lock" else set()
        found |= {host for host in hosts if not RESERVED.search(host)}
        if str(root) in text:
            found.add(str(root))
        yield from (f"{name}: {each}" for each in sorted(found))


def repeated_codes(problems: Iterable[type]) -> Iterator[str]:
    """Codes that two problems share, or that are no UPPER_SNAKE."""
    codes = Counter(vars(problem)["code"] for problem in problems if "code" in vars(problem))
    for code, count in codes.items():
        if count > 1 or not re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", code):
            yield f"{code} × {count}"


def unmarked_routes(routes: Sequence[BaseRoute], markers: AbstractSet[object]) -> Iterator[str]:
    """Routes whose signature does not say by exactly one marker who may call them."""
    for context in iter_route_contexts(routes):
        route = context.original_route
        needs = route.dependant.dependencies if isinstance(route, APIRoute) else []
        marked = [
            need for need in needs if need.call in markers or isinstance(need.call, Scoped | Signed)
        ]
        itself = hasattr(getattr(route, "endpoint", None), CALLER)
        if len(marked) + itself != 1 and context.path not in OPEN_FILES:
            yield str(context.path)


RULES: tuple[Callable[[Path], Iterator[str]], ...] = (
    long_files,
    long_functions,
    transactions_ended_outside_db,
    clocks_outside_clock,
    environment_outside_config,
    skipped_tests,
    async_routes,
    offsets,
    private_indexes,
    foreign_places,
)
