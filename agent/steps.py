"""What is done in each state of an installation, and of what else changes an infobase."""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from agent.archiving import keep_infobase
from agent.codes import Code
from agent.download import Wanted, fetch
from agent.errors import Failure, InfobaseError
from agent.files import write_whole
from agent.infobase import NOT_STORED, InfobaseFacts, Presence, StoredExtension
from agent.journal import KnownRelease, State
from agent.lockout import busy
from agent.patience import patiently
from agent.plan import KEEPS_BYTES, Action, Plan, check_infobase, installed, same_text
from agent.refusals import Reason
from agent.spool import put_download
from agent.story import Story
from onec.cfe import BadCfe, Cfe, read_cfe
from onec.platform import compatibility_mode, mode_not_used
from onec.version import Version, VersionError
from wire.extensions import Download
from wire.problems import Sentence
from wire.reports import DownloadCompletion

T = TypeVar("T")

LOST = frozenset({Code.CONNECTION_LOST, Code.HANG, Code.RPC_UNAVAILABLE})
"""After these nobody knows what 1C did of what it was asked."""


def authorize(story: Story) -> None:
    """Seat, agreement and download from the server."""
    assert story.rights is not None  # noqa: S101 - a recovery never comes here
    _granted(story, story.rights.obtain())


def download(story: Story) -> None:
    """The whole file, resumed if need be, with the signed length and SHA-256."""
    rights, granted = story.rights, story.download
    assert rights is not None and granted is not None  # noqa: S101, PT018 - AUTHORIZED comes first
    tools, artifact = story.tools, story.plan.artifact
    with tools.console.progress(State.DOWNLOADED, artifact.size) as show:
        wanted = Wanted(
            artifact, granted, lambda: _granted(story, rights.download()), rights.receive, show
        )
        story.cached = fetch(rights.client, tools.home / "cache", wanted)
    granted = story.download or granted  # a fresh one, if the first expired on the way
    with tools.journal.transaction() as db:
        completed = DownloadCompletion(granted.download_id, artifact.sha256, artifact.size)
        put_download(db, story.operation.server, completed)


def verify_file(story: Story) -> None:
    """The file is an extension, and the one announced; this operation gets its own copy."""
    assert story.cached is not None  # noqa: S101 - DOWNLOADED comes first
    data = story.cached.read_bytes()
    check_file(story.plan, data)
    write_whole(story.staged, data)


def verify_copy(story: Story) -> None:
    """The kept copy is whole and of this extension; this operation gets its own."""
    plan = story.plan
    backup = story.tools.backups.of(plan.source) if plan.source else None
    if backup is None or backup.path is None:
        raise Failure(Code.NO_BACKUP, name=plan.onec_name)
    data = backup.data()
    check_file(plan, data)
    write_whole(story.staged, data)


def check_file(plan: Plan, data: bytes) -> None:
    """The bytes are a sound extension, and the one that was announced."""
    cfe = _parsed(data)
    announced = [
        ("onec_name", plan.onec_name, cfe.raw.name),
        ("file_version", plan.file_version, cfe.raw.version),
        ("purpose", plan.purpose, cfe.purpose_code),
    ]
    if plan.signature:
        announced.append(("uuid", plan.signature.uuid, cfe.root_uuid))
    for field, a, b in announced:
        if not same_text(a, b):
            raise Failure(Code.MANIFEST_MISMATCH, field=field, a=a, b=b)


def find_host(story: Story) -> None:
    """This computer has what it takes to speak to 1C."""
    patiently(story, story.tools.infobase.prepare)


def connect(story: Story) -> None:
    """A session of 1C, and what it tells."""
    story.facts = patiently(story, story.connect).facts()


def probe(story: Story) -> None:
    """The infobase is still what was planned for."""
    plan = story.plan
    planned, now = _environment(plan.facts), _environment(known_facts(story))
    if planned != now:
        raise Failure(Code.CONFIG_MISMATCH, a=planned, b=now)
    there = story.here().extensions(plan.onec_name, plan.before)
    found = installed(there, plan.onec_name)
    if found != plan.before:
        raise Failure(Code.CONFIG_MISMATCH, a=_shown(plan.before), b=_shown(found))


def precheck(story: Story) -> None:
    """Nothing known forbids the write."""
    session, plan, facts = story.here(), story.plan, known_facts(story)
    conflicts = session.present(plan.conflicts_with)
    check_infobase(plan, facts, conflicts)
    data = staged_bytes(story)
    cfe = _parsed(data)
    _check_platform(cfe, facts)
    story.is_structural = plan.is_exclusive or cfe.may_change_structure
    if plan.before is not None:
        story.before_data = session.read(plan.before.uuid)
        _check_vendor(plan, cfe, story.before_data)
    free = shutil.disk_usage(story.tools.home).free
    if free < 2 * len(data):
        raise Failure(Code.DISK_FULL, disk=story.tools.home, n=2 * len(data))
    critical = [issue.text for issue in session.issues(plan.onec_name, data) if issue.critical]
    if critical:
        raise Failure(Code.NOT_APPLICABLE, list="; ".join(critical))


def back_up(story: Story) -> None:
    """What the write will replace is on the disk and can be written back."""
    plan, backups = story.plan, story.tools.backups
    if keep_infobase(story):
        connect(story)
        probe(story)
    if plan.before is None:
        backups.keep_nothing(story.id)
        return
    backups.keep(story.id, plan.infobase, plan.before, story.before_data)


def write(story: Story) -> None:
    """The one change of the infobase."""
    session, plan = story.here(), story.plan
    data = staged_bytes(story)
    if plan.before is None:
        story.written = change(story, lambda: session.create(data, plan.wanted))
    else:
        uuid = plan.before.uuid
        story.written = change(story, lambda: session.replace(uuid, data, plan.wanted))


