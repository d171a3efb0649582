"""What happens when a write failed, hung or was lost: look first, then go on or put back."""

import logging
import platform
from contextlib import suppress
from enum import Enum, auto

from agent import ending
from agent.backup import Backup
from agent.codes import Code, Exit
from agent.console import Result
from agent.errors import AgentError, Failure, InfobaseError, storage_failure
from agent.files import sha256_of_bytes
from agent.infobase import NOT_STORED, Session, StoredExtension
from agent.journal import State
from agent.patience import patiently
from agent.plan import KEEPS_BYTES, Action, Plan, same_text
from agent.story import Story
from wire.problems import Sentence

logger = logging.getLogger(__name__)
_OURS = "COMConnection"  # how 1C names a session that came through the connector
_ATTEMPTS = 2  # a connection lost on the way back deserves a second try
_AGAIN = frozenset({Code.CONNECTION_LOST, Code.DISK_FULL})
_PASSING = frozenset({Exit.NO_CONNECTION, Exit.BUSY})  # nobody has to mend these by hand


class Finding(Enum):
    """What an interrupted write left behind."""

    UNCHANGED = auto()
    CHANGED = auto()  # written: never write it again
    UNSET = auto()  # written, but its properties are not
    BROKEN = auto()


def look(story: Story) -> Finding:
    """Inspect the infobase in a new session."""
    story.tools.journal.enter(story.id, State.INSPECTING)
    session = patiently(story, story.connect)
    end_leftovers(story)
    found = session.extensions(story.plan.onec_name)
    if story.plan.action is Action.UNINSTALL:
        finding = judge_removal(story.plan.before, found)
    else:
        finding = judge(story.plan, found, had_bytes=_had_bytes(story))
    story.tools.journal.note(story.id, finding=finding.name)
    return finding


def _had_bytes(story: Story) -> bool:
    """What was to be written was there already, but for its properties."""
    plan, before = story.plan, story.plan.before
    if before is None:
        return False
    source = story.tools.backups.of(plan.source) if plan.source else None
    if source and source.extension:
        return source.extension.hash_sum == before.hash_sum
    known = story.tools.journal.release_of(before.hash_sum)
    return known is not None and known.artifact_sha256 == plan.artifact.sha256


def judge_removal(before: StoredExtension | None, found: list[StoredExtension]) -> Finding:
    """Gone, or there as it was; anything else is put back."""
    if not found:
        return Finding.CHANGED
    return Finding.UNCHANGED if found == [before] else Finding.BROKEN


def judge(plan: Plan, found: list[StoredExtension], *, had_bytes: bool) -> Finding:
    """Compare what was found with what was there; `had_bytes`: a repair of properties only."""
    before = plan.before
    if not found:
        return Finding.UNCHANGED if before is None else Finding.BROKEN
    one = found[0]
    if len(found) > 1 or one.hash_sum == NOT_STORED:
        return Finding.BROKEN
    if before is not None and one.hash_sum == before.hash_sum:
        return _same_bytes(plan, one, before, had_bytes=had_bytes)
    if not same_text(one.version, plan.file_version):
        return Finding.BROKEN
    return Finding.CHANGED if one.properties == plan.wanted else Finding.UNSET


def _same_bytes(
    plan: Plan, one: StoredExtension, before: StoredExtension, *, had_bytes: bool
) -> Finding:
    if plan.action in KEEPS_BYTES and had_bytes and one.properties == plan.wanted:
        return Finding.CHANGED
    return Finding.UNCHANGED if one.properties == before.properties else Finding.BROKEN


def end_leftovers(story: Story) -> None:
    """End sessions of ours whose process is no more: 1C may keep them, and they may be in the way.

    A number alone proves nothing, 1C uses it again: it must be a COM session of this computer.
    """
    steps = story.tools.journal.steps(story.id)
    numbers = {step.detail["session"] for step in steps if "session" in step.detail}
    here = platform.node().casefold()
    with suppress(InfobaseError):  # whoever looks next says why nobody is let in
        for one in story.here().others() if numbers else []:
            is_ours = one.application == _OURS and one.computer.casefold() == here
            if one.number in numbers and is_ours:
                story.tools.infobase.terminate(one.number)


