"""A vendor's published catalogue as immutable facts, kept per process until it changes."""

import gc
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Engine

from app.accounts import queries as accounts
from app.accounts.models import Vendor
from app.catalog import queries as catalog
from app.catalog.models import Advice, Artifact, Extension, Product, Release, ReleaseStatus
from app.catalog.queries import Listed
from app.catalog.schemas.rules import RuleRow
from app.delivery.queries.goods import Goods, PublishedEula, goods
from app.kit.cache import Built, NewestCache
from app.kit.db import Kit, KitSession, reading
from app.kit.i18n import Language, Sentence
from onec.compatibility import Environment, Rule
from onec.configuration import canonical
from onec.version import Version
from wire.extensions import Channel
from wire.trust import target_path

_LARGE = 1_000
"""Rules of a catalogue that is worth telling the collector of."""
_SELDOM = 600.0
_left_alone_at: float | None = None
ALL = 100
"""The per cent of a roll-out that is over."""


@dataclass(frozen=True, slots=True)
class PublishedExtension:
    """A line of releases and the product that opens it."""

    id: uuid.UUID
    code: str
    onec_name: str
    title: Sentence
    product_id: uuid.UUID
    product_code: str
    product_name: str
    trial_product_id: uuid.UUID
    canonical_name: str = field(init=False)
    """The name inside 1C in the form that names are compared in."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "canonical_name", canonical(self.onec_name))


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The .cfe of a release."""

    id: uuid.UUID
    sha256: str
    size: int
    filename: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Installation:
    """What installing a release asks of the infobase and of people."""

    exclusive_required: bool
    safe_mode_off_required: bool
    unsafe_action_protection_off: bool
    restart_required: bool
    backup_required: bool
    conflicts_with: tuple[str, ...]
    requires: tuple[str, ...]
    migration_notes: Sentence | None
    post_install_steps: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRelease:
    """A release that was published once, in whatever state it is now."""

    id: uuid.UUID
    extension: PublishedExtension
    artifact: PublishedFile
    version: str
    version_key: int
    file_version: str
    channel: Channel
    status: ReleaseStatus
    published_at: datetime
    critical: bool
    notes: Sentence
    min_from_version: Version | None = None
    rollout_percent: int = 100
    required_features: Mapping[str, str]
    """Names of the features that the key needs, by code."""
    eula_id: uuid.UUID | None = None
    withdrawn_reason: Sentence | None = None
    advice: Advice | None = None
    rollback_to_id: uuid.UUID | None = None
    rollback_to: str | None = None
    """The version that stands behind that id."""
    installation: Installation
    rules: tuple[Rule, ...]
    is_plain: bool = field(init=False)
    """Whether nothing about it itself can keep it from a key that has its product."""

    def __post_init__(self) -> None:
        asks = self.required_features or self.min_from_version or self.rollout_percent < ALL
        named = self.installation.conflicts_with or self.installation.requires
        plain = self.status == ReleaseStatus.PUBLISHED and not asks and not named
        object.__setattr__(self, "is_plain", plain)

    @property
    def target(self) -> str:
        """Where the file stands in the vendor's repository of signed targets."""
        return target_path(self.extension.code, self.version)


