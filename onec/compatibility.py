"""Whether a release fits an infobase: typed rules, an environment, one verdict with its reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from onec.configuration import Configuration, Edition
from onec.connection import InfobaseKind
from onec.platform import PlatformMinimum, compatibility_mode, mode_not_used
from onec.reasons import Code
from onec.version import MAX_KEY, Version, VersionError, VersionRange


class Effect(StrEnum):
    """What a rule says about the environments it meets."""

    ALLOW = "allow"
    DENY = "deny"


class Verdict(StrEnum):
    """The answer for one release or one rule."""

    COMPATIBLE = "compatible"
    UNTESTED = "untested"
    INCOMPATIBLE = "incompatible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One compatibility rule; `configuration` is a family's canonical name, None meets any."""

    effect: Effect = Effect.ALLOW
    configuration: str | None = None
    editions: frozenset[Edition] = frozenset({Edition.PROF})
    version_from: Version | None = None
    version_to: VersionRange | None = None
    excluded: Sequence[VersionRange] = ()
    tested_to: VersionRange | None = None
    platform_min: PlatformMinimum = field(default_factory=PlatformMinimum)
    platform_excluded: Sequence[VersionRange] = ()
    min_mode: Version | None = None
    infobase_kind: InfobaseKind | None = None
    note: str = ""

    @property
    def version_keys(self) -> tuple[int, int]:
        """The half-open `[from_key, to_key)` that a database narrows its search by."""
        first = self.version_from.key if self.version_from else 0
        return first, self.version_to.to_key if self.version_to else MAX_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is known about one infobase.

    A `version` of None is unknown. A `platform` or `mode` of None skips its check; if one was
    given and could not be read, `platform_unknown` says so.
    """

    configuration: Configuration
    version: Version | None = None
    platform: Version | None = None
    mode: Version | None = None
    infobase_kind: InfobaseKind | None = None
    platform_unknown: bool = False

    @classmethod
    def of(
        cls,
        name: str,
        version: str | None = None,
        *,
        platform: str | None = None,
        mode: str | None = None,
        infobase_kind: InfobaseKind | None = None,
    ) -> Self:
        """From the texts that 1C gives; none of them is refused, unreadable ones are unknown."""
        known_platform = None if platform is None else Version.known(platform)
        unknown = platform is not None and known_platform is None
        known_mode = None
        if mode is not None and mode_not_used(mode):
            known_mode = known_platform
        elif mode is not None:
            known_mode = _mode(mode)
            unknown = unknown or known_mode is None
        return cls(
            configuration=Configuration.of(name),
            version=None if version is None else Version.known(version),
            platform=known_platform,
            mode=known_mode,
            infobase_kind=infobase_kind,
            platform_unknown=unknown,
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with its reason; `params` show versions as they were typed."""

    verdict: Verdict
    code: Code
    params: Mapping[str, str] = field(default_factory=dict)
    matched_rule: int | None = None


_FITS: Final = Finding(Verdict.COMPATIBLE, Code.COMPATIBLE)


def check(rule: Rule, environment: Environment) -> Finding:
    """One rule alone, its effect left aside: the first condition that fails, else the first doubt.

    Its code tells how far the rule got (`Code.reach`).
    """
    for stage in (_configuration, _version, _infobase, _doubts):
        for finding in stage(rule, environment):
            return finding
    return _FITS


def evaluate(rules: Iterable[Rule], environment: Environment) -> Finding:
    """A release with all its rules: a deny decides, else the allow rule that got furthest.

    Codes are ordered so that a compatible rule is further than an untested one and that further
    than any refusal; of equals the first rule decides. `matched_rule` counts from 1.
    """
    furthest: Finding | None = None
    for number, rule in enumerate(rules, 1):
        finding = check(rule, environment)
        if rule.effect == Effect.DENY:
            if _is_proven(rule, environment, finding):
                note = {"note": rule.note}
                return Finding(Verdict.INCOMPATIBLE, Code.DENIED_BY_RULE, note, number)
        elif furthest is None or finding.code.reach > furthest.code.reach:
            furthest = Finding(finding.verdict, finding.code, finding.params, number)
    if furthest is None:  # nothing is allowed
        return _no(Code.CONFIGURATION_UNSUPPORTED, name=environment.configuration.name)
    return furthest


def _configuration(rule: Rule, environment: Environment) -> Iterator[Finding]:
    configuration = environment.configuration
    if rule.configuration is not None and rule.configuration != configuration.key:
        yield _no(Code.CONFIGURATION_UNSUPPORTED, name=configuration.name)
    if configuration.edition not in rule.editions:
        yield _no(Code.EDITION_UNSUPPORTED, edition=configuration.edition.value)


def _version(rule: Rule, environment: Environment) -> Iterator[Finding]:
    version = environment.version
    if version is None:
        return
    found = version.text
    if rule.version_from and version < rule.version_from:
        yield _no(Code.VERSION_TOO_OLD, **{"from": rule.version_from.text}, found=found)
    if rule.version_to and version not in rule.version_to:
        yield _no(Code.VERSION_TOO_NEW, to=rule.version_to.text, found=found)
    if any(version in excluded for excluded in rule.excluded):
        yield _no(Code.VERSION_EXCLUDED, found=found)


def _infobase(rule: Rule, environment: Environment) -> Iterator[Finding]:
    kind, platform, mode = environment.infobase_kind, environment.platform, environment.mode
    if rule.infobase_kind and kind and kind != rule.infobase_kind:
        yield _no(Code.INFOBASE_KIND_UNSUPPORTED, kind=rule.infobase_kind.value)
    if platform:
        lowest = rule.platform_min.entry_for(platform)
        if lowest and platform < lowest:
            yield _no(Code.PLATFORM_TOO_OLD, min=lowest.text, found=platform.text)
        if any(platform in excluded for excluded in rule.platform_excluded):
            yield _no(Code.PLATFORM_EXCLUDED, found=platform.text)
    if rule.min_mode and mode and mode < rule.min_mode:
        yield _no(Code.COMPATIBILITY_MODE_TOO_LOW, min=rule.min_mode.text, found=mode.text)


def _doubts(rule: Rule, environment: Environment) -> Iterator[Finding]:
    version = environment.version
    if version is None:
        yield Finding(Verdict.UNTESTED, Code.VERSION_UNKNOWN)
    elif rule.tested_to and version not in rule.tested_to:
        params = {"tested": rule.tested_to.text, "found": version.text}
        yield Finding(Verdict.UNTESTED, Code.VERSION_NOT_TESTED, params)
    if environment.platform_unknown:
        yield Finding(Verdict.UNTESTED, Code.PLATFORM_UNKNOWN)


def _is_proven(rule: Rule, environment: Environment, finding: Finding) -> bool:
    """Whether a deny rule matches: none of its conditions fails, and none lacks its input."""
    if finding.verdict is Verdict.INCOMPATIBLE or finding.code is Code.VERSION_NOT_TESTED:
        return False
    conditions = (
        (
            rule.version_from or rule.version_to or rule.excluded or rule.tested_to,
            environment.version,
        ),
        (rule.platform_min.entries or rule.platform_excluded, environment.platform),
        (rule.min_mode, environment.mode),
        (rule.infobase_kind, environment.infobase_kind),
    )
    return all(known is not None for condition, known in conditions if condition)


def _no(code: Code, **params: str) -> Finding:
    return Finding(Verdict.INCOMPATIBLE, code, params)


def _mode(text: str) -> Version | None:
    try:
        return compatibility_mode(text)
    except VersionError:
        return None
