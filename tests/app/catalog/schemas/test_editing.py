"""What an editor of rules is told: overlaps, gaps, and what nothing can meet."""

import sys
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.schemas.editing import REMARKS_MAX, remarks
from app.catalog.schemas.rules import RuleRow

BUH = {"configuration_name": "БухгалтерияПредприятия"}


def told(*rows):
    found = remarks([RuleRow.model_validate(row) for row in rows])
    assert all(each.text.ru and each.text.en for each in found)
    return [(each.code, each.rules) for each in found]


def buh(first=None, last=None, **more):
    return BUH | {"version_from": first, "version_to": last} | more


def deny(**conditions):
    return {"effect": "deny"} | conditions


def test_sound_rules_are_nothing_to_tell():
    assert (
        told(
            buh("3.0.150.0", "3.0.170.*", tested_to="3.0.160.20", excluded=["3.0.155.12"]),
            buh("3.0.171", editions=["prof"]),
            buh("3.0.160", "3.0.165", editions=["corp"]),
            {"configuration_name": "Розница", "version_from": "2.3"},
            deny(**buh("3.0.152.0", "3.0.152.9", note="Ошибка БП")),
        )
        == []
    )


@pytest.mark.parametrize("rows", [(), (deny(**BUH),)])
def test_without_an_allow_row_nothing_is_allowed(rows):
    assert told(*rows) == [("NOTHING_ALLOWED", ())]


@pytest.mark.parametrize(
    "other",
    [
        buh("3.0.160", "3.0.180"),
        buh("3.0.170.5", None),
        buh(None, "3.0.150.0"),
        {"version_from": "3.0.1", "version_to": "3.0.160"},
        buh("3.0.160", "3.0.180", infobase_kind="file"),
        buh("3.0.160", "3.0.180", editions=["prof", "corp"]),
    ],
)
def test_allow_rows_that_meet_the_same_versions_overlap(other):
    assert ("RULES_OVERLAP", (1, 2)) in told(buh("3.0.150", "3.0.170"), other)


@pytest.mark.parametrize(
    "other",
    [
        buh("3.0.171", "3.0.180"),
        buh("3.0.170.0", "3.0.180", editions=["corp"]),
        {"configuration_name": "Розница", "version_from": "3.0.160"},
        deny(version_from="3.0.160", version_to="3.0.165"),
    ],
)
def test_rows_apart_do_not_overlap(other):
    assert told(buh("3.0.150", "3.0.170.*"), other) == []


def test_kinds_of_infobases_keep_rows_apart():
    one, other = (buh("3.0.150", infobase_kind=kind) for kind in ("file", "server"))
    assert told(one, other) == []


def test_versions_between_two_rows_are_a_gap():
    rows = buh("3.0.160", "3.0.165", editions=["prof", "corp"]), buh("3.0.150", "3.0.155.9")
    assert told(*rows) == [("RULES_GAP", (2, 1))]
    [gap] = remarks([RuleRow.model_validate(row) for row in rows])
    assert "после 3.0.155.9 и до 3.0.160" in gap.text.ru


def test_a_longer_row_behind_leaves_no_gap():
    rows = buh("3.0.100", "3.0.200"), buh("3.0.110", "3.0.120"), buh("3.0.201", "3.0.210")
    assert {code for code, _ in told(*rows)} == {"RULES_OVERLAP"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (buh("3.0.170", "3.0.150"), "RANGE_EMPTY"),
        (buh(editions=[]), "RANGE_EMPTY"),
        (buh("3.0.150", "3.0.170", tested_to="3.0.149.9"), "TESTED_OUTSIDE"),
        (buh("3.0.150", "3.0.170", tested_to="3.0.171"), "TESTED_OUTSIDE"),
        (buh("3.0.150", "3.0.170", excluded=["3.0.149.*"]), "EXCLUSION_OUTSIDE"),
        (buh("3.0.150", "3.0.170", excluded=["3.0.171.1"]), "EXCLUSION_OUTSIDE"),
        (buh(platform_excluded=[{"from": "8.3.22", "to": "8.3.21"}]), "PLATFORM_RANGE_EMPTY"),
    ],
)
def test_what_nothing_meets_is_told(row, code):
    assert told(row) == [(code, (1,))]


