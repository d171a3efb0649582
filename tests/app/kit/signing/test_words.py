"""MASTER as words: whatever is mistyped is found, and the line is named."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.signing.words import WrongWordsError, from_words, to_words
from wire.codes import ALPHABET, check_symbols

SECRET = bytes(range(32))
WORDS = ["00010 81G81 8602A", "W40J2 GB1G6 GW3R1", "RG249 1650N 2RB1A", "HG68T 3CE1T 7GZZW"]


def wrong(lines: list[str]) -> tuple[int, ...]:
    with pytest.raises(WrongWordsError) as refused:
        from_words(lines)
    return refused.value.lines


def test_the_words_of_a_secret_never_change():
    assert to_words(SECRET) == WORDS
    assert from_words(WORDS) == SECRET


@given(st.binary(min_size=32, max_size=32))
def test_words_bring_every_secret_back(secret: bytes):
    words = to_words(secret)
    assert [len(line) for line in words] == [17] * 4
    assert from_words(words) == secret


def test_every_wrong_symbol_is_found_in_its_line():
    found = 0
    for n, line in enumerate(WORDS):
        for at, symbol in enumerate(line):
            for other in set(ALPHABET) - {symbol} if symbol != " " else ():
                typo = line[:at] + other + line[at + 1 :]
                assert wrong([*WORDS[:n], typo, *WORDS[n + 1 :]]) == (n + 1,)
                found += 1
    assert found == 4 * 15 * 31


def test_swapped_lines_are_both_named():
    for one, other in combinations(range(4), 2):
        lines = WORDS.copy()
        lines[one], lines[other] = lines[other], lines[one]
        assert wrong(lines) == (one + 1, other + 1)


def test_swapped_neighbours_are_found():
    for n, line in enumerate(WORDS):
        packed = line.replace(" ", "")
        for at in range(14):
            swapped = packed[:at] + packed[at + 1] + packed[at] + packed[at + 2 :]
            if swapped != packed:
                assert wrong([*WORDS[:n], swapped, *WORDS[n + 1 :]]) == (n + 1,)


def test_case_gaps_and_look_alikes_do_not_matter():
    typed = [line.lower().replace(" ", "-").replace("0", "o").replace("1", "l") for line in WORDS]
    assert from_words(typed) == SECRET


@pytest.mark.parametrize("junk", ["", "ТОЖЕ СЛОВО", "UUUUU UUUUU UUUUU", "0" * 16, "0" * 14])
def test_what_is_no_line_is_named(junk: str):
    assert wrong([WORDS[0], junk, *WORDS[2:]]) == (2,)


def test_a_missing_line_and_one_too_many_are_named():
    assert wrong(WORDS[:3]) == (4,)
    assert wrong([*WORDS, WORDS[0]]) == (5,)


def test_words_of_no_secret_are_refused():
    body = "Z" * 13  # 260 bits of which the first are not zero
    assert wrong([body + check_symbols(f"1{body}"), *WORDS[1:]]) == (1,)


def test_only_a_secret_of_256_bits_has_words():
    with pytest.raises(ValueError, match="32 bytes"):
        to_words(bytes(31))
