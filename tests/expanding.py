"""What a revision may do while the release before it still runs: nothing but to add."""

import ast
from collections.abc import Iterator

ONLY_THEN = {"drop_table", "drop_column", "rename_table"}
"""Operations that take away what the previous code uses."""
_NARROWER = {"new_column_name", "type_", "server_default"}
_WORDS = ("DROP TABLE", "DROP COLUMN", "RENAME", "SET NOT NULL")
REASON = "CONTRACTS"
"""The constant by which a revision says which release was the last to use what it takes away."""


def takings(source: str) -> Iterator[str]:
    """What the upgrade of a revision takes away, unless it gives its reason."""
    tree = ast.parse(source)
    if not _says_why(tree):
        for node in ast.walk(_upgrade(tree)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from _taken(node, node.func.attr)


def _says_why(tree: ast.Module) -> bool:
    given = [node for node in tree.body if isinstance(node, ast.Assign)]
    return any(
        ast.unparse(each.targets[0]) == REASON and isinstance(each.value, ast.Constant)
        for each in given
    )


def _upgrade(tree: ast.Module) -> ast.AST:
    found = (each for each in tree.body if isinstance(each, ast.FunctionDef))
    return next(each for each in found if each.name == "upgrade")


def _taken(call: ast.Call, name: str) -> Iterator[str]:
    given = {each.arg: ast.unparse(each.value) for each in call.keywords if each.arg}
    if name in ONLY_THEN:
        yield name
    if name == "alter_column" and (_NARROWER & given.keys() or given.get("nullable") == "False"):
        yield f"alter_column {sorted(given)}"
    if name == "add_column" and _must_be_told(call):
        yield "add_column NOT NULL without a default"
    if name == "execute":
        yield from (word for word in _WORDS if word in ast.unparse(call).upper())


def _must_be_told(call: ast.Call) -> bool:
    """Whether a column is added that whoever does not know it cannot leave out."""
    column = call.args[1]
    if not isinstance(column, ast.Call):
        return True
    given = {each.arg: ast.unparse(each.value) for each in column.keywords if each.arg}
    computed = any("Computed" in ast.unparse(each) for each in column.args)
    return given.get("nullable") != "True" and "server_default" not in given and not computed
