"""Phases of an installation in words: what the agent was at, since when, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.delivery.models import InstallReport
from app.kit.i18n import N_, Language, fill, translate

WORDS: Final = {
    "PLANNED": N_("Planning"),
    "AUTHORIZED": N_("Asking for the download"),
    "DOWNLOADED": N_("Downloading"),
    "FILE_VERIFIED": N_("Verifying file and signature"),
    "CONNECTED": N_("Connecting to the infobase"),
    "PROBED": N_("Looking at the infobase"),
    "PRECHECKED": N_("Checking compatibility"),
    "BACKED_UP": N_("Making the backup"),
    "WRITING": N_("Locking and writing"),
    "WRITTEN": N_("Finishing the write"),
    "REREAD_OK": N_("Reading back"),
    "VERIFIED_NEW_SESSION": N_("Verifying in a new session"),
    "INSPECTING": N_("Looking again after an interruption"),
    "ROLLING_BACK": N_("Rolling back"),
}
"""By the state that the agent names, in their order."""
_ORDER: Final = {state: place for place, state in enumerate(WORDS)}
_MINUTE, _DAY = 60_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase; it began at `at` by the clock of that computer, in the reader's zone."""

    state: str
    word: str
    at: str
    took: str
    failed: bool


def phase_word(state: str, language: Language) -> str:
    """What a state of the agent is called; one of a newer agent stays as it is."""
    return translate(WORDS.get(state, state), language)


def phases(report: InstallReport, zone: str, language: Language) -> Sequence[Phase]:
    """The phases in their order: one follows another, and the report ends the last."""
    told, at = [], report.occurred_at.astimezone(ZoneInfo(zone))
    spent = sorted(report.durations_ms.items(), key=lambda each: _ORDER.get(each[0], len(_ORDER)))
    for state, milliseconds in reversed(spent):
        at -= timedelta(milliseconds=min(milliseconds, _DAY))
        word, failed = phase_word(state, language), state == report.failed_state
        told.append(Phase(state, word, f"{at:%H:%M:%S}", took(milliseconds, language), failed))
    return told[::-1]


def took(milliseconds: int, language: Language) -> str:
    """A duration: tenths of seconds below a minute, minutes and seconds above."""
    if milliseconds >= _MINUTE:
        minutes, seconds = divmod(milliseconds // 1_000, 60)
        return fill(N_("{m} min {n} s"), language, {"m": minutes, "n": seconds})
    text = f"{milliseconds / 1_000:.1f}"
    return fill(N_("{n} s"), language, {"n": text.replace(".", ",") if language == "ru" else text})
