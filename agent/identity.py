"""The infobase's own id: random, kept here and in the infobase, so that a seat follows it."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto

from agent.codes import Code
from agent.console import Console
from agent.errors import Failure, InfobaseError, fill, filled
from agent.infobase import Infobase, Session
from agent.journal import Journal
from wire.problems import Sentence

_QUESTION = Sentence(
    "База перенесена или это копия? Она известна по адресу {known}, а найдена здесь: {found}",
    "Was the infobase moved, or is this a copy? It is known at {known} and found here: {found}",
)
_MOVED = Sentence("{question}. Она перенесена?", "{question}. Was it moved?")
_COPY = Sentence("Это копия, ей нужно своё место?", "Is this a copy that needs its own seat?")
_HOW = Sentence(
    "{question}. Перенесена: infobases move ИМЯ --connection-string …; копия: infobases add ИМЯ"
    " --connection-string … --copy",
    "{question}. Moved: infobases move NAME --connection-string …; a copy: infobases add NAME"
    " --connection-string … --copy",
)


class Found(Enum):
    """What an infobase with the id of another place is."""

    MOVED = auto()
    COPY = auto()


Decide = Callable[[str, str, str], Found]
"""From the id, the place it is known at and the place it was found at."""


def identify(journal: Journal, infobase: Infobase, session: Session, decide: Decide) -> str:
    """The id of the infobase of a session: the one it carries, else one that is left in it.

    A place that is known and now carries the id of another known place was refilled from a copy
    of that one: it stays what it was. `decide` is asked only about a place nobody knows.
    """
    place = infobase.place
    known = journal.infobase_at(place)
    if known is not None and journal.unfinished(known):
        return known  # under another id nobody would finish what was interrupted here
    kept = read(session)
    elsewhere = journal.place_of(kept) if kept else None
    if kept is not None and elsewhere in {None, place}:
        chosen = kept
    elif kept is not None and elsewhere is not None and known is None:
        is_moved = decide(kept, elsewhere, place) is Found.MOVED
        chosen = kept if is_moved else str(uuid.uuid4())
    else:
        chosen = known or str(uuid.uuid4())
    journal.know_infobase(chosen, place, infobase.label)
    if chosen != kept:
        with suppress(InfobaseError):  # where 1C keeps nothing for us, state.db is enough
            session.keep_infobase_id(chosen)
    return chosen


def read(session: Session) -> str | None:
    """The id that the infobase carries; not being let in there is no error."""
    with suppress(InfobaseError, ValueError):
        text = session.infobase_id()
        return str(uuid.UUID(text)) if text else None
    return None


def ask_person(console: Console) -> Decide:
    """Whoever is at the keyboard decides; without anybody it is CONSENT_REQUIRED."""

    def decide(_infobase: str, known: str, found: str) -> Found:
        question = filled(_QUESTION, known=known, found=found)
        data: dict[str, object] = {"known": known, "found": found, "flag": "--copy"}
        if console.ask("moved", fill(_MOVED, console.lang, question=question), data):
            return Found.MOVED
        if console.is_interactive and console.ask("copy", fill(_COPY, console.lang), data):
            return Found.COPY
        raise Failure(Code.CONSENT_REQUIRED, question=filled(_HOW, question=question))

    return decide


def as_copy(_infobase: str, _known: str, _found: str) -> Found:
    """Somebody said beforehand that it is a copy."""
    return Found.COPY
