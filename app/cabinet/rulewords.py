"""Compatibility rules as people read them."""

from collections.abc import Iterable, Iterator

from app.catalog.schemas.rules import RuleInfobaseKind, RuleRow
from app.kit.i18n import N_, Language, fill, translate
from onec.compatibility import Effect
from onec.configuration import Edition

EDITIONS = {
    Edition.BASE: N_("basic"),
    Edition.PROF: N_("PROF"),
    Edition.CORP: N_("CORP"),
}
KINDS = {
    RuleInfobaseKind.ANY: N_("either"),
    RuleInfobaseKind.FILE: N_("file"),
    RuleInfobaseKind.SERVER: N_("server"),
}
_PARTS = 4
"""Numbers in a whole version of a configuration."""
ANY_CONFIGURATION = N_("Any configuration")


def rule_words(row: RuleRow, language: Language) -> str:
    """«БухгалтерияПредприятия, ПРОФ: с 3.0.150.0 по 3.0.170.*; проверено до 3.0.160.20»."""
    name = row.configuration_name or translate(ANY_CONFIGURATION, language)
    editions = [translate(EDITIONS[each], language) for each in row.editions]
    subject = ", ".join([name, *editions])
    said = "; ".join([range_words(row, language), *_conditions(row, language)])
    if row.effect is Effect.DENY:
        return fill(N_("Does not fit: {rule}"), language, {"rule": f"{subject}: {said}"})
    return f"{subject}: {said}"


def range_words(row: RuleRow, language: Language) -> str:
    """The versions of the configuration that a rule speaks of."""
    ends = {"first": row.version_from, "last": _whole(row.version_to)}
    if row.version_from and row.version_to:
        said = fill(N_("from {first} to {last}"), language, ends)
    elif row.version_from:
        said = fill(N_("from {first}"), language, ends)
    elif row.version_to:
        said = fill(N_("up to {last}"), language, ends)
    else:
        said = translate(N_("any version"), language)
    if row.excluded:
        but = {"versions": ", ".join(row.excluded)}
        said += fill(N_(", but for {versions}"), language, but)
    return said


def _whole(version: str | None) -> str | None:
    """3.0.170 as an end takes in all of 3.0.170.*."""
    parts = version.count(".") + 1 if version else _PARTS
    return version if parts >= _PARTS else f"{version}.*"


def _conditions(row: RuleRow, language: Language) -> Iterator[str]:
    if row.tested_to:
        yield fill(N_("tested up to {version}"), language, {"version": row.tested_to})
    if row.platform_min:
        yield fill(N_("platform from {versions}"), language, {"versions": _all(row.platform_min)})
    if row.platform_excluded:
        spans = _all(f"{span.first}–{span.last}" for span in row.platform_excluded)
        yield fill(N_("platforms except {versions}"), language, {"versions": spans})
    if row.min_compatibility_mode:
        mode = {"mode": row.min_compatibility_mode}
        yield fill(N_("compatibility mode from {mode}"), language, mode)
    if row.infobase_kind is not RuleInfobaseKind.ANY:
        kind = {"kind": translate(KINDS[row.infobase_kind], language)}
        yield fill(N_("only a {kind} infobase"), language, kind)


def _all(texts: Iterable[str]) -> str:
    return ", ".join(texts)
