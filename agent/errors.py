"""Errors that explain themselves to people: what happened and the next step."""

from agent.codes import MEANINGS, Code, Exit, Lang
from wire.problems import Sentence


class AgentError(Exception):
    """What stops a command: a code for programs, a text for people, an exit code."""

    code: str
    exit: Exit

    def diagnostics(self, lang: Lang) -> str:
        """What happened and what to do next, for a person."""
        raise NotImplementedError


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

    def diagnostics(self, lang: Lang) -> str:
        step = MEANINGS[Code(self.code)].next
        return sentences(self.title(lang), fill(step, lang, **self.params) if step else "")


class InfobaseError(Failure):
    """1C refused or was lost; `source` is its own text."""

    def __init__(self, code: Code, source: str = "", **params: object) -> None:
        super().__init__(code, **params)
        self.source = source


def usage(ru: str, en: str) -> Failure:
    """The command was given wrongly, in words of both languages."""
    return Failure(Code.USAGE, why_ru=ru, why_en=en)


def fill(sentence: Sentence, lang: Lang, **params: object) -> str:
    """The sentence of that language; what it names and nobody gave becomes «?».

    A parameter that is a Sentence or an error itself is put in the same language.
    """
    text = sentence.ru if lang == "ru" else sentence.en
    return text.format_map(_Params({k: _in(v, lang) for k, v in params.items()}))


def sentences(*parts: str) -> str:
    """Join parts into sentences that end with a full stop."""
    whole = [part.strip().rstrip(".") for part in parts if part.strip()]
    return ". ".join(whole) + "." if whole else ""


def _in(value: object, lang: Lang) -> object:
    if isinstance(value, Sentence):
        return value.ru if lang == "ru" else value.en
    return value.diagnostics(lang).rstrip(".") if isinstance(value, AgentError) else value


class _Params(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