def change(story: Story, act: Callable[[], T]) -> T:
    """Let 1C do it; where others are in the way the refusal names them.

    Only what 1C itself took back is done again: a server that is gone may have done it.
    """
    try:
        return patiently(story, act, frozenset({Code.LOCK_CONFLICT}))
    except InfobaseError as error:
        raise (busy(story, error) if error.code == Code.EXCLUSIVE_LOCK else error) from error


def written(_story: Story) -> None:
    """1C answered; what it says of the object is stale until it is fetched anew."""


def reread(story: Story) -> None:
    """Fetched anew it is there once, with the version and the properties asked for."""
    plan = story.plan
    found = story.here().extensions(plan.onec_name, story.written)
    why = unconfirmed(story, found)
    if why is not None:
        raise Failure(Code.WRITE_NOT_CONFIRMED, why=why)
    story.found = found[0]
    story.tools.journal.note(story.id, hash_sum=story.found.hash_sum)
    if not plan.release_id:  # a copy of what nobody knew is written back
        return
    release = KnownRelease(plan.release_id, plan.version, plan.artifact.sha256)
    story.tools.journal.learn_release(story.found.hash_sum, release)


def refresh(story: Story) -> None:
    """1C's own library sees the change."""
    session = story.here()
    try:
        patiently(story, session.refresh_parameters)
    except InfobaseError as error:
        if error.code in LOST:
            raise
        raise Failure(Code.BSP_REFRESH_FAILED, why=error.source) from error


def keeps_parameters(story: Story) -> bool:
    """Whether there is something of 1C's own library to refresh."""
    return story.plan.facts.has_bsp


def verify_new_session(story: Story) -> None:
    """A new session runs with it, or will after a restart."""
    session = patiently(story, story.connect)
    assert story.found is not None  # noqa: S101 - REREAD_OK comes first
    presence = session.presence(story.found)
    if presence is Presence.DISABLED and story.plan.wanted.active:
        raise Failure(Code.NOT_ACTIVE)
    story.restart_required = story.plan.restart_required or presence is Presence.ABSENT


def unconfirmed(story: Story, found: list[StoredExtension]) -> Sentence | None:
    """Why what was found is not what was asked for; None if it is."""
    plan = story.plan
    if len(found) != 1:
        return Sentence(f"найдено {len(found)} вместо одного", f"found {len(found)} instead of one")
    one = found[0]
    if one.hash_sum == NOT_STORED:
        return Sentence("1С не сохранила файл", "1C did not store the file")
    if not same_text(one.version, plan.file_version):
        return Sentence(f"версия «{one.version}»", f'version "{one.version}"')
    if one.properties != plan.wanted:
        return Sentence("свойства не установлены", "properties were not set")
    same_bytes = plan.before is not None and plan.before.hash_sum == one.hash_sum
    if same_bytes and plan.action not in KEEPS_BYTES:
        return Sentence("файл остался прежним", "the file is the earlier one")
    return None


def known_facts(story: Story) -> InfobaseFacts:
    """What the first session told; CONNECTED comes before whoever asks."""
    assert story.facts is not None  # noqa: S101 - CONNECTED comes first
    return story.facts


def staged_bytes(story: Story) -> bytes:
    """The operation's file, checked again through the handle it is read by."""
    with story.staged.open("rb") as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != story.plan.artifact.sha256:
        raise Failure(
            Code.SIGNATURE_BAD,
            why=Sentence("файл подменён после проверки", "the file was swapped after the check"),
            reason=Reason.HASH_MISMATCH.value,
        )
    return data


def _granted(story: Story, granted: Download) -> Download:
    """The right that counts from now on, also for the report."""
    story.download = granted
    story.tools.journal.note(story.id, download_id=granted.download_id)
    return granted


def _parsed(data: bytes) -> Cfe:
    try:
        return read_cfe(data)
    except BadCfe as error:
        raise Failure(Code.BAD_FILE, why=Sentence(error.text("ru"), error.text("en"))) from error


def _check_platform(cfe: Cfe, facts: InfobaseFacts) -> None:
    """The extension asks for no more than the platform and the configuration's mode give."""
    needed = Version.parse(cfe.compatibility)
    given = [Version.known(facts.platform_version)]
    mode = facts.compatibility_mode
    if mode and not mode_not_used(mode):
        with suppress(VersionError):  # a spelling nobody knows forbids nothing; 1C will
            given.append(compatibility_mode(mode))
    for version in given:
        if version is not None and version < needed:
            raise Failure(Code.COMPAT_TOO_LOW, x=cfe.compatibility, y=version)


def _check_vendor(plan: Plan, ours: Cfe, data: bytes) -> None:
    """What has the same name is an earlier release of the same extension."""
    with suppress(BadCfe):  # what cannot be read cannot be kept either, BACKED_UP says so
        theirs = read_cfe(data)
        # a vendor may change its name, hence that counts only where nobody knows the release
        other_vendor = theirs.raw.vendor != ours.raw.vendor
        is_unknown = plan.action is Action.REPLACE_UNKNOWN
        if theirs.raw.prefix != ours.raw.prefix or (other_vendor and is_unknown):
            raise Failure(Code.FOREIGN_EXTENSION, vendor=theirs.vendor)


def _environment(facts: InfobaseFacts) -> str:
    """What a plan stands on, in one line."""
    known = (facts.configuration, facts.configuration_version, facts.platform_version)
    return " ".join((*known, facts.compatibility_mode or "-", facts.kind.value))


def _shown(extension: StoredExtension | None) -> str:
    if extension is None:
        return "-"
    return f"{extension.name} {extension.version} {extension.hash_sum}"