def set_properties(story: Story) -> None:
    """The bytes are there; write what they did not bring along."""
    session = story.here()
    for one in session.extensions(story.plan.onec_name):
        session.set_properties(one.uuid, story.plan.wanted)


def roll_back(story: Story, error: AgentError, failed: State) -> Result:
    """Put the infobase back to what it was before the write."""
    why = ending.message(error)
    story.tools.journal.enter(
        story.id, State.ROLLING_BACK, {"code": error.code, "why": why, "failed": failed.value}
    )
    second: AgentError = error
    for _ in range(_ATTEMPTS):
        try:
            story.found = _put_back(story)
        except AgentError as failure:
            second = failure
        except OSError as failure:
            second = storage_failure(failure, story.tools.home)
        else:
            return ending.rolled_back(story, error, failed)
    if second.code in _AGAIN or second.exit in _PASSING:
        return ending.unknown(story, second)  # the next run goes on putting back
    return ending.rollback_failed(story, error, second, failed)


def _put_back(story: Story) -> StoredExtension | None:
    backup = story.tools.backups.of(story.id)
    if backup is None:
        raise Failure(Code.BACKUP_FAILED, why=Sentence("копии нет", "there is no backup"))
    session = patiently(story, story.connect)
    name, keep = story.plan.onec_name, backup.extension
    found = session.extensions(name)
    kept = _kept(session, found, backup)
    for one in found:
        if one is not kept and _is_ours(story, session, one):
            session.delete(one.uuid)
    if keep is not None:
        _restore(session, kept, backup, keep)
    if story.plan.facts.has_bsp:
        try:
            session.refresh_parameters()
        except InfobaseError as error:  # it may be what failed; the bytes are back all the same
            logger.warning("not refreshed after the way back: %s %s", error.code, error.source)
    return _confirmed(session.extensions(name), keep)


def _kept(session: Session, found: list[StoredExtension], backup: Backup) -> StoredExtension | None:
    """The object that was there before, or one that an interrupted way back made of it."""
    if backup.extension is None:
        return None
    for one in found:
        if backup.extension.uuid == one.uuid:
            return one
    return next((one for one in found if _has_bytes(session, one, backup.sha256)), None)


def _restore(
    session: Session, one: StoredExtension | None, backup: Backup, keep: StoredExtension
) -> None:
    """Write the earlier bytes and properties, unless they are there."""
    if one is None:
        session.create(backup.data(), keep.properties)
    elif one.hash_sum != keep.hash_sum:
        session.replace(one.uuid, backup.data(), keep.properties)
    elif one.properties != keep.properties:
        session.set_properties(one.uuid, keep.properties)


def _confirmed(
    found: list[StoredExtension], keep: StoredExtension | None
) -> StoredExtension | None:
    """What is there now, if it is what was there before; another copy of it counts."""
    if keep is None and not found:
        return None
    if keep is not None and len(found) == 1:
        one = found[0]
        is_back = one.hash_sum == keep.hash_sum or one.version == keep.version
        if is_back and one.properties == keep.properties and one.hash_sum != NOT_STORED:
            return one
    why = Sentence(f"найдено копий: {len(found)}", f"copies found: {len(found)}")
    raise Failure(Code.WRITE_NOT_CONFIRMED, why=why)


def _is_ours(story: Story, session: Session, one: StoredExtension) -> bool:
    """We wrote it: the HashSum we read back, or the very bytes of the release."""
    for step in story.tools.journal.steps(story.id):
        if step.detail.get("hash_sum") == one.hash_sum:
            return True
    return _has_bytes(session, one, story.plan.artifact.sha256)


def _has_bytes(session: Session, one: StoredExtension, sha256: str | None) -> bool:
    try:
        return sha256_of_bytes(session.read(one.uuid)) == sha256
    except InfobaseError as error:
        if error.code == Code.CONNECTION_LOST:
            raise
        return False
