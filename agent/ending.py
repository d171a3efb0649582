"""How an operation ends: its last row, its report and what the program says."""

import re
from contextlib import suppress
from pathlib import Path

from agent import VERSION
from agent.clock import milliseconds_between, utc_now
from agent.codes import Code, Exit, Lang
from agent.console import Result
from agent.errors import AgentError, Failure, InfobaseError, fill, sentences, spoken
from agent.journal import Ending, State, Step
from agent.lockout import let_in, relieve
from agent.logs import mask
from agent.plan import Action, Plan
from agent.rights import configuration_of
from agent.spool import put_report
from agent.story import Story
from wire import codec
from wire.extensions import InfobaseReference
from wire.problems import Sentence
from wire.reports import InstallReport, Outcome

_MESSAGE_BYTES = 2048
_PATH = re.compile(r"(?:[A-Za-z]:|\\)?[\\/](?:[^\s\\/;,«»\"']+[\\/])+[^\s;,«»\"']*")
_SESSIONS = re.compile(r"(?:компьютер|computer)\s*:.*", re.IGNORECASE | re.DOTALL)
_INSTALLED = Sentence("{title}: установлена версия {v}.", "{title}: version {v} is installed.")
_DONE = {
    **dict.fromkeys(Action, _INSTALLED),
    Action.UNINSTALL: Sentence("{title}: удалено.", "{title}: removed."),
    Action.ROLLBACK: Sentence("{title}: возвращена версия {v}.", "{title}: version {v} is back."),
}
_LOGGED = {
    **dict.fromkeys(
        Action,
        Sentence("Подключ: записано расширение {name}, версия «{v}»", "Podkluch wrote {name}"),
    ),
    Action.UNINSTALL: Sentence("Подключ: удалено расширение {name}", "Podkluch removed {name}"),
}
_LOGGED_ROLLBACK = Sentence(
    "Подключ: изменение расширения {name} не удалось, прежнее состояние восстановлено",
    "Podkluch put {name} back as it was",
)
_UNCHANGED = Sentence("В базе ничего не изменилось", "The infobase is unchanged")
_LOOK_AGAIN = Sentence(
    "Состояние базы будет проверено при следующем запуске",
    "The next run will look at the infobase again",
)
_SIGNED = Sentence(
    "Подпись вендора проверена, корень {f}.", "The vendor's signature is verified, root {f}."
)


def succeed(story: Story) -> Result:
    """The change is there and confirmed."""
    outcome = Outcome.DONE_RESTART_REQUIRED if story.restart_required else Outcome.DONE
    _log(story, _LOGGED[story.plan.action])
    if stuck := _write_down(story, State.REPORTED, outcome, None):
        return stuck
    restart = Failure(Code.RESTART_REQUIRED) if story.restart_required else None
    lang = story.tools.console.lang
    done = fill(_DONE[story.plan.action], lang, title=story.plan.title, v=story.plan.version)
    parts = [restart.diagnostics(lang) if restart else "", done, signature(story.plan, lang)]
    return Result(
        exit=Exit.RESTART if restart else Exit.DONE,
        outcome=outcome,
        code=restart.code if restart else None,
        text=" ".join(part for part in parts if part),
        changed=True,
        post_install_steps=story.plan.post_install_steps,
        data=summary(story.plan, story.id),
    )


def fail(story: Story, error: AgentError, failed: State, *, changed: bool = False) -> Result:
    """It did not work; `changed` tells whether the infobase holds something of it."""
    stuck = _write_down(story, State.FAILED, Outcome.FAILED, error, failed)
    return stuck or _told(story, Outcome.FAILED, error, None if changed else _UNCHANGED)


def rolled_back(story: Story, error: AgentError, failed: State) -> Result:
    """It did not work, and the infobase is what it was."""
    _log(story, _LOGGED_ROLLBACK)
    stuck = _write_down(story, State.ROLLED_BACK, Outcome.ROLLED_BACK, error, failed)
    told = Failure(Code.ROLLED_BACK, e=error)
    return stuck or _told(story, Outcome.ROLLED_BACK, told, _UNCHANGED)


def rollback_failed(story: Story, error: AgentError, second: AgentError, failed: State) -> Result:
    """It did not work, and the infobase could not be put back."""
    backup = story.tools.backups.of(story.id)
    path: object = backup.path if backup else None
    told = Failure(Code.ROLLBACK_FAILED, e=error, e2=second, path=path or "-")
    stuck = _write_down(story, State.ROLLBACK_FAILED, Outcome.ROLLBACK_FAILED, error, failed)
    return stuck or _told(story, Outcome.ROLLBACK_FAILED, told)


def unknown(story: Story, error: AgentError) -> Result:
    """Nobody can say now, and nobody waits for that: all are let in, the next run looks again."""
    relieve(story)
    return left_open(story, error)


