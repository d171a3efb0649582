"""How programs see releases, their files and their rules."""

import uuid
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.catalog.schemas.rules import RuleRow
from app.kit.fields import Instant
from onec.compatibility import Verdict
from onec.configuration import Edition
from wire.extensions import Channel

ReleaseState = Literal["draft", "published", "paused", "withdrawn"]


class WarningView(BaseModel):
    """Something to look at before it is published; never a refusal."""

    code: str
    text: str
    rules: list[int] = []


class FileObject(BaseModel):
    """An object of an extension: its class in 1C's English, and whether it is the file's own."""

    kind: str
    name: str
    origin: Literal["own", "adopted", "unknown"]


class DocumentView(BaseModel):
    """Something to read that belongs to a release."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    filename: str
    size: int
    sha256: str
    status: Literal["uploading", "ready", "quarantined"]
    created_at: Instant


class FileView(DocumentView):
    """The .cfe of a release with what was read from it."""

    parsed_name: str
    parsed_version: str
    parsed_vendor: str
    parsed_prefix: str
    parsed_purpose: str
    parsed_compatibility: str
    root_uuid: str


class ReleaseView(BaseModel):
    """A release; `version` is null while a draft has none."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    extension: str = ""
    version: str | None
    file_version: str
    channel: Channel
    status: ReleaseState
    critical: bool
    notes_ru: str
    notes_en: str | None
    migration_notes_ru: str | None
    migration_notes_en: str | None
    post_install_steps_ru: list[str]
    post_install_steps_en: list[str]
    min_from_version: str | None
    rollout_percent: int
    required_features: list[str]
    eula_id: uuid.UUID | None
    exclusive_required: bool
    safe_mode_off_required: bool
    unsafe_action_protection_off: bool
    restart_required: bool
    backup_required: bool
    conflicts_with: list[str]
    requires: list[str]
    rules_version: int
    artifact: FileView | None = None
    documents: list[DocumentView] = []
    published_at: Instant | None
    paused_at: Instant | None
    withdrawn_at: Instant | None
    withdrawn_reason_ru: str | None
    withdrawn_reason_en: str | None
    internal_note: str | None
    advice: Literal["stop", "rollback_to"] | None
    rollback_to_id: uuid.UUID | None
    created_by: str
    published_by: str | None
    created_at: Instant
    row_version: int


class ReleaseCard(ReleaseView):
    """A release with what its file holds and what to look at."""

    own: list[FileObject] = []
    adopted: list[FileObject] = []
    warnings: list[WarningView] = []


class RulesView(BaseModel):
    """The current rules of a release, with what an editor should look at."""

    rules_version: int
    reason: str | None
    rules: list[RuleRow]
    warnings: list[WarningView]


class VersionSeen(BaseModel):
    """A version, and how many infobases run it."""

    version: str
    infobases: int


class ConfigurationView(BaseModel):
    """A configuration with the versions that the vendor's infobases were seen with."""

    name: str
    known: bool
    synonym_ru: str | None
    aliases: list[str]
    family: str
    edition: Edition
    versions: list[VersionSeen]


class EvaluatedRelease(BaseModel):
    """The release that a verdict is about; `version` is null while a draft has none."""

    id: uuid.UUID
    version: str | None
    channel: Channel
    status: ReleaseState


class EvaluatedRow(BaseModel):
    """A release with its verdict and the reason."""

    release: EvaluatedRelease
    verdict: Verdict
    code: str
    reason: str
    params: dict[str, str]
    matched_rule: int | None
    best: bool


class Evaluation(BaseModel):
    """What an environment gets of an extension; `best` is null where nothing fits."""

    data: list[EvaluatedRow]
    best: EvaluatedRelease | None
