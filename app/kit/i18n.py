"""Russian and English texts: English message ids in the code, gettext catalogues beside it."""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal

from app.kit.resources import folder

Language = Literal["ru", "en"]
DEFAULT_LANGUAGE: Language = "ru"


class Lazy(str):
    """A parameter that is a message id itself: translated when it is shown."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A parameter that has its own text in both languages."""

    ru: str
    en: str


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


def fill(message: str, language: Language, params: Mapping[str, object]) -> str:
    """The translated text with its parameters, dates written as the language's readers expect."""
    shown = {name: _shown(value, language) for name, value in params.items()}
    return translate(message, language).format_map(_Blank(shown))


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
    return shown.format_map(_Blank(values | {"n": str(n)}))


class _Blank(dict[str, str]):
    """A parameter that was not given shows as a dash instead of breaking an error message."""

    def __missing__(self, key: str) -> str:
        return "—"


def _shown(value: object, language: Language) -> str:
    if isinstance(value, Lazy):
        return translate(value, language)
    if isinstance(value, Sentence):
        return value.ru if language == "ru" else value.en
    if isinstance(value, date) and language == "ru":
        return value.strftime("%d.%m.%Y %H:%M" if isinstance(value, datetime) else "%d.%m.%Y")
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item, language) for item in value)
    return "—" if value is None else str(value)


def negotiate(accept_language: str | None) -> Language:
    """Picks Russian or English from an Accept-Language header (RFC 9110 §12.5.4)."""
    wanted: dict[Language, float] = {"ru": 0.0, "en": 0.0}
    for part in (accept_language or "").split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        language = tag.partition("-")[0].lower()
        for known, so_far in wanted.items():
            if language == known:
                wanted[known] = max(so_far, _quality(quality))
    return "en" if wanted["en"] > wanted["ru"] else DEFAULT_LANGUAGE


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
