"""What a key would be offered of one extension, also by rules that nobody has saved."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.catalog.models import Release
from app.catalog.queries.tester import Tried, evaluated
from app.catalog.schemas.rulesets import EvaluateRules
from app.delivery.queries.availability import Asked
from app.delivery.queries.catalogue import PublishedRelease, published
from app.delivery.queries.decide import Row, decide
from app.delivery.queries.examining import Examined
from app.kit.db import KitSession
from app.licensing.queries.rights import key_rights
from onec.compatibility import Finding
from onec.reasons import Code


@dataclass(frozen=True, slots=True)
class Trial:
    """A release with its verdict and, where a key was named, with what the key lacks for it."""

    release: Release
    finding: Finding
    code: Code
    params: dict[str, object]
    best: bool

    @property
    def refused(self) -> bool:
        """Whether the release fits and the key may not have it."""
        return self.code is not self.finding.code


def trials(
    session: KitSession, vendor_id: uuid.UUID, asked: EvaluateRules, key_id: uuid.UUID | None
) -> list[Trial]:
    """Every release of the extension, highest first, judged as offers are."""
    found = evaluated(session, vendor_id, asked)
    if key_id is None:
        return [_trial(each, None) for each in found]
    rights = key_rights(session, vendor_id, key_id)
    line = [
        _with_rules(row, asked) for row in published(session, rights.vendor).line(asked.extension)
    ]
    judged: dict[uuid.UUID, Row] = {}
    if line:
        rows = decide(rights, [Examined(line, asked.compiled())], Asked(channel=asked.channel)).rows
        judged = {row.release.id: row for row in rows}
    return [_trial(replace(each, best=False), judged.get(each.release.id)) for each in found]


def _with_rules(release: PublishedRelease, asked: EvaluateRules) -> PublishedRelease:
    """The release under trial has the rules that are tried."""
    if asked.rules is None or release.id != asked.release_id:
        return release
    return replace(release, rules=tuple(rule.compiled() for rule in asked.rules))


def _trial(tried: Tried, row: Row | None) -> Trial:
    if row is None:
        finding = tried.finding
        return Trial(tried.release, finding, finding.code, dict(finding.params), tried.best)
    return Trial(tried.release, row.finding, row.code, dict(row.params), row.best)


def nearest(found: Sequence[Trial]) -> Trial | None:
    """If nothing is offered, the release that got furthest in the examination."""
    if not found or any(each.best for each in found):
        return None
    return max(found, key=lambda each: each.code.reach)
