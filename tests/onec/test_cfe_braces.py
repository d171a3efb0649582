"""The brace text is parsed exactly and strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onec.cfe import BadCfe, Limits
from onec.cfe.braces import BraceReader, Quoted, dig
from onec.cfe_writer import brace_text

QUOTED = st.text(st.characters(codec="utf-8")).map(Quoted)
BARE = st.from_regex(r"[0-9a-f+/=-]{1,40}", fullmatch=True)
VALUES = st.lists(
    st.recursive(QUOTED | BARE, lambda inner: st.lists(inner, max_size=5), max_leaves=30),
    min_size=1,
)


def parse(text, **limits):
    return BraceReader(Limits(**limits)).parse(text)


@given(VALUES)
def test_what_is_written_is_read_back(values):
    parsed = parse(brace_text(values).decode("utf-8-sig"))
    assert parsed == values
    assert repr(parsed) == repr(values)


def test_a_quoted_string_is_told_from_a_bare_token():
    values = parse('{"0",0}')
    assert [isinstance(value, Quoted) for value in values[0]] == [True, False]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("{}", [[]]),
        ("{1,,2}", [["1", "", "2"]]),
        ("{,}", [["", ""]]),
        ("{1,}", [["1", ""]]),
        ("{{},{}}", [[[], []]]),
        ("{0},\r\n{1}\r\n", [["0"], ["1"]]),
        ("\r\n{\r\n1\r\n,\r\n2\r\n}", [["1", "2"]]),
        ("{2,AbC+\r\r\ndEf==}", [["2", "AbC+dEf=="]]),
        ('{"первая\r\nвторая ""и"" третья"}', [['первая\r\nвторая "и" третья']]),
        ('{"{1,2}"}', [["{1,2}"]]),
    ],
)
def test_the_grammar_is_the_one_of_1c(text, values):
    assert parse(text) == values


@pytest.mark.parametrize(
    "text",
    ["{", "}", "{}}", "{{}", '{"a', '{"a"b}', '{a"b"}', "{1}{2}", "{{1}2}", '{"a""', "{1{2}}"],
)
def test_a_broken_text_is_refused(text):
    with pytest.raises(BadCfe) as refusal:
        parse(text)
    assert refusal.value.code == "BAD_TEXT"


def test_the_depth_is_limited_without_recursion():
    assert parse("{" * 200 + "}" * 200)
    with pytest.raises(BadCfe) as refusal:
        parse("{" * 201 + "}" * 201)
    assert refusal.value.code == "BAD_TEXT"


def test_the_tokens_of_one_text_are_limited():
    assert parse("{1,2,3}", tokens=4)
    with pytest.raises(BadCfe) as refusal:
        parse("{1,2,,3}", tokens=4)
    assert refusal.value.code == "BAD_TEXT"


def test_the_tokens_of_all_texts_are_limited_together():
    reader = BraceReader(Limits(all_tokens=6))
    reader.parse("{1,2,3}")
    with pytest.raises(BadCfe) as refusal:
        reader.parse("{1,2,3}")
    assert refusal.value.code == "BOMB"


def test_a_text_need_not_be_read_to_its_end():
    growing = BraceReader().grow("{1,2,3 } } broken")
    assert [list(next(growing)) for _ in range(3)] == [["1"], ["1", "2"], ["1", "2", "3"]]


def test_a_path_that_leads_nowhere_gives_nothing():
    assert dig([["0", ["1"]]], 0, 1, 0) == "1"
    assert dig([["0", ["1"]]], 0, 0, 0) is None
    assert dig(["0"], 1) is None
    assert dig(None, 0) is None
