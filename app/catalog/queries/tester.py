"""Trying out an environment on all releases of an extension, without any key."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select

from app.catalog import queries
from app.catalog.models import Release, ReleaseStatus
from app.catalog.queries.releases import compiled_rules
from app.catalog.schemas.rulesets import EvaluateRules
from app.kit.db import KitSession
from app.kit.problems import NotFound
from onec.compatibility import Finding, Verdict, evaluate
from wire.extensions import Channel

_RANKS = {channel: rank for rank, channel in enumerate(Channel)}


@dataclass(frozen=True, slots=True)
class Tried:
    """A release with its verdict; the best is what an infobase with every right is offered."""

    release: Release
    finding: Finding
    best: bool = False


def evaluated(session: KitSession, vendor_id: uuid.UUID, asked: EvaluateRules) -> list[Tried]:
    """Every release but drafts, highest first, and the one whose rules are tried."""
    extension = queries.extension_by_code(session, vendor_id, asked.extension)
    visible = Release.status != ReleaseStatus.DRAFT
    if asked.release_id is not None:
        tried = queries.release(session, vendor_id, asked.release_id)
        if tried.extension_id != extension.id:
            raise NotFound
        visible = or_(visible, Release.id == tried.id)
    releases = session.scalars(
        select(Release)
        .where(Release.extension_id == extension.id, visible)
        .order_by(Release.version_key.desc().nulls_first())
    ).all()
    environment, rules = asked.compiled(), compiled_rules(session, releases)
    if asked.rules is not None and asked.release_id is not None:
        rules[asked.release_id] = [row.compiled() for row in asked.rules]
    return _with_best([Tried(row, evaluate(rules[row.id], environment)) for row in releases], asked)


def _with_best(tried: Sequence[Tried], asked: EvaluateRules) -> list[Tried]:
    """A draft under trial counts as published: that is what its rules are tried for."""
    for number, each in enumerate(tried):
        on_offer = (
            each.release.status == ReleaseStatus.PUBLISHED or each.release.id == asked.release_id
        )
        allowed = _RANKS[Channel(each.release.channel)] <= _RANKS[asked.channel]
        if on_offer and allowed and each.finding.verdict is Verdict.COMPATIBLE:
            return [*tried[:number], replace(each, best=True), *tried[number + 1 :]]
    return list(tried)
