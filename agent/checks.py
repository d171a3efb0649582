"""What `doctor` finds: one fact each, how bad it is, and what mends it."""

from dataclasses import dataclass, field
from enum import StrEnum

from agent.codes import Exit, Lang
from agent.errors import AgentError, filled, spoken
from wire.problems import Sentence


class Verdict(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    NOT_HERE = "n/a"  # this system has no such thing


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `fix` is what a person does about it, never done by itself."""

    id: str
    verdict: Verdict
    text: Sentence
    fix: Sentence | None = None
    exit: Exit = Exit.DONE  # how the program ends if nothing is worse
    facts: dict[str, object] = field(default_factory=dict)


_ONLY_WINDOWS = Sentence("{what}: только в Windows", "{what}: only on Windows")
_SERIOUS = (Exit.ROLLBACK_FAILED, Exit.FAILED, Exit.NOT_TRUSTED)


def good(name: str, text: Sentence, **facts: object) -> Check:
    """Nothing to do."""
    return Check(name, Verdict.OK, filled(text, **facts), facts=_plain(facts))


def warning(name: str, text: Sentence, fix: Sentence | None = None, **facts: object) -> Check:
    """Works, but not as it should or not for long."""
    mend = filled(fix, **facts) if fix else None
    return Check(name, Verdict.WARN, filled(text, **facts), mend, facts=_plain(facts))


def failure(name: str, exit: Exit, text: Sentence, fix: Sentence, **facts: object) -> Check:  # noqa: A002 - as in Result
    """An installation would fail."""
    found = filled(text, **facts)
    return Check(name, Verdict.FAIL, found, filled(fix, **facts), exit, _plain(facts))


def refused(name: str, error: AgentError, **facts: object) -> Check:
    """What the agent itself would say, with its code; the next step is in the text."""
    text = Sentence(error.diagnostics("ru"), error.diagnostics("en"))
    told = {"code": error.code, **facts}
    return Check(name, Verdict.FAIL, text, exit=error.exit, facts=_plain(told))


def only_on_windows(name: str, what: Sentence) -> Check:
    """This system has no such thing, so nothing can be said."""
    return Check(name, Verdict.NOT_HERE, filled(_ONLY_WINDOWS, what=what))


def worst(checks: list[Check]) -> Exit:
    """How the program ends: the most serious finding decides."""
    found = [check.exit for check in checks if check.exit is not Exit.DONE]
    return next((one for one in _SERIOUS if one in found), found[0] if found else Exit.DONE)


def line(check: Check, lang: Lang) -> str:
    """The finding as people read it."""
    return f"{check.verdict.value:<4} {spoken(check.text, lang)}"


def said(check: Check, lang: Lang) -> dict[str, object]:
    """The finding as programs read it."""
    return {
        "id": check.id,
        "verdict": check.verdict.value,
        "text": spoken(check.text, lang),
        "fix": spoken(check.fix, lang) if check.fix else None,
        "facts": {key: _spoken(value, lang) for key, value in check.facts.items()},
    }


def _spoken(value: object, lang: Lang) -> object:
    return spoken(value, lang) if isinstance(value, Sentence) else value


def _plain(facts: dict[str, object]) -> dict[str, object]:
    """Facts as JSON has them."""
    kinds = (str, int, float, bool, list, dict, Sentence, type(None))
    return {key: v if isinstance(v, kinds) else str(v) for key, v in facts.items()}
