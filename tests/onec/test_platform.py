"""Platform minimums per branch and compatibility modes."""

import pytest

from onec.platform import PlatformMinimum, compatibility_mode, mode_not_used
from onec.version import Version, VersionError, VersionRange

MINIMUM = PlatformMinimum.parse(["8.3.25.1286", "8.3.24.1548"])


def fits(platform):
    found = Version.known(platform)
    return found >= MINIMUM.entry_for(found)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("8.3.24.1500", False),
        ("8.3.24.1548", True),
        ("8.3.25.1285", False),
        ("8.3.25.1300", True),
        ("8.3.26.1", True),
        ("8.3.23.2040", False),
    ],
)
def test_a_platform_is_measured_against_its_branch_else_the_lowest_entry(platform, expected):
    assert fits(platform) is expected


def test_a_branch_without_an_entry_needs_no_more_than_the_lowest():
    minimum = PlatformMinimum.parse(["8.3.24.1548", "8.3.27.1000"])
    assert minimum.entry_for(Version.parse("8.3.25.1")).text == "8.3.24.1548"
    assert minimum.entry_for(Version.parse("8.3.28.1")).text == "8.3.24.1548"


def test_minimums_are_sorted_as_numbers():
    minimum = PlatformMinimum.parse(["8.3.24.1548", "8.3.9.2033", "8.3.10.1"])
    assert [entry.text for entry in minimum.entries] == ["8.3.9.2033", "8.3.10.1", "8.3.24.1548"]


def test_no_minimum_measures_nothing():
    assert PlatformMinimum().entry_for(Version.parse("8.3.1.1")) is None


def test_a_branch_named_twice_is_refused():
    with pytest.raises(VersionError):
        PlatformMinimum.parse(["8.3.24.1548", "8.3.24.1600"])


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("8.3.20.65535", False),
        ("8.3.21.0", True),
        ("8.3.22.1850", True),
        ("8.3.22.1851", False),
    ],
)
def test_an_excluded_range_is_inclusive_and_may_be_short(platform, expected):
    excluded = VersionRange.between("8.3.21", "8.3.22.1850")
    assert (Version.known(platform) in excluded) is expected


def test_a_short_range_excludes_a_whole_branch():
    branch = VersionRange.between("8.3.21", "8.3.21")
    assert Version.known("8.3.21.9999") in branch
    assert Version.known("8.3.22.0") not in branch


@pytest.mark.parametrize(
    "text", ["Версия8_3_24", "Version8_3_24", "8.3.24", "версия8_3_24", "VERSION8_3_24"]
)
def test_a_mode_is_a_version_in_every_spelling(text):
    mode = compatibility_mode(text)
    assert mode == Version.parse("8.3.24")
    assert mode.text == text


def test_an_old_mode_has_two_numbers():
    assert compatibility_mode("Версия8_1") == Version.parse("8.1")


@pytest.mark.parametrize("text", ["НеИспользовать", "DontUse", "неиспользовать", "dontuse"])
def test_a_mode_that_is_not_used_is_no_number(text):
    assert mode_not_used(text)
    with pytest.raises(VersionError):
        compatibility_mode(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8",
        "8.3.24.1548",
        "Версия8.3.24",
        "Версия",
        "Версия8_3_24_",
        "Версия8_3_99999",
        "d80314",
    ],
)
def test_other_texts_are_no_mode(text):
    assert not mode_not_used(text)
    with pytest.raises(VersionError):
        compatibility_mode(text)
