"""The copy of a whole infobase as a part of an operation, just before the extension is kept."""

from dataclasses import replace
from pathlib import Path

from agent import config
from agent.archive import Archive, Job, back_up_infobase, size_of
from agent.context import Context
from agent.journal import State
from agent.lockout import blocking
from agent.platforms import installed
from agent.policies import BackupMode
from agent.story import Story
from wire.problems import Sentence

_KEPT = Sentence("  копия базы: {path}, {n} байт", "  copy of the infobase: {path}, {n} bytes")


def archive_of(context: Context) -> Archive:
    """How the infobase of this command is kept, as it, its group or agent.toml says."""
    one = context.here()
    mode = context.policy_of(one).backup_mode or BackupMode.NONE
    return Archive(context.target(), mode, context.settings.backup, one.alias)


def usual_folder(home: Path) -> Path:
    """Where copies of infobases are, unless the settings name another place."""
    return home / "backups" / "infobases"


def keep_infobase(story: Story) -> bool:
    """Make the copy that the policy wants; where it is goes into the journal.

    True where it was made: that may have taken an hour, so look again at what was known.
    """
    archive, plan = story.archive, story.plan
    if archive is None or not archive.is_ours:
        return False
    job = Job(
        folder=usual_folder(story.tools.home),
        infobase=plan.infobase,
        name=story.id,
        label=archive.label or story.tools.infobase.label,
        others=lambda: blocking(story),
        progress=lambda _done, _total: None,
        builds=lambda: installed(config.onec_folders()),
        platform=plan.facts.platform_version,
        access_code=story.access_code,
    )
    if archive.mode is BackupMode.DUMPIB:
        story.leave()  # Designer wants the infobase for itself
    with story.tools.console.progress(State.BACKED_UP, size_of(archive.target)) as show:
        told = replace(job, progress=lambda done, _total: show(done))
        made = back_up_infobase(archive.target, archive.mode, archive.settings, told)
    if made is None:
        return False
    path = str(made.path) if made.path else None
    if path:
        story.tools.console.say(_KEPT.ru, _KEPT.en, path=path, n=made.size)
    story.tools.journal.note(story.id, infobase_copy=path, infobase_copy_bytes=made.size)
    return True
