"""Both languages: a whole catalogue, the right forms, and texts that cannot break an answer."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po
from pydantic_core.core_schema import ErrorType

import app.main
from app.kit.i18n import Sentence, fill, fill_plural, in_words, negotiate, translate
from app.kit.resources import folder
from app.kit.shapes import shape_text
from app.site import all_problems

CYRILLIC, LATIN = re.compile("[А-Яа-яЁё]"), re.compile("[A-Za-z]+")
CODE = re.compile(r"\{\w*\}|`[^`]*`|[a-z0-9]+(?:_[a-z0-9]+)+")
PROBLEMS = [each for each in all_problems() if each.__module__.startswith("app.")]
# What Russian texts keep in Latin letters: names, and words that stand in JSON or on a command.
KEPT = {
    "API", "C", "CRM", "CSV", "Content", "Ctrl", "DEMO", "Europe", "Excel", "FILE", "Framework",
    "HTTP", "IANA", "Idempotency", "If", "JPEG", "JSON", "KEY", "Key", "Length", "MASTER", "Match",
    "Moscow", "NTP", "PNG", "PostgreSQL", "SHA", "STARTTLS", "TLS", "The", "UPD", "UTF", "UUID",
    "Update", "WAL", "WebP", "Windows", "a", "agent", "backup", "c", "cfe", "check", "com", "conf",
    "create", "days", "example", "f", "false", "health", "https", "id", "init", "keys", "list",
    "master", "media", "nginx", "older", "password", "perpetual", "podkluch", "renew", "reset",
    "restore", "rollback", "rules", "sign", "smtp", "to", "true", "trust", "until", "usb", "user",
    "vector", "vendor", "version", "worker",
}  # fmt: skip


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def catalogue():
    """Every message of the server: its English forms, and it."""
    with (folder("locale") / "ru/LC_MESSAGES/messages.po").open("rb") as file:
        messages = read_po(file, locale="ru", abort_invalid=True)
    return {forms(message.id): message for message in messages if message.id}


def names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\{(\w*)\}", text))


def unmarked_texts(source: str) -> Iterator[str]:
    """Sentences of problems and of field errors that stand outside `N_`."""
    places = {problem.__name__: 0 for problem in PROBLEMS} | {"wrong": 1}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for said in node.args[places.get(node.func.id, len(node.args)) :][:1]:
                text = said.value if isinstance(said, ast.Constant) else ""
                if re.search(r"\w", re.sub(r"\{\w*\}", "", str(text))):
                    yield str(text)


def test_no_sentence_stands_outside_the_catalogue():
    package = Path(app.main.__file__).parent
    sources = {path: path.read_text("utf-8") for path in sorted(package.rglob("*.py"))}
    assert {
        str(p): found for p, text in sources.items() if (found := [*unmarked_texts(text)])
    } == {}


def test_a_sentence_outside_the_catalogue_is_found():
    source = """
