"""Commands about releases."""

import uuid
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from app.catalog.schemas.extensions import OnecNames
from app.catalog.schemas.rules import RuleRow
from app.kit.fields import Code, Line, ListQuery, Note, RequiredLine, unchanged, wrong
from app.kit.i18n import N_
from onec.version import Version, VersionError
from wire.extensions import Channel

STEPS_MAX = 20


def _ordered(text: str) -> str:
    try:
        Version.parse(text)
    except VersionError:
        message = N_("A version is one to four numbers with dots, such as 2.4.0")
        raise wrong("version_malformed", message) from None
    return text


def _plain_name(name: str) -> str:
    if name.strip(".") == "" or set(name) & set('/\\:*?"<>|'):
        raise wrong("filename", N_("This is no plain name of a file"))
    return name


OurVersion = Annotated[Line, AfterValidator(_ordered)]
Steps = Annotated[
    list[Annotated[Note, StringConstraints(min_length=1, max_length=1_000)]],
    Field(max_length=STEPS_MAX),
]
FeatureCodes = Annotated[list[Code], Field(max_length=100)]
Percent = Annotated[int, Field(ge=1, le=100)]
WithdrawnReason = Annotated[Note, StringConstraints(min_length=10, max_length=1_000)]
FileName = Annotated[RequiredLine, AfterValidator(_plain_name)]
RuleRows = Annotated[list[RuleRow], Field(max_length=1_000)]


class CreateDraft(BaseModel):
    """A draft; what is left out comes from the extension, the newest release or later the file.

    Rules left out are those of the newest release, install flags those of the extension; a
    version left out is taken from the file, if that can be ordered.
    """

    extension: Code
    version: OurVersion | None = None
    channel: Channel = Channel.STABLE
    critical: bool = False
    notes_ru: Note = ""
    notes_en: Note | None = None
    migration_notes_ru: Note | None = None
    migration_notes_en: Note | None = None
    post_install_steps_ru: Steps = []
    post_install_steps_en: Steps = []
    min_from_version: OurVersion | None = None
    required_features: FeatureCodes = []
    eula_id: uuid.UUID | None = None
    exclusive_required: bool | None = None
    safe_mode_off_required: bool | None = None
    unsafe_action_protection_off: bool | None = None
    restart_required: bool | None = None
    backup_required: bool | None = None
    conflicts_with: OnecNames | None = None
    requires: OnecNames | None = None
    rules: RuleRows | None = None


class CreateRelease(CreateDraft):
    """A draft that has all that its publication needs beside the file."""

    notes_ru: Annotated[Note, StringConstraints(min_length=1)]
    rules: RuleRows


class ChangeRelease(BaseModel):
    """What is to become of a release; what is absent stays, lists are replaced as a whole.

    A draft may change in all of it, a published release in notes, steps and `critical`.
    """

    version: OurVersion = unchanged()
    channel: Channel = unchanged()
    critical: bool = unchanged()
    notes_ru: Note = unchanged()
    notes_en: Note | None = unchanged()
    migration_notes_ru: Note | None = unchanged()
    migration_notes_en: Note | None = unchanged()
    post_install_steps_ru: Steps = unchanged()
    post_install_steps_en: Steps = unchanged()
    min_from_version: OurVersion | None = unchanged()
    required_features: FeatureCodes = unchanged()
    eula_id: uuid.UUID | None = unchanged()
    rollout_percent: Percent = unchanged()
    exclusive_required: bool = unchanged()
    safe_mode_off_required: bool = unchanged()
    unsafe_action_protection_off: bool = unchanged()
    restart_required: bool = unchanged()
    backup_required: bool = unchanged()
    conflicts_with: OnecNames = unchanged()
    requires: OnecNames = unchanged()


class PublishRelease(BaseModel):
    """To how many of a hundred infobases a release goes at first."""

    rollout_percent: Percent = 100


class RaiseRollout(BaseModel):
    """To how many of a hundred infobases a release goes from now on."""

    rollout_percent: Percent


class PromoteRelease(BaseModel):
    """The calmer channel that a release comes to."""

    channel: Channel


class WithdrawRelease(BaseModel):
    """Why a release is taken back, and what those who have it should do."""

    withdrawn_reason_ru: WithdrawnReason
    withdrawn_reason_en: WithdrawnReason | None = None
    internal_note: Note | None = None
    advice: Literal["stop", "rollback_to"] | None = None
    rollback_to_id: uuid.UUID | None = None

    @model_validator(mode="after")
    def _names_where_to(self) -> Self:
        if (self.advice == "rollback_to") != (self.rollback_to_id is not None):
            message = N_("The advice rollback_to names the release to go back to; no other does")
            raise wrong("rollback_to_id", message)
        return self


class FindReleases(ListQuery):
    """Which releases."""

    extension: Code | None = None
    status: Literal["draft", "published", "paused", "withdrawn"] | None = None
    channel: Channel | None = None


class NameDocument(BaseModel):
    """What a document is called."""

    filename: FileName
