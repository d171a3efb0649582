"""What a pasted text is, without asking anybody."""

import uuid

import pytest

from app.support.queries.classify import Shape, classify

KEY = "DEMO-ABEKM-HCTPX-01234-567C7"
COUPON = "DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        KEY.lower(),
        f"  {KEY.replace('-', ' — ')}\u200b",
        "DЕМО-АВЕКМ-НСТРХ-01234-567С7",
        "DEMO-ABEKM-HCTPX-Ol234-567C7",
        "ВУЬЩ-ФИУЛЬ-РСЕЗЧ-01234-567С7",
    ],
)
def test_a_key_is_a_key_however_it_was_typed(text):
    found = classify(text)
    assert (found.shape, found.code.text) == (Shape.KEY, KEY)


def test_a_coupon_is_a_coupon():
    assert classify(COUPON.replace("-", " ").lower()).code.text == COUPON
    assert classify(COUPON).shape is Shape.COUPON


@pytest.mark.parametrize(
    "text", ["DEMO-ABEKM-HCTPX-01234-567C0", "demo baekm hctpx 01234 567c7", COUPON[:-1] + "0"]
)
def test_wrong_check_symbols_are_told_from_the_text_alone(text):
    found = classify(text)
    assert (found.shape, found.code, found.legacy) == (Shape.MISTYPED, None, None)


def test_a_code_without_groups_may_be_a_key_of_another_system():
    found = classify("DEMOABEKMHCTPX01234567C0")
    assert found.shape is Shape.MISTYPED
    assert found.legacy is not None


def test_an_id_is_an_id():
    one = uuid.uuid4()
    assert classify(f" {one} ").id == one
    assert classify(one.hex).id == one


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
    ],
)
def test_an_address_is_the_network_that_is_kept(text, network):
    assert (classify(text).shape, classify(text).network) == (Shape.ADDRESS, network)


@pytest.mark.parametrize(
    ("text", "member", "value"),
    [
        ("7700123459", "inn", "7700123459"),
        ("770012345606", "inn", "770012345606"),
        ("buyer@example.com", "email", "buyer@example.com"),
        ("+7 (495) 123-45-67", "phone", "74951234567"),
        ("58j0d", "hint_end", "58J0D"),
        ("DEMO-…-58J0D", "hint_end", "58J0D"),
        ("58JOD", "hint_end", "58J0D"),
        ("7f2c91e04b5d1122", "request_id", "7f2c91e04b5d1122"),
    ],
)
def test_numbers_and_names_are_told_apart(text, member, value):
    assert getattr(classify(text), member) == value


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_nothing_is_nothing(text):
    assert classify(text).shape is Shape.NOTHING


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, "\u202eпривет", "<script>", "'; DROP TABLE", "\x00", "=1+1", "1.2.3.4.5"],
)
def test_hostile_texts_are_words_at_worst(text):
    assert classify(text).shape in {Shape.TEXT, Shape.NOTHING}
    assert len(classify(text).text) <= 200