raise NotFound("No such thing: {why}", why=1)
raise wrong("code", "No")
raise NotFound(N_("No"))
raise NotFound("{why}", why=Sentence("нет", "no"))
"""
    assert [*unmarked_texts(source)] == ["No such thing: {why}", "No"]


def test_every_title_has_a_russian_text():
    titles = {problem.title: translate(problem.title, "ru") for problem in PROBLEMS}
    assert len(titles) > 40
    assert [en for en, ru in titles.items() if ru == en or not CYRILLIC.search(ru)] == []


def test_every_shape_that_pydantic_knows_has_a_russian_text():
    english = {shape_text(kind) for kind in (*get_args(ErrorType), "unknown_to_us")}
    assert [text for text in english if not CYRILLIC.search(translate(text, "ru"))] == []


def test_every_text_is_translated_with_the_same_parameters():
    for english, message in catalogue().items():
        russian = forms(message.string)
        assert not message.fuzzy, english
        assert len(russian) == (3 if message.pluralizable else 1), english
        assert all(russian), english
        assert {*map(names, russian)} == {*map(names, english)}, english


def test_neither_language_borrows_from_the_other():
    for english, message in catalogue().items():
        assert not CYRILLIC.search("".join(english)), english
        for russian in forms(message.string):
            said = CODE.sub("", russian)
            own = CYRILLIC.search(said) or not re.search(r"\w", said)
            assert own or english == ("SHA-256",), english
            assert {*LATIN.findall(said)} <= KEPT, russian


def test_russian_has_its_own_quotation_marks_and_dashes():
    for message in catalogue().values():
        for russian in forms(message.string):
            assert not re.search(r"[\"“”'’]| [-–] |\.\.\.", russian), russian
            assert russian.count("«") == russian.count("»"), russian


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_parameter_that_is_missing_shows_as_a_dash(language):
    for english in catalogue():
        shown = fill(english[0], language, {})
        assert not names(shown), english
        assert not names(english[0]) or "—" in shown, english


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [
        (None, "—", "—"),
        ("{product} {0}", "{product} {0}", "{product} {0}"),
        (date(2026, 12, 31), "31.12.2026", "2026-12-31"),
        (datetime(2026, 12, 31, 9, 5, tzinfo=UTC), "31.12.2026 09:05", "2026-12-31 09:05"),
        (["a", date(2026, 1, 2)], "a, 02.01.2026", "a, 2026-01-02"),
        (Sentence("файл пуст", "the file is empty"), "файл пуст", "the file is empty"),
        (3, "3", "3"),
    ],
)
def test_a_parameter_is_shown_as_the_readers_of_the_language_expect(value, ru, en):
    title = "The release does not fit: {why}"
    assert fill(title, "ru", {"why": value}) == f"Релиз не подходит: {ru}"
    assert fill(title, "en", {"why": value}) == f"The release does not fit: {en}"


@pytest.mark.parametrize(
    ("n", "ru", "en"),
    [
        (0, "0 дней", "0 days"),
        (1, "1 день", "1 day"),
        (2, "2 дня", "2 days"),
        (4, "4 дня", "4 days"),
        (5, "5 дней", "5 days"),
        (11, "11 дней", "11 days"),
        (14, "14 дней", "14 days"),
        (21, "21 день", "21 days"),
        (22, "22 дня", "22 days"),
        (111, "111 дней", "111 days"),
        (1001, "1001 день", "1001 days"),
    ],
)
def test_a_number_takes_its_form(n, ru, en):
    texts = ("Ends in {n} day", "Ends in {n} days")
    assert fill_plural(*texts, n, "ru") == f"Истекает через {ru}"
    assert fill_plural(*texts, n, "en") == f"Ends in {en}"


def test_a_missing_parameter_breaks_no_plural():
    assert fill_plural("{n} of {all}", "{n} of {all}", 2, "en") == "2 of —"


@pytest.mark.parametrize(
    "text", ["{why:>30}", "{why.real}", "{why[0]}", "{why!r}", "{0}", "{", "}", "{}", "{{why}"]
)
def test_a_text_is_no_program(text):
    assert fill(text, "en", {"why": "x"}) == text.replace("{why}", "x")
    assert fill_plural(text, text, 2, "en", {"why": "x"}) == text.replace("{why}", "x")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ru"),
        ("", "ru"),
        ("ru", "ru"),
        ("en", "en"),
        ("EN-us", "en"),
        ("de, fr", "ru"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("en ; q=0.9 , ru; Q=0.1", "en"),
        ("en;q=0.8, ru;q=0.8", "ru"),
        ("en;q=0.801, ru;q=0.8", "en"),
        ("en;q=0", "ru"),
        ("*", "ru"),
        ("en, *;q=0.5", "en"),
        ("en;q=0.1, *;q=0.5", "ru"),
        ("ru;q=0, *", "en"),
        ("en;q=nan", "ru"),
        ("en;q=inf, ru;q=0.1", "ru"),
        ("en;q=2", "ru"),
        ("english", "ru"),
        (",;q=,=;-", "ru"),
        ("de," * 20 + "en", "ru"),
    ],
)
def test_the_language_is_the_one_that_the_reader_prefers(header, language):
    assert negotiate(header) == language


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (1, "1 с", "1 s"),
        (59, "59 с", "59 s"),
        (60, "1 мин.", "1 min"),
        (181, "4 мин.", "4 min"),
        (3_599, "60 мин.", "60 min"),
        (3_601, "2 ч", "2 h"),
    ],
)
def test_a_wait_is_said_in_the_largest_unit_that_fits(seconds, ru, en):
    assert (in_words(seconds, "ru"), in_words(seconds, "en")) == (ru, en)