def left_open(story: Story, error: AgentError) -> Result:
    """The operation stays open and the next run looks again."""
    story.leave()
    return _told(story, Outcome.FAILED, error, _LOOK_AGAIN)


def signature(plan: Plan, lang: Lang) -> str:
    """By which root the release was verified; nothing for a plan made before there was one."""
    if plan.signature is None:
        return ""
    return fill(_SIGNED, lang, f=plan.signature.root_fingerprint)


def summary(plan: Plan, operation: str | None = None) -> dict[str, object]:
    """What a program wants to know about the operation."""
    return {
        "operation_id": operation,
        "action": plan.action.value,
        "extension": plan.extension,
        "onec_name": plan.onec_name,
        "release_id": plan.release_id,
        "version": plan.version,
        "file_version": plan.file_version,
        "previous_version": plan.before.version if plan.before else None,
        "artifact_sha256": plan.artifact.sha256,
        **signed_by(plan),
    }


def signed_by(plan: Plan) -> dict[str, object]:
    """Whether and by which root the release was verified, for programs."""
    if plan.signature is None:
        return {"signature_verified": False}
    return {"signature_verified": True, "signature": codec.to_dict(plan.signature)}


def _told(
    story: Story, outcome: Outcome, error: AgentError, state: Sentence | None = None
) -> Result:
    lang = story.tools.console.lang
    return Result(
        exit=error.exit,
        outcome=outcome,
        code=error.code,
        text=sentences(error.diagnostics(lang), spoken(state, lang) if state else ""),
        changed=state is not _UNCHANGED,
        data={**summary(story.plan, story.id), **error.facts()},
    )


def _write_down(
    story: Story,
    state: State,
    outcome: Outcome,
    error: AgentError | None,
    failed: State | None = None,
) -> Result | None:
    """Last row and report in one transaction, when what only the write needed is gone.

    A lock that cannot be taken away now leaves the operation open, for the next run to do it.
    """
    if story.access_code is not None:
        story.tools.journal.enter(story.id, State.UNLOCKED)
        try:
            let_in(story)
        except InfobaseError as stuck:
            return left_open(story, stuck)
    story.leave()
    story.staged.unlink(missing_ok=True)
    tools, code = story.tools, error.code if error else None
    with tools.journal.transaction() as db:
        tools.journal.end(db, story.id, Ending(state, outcome, code, story.found))
        put_report(db, story.operation.server, _report(story, outcome, error, failed))
    tools.backups.forget_old(story.plan.infobase, story.plan.onec_name)
    return None


def _log(story: Story, what: Sentence) -> None:
    """An entry in 1C's own event log; the operation does not depend on it."""
    text = fill(what, "ru", name=story.plan.onec_name, v=story.plan.file_version)
    with suppress(InfobaseError):
        story.here().log_event(text)


def _report(
    story: Story, outcome: Outcome, error: AgentError | None, failed: State | None
) -> InstallReport:
    plan, steps = story.plan, story.tools.journal.steps(story.id)
    before = plan.before.version if plan.before else None
    is_gone = plan.action is Action.UNINSTALL and outcome is Outcome.DONE
    after = story.found.version if story.found else None if is_gone else before
    return InstallReport(
        operation_id=story.id,
        operation=plan.action.operation,
        outcome=outcome,
        extension=plan.extension,
        infobase=InfobaseReference(plan.infobase),
        agent_version=VERSION,
        occurred_at=utc_now(),
        code=error.code if error else None,
        release_id=plan.release_id or None,
        previous_version=before,
        version=after,
        artifact_sha256=plan.artifact.sha256 or None,
        download_id=_noted(steps, "download_id"),
        configuration=configuration_of(plan.facts),
        platform_version=plan.facts.platform_version,
        durations_ms=_durations(steps),
        failed_state=failed.value if failed else None,
        message=message(error) if error else "",
        consents=story.tools.journal.consents_of(story.id),
    )


def message(error: AgentError) -> str:
    """What a report may say of an error: no paths, people, keys or passwords."""
    if isinstance(error, InfobaseError):
        text = error.source
    elif isinstance(error, Failure):
        hidden = {k: "…" if isinstance(v, Path) else v for k, v in error.params.items()}
        text = Failure(Code(error.code), **hidden).title("ru")
    else:
        text = error.diagnostics("ru")
    # 1C names computers and people
    clean = _PATH.sub("…", mask(_SESSIONS.sub("…", text))).encode()[:_MESSAGE_BYTES]
    return clean.decode(errors="ignore")


def _noted(steps: list[Step], name: str) -> str | None:
    found = [str(step.detail[name]) for step in steps if name in step.detail]
    return found[-1] if found else None


def _durations(steps: list[Step]) -> dict[str, int]:
    spent: dict[str, int] = {}
    for step in steps:
        if step.left_at:
            took = milliseconds_between(step.entered_at, step.left_at)
            spent[step.state.value] = spent.get(step.state.value, 0) + took
    return spent