@dataclass(frozen=True, slots=True)
class Memory:
    """What was derived from a catalogue, kept as long as the catalogue is."""

    environments: dict[Environment, dict[str, Any]] = field(default_factory=dict)
    indexes: dict[str, Any] = field(default_factory=dict)
    parts: dict[Any, Any] = field(default_factory=dict)
    in_force: dict[date, Mapping[uuid.UUID, PublishedEula]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every release that is no draft: per extension by its code, the highest version first."""

    lines: Mapping[str, tuple[PublishedRelease, ...]]
    goods: Goods = field(default_factory=Goods)
    memory: Memory = field(default_factory=Memory, compare=False)

    def line(self, code: str) -> Sequence[PublishedRelease]:
        """The releases of one extension; none if nothing of it is offered."""
        return self.lines.get(code, ())

    def in_force(self, day: date) -> Mapping[uuid.UUID, PublishedEula]:
        """Per product, its agreement in force on a day."""
        found = self.memory.in_force.get(day)
        if found is None:
            found = self.goods.in_force(day)
            self.memory.in_force.clear()  # of another day
            self.memory.in_force[day] = found
        return found

    def release(self, release_id: uuid.UUID) -> PublishedRelease | None:
        """One release, if it was published once and its extension is offered."""
        found = (row for line in self.lines.values() for row in line if row.id == release_id)
        return next(found, None)


def build(engine: Engine | Connection, kit: Kit, vendor_id: uuid.UUID) -> Built[Catalogue]:
    """The catalogue as it is now, with its version, read by a thread of its own."""
    with reading(engine, kit, still=True) as session:
        built = _built(session, accounts.vendor(session, vendor_id))
    if built.weight > _LARGE:
        _leave_alone()
    return built


def _leave_alone() -> None:
    """Has the collector look no more through what stays: a whole round takes 0.1 s per catalogue.

    Rarely, since cycles that are garbage at this moment stay for ever too.
    """
    global _left_alone_at  # noqa: PLW0603 - the collector is one for the whole process
    now = time.monotonic()
    if _left_alone_at is None or now - _left_alone_at > _SELDOM:
        _left_alone_at = now
        gc.freeze()


def published(session: KitSession, vendor: Vendor) -> Catalogue:
    """The catalogue as new as the vendor's row or newer.

    The version is read before the rows, so what is kept may be newer than it says, never older.
    """

    cache: NewestCache[Catalogue] = session.kit.cache
    return cache.at_least(
        name_of(vendor.id), vendor.catalogue_version, partial(_built, session, vendor)
    )


def name_of(vendor_id: uuid.UUID) -> tuple[object, ...]:
    """What the catalogue is kept under."""
    return Catalogue, vendor_id


def _built(session: KitSession, vendor: Vendor) -> Built[Catalogue]:
    made = _read(session, vendor.id)
    rules = sum(len(row.rules) for line in made.lines.values() for row in line)
    return Built(vendor.catalogue_version, made, weight=1 + rules)


def _read(session: KitSession, vendor_id: uuid.UUID) -> Catalogue:
    names = {row.code: row.name for row in catalog.features(session, vendor_id)}
    found = list(catalog.listed(session, vendor_id))
    versions = {listed.release.id: listed.release.version for listed in found}
    extensions = {each.extension.id: _extension(each.extension, each.product) for each in found}
    rows = [_release(each, extensions[each.extension.id], names, versions) for each in found]
    lines = {code: tuple(line) for code, line in groupby(rows, attrgetter("extension.code"))}
    return Catalogue(lines, goods(session, vendor_id))


def _release(
    listed: Listed,
    extension: PublishedExtension,
    names: Mapping[str, str],
    versions: Mapping[uuid.UUID, str],
) -> PublishedRelease:
    release = listed.release
    return PublishedRelease(
        id=release.id,
        extension=extension,
        artifact=_file(listed.artifact),
        version=release.version,
        version_key=release.version_key,
        file_version=release.file_version,
        channel=Channel(release.channel),
        status=ReleaseStatus(release.status),
        published_at=release.published_at or release.created_at,
        critical=release.critical,
        notes=both(release.notes_ru, release.notes_en),
        min_from_version=_version(release.min_from_version),
        rollout_percent=release.rollout_percent,
        required_features={code: names.get(code, code) for code in release.required_features},
        eula_id=release.eula_id,
        withdrawn_reason=_optional(release.withdrawn_reason_ru, release.withdrawn_reason_en),
        advice=Advice(release.advice) if release.advice else None,
        rollback_to_id=release.rollback_to_id,
        rollback_to=versions.get(release.rollback_to_id) if release.rollback_to_id else None,
        installation=_installation(release),
        rules=tuple(_compiled(rule) for rule in listed.rules),
    )


def _extension(extension: Extension, product: Product) -> PublishedExtension:
    return PublishedExtension(
        id=extension.id,
        code=extension.code,
        onec_name=extension.onec_name,
        title=both(extension.title_ru, extension.title_en),
        product_id=product.id,
        product_code=product.code,
        product_name=product.name,
        trial_product_id=extension.trial_product_id or product.id,
    )


@lru_cache(20_000)
def _compiled(rule: str) -> Rule:
    """Neighbouring releases have the same rules, and the same ones again after each change."""
    return RuleRow.model_validate_json(rule).compiled()


def _file(artifact: Artifact) -> PublishedFile:
    return PublishedFile(
        artifact.id, artifact.sha256, artifact.size, artifact.filename, artifact.parsed_purpose
    )


def _installation(release: Release) -> Installation:
    return Installation(
        exclusive_required=release.exclusive_required,
        safe_mode_off_required=release.safe_mode_off_required,
        unsafe_action_protection_off=release.unsafe_action_protection_off,
        restart_required=release.restart_required,
        backup_required=release.backup_required,
        conflicts_with=tuple(release.conflicts_with),
        requires=tuple(release.requires),
        migration_notes=_optional(release.migration_notes_ru, release.migration_notes_en),
        post_install_steps={
            "ru": tuple(release.post_install_steps_ru),
            "en": tuple(release.post_install_steps_en or release.post_install_steps_ru),
        },
    )


def both(russian: str, english: str | None) -> Sentence:
    """A vendor's text; where there is no English one, the Russian one stands for it."""
    return Sentence(russian, english or russian)


def _optional(russian: str | None, english: str | None) -> Sentence | None:
    return both(russian, english) if russian else None


def _version(text: str | None) -> Version | None:
    return None if text is None else Version.parse(text)
