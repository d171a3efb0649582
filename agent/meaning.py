"""How a code speaks to people: a sentence, the next step, and how the program ends."""

from dataclasses import dataclass

from agent.codes import Exit
from wire.problems import Sentence


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says to people, what to do next, and how the program ends."""

    exit: Exit
    ru: str
    en: str
    next: Sentence | None = None


RETRY = Sentence("Повторите позже", "Try again later")
RUN_AGAIN = Sentence("Запустите команду ещё раз", "Run the command again")
