"""Whatever happens to a file, the answer is a refusal or the unchanged content."""

import random

import pytest

from onec.cfe import BadCfe, Origin, read_cfe
from onec.cfe.container import ATTRIBUTES
from onec.cfe.errors import TEXTS
from onec.cfe.metadata import SECTION
from onec.cfe_writer import NewObject
from tests.factories.cfe import (
    HOWS,
    ROOT_UUID,
    corrupt,
    flip,
    good_cfe,
    overwrite,
    raw_entries,
    rebuilt,
    truncated,
    with_root_text,
)

FIXTURES = {
    "smallest": good_cfe(),
    "with objects": good_cfe(
        fmt=62,
        purpose=2,
        version="",
        objects=[
            NewObject("Catalog", "сп_Товары"),
            NewObject("HTTPService", "сп_Обмен"),
            NewObject("Document", "Накладная", Origin.ADOPTED),
        ],
    ),
    "with a chained table": good_cfe(fmt=68, compat=80320, pad_entries=60),
}


def content(data):
    """All that a reader tells of the content, or the refusal's code."""
    try:
        cfe = read_cfe(data)
    except BadCfe as refusal:
        return refusal.code if refusal.text("ru") and refusal.text("en") else "no sentence"
    facts = (cfe.root_uuid, cfe.format, cfe.compatibility, cfe.purpose, cfe.keep_mapping)
    return facts, cfe.raw, cfe.objects, cfe.content_digest


@pytest.mark.parametrize("damage", HOWS)
def test_every_damage_has_its_code(damage):
    how, code = HOWS[damage]
    data = good_cfe()
    assert not isinstance(content(data), str)
    assert content(corrupt(data, how)) == code


NOT_AN_EXTENSION_AT_ALL = {
    "no section": b"{2,{x},0,{}}",
    "an empty section": b"{2,{x},1,{%s,{1,{}}}}" % SECTION.encode(),
    "a format that is no number": b"{2,{x},1,{%s,{1,{x}}}}" % SECTION.encode(),
    "a format of superscript digits": f"{{2,{{x}},1,{{{SECTION},{{1,{{⁵⁹}}}}}}}}".encode(),
}


@pytest.mark.parametrize("text", NOT_AN_EXTENSION_AT_ALL.values(), ids=NOT_AN_EXTENSION_AT_ALL)
def test_a_root_that_describes_no_extension_is_refused(text):
    assert content(corrupt(good_cfe(), with_root_text(text))) == "BAD_TEXT"


def test_a_root_that_is_not_there_is_refused():
    entries = {name: raw for name, raw in raw_entries(good_cfe()).items() if name != ROOT_UUID}
    assert content(rebuilt(entries)) == "BAD_TEXT"


def test_attributes_cut_short_are_refused():
    data = good_cfe()
    first_entry = int.from_bytes(data[47:51], "little")
    cut = overwrite(first_entry + 2, b"%08x" % (ATTRIBUTES.size - 1))
    assert content(corrupt(data, cut)) == "SHORT_DOCUMENT"


@pytest.mark.parametrize("fixture", FIXTURES)
def test_a_flipped_bit_is_refused_or_changes_nothing(fixture):
    data = FIXTURES[fixture]
    whole = content(data)
    chance = random.Random(fixture)  # noqa: S311 - repeatable damage, not a secret
    refused = 0
    for _ in range(5000 // len(FIXTURES) + 1):
        found = content(corrupt(data, flip(chance.randrange(len(data)), chance.randrange(8))))
        assert found == whole or found in TEXTS
        refused += found != whole
    assert refused > 300


@pytest.mark.parametrize("fixture", FIXTURES)
def test_a_truncated_file_is_refused_or_lacks_nothing(fixture):
    data = FIXTURES[fixture]
    whole = content(data)
    found = [content(corrupt(data, truncated(len(data) * each // 100))) for each in range(100)]
    assert all(each == whole or each in TEXTS for each in found)
    assert found.count(whole) < 20


@pytest.mark.parametrize("code", TEXTS)
def test_every_code_has_two_sentences_and_carries_its_detail(code):
    refusal = BadCfe(code, "{подробность}", "{detail}")
    russian, english = refusal.text("ru"), refusal.text("en")
    assert russian != english
    assert ("{подробность}" in russian) == ("{detail}" in english)
    assert str(refusal) == f"{code}: {english}"
    assert not {"{ru}", "None"} & {russian, english}


def test_a_detail_without_a_translation_serves_both_languages():
    refusal = BadCfe("UNKNOWN_FORMAT", "70")
    assert refusal.text("ru") == "Неизвестный формат 70; укажите сведения вручную"
    assert refusal.text("en") == "Unknown format 70; enter the data by hand"
