"""The brace text of 1C: nested lists of quoted strings and bare tokens."""

import re
from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

from onec.cfe.errors import BadCfe
from onec.cfe.limits import DEFAULT, Limits


class Quoted(str):
    """A string that stands in quotes; a bare token is a plain `str`."""

    __slots__ = ()


Value: TypeAlias = str | list["Value"]

_SPACE = " \t\r\n"
# Possessive quantifiers: a hostile text must not make the matcher keep points of return.
_LEXEME = re.compile(
    r'[ \t\r\n]*+(?:(?P<mark>[{},])|"(?P<quoted>[^"]*+(?:""[^"]*+)*+)"|(?P<bare>[^{},"]++))'
)


class BraceReader:
    """Parses the texts of one file; the tokens of all of them count towards one limit."""

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._left = limits.all_tokens

    def parse(self, text: str) -> list[Value]:
        """Values of the top level; raises `BadCfe`."""
        return deque(self.grow(text), maxlen=1).pop()

    def grow(self, text: str) -> Iterator[list[Value]]:
        """Parse step by step: each time the list that has got one more complete value.

        Whoever needs only the head of a text stops when it has seen enough. The last list of
        a text read to its end is the top level.
        """
        growth = _Growth(self._limits.depth)
        text = text.strip(_SPACE)
        position, tokens = 0, 0
        while position < len(text):
            match = _LEXEME.match(text, position)
            if match is None:
                raise _broken(position)
            grown = growth.take(match)
            position = match.end()
            if grown is not None:
                tokens += 1
                self._count(tokens)
                yield grown
        yield growth.finish(position)

    def _count(self, tokens: int) -> None:
        if tokens > self._limits.tokens:
            raise BadCfe("BAD_TEXT", "слишком длинный текст", "a text is too long")
        self._left -= 1
        if self._left < 0:
            raise BadCfe("BOMB")


def dig(value: Value | None, *path: int) -> Value | None:
    """The value at a path of positions, or None where there is none."""
    for position in path:
        if not isinstance(value, list) or position >= len(value):
            return None
        value = value[position]
    return value


class _Growth:
    """The lists that are still open, outermost first; no recursion, so depth is only a number."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._open: list[list[Value]] = [[]]
        self._wants_value = True

    def take(self, match: re.Match[str]) -> list[Value] | None:
        """One lexeme; the list that grew by it, if one did."""
        mark = match["mark"]
        if mark == "{":
            self._begin(match.start())
            return None
        if mark == "}":
            return self._end(match.start())
        if mark == ",":
            return self._separate()
        if match["quoted"] is not None:
            return self._add(Quoted(match["quoted"].replace('""', '"')), match.start())
        # A long bare token, a digest, is broken into lines.
        return self._add("".join(match["bare"].split()), match.start())

    def finish(self, position: int) -> list[Value]:
        if len(self._open) > 1:
            raise _broken(position)
        return self._open[0]

    def _begin(self, position: int) -> None:
        if not self._wants_value or len(self._open) > self._depth:
            raise _broken(position)
        self._open.append([])

    def _end(self, position: int) -> list[Value]:
        if len(self._open) == 1:
            raise _broken(position)
        if self._wants_value and self._open[-1]:
            self._open[-1].append("")
        closed = self._open.pop()
        self._wants_value = True
        return self._add(closed, position)

    def _separate(self) -> list[Value] | None:
        if self._wants_value:
            self._open[-1].append("")
            return self._open[-1]
        self._wants_value = True
        return None

    def _add(self, value: Value, position: int) -> list[Value]:
        if not self._wants_value:
            raise _broken(position)
        self._wants_value = False
        self._open[-1].append(value)
        return self._open[-1]


def _broken(position: int) -> BadCfe:
    return BadCfe(
        "BAD_TEXT",
        f"скобочный текст нарушен на знаке {position}",
        f"the brace text is broken at character {position}",
    )
