"""Users kept out of an infobase while it is changed: never without a code, never for longer."""

import secrets
import sqlite3
import string
from collections.abc import Callable
from contextlib import suppress

from agent.codes import Code
from agent.errors import AgentError, InfobaseError, filled, spoken
from agent.infobase import Infobase, OpenSession, Session
from agent.journal import Journal, State, Step
from agent.logs import hide
from agent.patience import patiently
from agent.policies import LockMode
from agent.story import Story
from wire.problems import Sentence

_SIGNS, _LENGTH = string.ascii_uppercase + string.digits, 16
_POLL = 18.0  # seconds between two looks at who is still there
_UNTIL_ENDED = (1.0, 2.0, 4.0)  # seconds: a session that was ended is listed for a while
_HARMLESS = frozenset({"SrvrConsole"})  # applications of 1C that hold no infobase
_MESSAGE = Sentence(
    "Устанавливается расширение «{title}». Завершите работу, войти снова можно будет через"
    " несколько минут.",
    'Extension "{title}" is being installed. Please leave; in a few minutes you can come back.',
)
_WAITING = Sentence("Ждём, пока выйдут: {sessions}", "Waiting for these to leave: {sessions}")
_ENDING = Sentence("Завершаем сеансы: {sessions}", "Ending sessions: {sessions}")


def is_needed(story: Story) -> bool:
    """Trying first is no use: others may be kept out, and something wants the infobase alone.

    The whole infobase is copied, where somebody might come at any moment; or the tables change,
    and somebody is there.
    """
    if story.policy.mode is LockMode.NONE:
        return False
    if story.archive is not None and story.archive.wants_alone:
        return True
    return story.is_structural and bool(blocking(story))


def helps(story: Story, error: AgentError) -> bool:
    """The write was refused because of others, and they may be kept out."""
    may = story.policy.mode is not LockMode.NONE and story.access_code is None
    return may and error.code == Code.EXCLUSIVE_LOCK


def keep_out(story: Story) -> None:
    """Let nobody in but us, and wait until we are alone; LOCKED was entered before."""
    session, plan, lang = story.here(), story.plan, story.tools.console.lang
    standing = session.session_lock()
    if standing.is_set:  # somebody else's, whose end we could not bring back
        raise InfobaseError(Code.SESSIONS_DENIED, standing.message, text=standing.message)
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    hide(code)
    infobase, jobs_denied = story.tools.infobase, story.tools.infobase.jobs_denied()
    story.tools.journal.note(story.id, access_code=code, jobs_denied=jobs_denied)
    story.access_code, story.jobs_denied = code, jobs_denied
    message = story.policy.message or spoken(filled(_MESSAGE, title=plan.title), lang)
    if jobs_denied is None:
        session.lock(message, code)
    else:
        infobase.deny(message, code)
    patiently(story, story.connect)
    _wait(story)


def let_in(story: Story) -> None:
    """Take our lock away; without one nothing happens."""
    if story.access_code is None:
        return
    try:
        _unlocked(story, lambda: patiently(story, story.connect))
    except InfobaseError as error:
        if error.code != Code.SESSIONS_DENIED:
            raise
        # our code opens our lock: the one that stands there is somebody else's
    story.tools.journal.note(story.id, unlocked=True)
    story.access_code = story.jobs_denied = None


def jobs_denied(steps: list[Step]) -> bool | None:
    """Whether scheduled jobs did not run before the lock; None where it is not the cluster's."""
    told = [step.detail.get("jobs_denied") for step in steps if "access_code" in step.detail]
    return bool(told[-1]) if told and told[-1] is not None else None


def relieve(story: Story) -> None:
    """Let everybody in as far as that can be done, also where the journal takes no more.

    Nobody knows then what became of the change; a recovery that unlocks once more harms nothing.
    """
    code = story.access_code
    if code is None:
        return

    def connect() -> Session:
        story.leave()
        story.session = story.tools.infobase.connect(code)  # no note: the journal may be full
        return story.session

    with suppress(AgentError, OSError, sqlite3.Error):
        _unlocked(story, connect)
        story.access_code = story.jobs_denied = None
        story.tools.journal.note(story.id, unlocked=True)


def code_of(steps: list[Step]) -> str | None:
    """The code of a lock that an operation set and nobody took away yet."""
    code = None
    for step in steps:
        code = str(step.detail["access_code"]) if "access_code" in step.detail else code
        code = None if "unlocked" in step.detail else code
    if code:
        hide(code)
    return code


def enter(infobase: Infobase, journal: Journal) -> Session:
    """A session, also where an interrupted operation of ours left its lock."""
    try:
        return infobase.connect()
    except InfobaseError as error:
        known = journal.infobase_at(infobase.place)
        left = journal.unfinished(known) if known else []
        codes = [code for one in left if (code := code_of(journal.steps(one.id)))]
        if error.code != Code.SESSIONS_DENIED or not codes:
            raise
        return infobase.connect(codes[-1])


def blocking(story: Story) -> list[OpenSession]:
    """Sessions of others that keep the infobase from being ours alone."""
    own = {step.detail.get("session") for step in story.tools.journal.steps(story.id)}
    return [
        one
        for one in story.here().others()
        if one.application not in _HARMLESS and one.number not in own
    ]


def busy(story: Story, error: InfobaseError) -> InfobaseError:
    """The refusal of 1C with the names of those who are in the way."""
    with suppress(InfobaseError):
        if others := blocking(story):
            return _refused(others, error.source)
    return error


def _unlocked(story: Story, connect: Callable[[], Session]) -> None:
    """By who set it; people come first where the cluster does not answer, jobs wait for it."""
    if story.jobs_denied is None or story.access_code is None:
        _unlocked_inside(story, connect)
        return
    try:
        story.tools.infobase.allow(story.access_code, jobs_denied=story.jobs_denied)
    except InfobaseError:
        with suppress(InfobaseError):
            _unlocked_inside(story, connect)
        raise


def _unlocked_inside(story: Story, connect: Callable[[], Session]) -> None:
    """In the session there is; one that was lost gives way to a new one."""
    code = story.access_code or ""
    with suppress(InfobaseError):
        if story.session is not None:
            story.session.unlock(code)
            return
    connect().unlock(code)


def _wait(story: Story) -> None:
    waited, policy = 0.0, story.policy
    while (others := blocking(story)) and waited < policy.wait:
        _tell(story, _WAITING, others)
        pause = min(_POLL, policy.wait - waited)
        story.tools.timing.sleep(pause)
        waited += pause
    if others and policy.mode is LockMode.TERMINATE:
        others = _end(story, others)
    if others:
        raise _refused(others)


def _end(story: Story, others: list[OpenSession]) -> list[OpenSession]:
    """End these sessions; who is left afterwards."""
    _tell(story, _ENDING, others)
    for one in others:
        if not story.tools.infobase.terminate(one.number):
            return others
    for pause in _UNTIL_ENDED:
        if not (others := blocking(story)):
            break
        story.tools.timing.sleep(pause)
    return blocking(story)


def _tell(story: Story, what: Sentence, others: list[OpenSession]) -> None:
    story.tools.console.step(State.LOCKED, what.ru, what.en, sessions=_named(others))


def _refused(others: list[OpenSession], source: str = "") -> InfobaseError:
    return InfobaseError(Code.EXCLUSIVE_LOCK, source, sessions=_named(others))


def _named(others: list[OpenSession]) -> str:
    return "; ".join(str(one) for one in others)
