"""Lines of a story in words: events of the log and answers to agents, told alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache

from app.accounts.models import Letter
from app.audit.models import Action, AuditEvent
from app.cabinet import eventwords
from app.cabinet.phases import phase_word, phases
from app.cabinet.states import look_of
from app.delivery.models import InstallReport
from app.kit.i18n import N_, Language, Sentence, fill, localised, translate
from app.kit.problems import Problem, all_problems
from app.licensing.models import LicenseCheck
from app.licensing.queries.status import Status
from app.support.queries import reportcodes
from app.support.queries.feed import Line
from onec import reasons

_TOLD = {
    "infobase": N_("Infobase"),
    "product": N_("Product"),
    "extension": N_("Extension"),
    "version": N_("Version"),
    "previous_version": N_("Version before"),
    "key": N_("Key"),
    "count": N_("Count"),
    "reason": N_("Reason"),
    "text": N_("Note"),
}
"""Members of events that lines show, with their labels."""
_FROM_STATUS = {
    Status.EXPIRING: N_("The key is good; a product ends soon"),
    Status.ACTIVE: N_("The key is good"),
}
_FAILED = (Action.EXTENSION_INSTALL_FAILED, Action.EXTENSION_ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line as a page and a file show it."""

    at: datetime
    who: str
    what: str
    outcome: str
    """A state of the kind `story` in the table of looks."""
    reason: str
    code: str
    details: Sequence[tuple[str, str]]
    address: str
    agent: str
    request_id: str
    subject: tuple[str, str] | None
    """(kind, id) of what the event is about."""
    label: str
    letter: Letter | None = None
    """What was written because of it, with what became of it since."""

    def outcome_word(self, language: Language) -> str:
        """The result as one word."""
        return translate(look_of("story", self.outcome).word, language)


Called = Mapping[str, Mapping[str, str]]
"""What things are called, by the member of an event that names them and their code."""


def story_lines(
    lines: Sequence[Line], language: Language, called: Called | None = None
) -> list[StoryLine]:
    """The lines in a reader's words; products and extensions by their names where known."""
    return [_named(_line(line, language), language, called or {}) for line in lines]


def _named(line: StoryLine, language: Language, called: Called) -> StoryLine:
    names = {translate(_TOLD[member], language): known for member, known in called.items()}
    details = [
        (label, ", ".join(names.get(label, {}).get(code, code) for code in value.split(", ")))
        for label, value in line.details
    ]
    return replace(line, details=details)


def _line(line: Line, language: Language) -> StoryLine:
    if line.event is not None:
        return replace(_of_event(line.event, line.report, language), letter=line.letter)
    assert line.check is not None  # noqa: S101 - a line is one or the other
    return _of_check(line.check, language)


def _of_event(event: AuditEvent, report: InstallReport | None, language: Language) -> StoryLine:
    code = event.reason or str(event.data.get("code") or "")
    params = event.data.get("params")
    reason = code_text(code, params if isinstance(params, Mapping) else {}, language)
    if event.action in _FAILED:
        outcome = str(event.data.get("outcome") or "failed")
        known = outcome if outcome in reportcodes.OUTCOMES else "failed"
        reason = reportcodes.told(known, code)[0].of(language)
    return StoryLine(
        at=event.at,
        who=event.actor_label,
        what=translate(eventwords.act(event.action, event.outcome), language),
        outcome=_outcome(event),
        reason=reason,
        code=str(event.data.get("why") or code),
        details=[*_details(event, language), *_reported(report, language)],
        address=event.ip or "",
        agent=_agent(event.user_agent),
        request_id=event.request_id or "",
        subject=(event.subject_kind, str(event.subject_id)),
        label=event.subject_label,
    )


def _outcome(event: AuditEvent) -> str:
    if event.outcome == "denied":
        return "denied"
    failed = {"rolled_back": "rolled_back", "rollback_failed": "failed", "failed": "failed"}
    return failed.get(str(event.data.get("outcome")), "ok")


