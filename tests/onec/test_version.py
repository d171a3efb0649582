"""Versions: the signed key, the total order, rule ends and what is no version at all."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onec.version import MAX_FIRST, MAX_KEY, MAX_PART, Version, VersionError, VersionRange

four_parts = st.tuples(
    st.integers(0, MAX_FIRST),
    st.integers(0, MAX_PART),
    st.integers(0, MAX_PART),
    st.integers(0, MAX_PART),
)
# Edges far oftener than chance would bring them: carries and the overflow live there.
parts = st.sampled_from([0, 1, 9, 10, 999, 1_000, 65_534, MAX_PART]) | st.integers(0, MAX_PART)
edgy = st.tuples(st.sampled_from([0, 3, 8, 32_766, MAX_FIRST]), parts, parts, parts)
no_versions = [
    "",
    " ",
    "abc",
    "3.0.150.",
    ".3.0.150",
    "3..0.150",
    "3.0.150.30.1",
    "3.0.150.30\n",
    " 3.0.150.30",
    "3,0,150,30",
    "-3.0.150.30",
    "+3.0.150.30",
    "3.0.150.3_0",
    "３.０.１５０.３０",  # full-width digits
    "٣.٠.١٥٠.٣٠",  # Arabic digits
    "²",
    "3.0.150.65536",
    "32768.0.0.0",
    "3.0.000150.30",  # six digits
    "2020-12-11",
    "1.6.0+2021-08-03",
    "NaN",
    "3.0.150.*",
]


def dotted(numbers):
    return ".".join(map(str, numbers))


def version(text):
    return Version.parse(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("3.0.150.30", 844424939962398),
        ("3.0.9.10", 844424930721802),
        ("8.3.26.1498", 2251812700292570),
        ("8.3.27.498", 2251812700357106),
        ("2.4.0", 562967133290496),
        ("3.0", 844424930131968),
        ("0", 0),
        ("32767.65535.65535.65535", MAX_KEY),
    ],
)
def test_a_version_is_one_signed_key(text, key):
    assert version(text).key == key


@pytest.mark.parametrize(
    ("text", "to_key"),
    [
        ("3.0", 844429225099264),
        ("3.0.*", 844429225099264),
        ("3.0.150", 844424940027904),
        ("3.0.150.*", 844424940027904),
        ("3.0.150.30", 844424939962398 + 1),
        ("3.65535", version("4").key),
        ("3.0.150.65535", version("3.0.151").key),
        ("32767", MAX_KEY),
        ("32767.65535.65535.65535", MAX_KEY),
    ],
)
def test_an_upper_end_is_a_half_open_bound(text, to_key):
    assert VersionRange.up_to(text).to_key == to_key


def test_a_branch_minimum_covers_its_branch():
    branch = VersionRange.between("8.3.24.1548", "8.3.24")
    assert (branch.from_key, branch.to_key) == (version("8.3.24.1548").key, version("8.3.25").key)


def test_an_overflowing_end_still_holds_the_last_version():
    last = version("32767.65535.65535.65535")
    assert last in VersionRange.up_to("32767")
    assert last not in VersionRange.up_to("32767.65535.65535.65534")


def test_the_order_is_that_of_tuples_on_100_000_random_pairs():
    numbers = random.Random(20261121)  # noqa: S311 - a test, no secret

    def draw():
        # Small parts too: random 16-bit numbers alone would rarely share a prefix.
        top = numbers.choice((2, 20, 2_000, MAX_FIRST))
        return tuple(numbers.randint(0, top) for _ in range(4))

    for _ in range(100_000):
        left, right = draw(), draw()
        one, other = Version.known(dotted(left)), Version.known(dotted(right))
        assert (one < other, one == other, one > other) == (
            left < right,
            left == right,
            left > right,
        )


def test_decimal_weights_would_make_two_platforms_equal():
    def weight(text):
        a, b, c, d = map(int, text.split("."))
        return a * 10**9 + b * 10**6 + c * 10**3 + d

    assert weight("8.3.26.1498") == weight("8.3.27.498") == 8003027498
    assert version("8.3.26.1498") < version("8.3.27.498")


def test_text_order_would_put_9_above_150():
    older, newer = "3.0.9.10", "3.0.150.34"
    assert older > newer
    assert version(older) < version(newer)


def test_a_substring_is_no_equality():
    short, long = "3.1.5.20", "3.1.5.200"
    assert short in long
    assert version(short) != version(long)
    assert version(long) not in VersionRange.exclusion(short)


def test_parts_above_a_thousand_do_not_carry():
    assert version("3.0.170.9999") < version("3.0.171.0")
    assert version("3.0.170.9999") in VersionRange.up_to("3.0.170.*")
    assert version("3.0.171.0") not in VersionRange.up_to("3.0.170.*")


def test_missing_parts_are_zero():
    assert version("1.2") == version("1.2.0") == version("1.2.0.0")
    assert hash(version("1.2")) == hash(version("1.2.0"))
    assert version("1.2").parts == (1, 2, 0, 0)


def test_leading_zeros_change_nothing_and_stay_in_the_text():
    typed = Version.known("3.0.0155.13")
    assert typed == version("3.0.155.13")
    assert str(typed) == "3.0.0155.13"


@pytest.mark.parametrize("text", no_versions)
def test_what_is_no_version_is_unknown_for_a_customer(text):
    assert Version.known(text) is None


@pytest.mark.parametrize("text", no_versions)
def test_what_is_no_version_is_refused_as_a_rule_end(text):
    with pytest.raises(VersionError):
        Version.parse(text)


@pytest.mark.parametrize("text", ["3", "3.0", "3.0.150"])
def test_fewer_than_four_parts_are_unknown_for_a_customer_and_fine_for_us(text):
    assert Version.known(text) is None
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize("text", ["", "*", ".*", "3.*.*", "3.0.155.12.*", "3.0*", "3.0.", "3.0.x"])
def test_a_broken_upper_end_is_refused(text):
    with pytest.raises(VersionError):
        VersionRange.up_to(text)


@pytest.mark.parametrize(
    "text", ["3.0.155", "3.0", "3", "3.0.155.12.*", "3.*.155", "*", ".*", "3.0.155.**", "", "3.0*"]
)
def test_an_exclusion_is_four_parts_or_a_prefix(text):
    with pytest.raises(VersionError):
        VersionRange.exclusion(text)


def test_an_exact_exclusion_holds_one_version():
    only = VersionRange.exclusion("3.0.155.12")
    assert version("3.0.155.12") in only
    assert version("3.0.155.11") not in only
    assert version("3.0.155.13") not in only
    assert version("3.0.155.120") not in only


@pytest.mark.parametrize("prefix", ["3.*", "3.0.*", "3.0.155.*"])
def test_a_prefix_exclusion_holds_all_that_begin_so(prefix):
    excluded = VersionRange.exclusion(prefix)
    assert version("3.0.155.0") in excluded
    assert version("3.0.155.65535") in excluded
    assert version("2.65535.65535.65535") not in excluded
    assert version("4.0.0.0") not in excluded


def test_swapped_ends_hold_nothing():
    swapped = VersionRange.between("8.3.22", "8.3.21")
    assert version("8.3.22.0") not in swapped
    assert version("8.3.21.9") not in swapped


@given(edgy, edgy)
def test_keys_order_as_tuples_do(left, right):
    one, other = version(dotted(left)), version(dotted(right))
    assert (one < other) == (left < right)
    assert (one == other) == (left == right)
    assert (one <= other) == (left <= right)


@given(four_parts)
def test_a_key_fits_a_signed_column_and_gives_its_parts_back(numbers):
    typed = version(dotted(numbers))
    assert 0 <= typed.key <= MAX_KEY
    assert typed.parts == numbers


@given(edgy, edgy, st.integers(1, 4))
def test_an_upper_end_admits_what_the_prefix_does_not_exceed(numbers, end, length):
    admitted = version(dotted(numbers)) in VersionRange.up_to(dotted(end[:length]))
    assert admitted == (numbers[:length] <= end[:length])


@given(edgy, edgy, st.integers(1, 4))
def test_a_lower_end_admits_what_its_zeros_do_not_exceed(numbers, start, length):
    full = start[:length] + (0,) * (4 - length)
    assert (version(dotted(numbers)) >= version(dotted(start[:length]))) == (numbers >= full)


@given(edgy, edgy, st.integers(1, 3))
def test_an_exclusion_by_prefix_compares_the_prefix(numbers, start, length):
    excluded = VersionRange.exclusion(dotted(start[:length]) + ".*")
    assert (version(dotted(numbers)) in excluded) == (numbers[:length] == start[:length])


@given(st.text(max_size=40))
def test_any_text_is_a_version_or_unknown(text):
    found = Version.known(text)
    assert found is None or found.text == text
