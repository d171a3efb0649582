"""Russian and English texts: English message ids in the code, gettext catalogues beside it."""

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal, Self

from app.kit.resources import folder

Language = Literal["ru", "en"]
DEFAULT_LANGUAGE: Language = "ru"

# One language range and its weight, 0 to 1 with three digits at most.
_RANGE = re.compile(r"([a-z]+|\*)(?:-[a-z0-9-]+)?(?:\s*;\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?")

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Lazy(str):
    """A parameter that is a message id itself: translated when it is shown."""

    __slots__ = ()


class Term(str):
    """A parameter that programs read as it is and people as a word of their language."""

    __slots__ = ("word",)
    word: str

    def __new__(cls, value: str, word: str) -> Self:
        """`word` is a message id."""
        term = super().__new__(cls, value)
        term.word = word
        return term


@dataclass(frozen=True, slots=True)
class Sentence:
    """A parameter that has its own text in both languages."""

    ru: str
    en: str

    def of(self, language: Language) -> str:
        """The text for readers of one language."""
        return self.ru if language == "ru" else self.en


def localised(params: Mapping[str, object], language: Language) -> dict[str, object]:
    """Parameters for readers of one language."""
    return {
        name: _shown(value, language) if isinstance(value, Sentence) else value
        for name, value in params.items()
    }


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Marks a text for the catalogue without translating it yet."""
    return message


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("messages", localedir=folder("locale"), languages=[language])


def translate(message: str, language: Language) -> str:
    """The text in a language; English texts are their own ids."""
    return _catalogue(language).gettext(message) if message else ""


def is_ours(message: str) -> bool:
    """Whether a text is one of the catalogue's message ids."""
    return bool(message) and translate(message, "ru") != message


def fill(message: str, language: Language, params: Mapping[str, object]) -> str:
    """The translated text with its parameters, dates written as the language's readers expect."""
    shown = {name: _shown(value, language) for name, value in params.items()}
    return _filled(translate(message, language), shown)


def fill_plural(
    singular: str,
    plural: str,
    n: int,
    language: Language,
    params: Mapping[str, object] | None = None,
) -> str:
    """The form that a number takes in the language (1 место, 2 места, 5 мест)."""
    shown = _catalogue(language).ngettext(singular, plural, n)
    values = {name: _shown(value, language) for name, value in (params or {}).items()}
    return _filled(shown, values | {"n": str(n)})


def in_words(seconds: int, language: Language) -> str:
    """A wait as people say it, rounded up: seconds below a minute, minutes below an hour, hours."""
    for unit, text in ((3_600, N_("{n} h")), (60, N_("{n} min"))):
        if seconds >= unit:
            return fill(text, language, {"n": -(-seconds // unit)})
    return fill(N_("{n} s"), language, {"n": seconds})


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Names in braces give way to values, nothing else does: a text is no program.

    A parameter that was not given shows as a dash instead of breaking an error message.
    """
    return _NAME.sub(lambda found: values.get(found[1], "—"), text)


def _shown(value: object, language: Language) -> str:
    if isinstance(value, Lazy):
        return translate(value, language)
    if isinstance(value, Term):
        return translate(value.word, language)
    if isinstance(value, Sentence):
        return value.of(language)
    if isinstance(value, date):
        day = "%d.%m.%Y" if language == "ru" else "%Y-%m-%d"
        return value.strftime(f"{day} %H:%M" if isinstance(value, datetime) else day)
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item, language) for item in value) or "—"
    return "—" if value is None else str(value)


def negotiate(accept_language: str | None) -> Language:
    """Picks Russian or English from an Accept-Language header (RFC 9110 §12.5.4)."""
    wanted: dict[str, float] = {}
    for part in (accept_language or "").lower().split(",")[:20]:
        if found := _RANGE.fullmatch(part.strip()):
            language, weight = found.groups(default="1")
            wanted[language] = max(wanted.get(language, 0.0), float(weight))
    others = wanted.get("*", 0.0)
    return "en" if wanted.get("en", others) > wanted.get("ru", others) else DEFAULT_LANGUAGE
