"""Errors that explain themselves to people: what happened and the next step."""

import errno
from pathlib import Path

from agent.codes import Code, Exit, Lang
from agent.meanings import MEANINGS
from wire.problems import HINTS, ActionHint, Sentence

_WITHOUT_NUMBER = Sentence("Обратитесь к вендору", "Contact the vendor")
"""A verdict is no refused request, so there is no number to name."""


class AgentError(Exception):
    """What stops a command: a code for programs, a text for people, an exit code."""

    code: str
    exit: Exit

    def diagnostics(self, lang: Lang) -> str:
        """What happened and what to do next, for a person."""
        raise NotImplementedError

    def facts(self) -> dict[str, object]:
        """What a program should know besides the code."""
        return {}


class Failure(AgentError):  # noqa: N818 - states a fact, is no fault of the program
    """Something on this side refused; `params` fill the sentence of the code."""

    def __init__(self, code: Code, **params: object) -> None:
        super().__init__(code)
        self.code: str = code
        self.params = params
        self.exit = MEANINGS[code].exit

    def title(self, lang: Lang) -> str:
        """The fact alone, without the next step."""
        meaning = MEANINGS[Code(self.code)]
        return fill(Sentence(meaning.ru, meaning.en), lang, **self.params)

    def facts(self) -> dict[str, object]:
        if self.code == Code.MANIFEST_MISMATCH:
            names = {"field": "field", "signed": "a", "received": "b"}
        else:
            names = {"reason": "reason"}
        return {name: str(self.params[key]) for name, key in names.items() if key in self.params}

    def diagnostics(self, lang: Lang) -> str:
        step = MEANINGS[Code(self.code)].next
        return sentences(self.title(lang), fill(step, lang, **self.params) if step else "")


class InfobaseError(Failure):
    """1C refused or was lost; `source` is its own text."""

    def __init__(self, code: Code, source: str = "", **params: object) -> None:
        super().__init__(code, **params)
        self.source = source


class Refusal(AgentError):  # noqa: N818 - states a fact, is no fault of the program
    """A "no" that came with its own text: a verdict, the nearest release, an earlier run."""

    def __init__(self, code: str, exit: Exit, fact: Sentence, action: str = "") -> None:  # noqa: A002 - as in Result
        super().__init__(code)
        self.code = code
        self.exit = exit
        self._fact, self._action = fact, action

    def diagnostics(self, lang: Lang) -> str:
        step = _WITHOUT_NUMBER if self._action == ActionHint.CONTACT_VENDOR else None
        return sentences(
            spoken(self._fact, lang), spoken(step, lang) if step else hint(self._action, lang)
        )


def hint(action: str, lang: Lang) -> str:
    """The next step that the server names; one made later than this agent says nothing."""
    known = {item.value: sentence for item, sentence in HINTS.items()}
    return spoken(known[action], lang) if action in known else ""


# the volume, the share of this user in it, or the length that a file may have there
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_failure(error: OSError, path: Path, size: int = 0) -> Failure:
    """What a disk that refuses says to people; `size` is what was to be written, bytes."""
    if error.errno in _FULL:
        return Failure(Code.DISK_FULL, disk=path, n=size)
    return Failure(Code.HOME_UNUSABLE, path=path, why=error.strerror or type(error).__name__)


def usage(ru: str, en: str) -> Failure:
    """The command was given wrongly, in words of both languages."""
    return Failure(Code.USAGE, why_ru=ru, why_en=en)


def fill(sentence: Sentence, lang: Lang, **params: object) -> str:
    """The sentence of that language; what it names and nobody gave becomes «?».

    A parameter that is a Sentence or an error itself is put in the same language.
    """
    return spoken(sentence, lang).format_map(_Params({k: _in(v, lang) for k, v in params.items()}))


def filled(sentence: Sentence, **params: object) -> Sentence:
    """The sentence with its names filled in, in both languages."""
    return Sentence(fill(sentence, "ru", **params), fill(sentence, "en", **params))


def sentences(*parts: str) -> str:
    """Join parts into sentences that end with a full stop; what was said is not said again."""
    whole = dict.fromkeys(part.strip().rstrip(".") for part in parts if part.strip())
    return ". ".join(whole) + "." if whole else ""


def spoken(sentence: Sentence, lang: Lang) -> str:
    """The sentence as it stands: what vendors wrote must not be filled in again."""
    return sentence.ru if lang == "ru" else sentence.en


def _in(value: object, lang: Lang) -> object:
    if isinstance(value, Sentence):
        return spoken(value, lang)
    return value.diagnostics(lang).rstrip(".") if isinstance(value, AgentError) else value


class _Params(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
