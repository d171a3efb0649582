"""docs/openapi.json: written by `python -m tests.openapi`, compared by a test."""

import json
from functools import cache
from pathlib import Path

from app.kit.config import Settings
from app.main import create_app
from tests.factories.kit import a_kit

FILE = Path(__file__).parents[1] / "docs/openapi.json"


@cache
def described() -> str:
    """The interface as this code serves it; the same text on every machine."""
    settings = Settings(environment="test")
    app = create_app(None, a_kit(settings))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(described(), "utf-8")