def _details(event: AuditEvent, language: Language) -> Iterator[tuple[str, str]]:
    for name, label in _TOLD.items():
        value = event.data.get(name)
        if isinstance(value, str | int) and value != "":
            yield translate(label, language), str(value)
    before, after = event.data.get("before"), event.data.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in after:
            if before.get(name) != after.get(name) and not isinstance(after[name], dict | list):
                told = f"{_plain(before.get(name))} → {_plain(after[name])}"
                yield eventwords.field(name, language), told
    elif isinstance(before, str) and isinstance(after, str):
        yield translate(N_("Change"), language), f"{before} → {after}"


def _plain(value: object) -> str:
    return "—" if value is None else str(value)


def _reported(report: InstallReport | None, language: Language) -> Iterator[tuple[str, str]]:
    if report is None:
        return
    told = {
        N_("Configuration"): _joined(report.configuration_name, report.configuration_version),
        N_("Platform"): report.platform_version or "",
        N_("Stopped at"): phase_word(report.failed_state or "", language),
        "HRESULT": report.com_hresult or "",
        N_("Message"): report.message,
        N_("Phases"): _phases(report, language),
    }
    for label, value in told.items():
        if value:
            yield translate(label, language), value


def _phases(report: InstallReport, language: Language) -> str:
    found = phases(report, "UTC", language)
    return ", ".join(f"{phase.word} {phase.took}" for phase in found)


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _of_check(check: LicenseCheck, language: Language) -> StoryLine:
    kinds = {"check": N_("Licence checked"), "offers": N_("Releases asked for")}
    return StoryLine(
        at=check.created_at,
        who=translate(N_("agent"), language),
        what=translate(kinds[check.kind], language),
        outcome="ok" if check.valid else "denied",
        reason=_refused(check, language),
        code=check.code,
        details=list(_asked(check, language)),
        address=check.ip or "",
        agent=check.agent_version or "",
        request_id=check.request_id or "",
        subject=None,
        label="",
    )


def _refused(check: LicenseCheck, language: Language) -> str:
    """The sentence that the agent showed, for the first extension that got nothing."""
    for each in check.refusals[:1]:
        code = reasons.Code(each["code"])
        return reasons.nearest(each["version"], code, _shown(each["params"], language), language)
    known = {status.value: text for status, text in _FROM_STATUS.items()}.get(check.code)
    return translate(known, language) if known else eventwords.reason(check.code, language)


def _asked(check: LicenseCheck, language: Language) -> Iterator[tuple[str, str]]:
    told = {
        N_("Configuration"): _joined(check.configuration_name, check.configuration_version),
        N_("Platform"): check.platform_version or "",
        N_("Infobase"): f"…{str(check.infobase_uid)[-5:]}" if check.infobase_uid else "",
        N_("Extension"): ", ".join(each["extension"] for each in check.refusals),
    }
    for label, value in told.items():
        if value:
            yield translate(label, language), value


def code_text(code: str, params: Mapping[str, object], language: Language) -> str:
    """A reason's code as a sentence; a code of another program stays as it is."""
    if not code:
        return ""
    kind = problem_kinds().get(code)
    if kind is not None:
        return fill(kind.title, language, _shown(params, language))
    known = reportcodes.CODES.get(code)
    return known[0].of(language) if known else ""


@cache
def problem_kinds() -> Mapping[str, type[Problem]]:
    """Every refusal by its code."""
    return {kind.code: kind for kind in all_problems()}


def _shown(params: Mapping[str, object], language: Language) -> dict[str, object]:
    """Parameters as they were kept: sentences in both languages, days as text."""
    return localised({name: _revived(value) for name, value in params.items()}, language)


def _revived(value: object) -> object:
    if isinstance(value, dict) and set(value) == {"ru", "en"}:
        return Sentence(value["ru"], value["en"])
    if isinstance(value, str) and len(value) == len("2026-11-22"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _agent(user_agent: str | None) -> str:
    name, _, version = (user_agent or "").partition("/")
    return version if name == "podkluch-agent" else ""
