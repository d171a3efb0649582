"""The commands `trust show` and `trust pin`: by what vendors are trusted on this computer."""

from pathlib import Path

from agent.console import Result
from agent.context import Context
from agent.enrol import pin_file
from agent.errors import spoken
from agent.trust import LocalState
from wire.enrolment import Connection
from wire.problems import Sentence
from wire.reports import Outcome

_NONE = Sentence(
    "Ни один корень доверия не закреплён. Возьмите у вендора файл подключения: trust pin ФАЙЛ",
    "No root of trust is pinned. Ask the vendor for a connection file: trust pin FILE",
)
_ROOT = Sentence(
    "{vendor}, {server}: корень версии {version}, отпечаток {fingerprint}",
    "{vendor}, {server}: root version {version}, fingerprint {fingerprint}",
)
_AGE = Sentence("  сведениям о релизах {n} дн.", "  the metadata are {n} days old")


def trust_show(context: Context) -> Result:
    """The newest root of each vendor in 8 groups, to be compared with what the vendor sees."""
    found = [_described(context, pin) for pin in context.pins.all()]
    if not found:
        return Result(outcome=Outcome.NOOP, text=spoken(_NONE, context.lang), data={"roots": []})
    for one in found:
        context.console.say(_ROOT.ru, _ROOT.en, **one)
        if one["age_days"] is not None:
            context.console.say(_AGE.ru, _AGE.en, n=one["age_days"])
    return Result(data={"roots": found})


def trust_pin(context: Context, path: Path) -> Result:
    """Pin the root of a connection file."""
    connection = pin_file(context, path)
    pin = context.pins.of(connection.repository) or connection
    return Result(changed=True, data=_described(context, pin))


def _described(context: Context, pin: Connection) -> dict[str, object]:
    state = LocalState(context.home / "trust", pin)
    root, timestamp = state.root(), state.timestamp()
    return {
        "vendor": pin.vendor.name,
        "server": pin.server,
        "repository": pin.repository,
        "pinned_version": state.pinned.version,
        "version": root.version,
        "fingerprint": root.fingerprint,
        "expires": root.expires.isoformat().replace("+00:00", "Z"),
        "timestamp_version": timestamp.version if timestamp else None,
        "age_days": state.age_days(),
    }
