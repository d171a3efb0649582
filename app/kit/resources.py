"""Finds the folders that are no Python: beside the packages, or inside them in a wheel."""

from pathlib import Path

_APP = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """A folder of the checkout (`templates`, `static`, `deploy`…), wherever this copy keeps it."""
    packed = _APP / "_data" / name
    return packed if packed.is_dir() else _APP.parent / name
