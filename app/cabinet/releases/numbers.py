"""The field of a release's own version: `version` is what forms call the version of a row."""

from app.kit.problems import ValidationFailed
from app.kit.web.forms import Fields


def numbered(fields: Fields) -> dict[str, str]:
    """The version of the release, if it was typed."""
    return {"version": text} if (text := fields.text("number").strip()) else {}


def renumbered(problem: ValidationFailed) -> ValidationFailed:
    """Errors of the version as errors of its field."""
    for error in problem.errors:
        if error["pointer"] == "/version":
            error["pointer"] = "/number"
    return problem
