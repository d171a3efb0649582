"""Whatever the lock brings is listed with its licence, and none of them binds whoever ships us."""

import re

import pytest

from tests.licences import ELSEWHERE, FILE, SILENT, described, installed, locked, shipped

ALLOWED = {
    *("MIT", "MIT-0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "PSF-2.0"),
    *("Unlicense", "CNRI-Python", "MPL-2.0"),
}
LENT = {"psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only"}
ROW = re.compile(
    r"^\| (?P<name>[a-z0-9-]+) \| (?P<licence>[^|]+) \| (?P<use>development)? ?\|$", re.MULTILINE
)


def fits(licence: str, allowed: set[str]) -> bool:
    """Of several one is enough, where they are offered; all are needed, where they are joined."""
    return any(
        all(part.strip("() ") in allowed for part in way.split(" AND "))
        for way in licence.split(" OR ")
    )


def listed() -> dict[str, str]:
    return {row["name"]: row["licence"] for row in ROW.finditer(FILE.read_text("utf-8"))}


def test_the_list_is_that_of_the_lock_and_of_what_packages_say():
    assert FILE.read_text("utf-8") == described(), "python -m tests.licences writes it anew"
    assert set(listed()) == locked().keys() - {"podkluch"}


def test_every_licence_is_one_of_those_allowed():
    strange = {n: told for n, told in listed().items() if not fits(told, ALLOWED)}
    assert strange == LENT


def test_only_what_is_not_in_every_environment_is_believed_unseen():
    assert locked().keys() - {"podkluch"} - installed().keys() <= ELSEWHERE.keys()


def test_who_names_no_licence_has_its_text():
    for name, licence in SILENT.items():
        files = [each for each in installed()[name].files or () if "LICENSE" in each.name.upper()]
        assert any(f"{licence} License" in each.read_text() for each in files), name


@pytest.mark.parametrize(
    ("licence", "fit"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0", False),
        ("", False),
    ],
)
def test_a_strange_licence_is_seen(licence, fit):
    assert fits(licence, ALLOWED) is fit


def test_what_is_for_development_does_not_ship():
    assert {"psycopg", "tuf", "httpx2", "boto3"} <= shipped()
    assert not {"pytest", "moto", "hypothesis", "playwright", "ruff"} & shipped()
