"""Base types of text."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.kit.fields import Code, Line, Note, RequiredLine

LINE, REQUIRED, NOTE, CODE = (TypeAdapter(each) for each in (Line, RequiredLine, Note, Code))
CONTROLS = [chr(code) for code in (*range(0x20), 0x7F)]
BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


def fault(adapter: TypeAdapter[str], text: object) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(text)
    return refused.value.errors()[0]["type"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ООО «Василёк»", "ООО «Василёк»"),
        ("  край \t\n", "край"),
        ("\u00a0неразрывный\u00a0", "неразрывный"),
        ("Василе\u0308к й", "Василёк й"),
        ("й", "й"),
        ("", ""),
        ("a" * 200, "a" * 200),
        (f"  {'a' * 200}  ", "a" * 200),
        ("е\u0308" * 200, "ё" * 200),
        ("\U0001f384" * 200, "\U0001f384" * 200),
        ("<b>&'\"{}%s", "<b>&'\"{}%s"),
    ],
)
def test_a_line_is_kept_as_people_mean_it(typed, kept):
    assert LINE.validate_python(typed) == kept
    assert LINE.validate_python(kept) == kept


@pytest.mark.parametrize("text", ["a" * 201, "a" * 401, "\ufb2c" * 67, "\u0344" * 101])
def test_a_line_has_an_end_before_and_after_normalising(text):
    assert fault(LINE, text) in {"string_too_long", "too_long"}


@pytest.mark.parametrize("symbol", CONTROLS + BIDI)
def test_a_line_holds_nothing_that_cannot_be_seen(symbol):
    assert fault(LINE, f"a{symbol}b") == "control_characters"


@pytest.mark.parametrize("text", ["", " ", "\t\u00a0"])
def test_a_required_line_says_something(text):
    assert fault(REQUIRED, text) in {"string_too_short", "too_short"}


@pytest.mark.parametrize("adapter", [LINE, REQUIRED, NOTE, CODE])
@pytest.mark.parametrize("odd", ["\ud800", "a\udfffb", 1, 1.5, True, None, ["a"], {}])
def test_only_text_is_text(adapter, odd):
    assert fault(adapter, odd) in {"string_unicode", "string_type", "string_pattern_mismatch"}


def test_a_note_keeps_its_lines_and_tabs():
    assert NOTE.validate_python(" a\r\nb\tc\n\nd ") == "a\nb\tc\n\nd"


@pytest.mark.parametrize("symbol", [each for each in CONTROLS if each not in "\t\n"])
def test_a_note_holds_no_other_control(symbol):
    assert fault(NOTE, f"a{symbol}b") == "control_characters"


def test_a_note_has_an_end():
    assert NOTE.validate_python("a" * 10_000)
    assert fault(NOTE, "a" * 10_001) in {"string_too_long", "too_long"}


@pytest.mark.parametrize("code", ["a", "0", "warehouse-helper", "1c-8", "a" * 63])
def test_a_code_is_short_and_plain(code):
    assert CODE.validate_python(code) == code


@pytest.mark.parametrize(
    "code", ["", "-a", "A", "a_b", "a b", "a.b", "склад", "a\n", "\na", "a" * 64, "а", "a/b", "a\0"]
)
def test_anything_else_is_no_code(code):
    assert fault(CODE, code) == "string_pattern_mismatch"
