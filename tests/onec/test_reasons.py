"""Every reason and every hint has its sentence in both languages."""

from datetime import date
from string import Formatter

import pytest

from onec.reasons import HINTS, REASONS, Action, Code, hint, nearest, sentence

LANGUAGES = ["ru", "en"]


def fields(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_code_has_a_reason_and_every_action_a_hint():
    assert set(REASONS) == set(Code)
    assert set(HINTS) == set(Action)


@pytest.mark.parametrize("code", Code)
def test_both_languages_tell_the_same_parameters(code):
    assert fields(REASONS[code].ru) == fields(REASONS[code].en)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_a_sentence_never_breaks_for_want_of_a_parameter(code, language):
    text = sentence(code, {}, language)
    assert text
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_a_sentence_shows_every_parameter(code, language):
    names = fields(REASONS[code].ru)
    text = sentence(code, {name: f"<{name}>" for name in names}, language)
    assert all(f"<{name}>" in text for name in names)
    assert "—" not in text


@pytest.mark.parametrize("code", Code)
def test_russian_is_russian_and_english_is_english(code):
    russian = {symbol for symbol in sentence(code, {}, "ru").lower() if "а" <= symbol <= "я"}
    english = {symbol for symbol in sentence(code, {}, "en").lower() if "а" <= symbol <= "я"}
    assert russian
    assert not english


@pytest.mark.parametrize("action", Action)
def test_every_hint_but_none_says_something(action):
    for language in LANGUAGES:
        assert bool(hint(action, language)) == (action is not Action.NONE)


@pytest.mark.parametrize(
    ("code", "params", "ru", "en"),
    [
        ("COMPATIBLE", {}, "Подходит", "Compatible"),
        (
            "VERSION_TOO_OLD",
            {"from": "3.0.150.0", "found": "3.0.149.99"},
            "Нужна версия конфигурации от 3.0.150.0, у вас 3.0.149.99",
            "Needs configuration 3.0.150.0 or later, found 3.0.149.99",
        ),
        (
            "CONFIGURATION_UNSUPPORTED",
            {"name": "УправлениеТорговлей"},
            "Конфигурация УправлениеТорговлей не поддерживается",
            "Configuration УправлениеТорговлей is not supported",
        ),
        (
            "EDITION_UNSUPPORTED",
            {"edition": "base"},
            "Редакция «базовая» не поддерживается",
            "Edition Basic is not supported",
        ),
        (
            "INFOBASE_KIND_UNSUPPORTED",
            {"kind": "server"},
            "Нужна база вида «серверная»",
            "Needs a server infobase",
        ),
        (
            "UPDATES_EXPIRED",
            {"until": date(2026, 1, 1), "published": "2026-03-01"},
            "Обновления действовали до 01.01.2026, релиз вышел 01.03.2026",
            "Updates ended 2026-01-01, released 2026-03-01",
        ),
        (
            "EXTENSION_CONFLICT",
            {"names": ["Бэкофис", "Ценники"]},
            "Сначала удалите: Бэкофис, Ценники",
            "Remove first: Бэкофис, Ценники",
        ),
        ("DENIED_BY_RULE", {"note": ""}, "Запрещено правилом", "Denied by a rule"),
        (
            "DENIED_BY_RULE",
            {"note": "{found} и {0}"},
            "Запрещено правилом: {found} и {0}",
            "Denied by a rule: {found} и {0}",
        ),
    ],
)
def test_sentences_read_as_people_expect(code, params, ru, en):
    assert sentence(Code(code), params, "ru") == ru
    assert sentence(Code(code), params, "en") == en


def test_the_nearest_release_is_named_with_its_reason():
    params = {"from": "3.0.150.0", "found": "3.0.149.99"}
    assert nearest("2.4.0", Code.VERSION_TOO_OLD, params, "ru") == (
        "Ближайший релиз 2.4.0: нужна версия конфигурации от 3.0.150.0, у вас 3.0.149.99"
    )
    assert nearest("2.4.0", Code.VERSION_TOO_OLD, params, "en") == (
        "Nearest release 2.4.0: needs configuration 3.0.150.0 or later, found 3.0.149.99"
    )


def test_a_product_keeps_its_capital_in_the_middle_of_a_sentence():
    params = {"product": "Warehouse helper"}
    text = nearest("2.4.0", Code.ENTITLEMENT_SUSPENDED, params, "en")
    assert text == "Nearest release 2.4.0: Warehouse helper is suspended"


def test_codes_lead_to_the_hint_of_the_error_catalogue():
    assert Code.VERSION_TOO_OLD.action is Action.UPDATE_CONFIGURATION
    assert Code.PLATFORM_EXCLUDED.action is Action.UPDATE_PLATFORM
    assert Code.PRODUCT_MISSING.action is Action.BUY
    assert Code.COMPATIBLE.action is Action.NONE


def test_a_doubt_reaches_further_than_a_refusal_and_availability_further_still():
    refused, doubted = Code.COMPATIBILITY_MODE_TOO_LOW, Code.VERSION_UNKNOWN
    assert Code.CONFIGURATION_UNSUPPORTED.reach < refused.reach < doubted.reach
    assert doubted.reach < Code.COMPATIBLE.reach < Code.PRODUCT_MISSING.reach
