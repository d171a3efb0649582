"""Names of configurations: what is one name, and which edition it tells."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onec.configuration import Configuration, Edition, canonical, spelling

TRADE = "УправлениеТорговлей"
# Letters that make suffixes, whatever NFC or case folding may touch, and things that vanish.
tricky = st.text(
    st.sampled_from(
        "БазоваяКОРПйЙёЁе\u0306\u0308ßſİıΐK1 _\u00a0\ufeff\u200b\u200d\u00ad\t\n\ud7a3"
    ),
    max_size=30,
)


def test_composed_and_decomposed_forms_are_one_name():
    composed, decomposed = (unicodedata.normalize(form, TRADE) for form in ("NFC", "NFD"))
    assert (len(composed), len(decomposed)) == (19, 20)
    assert canonical(composed) == canonical(decomposed)
    assert spelling(composed) == spelling(decomposed) == composed


def test_case_does_not_tell_names_apart():
    assert canonical("УПРАВЛЕНИЕТОРГОВЛЕЙ") == canonical("управлениеторговлей") == canonical(TRADE)


@pytest.mark.parametrize(
    "invisible",
    [
        " ",
        "\t",
        "\n",
        "\u00a0",
        "\u2003",
        "\u3000",
        "\ufeff",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
    ],
)
def test_white_space_and_zero_width_characters_vanish_anywhere(invisible):
    typed = f"{invisible}Управление{invisible}Торговлей{invisible}"
    assert spelling(typed) == TRADE
    assert canonical(typed) == canonical(TRADE)


def test_a_mark_parted_from_its_letter_by_nothing_visible_still_composes():
    assert canonical("Управление\u200bТорговлеи\u200b\u0306") == canonical(TRADE)


def test_yo_is_not_folded():
    assert canonical("УчётТоваров") != canonical("УчетТоваров")


def test_compatibility_forms_are_not_folded():
    assert canonical("Учет①") != canonical("Учет1")
    assert canonical("ＥＲＰ") != canonical("ERP")


@pytest.mark.parametrize(
    ("name", "family", "edition"),
    [
        ("БухгалтерияПредприятия", "БухгалтерияПредприятия", Edition.PROF),
        ("БухгалтерияПредприятияБазовая", "БухгалтерияПредприятия", Edition.BASE),
        ("БухгалтерияПредприятияБазовая1", "БухгалтерияПредприятия", Edition.BASE),
        ("БухгалтерияПредприятияКОРП", "БухгалтерияПредприятия", Edition.CORP),
        ("бухгалтерияпредприятиякорп", "бухгалтерияпредприятия", Edition.CORP),
        ("Бухгалтерия Предприятия КОРП ", "БухгалтерияПредприятия", Edition.CORP),
        ("БухгалтерияПредприятия_Отрасль", "БухгалтерияПредприятия_Отрасль", Edition.PROF),
        ("БухгалтерияПредприятияКОРП_Отрасль", "БухгалтерияПредприятияКОРП_Отрасль", Edition.PROF),
        ("КомплекснаяАвтоматизация2", "КомплекснаяАвтоматизация2", Edition.PROF),
        ("КОРП", "КОРП", Edition.PROF),
        ("Базовая", "Базовая", Edition.PROF),
        ("", "", Edition.PROF),
    ],
)
def test_a_suffix_tells_the_edition(name, family, edition):
    configuration = Configuration.of(name)
    assert (configuration.family, configuration.edition) == (family, edition)
    assert configuration.key == canonical(family)


def test_one_suffix_is_taken_off_not_two():
    assert Configuration.of("УчетКОРПБазовая").family == "УчетКОРП"


@given(st.text(max_size=50) | tricky)
def test_normalising_twice_changes_nothing(text):
    assert spelling(spelling(text)) == spelling(text)
    assert canonical(canonical(text)) == canonical(text)


@given(tricky)
def test_a_name_and_its_canonical_form_are_one_configuration(text):
    typed, normalised = Configuration.of(text), Configuration.of(canonical(text))
    assert (typed.key, typed.edition) == (normalised.key, normalised.edition)


@given(tricky)
def test_canonical_names_are_as_the_definition_says(text):
    composed = unicodedata.normalize("NFC", text)
    kept = [c for c in composed if not c.isspace() and c not in "\ufeff\u200b\u200d\u00ad"]
    assert canonical(text) == unicodedata.normalize("NFC", "".join(kept).casefold())
