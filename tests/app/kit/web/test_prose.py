"""Notes keep what the subset allows; everything else stays text, escaped exactly once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.web.prose import prose

ALLOWED = {"p", "ul", "ol", "li", "strong", "em", "code", "pre", "br", "a"}


def test_it_knows_paragraphs_lists_bold_italics_and_code():
    said = prose("Новое: **важно**, *тихо*, `код <b>`\nвторая строка\n\n- раз\n- два\n\n1. три")
    assert "<strong>важно</strong>, <em>тихо</em>, <code>код &lt;b&gt;</code><br>" in said
    assert said.count("<li>") == 3
    assert said.count("<p>") == 1


def test_a_link_leads_out_by_https_only_and_tells_nobody_where_from():
    said = prose("[описание](https://example.com/?a=1&b=2)")
    assert 'href="https://example.com/?a=1&amp;b=2"' in said
    assert "noreferrer" in said


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](http://example.com)",
        "[x](data:text/html,1)",
        "[x](//example.com)",
        "[x](/cabinet)",
        "[x]()",
        "![x](http://example.com/a.png)",
        "<https://example.com>",
        "[x][1]\n\n[1]: https://example.com",
    ],
)
def test_no_other_link_and_no_picture(text):
    assert "<a" not in prose(text)
    assert "<img" not in prose(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("&quot; и &amp;", "&amp;quot; и &amp;amp;"),
        ("Tom & Jerry's", "Tom &amp; Jerry's"),
        ("# не заголовок", "# не заголовок"),
    ],
)
def test_text_is_escaped_exactly_once(text, shown):
    assert prose(text) == f"<p>{shown}</p>\n"


@given(st.text(alphabet="ab <>&\"'*_`[]()!-1.\n\\:/#h~|\u202e\x00", max_size=120))
def test_nothing_but_the_subset_ever_comes_out(text):
    for name, rest in re.findall(r"</?([a-zA-Z]+)([^>]*)>", prose(text)):
        assert name in ALLOWED
        assert "on" not in re.sub(r'"[^"]*"', "", rest)
