"""Commands of installers."""

import uuid
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.catalog.schemas.rules import EnvironmentFacts
from app.kit.fields import Code, Line, RequiredLine, Text, form
from app.kit.i18n import N_
from app.licensing.schemas import InfobaseReference
from wire.extensions import Channel
from wire.reports import Operation, Outcome

Sha256 = Annotated[str, form(r"^[0-9a-f]{64}$", N_("A SHA-256 is 64 digits and small letters a-f"))]
Short = Annotated[Line, StringConstraints(max_length=50)]
Message = Annotated[Text, StringConstraints(max_length=2048)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53)]


class Installed(BaseModel):
    """An extension that the infobase holds; `version` is free text, as 1C shows it."""

    onec_name: Line
    version: Line
    artifact_sha256: Sha256 | None = None


class Wish(EnvironmentFacts):
    """An infobase's environment, and what its agent wants to see."""

    infobase: InfobaseReference | None = None
    channel: Channel = Channel.STABLE
    extension: Code | None = None
    show_untested: bool = False
    show_all: bool = False
    installed: Annotated[list[Installed], Field(max_length=1_000)] | None = None


class IssueDownload(EnvironmentFacts):
    """Asks for the right to fetch one release for one infobase."""

    release_id: uuid.UUID
    infobase: InfobaseReference
    accept_untested: bool = False


class AcceptEula(BaseModel):
    """Somebody agreed to exactly the text with this SHA-256."""

    eula_id: uuid.UUID
    sha256: Sha256
    locale: Literal["ru", "en"]
    infobase: InfobaseReference
    accepted_by: RequiredLine
    agent_version: Short | None = None


class ReportedConfiguration(BaseModel):
    """What the infobase ran when it happened."""

    name: Line
    version: Line


class StoreReport(BaseModel):
    """What an agent did; its words are kept as they are, within bounds."""

    operation_id: uuid.UUID
    operation: Operation
    outcome: Outcome
    extension: Code
    infobase: InfobaseReference
    agent_version: Short
    occurred_at: AwareDatetime
    code: Short | None = None
    release_id: uuid.UUID | None = None
    previous_version: Line | None = None
    version: Line | None = None
    artifact_sha256: Sha256 | None = None
    download_id: uuid.UUID | None = None
    configuration: ReportedConfiguration | None = None
    platform_version: Line | None = None
    durations_ms: Annotated[dict[Short, Milliseconds], Field(max_length=50)] = {}
    failed_state: Short | None = None
    com_hresult: Short | None = None
    message: Message = ""
    consents: Annotated[list[Short], Field(max_length=20)] = []


class TakeReports(BaseModel):
    """A spool: every item is judged alone, so that a bad one never blocks the others."""

    reports: Annotated[list[object], Field(default_factory=list, max_length=100)]
    downloads: Annotated[list[object], Field(default_factory=list, max_length=100)]


class CompleteDownload(BaseModel):
    """A file arrived whole."""

    download_id: uuid.UUID
    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, le=2**53)]
