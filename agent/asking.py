"""Questions to a person at a keyboard: put again, with the reason, until there is an answer."""

import getpass
import warnings
from collections.abc import Callable
from typing import TypeVar

from agent.console import Console, typed
from agent.errors import AgentError, spoken, usage
from wire.problems import Sentence

T = TypeVar("T")

_ENDED = ("Ввод закончился", "The input has ended")
_OPEN = (
    "Пароль нельзя ввести скрыто: откройте обычное окно консоли",
    "A password cannot be typed unseen here: open an ordinary console window",
)
_NUMBER = Sentence("Наберите номер от 1 до {n}", "Type a number from 1 to {n}")


class Asking:
    """One kind of question per method; EOF is a USAGE failure, Ctrl+C goes through."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, question: Sentence, read: Callable[[str], T]) -> T:
        """What `read` makes of the line typed; its AgentError is the reason to ask again."""
        return self._until(lambda: self._typed(question), read)

    def hidden(self, question: Sentence, read: Callable[[str], T]) -> T:
        """The same without showing what is typed."""
        return self._until(lambda: self._unseen(question), read)

    def one_of(self, question: Sentence, count: int, words: frozenset[str]) -> int | str:
        """A number from 1 to `count`, or one of `words`; "" among them is Enter alone."""

        def read(text: str) -> int | str:
            word = text.casefold().strip("«»\"'")
            if word in words:
                return word
            if text.isdecimal() and 1 <= int(text) <= count:
                return int(text)
            raise _no_answer(count)

        return self.line(question, read)

    def _until(self, ask: Callable[[], str], read: Callable[[str], T]) -> T:
        while True:
            text = ask()
            try:
                return read(text.strip())
            except AgentError as error:
                self._console.warn(error.code, error.diagnostics(self._console.lang))

    def _typed(self, question: Sentence) -> str:
        try:
            return self._console.prompt(spoken(question, self._console.lang))
        except EOFError as error:
            raise usage(*_ENDED) from error

    def _unseen(self, question: Sentence) -> str:
        with warnings.catch_warnings():
            # a password that shows while it is typed is worse than none
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                return typed(getpass.getpass(f"{spoken(question, self._console.lang)} "))
            except EOFError as error:
                raise usage(*_ENDED) from error
            except getpass.GetPassWarning as error:
                raise usage(*_OPEN) from error


def _no_answer(count: int) -> AgentError:
    if count:
        ru, en = (text.format(n=count) for text in (_NUMBER.ru, _NUMBER.en))
        return usage(ru, en)
    return usage("Такого ответа нет в вопросе", "The question has no such answer")
