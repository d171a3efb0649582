"""Keys and coupons: what is read, what is refused, and that no usual slip goes unnoticed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.codes import (
    ALPHABET,
    CodeKind,
    MalformedCodeError,
    check_symbols,
    hide_codes,
    new_code,
    normalise,
    normalise_legacy,
    shape_of,
)

KEY, COUPON = CodeKind.KEY, CodeKind.COUPON

CANONICAL = "DEMO-ABEKM-HCTPX-01234-567C7"
KEYS = [
    "DEMO-7K3QX-9ZT2M-VB4HW-C6NP9",
    "DEMO-00000-00000-00000-00101",
    "DEMO-ZZZZZ-ZZZZZ-ZZZZZ-ZZZ8V",
    "DEMO-ABEKM-HCTPX-01234-567C7",
    "DEMO-4T9WQ-2H7XC-5MB8R-J6YK4",
    "DEMO-01234-56789-ABCDE-FGHDE",
    "DEMO-7K3M9-QXW2B-NR5TC-YD86Y",
]
COUPONS = ["DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST", "DEMOUPD-3VN6Z-0A5KD-8TGQ2-SXEYN"]
SPELLINGS = {
    "lower case": CANONICAL.lower(),
    "no separators": CANONICAL.replace("-", ""),
    "spaces and a zero-width space": "DEMO ABEKM HCTPX 01234 567C7\N{ZERO WIDTH SPACE}",
    "em dashes and a zero-width space": CANONICAL.replace("-", "—") + "\N{ZERO WIDTH SPACE}",
    "non-breaking hyphens": CANONICAL.replace("-", "\N{NON-BREAKING HYPHEN}"),
    "minus signs": CANONICAL.replace("-", "\N{MINUS SIGN}"),
    "superscript minus signs": CANONICAL.replace("-", "\N{SUPERSCRIPT MINUS}"),
    "no-break spaces": CANONICAL.replace("-", "\N{NO-BREAK SPACE}"),
    "soft hyphens": CANONICAL.replace("-", "\N{SOFT HYPHEN}"),
    "underscores and full stops": "DEMO_ABEKM.HCTPX_01234.567C7",
    "byte order mark, tabs and line ends": "\ufeffDEMO\tABEKM-HCTPX\r\n01234-567C7\n",
    "marks of writing direction": f"\N{LEFT-TO-RIGHT MARK}{CANONICAL}\N{WORD JOINER}",
    "full-width letters": "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in CANONICAL),
    "Cyrillic look-alikes": "DЕМО-АВЕКМ-НСТРХ-01234-567С7",
    "lower-case Cyrillic look-alikes": "DЕМО-АВЕКМ-НСТРХ-01234-567С7".lower(),
    "letters for digits": "DEMO-ABEKM-HCTPX-Ol234-567C7",
    "capital I for 1": "DEMO-ABEKM-HCTPX-OI234-567C7",
    "Cyrillic O for 0": "DEMO-ABEKM-HCTPX-О1234-567C7",
    "the Russian keyboard": "ВУЬЩ-ФИУЛЬ-РСЕЗЧ-01234-567С7",
    "the Russian keyboard, lower case": "вуьщ-фиуль-рсезч-01234-567с7",
}
REFUSED = {
    "nothing": "",
    "separators only": " - _ . ",
    "a wrong check symbol": "DEMO-ABEKM-HCTPX-01234-567C0",
    "two symbols swapped": "DEMO-BAEKM-HCTPX-01234-567C7",
    "U in the body": "DEMO-UBEKM-HCTPX-01234-567C7",
    "one symbol short": CANONICAL[:-1],
    "one symbol more": CANONICAL + "7",
    "a digit in the prefix": "DEM0-ABEKM-HCTPX-01234-567C7",
    "a foreign letter in the prefix": "DÉMO-ABEKM-HCTPX-01234-567C7",
    "Arabic digits": "DEMO-ABEKM-HCTPX-٠١٢٣٤-567C7",
    "a coupon with another mark": "DEMOUPX-R8D5J-1YGF0-S7EPA-3KQST",
    "half a character": CANONICAL + "\ud800",
    "a sound key far too far apart": CANONICAL.replace("-", "-" * 100),
    "one ligature that grows when normalised": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"
    * 200,
}


def mistyped(text, kind=KEY):
    with pytest.raises(MalformedCodeError) as caught:
        normalise(text, kind)
    return caught.value


@pytest.mark.parametrize("text", KEYS)
def test_it_reads_a_canonical_key_as_it_is(text):
    code = normalise(text, KEY)
    assert (code.kind, code.text) == (KEY, text)


@pytest.mark.parametrize("text", COUPONS)
def test_it_reads_a_canonical_coupon_as_it_is(text):
    code = normalise(text, COUPON)
    assert (code.kind, code.text) == (COUPON, text)


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_it_reads_every_way_people_write_a_key(text):
    assert normalise(text, KEY).text == CANONICAL


@pytest.mark.parametrize(
    "text",
    [
        "demoupd r8d5j lygfo s7epa 3kqst",
        "ВУЬЩГЗВ-К8В5О-1НПАЩ-Ы7УЗФ-3ЛЙЫЕ",
        "DЕМОUРD-R8D5J-1YGF0-S7ЕРА-3КQSТ",
    ],
    ids=["letters for digits", "the Russian keyboard", "Cyrillic look-alikes"],
)
def test_it_reads_every_way_people_write_a_coupon(text):
    assert normalise(text, COUPON).text == COUPONS[0]


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_it_refuses_what_is_no_key(text):
    problem = mistyped(text)
    assert (problem.code, problem.given) == ("KEY_MALFORMED", None)


def test_a_prefix_may_hold_the_letters_that_a_body_may_not():
    code = new_code(KEY, "OILU")
    assert code.text.startswith("OILU-")
    assert normalise(code.text.lower(), KEY) == code


def test_a_coupon_given_as_a_key_is_called_a_coupon():
    problem = mistyped(COUPONS[0].lower(), KEY)
    assert (problem.code, problem.given) == ("KEY_MALFORMED", COUPON)


def test_a_key_given_as_a_coupon_is_called_a_key():
    problem = mistyped(CANONICAL.lower(), COUPON)
    assert (problem.code, problem.given) == ("COUPON_MALFORMED", KEY)


def test_a_mistyped_coupon_is_a_malformed_coupon():
    problem = mistyped(COUPONS[0].replace("R8", "8R"), COUPON)
    assert (problem.code, problem.given) == ("COUPON_MALFORMED", None)


def test_a_failure_does_not_repeat_what_was_typed():
    problem = mistyped("DEMO-ABEKM-HCTPX-01234-567C0")
    assert "ABEKM" not in f"{problem!r} {problem.args} {vars(problem)}"


def test_the_digest_is_sha256_of_the_canonical_text():
    expected = "018a5fe5005c4cffdb9f4d4cf244aa2fc024dba9d0aef7a29b4818d17250257a"
    assert normalise(CANONICAL.lower(), KEY).digest.hex() == expected


def test_the_hint_shows_the_prefix_and_the_last_group():
    assert normalise(CANONICAL, KEY).hint == "DEMO-…-567C7"
    assert normalise(COUPONS[0], COUPON).hint == "DEMOUPD-…-3KQST"


def test_a_code_does_not_print_its_secret():
    assert "ABEKM" not in repr(normalise(CANONICAL, KEY))


@pytest.mark.parametrize(
    ("symbols", "check"),
    [("000000000000000001", "01"), ("Z" * 18, "8V"), ("0123456789ABCDEFGH", "DE")],
)
def test_it_computes_check_symbols(symbols, check):
    assert check_symbols(symbols) == check


def test_a_new_code_maps_each_random_byte_to_one_symbol():
    asked = []

    def count_up(size):
        asked.append(size)
        return bytes(range(224, 224 + size))

    code = new_code(COUPON, "DEMO", random=count_up)
    assert asked == [18]
    assert code.text == "DEMOUPD-01234-56789-ABCDE-FGHDE"


def test_new_codes_are_sound_and_differ():
    codes = [new_code(kind, "DEMO") for kind in (KEY, COUPON) for _ in range(50)]
    assert [normalise(code.text, code.kind) for code in codes] == codes
    assert len({code.text for code in codes}) == len(codes)


@pytest.mark.parametrize("prefix", ["", "DEM", "DEMOS", "demo", "DEM1", "ДЕМО", "DE-O"])
def test_a_new_code_needs_a_prefix_of_four_letters(prefix):
    with pytest.raises(ValueError, match="four letters"):
        new_code(KEY, prefix)


# What check symbols are for. The slips are made in the bare body, each in every place.


def body_of(code):
    return code.text.partition("-")[2].replace("-", "")


def one_wrong_symbol(body):
    for at, right in enumerate(body):
        for wrong in ALPHABET.replace(right, ""):
            yield body[:at] + wrong + body[at + 1 :]


def two_swapped(body, distance):
    for at in range(len(body) - distance):
        symbols = list(body)
        symbols[at], symbols[at + distance] = symbols[at + distance], symbols[at]
        yield "".join(symbols)


def twins_mistyped(body):
    for at in range(len(body) - 1):
        if body[at] == body[at + 1]:
            for wrong in ALPHABET.replace(body[at], ""):
                yield body[:at] + wrong * 2 + body[at + 2 :]


def slips(body):
    yield from one_wrong_symbol(body)
    yield from two_swapped(body, 1)
    yield from two_swapped(body, 2)
    yield from twins_mistyped(body)


TWINS = new_code(KEY, "DEMO", random=lambda _: b"\1\1\7\7\0\0\37\37\20\20\3\3\11\11\25\25\15\15")


@pytest.mark.parametrize("text", [*KEYS, *COUPONS, TWINS.text])
def test_it_catches_every_usual_slip(text):
    kind = COUPON if "UPD" in text else KEY
    body = body_of(normalise(text, kind))
    head = text.partition("-")[0]
    wrong = {slip for slip in slips(body) if slip != body}
    assert len(wrong) > 20 * 31
    for slip in wrong:
        mistyped(head + slip, kind)


any_code = st.builds(
    lambda kind, seed: new_code(kind, "DEMO", random=lambda _: seed),
    st.sampled_from(CodeKind),
    st.binary(min_size=18, max_size=18),
)


@settings(deadline=None)
@given(any_code, st.data())
def test_it_catches_a_slip_in_any_code(code, data):
    body = body_of(code)
    head = code.text.partition("-")[0]
    slip = data.draw(st.sampled_from([slip for slip in slips(body) if slip != body]))
    mistyped(head + slip, code.kind)


@settings(deadline=None)
@given(any_code)
def test_normalising_is_idempotent(code):
    assert normalise(code.text, code.kind) == code


LOOKS = {
    **dict(zip("ABEKMHOPCTYX", "АВЕКМНОРСТУХ", strict=True)),
    "0": "oО",
    "1": "iLl",
}
NOISE = st.text(" -–—_.\u00a0\u00ad\u200b\ufeff\t", max_size=3)


@settings(deadline=None)
@given(any_code, st.data())
def test_it_ignores_looks_case_and_separators(code, data):
    head, _, body = code.text.partition("-")
    looks = [data.draw(st.sampled_from(c + LOOKS.get(c, ""))) for c in body]
    symbols = [data.draw(st.sampled_from([c, c.lower()])) for c in [*head, *looks]]
    typed = "".join(symbol + data.draw(NOISE) for symbol in symbols)
    assert normalise(typed, code.kind) == code


KEYBOARD = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))


@settings(deadline=None)
@given(any_code)
def test_it_reads_any_code_typed_with_the_russian_keyboard(code):
    assert normalise("".join(KEYBOARD.get(c, c) for c in code.text), code.kind) == code


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(CodeKind))
def test_any_text_is_a_code_or_malformed(text, kind):
    try:
        code = normalise(text, kind)
    except MalformedCodeError:
        return
    assert normalise(code.text, kind) == code


def test_the_alphabet_has_no_two_symbols_that_look_alike():
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


OLD = "MIKO-0O1IL-UUUUU-ABCDE-12345"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (OLD, "MIKO0O1ILUUUUUABCDE12345"),
        (OLD.lower(), "MIKO0O1ILUUUUUABCDE12345"),
        (f"\ufeff{OLD.replace('-', ' — ')}\n", "MIKO0O1ILUUUUUABCDE12345"),
        ("АВЕКМНОРСТУХ1234", "ABEKMHOPCTYX1234"),
        ("O" * 16, "O" * 16),
        ("0" * 64, "0" * 64),
    ],
)
def test_a_code_of_another_system_is_read_without_guessing(typed, read):
    code = normalise_legacy(typed)
    assert (code.kind, code.text) == (KEY, read)
    assert normalise_legacy(code.text) == code
    assert code.hint == f"…-{read[-5:]}"


@pytest.mark.parametrize("typed", ["", "A" * 15, "A" * 65, "Б" * 16, "A" * 15 + "?", "A" * 500])
def test_what_cannot_be_another_system_s_code_is_refused(typed):
    with pytest.raises(MalformedCodeError) as refused:
        normalise_legacy(typed)
    assert (refused.value.code, refused.value.given) == ("KEY_MALFORMED", None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DEMO-ABEKM-HCTPX-01234-567C0", CodeKind.KEY),
        ("вуьщ-фиуль-рсезч-01234-567с0", CodeKind.KEY),
        ("DEMOUPD-R8D5J-1YGF0-S7EPA-3KQS0", CodeKind.COUPON),
        ("DEMO-ABEKM-HCTPX-01234-567C", None),
        ("DEMO-ABEKM-HCTPX-U1234-567C7", None),
        ("ООО Ромашка и партнёры", None),
        ("", None),
    ],
)
def test_the_form_of_a_code_is_seen_without_its_check_symbols(text, kind):
    assert shape_of(text) is kind


def spelled(code: str) -> list[str]:
    """Ways in which people write a code into a note."""
    return [
        code,
        code.lower(),
        code.replace("-", " "),
        code.replace("-", ""),
        code.replace("-", " \N{EN DASH} "),
        code.replace("-", "_"),
        code.translate(str.maketrans("AEKMHPCTX", "АЕКМНРСТХ")),
    ]


@pytest.mark.parametrize(
    "around", ["{}", "ключ {}", "№ 5: {}, не работает", "({})", "{} {}", "½ {}"]
)
@pytest.mark.parametrize("kind", CodeKind)
def test_codes_are_hidden_however_they_are_spelled(kind, around):
    for spelling in spelled(new_code(kind, "DEMO", lambda n: bytes(range(7, 7 + n))).text):
        text = around.format(spelling, spelling)
        assert hide_codes(text, "***") == around.format("***", "***")


@pytest.mark.parametrize(
    "text",
    [
        "Корень обновлён: версия 2, отпечаток 4N6G-FE47-4R83-7FNQ-WBS9-1SKQ-4F81-B9RQ",
        "BEKM-7K3Q-X9ZT-2MVB-4HWC-6NP9-0000-0000",
        "0000-BEKM-7K3Q-X9ZT-2MVB-4HWC-6NP9-0000.",
    ],
)
def test_a_fingerprint_in_which_a_code_seems_to_be_stays(text):
    assert hide_codes(text, "***") == text


@pytest.mark.parametrize("text", ["{} {}", "{}, {}"])
def test_a_code_beside_a_fingerprint_is_hidden(text):
    known = "4N6G-FE47-4R83-7FNQ-WBS9-1SKQ-4F81-B9RQ"
    assert hide_codes(text.format(CANONICAL, known), "***") == text.format("***", known)


@given(st.text())
def test_text_without_a_code_stays_as_it_is(text):
    assert hide_codes(text, "") == text


@pytest.mark.parametrize(
    "text", ["Demo 1 of the release 3.0.150.34 for 10 infobases", "a" * 30, "", "1"]
)
def test_words_and_numbers_are_no_codes(text):
    assert hide_codes(text, "***") == text