@pytest.mark.parametrize(
    "row",
    [
        deny(),
        deny(**BUH),
        deny(**buh("3.0.150.0", "3.0.170")),
        deny(**buh(excluded=["3.0.155.12"])),
        deny(**buh(tested_to="3.0.170")),
    ],
)
def test_a_deny_that_leaves_nothing_of_an_allow_row_is_told(row):
    allow = buh("3.0.150", "3.0.170.*", excluded=["3.0.155.12"])
    assert told(allow, row) == [("DENY_SWALLOWS_ALLOW", (2, 1))]


@pytest.mark.parametrize(
    "row",
    [
        deny(**buh("3.0.150.1")),
        deny(**buh(None, "3.0.169")),
        deny(**buh(editions=["corp"])),
        deny(**buh(infobase_kind="file")),
        deny(**buh(tested_to="3.0.169")),
        deny(**buh(excluded=["3.0.156.*"])),
        deny(**buh(platform_min=["8.3.24"])),
        deny(configuration_name="Розница"),
    ],
)
def test_a_deny_that_leaves_something_is_not(row):
    assert told(buh("3.0.150", "3.0.170"), row) == []


def test_there_is_an_end_to_what_is_told():
    assert len(told(*[buh()] * 50)) == REMARKS_MAX


def ranges_apart(count):
    """Rows of which none meets another, and denials that nearly leave nothing of each."""
    for number in range(count):
        excluded = [f"3.0.{number}.{part}" for part in range(20)]
        yield buh(f"3.0.{number}", f"3.0.{number}.*", excluded=excluded)
        other = [f"3.0.{part}.{number % 2}" for part in range(20)]
        yield deny(**buh("3.0.0", f"3.0.{count}", excluded=other))


def test_twice_the_rows_are_twice_the_work():
    def calls(count):
        rows = [RuleRow.model_validate(row) for row in ranges_apart(count)]
        made = Counter()
        sys.setprofile(lambda _, event, __: made.update([event]))
        try:
            assert remarks(rows) == []
        finally:
            sys.setprofile(None)
        return made["call"] + made["c_call"]

    assert calls(200) < 2.2 * calls(100)


EDITIONS = (["prof"], ["corp"], ["prof", "corp"])


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "effect": st.sampled_from(["allow", "deny"]),
                "configuration_name": st.sampled_from([None, "Розница", "Документооборот"]),
                "infobase_kind": st.sampled_from(["any", "file", "server"]),
                "editions": st.sampled_from(EDITIONS),
                "version_from": st.sampled_from([None, "2", "4"]),
                "version_to": st.sampled_from([None, "3", "5"]),
                "excluded": st.sampled_from([[], ["4.0.0.1"], ["4.0.0.1", "4.0.0.2"]]),
            }
        ),
        max_size=6,
    )
)
def test_pairs_are_those_that_a_comparison_of_each_with_each_finds(rows):
    pairs = [pair for code, pair in told(*rows) if code in {"RULES_OVERLAP", "DENY_SWALLOWS_ALLOW"}]
    numbered = list(enumerate(rows, start=1))
    sound = [(number, row) for number, row in numbered if row["effect"] == "allow"]
    sound = [(number, row) for number, row in sound if bounds(row)[0] < bounds(row)[1]]
    expected = [(a, b) for (a, one), (b, other) in combinations(sound, 2) if meet(one, other)]
    expected += [
        (a, b)
        for a, one in numbered
        for b, other in sound
        if one["effect"] == "deny" and swallows(one, other)
    ]
    assert pairs == expected


def bounds(row):
    return float(row["version_from"] or 0), float(row["version_to"] or 9)


def meet(one, other):
    agree = all(
        one[name] == other[name] or {one[name], other[name]} & {None, "any"}
        for name in ("configuration_name", "infobase_kind")
    )
    lower, upper = zip(bounds(one), bounds(other), strict=True)
    return agree and {*one["editions"]} & {*other["editions"]} and max(lower) < min(upper)


def swallows(one, other):
    names = ("configuration_name", "infobase_kind")
    wide = all(one[name] in {None, "any", other[name]} for name in names)
    lists = {*one["editions"]} >= {*other["editions"]} and {*one["excluded"]} <= {
        *other["excluded"]
    }
    (first, end), (others_first, others_end) = bounds(one), bounds(other)
    return wide and lists and first <= others_first and end >= others_end
