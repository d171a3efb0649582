"""What an editor should look at: remarks about rules and files, which refuse nothing."""

from dataclasses import dataclass

from app.kit.i18n import Sentence


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at, with the numbers of the rules that it speaks of, counted from 1."""

    code: str
    text: Sentence
    rules: tuple[int, ...] = ()
