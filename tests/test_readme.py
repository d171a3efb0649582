"""The map in the README leads to what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAP = re.findall(
    r"`((?:app|agent|onec|wire|docs|locale)/[^`<]*)`", (ROOT / "README.md").read_text()
)


def test_the_map_is_found() -> None:
    assert len(MAP) > 20


@pytest.mark.parametrize("place", MAP)
def test_every_place_on_the_map_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_four_pictures_are_there(name: str) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / name).read_text())
    assert len(pictures) == 4
    assert [each for each in pictures if not (ROOT / each).is_file()] == []
