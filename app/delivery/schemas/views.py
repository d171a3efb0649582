"""How automation asks for downloads, reports, infobases and acceptances, and how it sees them."""

import uuid
from typing import Literal

from pydantic import BaseModel

from app.kit.fields import Code, Instant, Line, ListQuery
from wire.reports import Operation, Outcome

DownloadState = Literal["issued", "started", "completed", "aborted"]


class FindDownloads(ListQuery):
    """Which downloads."""

    key_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None
    activation_id: uuid.UUID | None = None
    release_id: uuid.UUID | None = None
    extension: Code | None = None
    status: DownloadState | None = None


class ListDownloads(FindDownloads):
    """Which downloads a person looks for; `ip` is an address or its network.

    `customer` are words of the company, `hint` is the end of a key.
    """

    download_id: uuid.UUID | None = None
    ip: Line | None = None
    customer: Line | None = None
    hint: Line | None = None
    version: Line | None = None
    configuration_name: Line | None = None
    agent_version: Line | None = None


class FindReports(ListQuery):
    """Which reports of installations."""

    infobase_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    release_id: uuid.UUID | None = None
    extension: Code | None = None
    operation: Operation | None = None
    outcome: Outcome | None = None
    code: Line | None = None


class ListReports(FindReports):
    """Which reports of installations a person looks for."""

    activation_id: uuid.UUID | None = None
    configuration_name: Line | None = None
    version: Line | None = None
    failed: bool | None = None


class ListInstalled(ListQuery):
    """Which installations a person looks for; the days are those of the last report.

    `outcome` and `code` are how the last report ended, `customer` are words of the company,
    `behind` asks for those that a newer stable release was published after.
    """

    extension: Code | None = None
    outcome: Outcome | None = None
    code: Line | None = None
    version: Line | None = None
    configuration_name: Line | None = None
    customer: Line | None = None
    behind: bool | None = None
    infobase_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None


class FindInfobases(ListQuery):
    """Which infobases; `uid` is the id that the agent made."""

    uid: uuid.UUID | None = None
    configuration_name: Line | None = None
    kind: Literal["file", "server"] | None = None


class FindAcceptances(ListQuery):
    """Which acceptances of agreements."""

    eula_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    infobase_id: uuid.UUID | None = None


class FindObserved(ListQuery):
    """Which releases to tell experience of; pages count releases."""

    extension: Code | None = None
    release_id: uuid.UUID | None = None


class ReleaseName(BaseModel):
    """A release for programs and for people."""

    id: uuid.UUID
    extension: str
    version: str


class OwnerName(BaseModel):
    """Whose key it was, without contacts."""

    key_id: uuid.UUID
    key: str
    customer_id: uuid.UUID
    company: str


class DownloadView(BaseModel):
    """The right to fetch one file for a day; `completed_at` is the agent's own word."""

    id: uuid.UUID
    release: ReleaseName
    owner: OwnerName
    activation_id: uuid.UUID
    sha256: str
    size: int
    status: DownloadState
    created_at: Instant
    expires_at: Instant
    started_at: Instant | None
    completed_at: Instant | None
    bytes: int | None
    address: str | None
    user_agent: str | None


class InfobaseName(BaseModel):
    """An infobase for programs and for people."""

    id: uuid.UUID
    uid: uuid.UUID
    label: str


class ReportView(BaseModel):
    """What an agent said that it did; `occurred_at` is its own clock."""

    id: uuid.UUID
    operation_id: uuid.UUID
    operation: str
    outcome: str
    code: str | None
    failed_state: str | None
    com_hresult: str | None
    message: str
    extension: str | None
    release_id: uuid.UUID | None
    previous_version: str | None
    version: str | None
    artifact_sha256: str | None
    infobase: InfobaseName
    owner: OwnerName
    configuration_name: str | None
    configuration_version: str | None
    platform_version: str | None
    durations_ms: dict[str, int]
    consents: list[str]
    agent_version: str | None
    occurred_at: Instant
    received_at: Instant


class FullInfobaseView(InfobaseName):
    """An infobase as its agent last described it."""

    kind: Literal["file", "server"] | None
    configuration_name: str | None
    configuration_version: str | None
    platform_version: str | None
    agent_version: str | None
    created_at: Instant
    last_seen_at: Instant


class AcceptanceView(BaseModel):
    """Who accepted exactly which text, for which key and infobase."""

    id: uuid.UUID
    eula_id: uuid.UUID
    number: int
    locale: str
    text_sha256: str
    accepted_by: str
    owner: OwnerName
    infobase: InfobaseName
    address: str | None
    agent_version: str | None
    accepted_at: Instant


class ExperienceView(BaseModel):
    """How installations of a release went on one version of a configuration."""

    configuration_name: str
    configuration_version: str
    done: int
    failed: int
    rolled_back: int
    last_code: str | None
    last_at: Instant


class ObservedView(BaseModel):
    """A release with all the experience there is of it."""

    release: ReleaseName
    configurations: list[ExperienceView]
