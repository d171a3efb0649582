"""Two thousand spellings of codes: what a person means is read, what has a slip is refused."""

import pytest

from tests.corpus.codes import COUNT, READ, REFUSED, mistyped, readable
from wire.codes import Code, CodeKind, MalformedCodeError, hide_codes, normalise


def meant(typed: str) -> Code | None:
    """The code that somebody typed, of either kind."""
    for kind in CodeKind:
        try:
            return normalise(typed, kind)
        except MalformedCodeError:
            continue
    return None


def test_the_corpus_has_its_number_of_codes():
    assert (len(readable()), len(mistyped())) == (READ, REFUSED)
    assert READ + REFUSED == COUNT


def test_each_spelling_is_the_code_that_was_meant():
    wrong = [(typed, text) for typed, text in readable() if (meant(typed) or Code).text != text]
    assert wrong == []


def test_each_slip_is_noticed():
    assert [typed for typed in mistyped() if meant(typed) is not None] == []


def test_each_spelling_is_hidden_in_a_log():
    words = [symbol for symbol in "key, not found" if symbol.isalnum()]
    for typed, _ in readable():
        told = hide_codes(f"key {typed}, not found", "…")
        assert [symbol for symbol in told if symbol.isalnum()] == words, ascii(typed)


@pytest.mark.parametrize("kind", CodeKind)
def test_what_was_read_is_read_again_as_it_is(kind):
    for typed, text in readable()[:120]:
        code = meant(typed)
        if code is not None and code.kind is kind:
            assert normalise(text, kind) == code
