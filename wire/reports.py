"""What the agent says afterwards: installations, fetched files, what an infobase holds."""

from dataclasses import dataclass, field
from enum import StrEnum

from wire.extensions import InfobaseReference, InstalledConfiguration
from wire.trust import Trust


class Operation(StrEnum):
    """What was attempted."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    REPAIR = "repair"
    DOWNGRADE = "downgrade"
    UNINSTALL = "uninstall"
    ROLLBACK = "rollback"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    DONE_RESTART_REQUIRED = "done_restart_required"
    NOOP = "noop"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    ROLLBACK_FAILED = "rollback_failed"


class ReportStatus(StrEnum):
    """What became of one report."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class InstallReport:
    """One finished operation; never holds paths, 1C users or passwords."""

    operation_id: str  # UUID of the agent: resending is harmless
    operation: Operation
    outcome: Outcome
    extension: str  # code
    infobase: InfobaseReference
    agent_version: str
    occurred_at: str  # clock of the agent
    code: str | None = None  # why it did not succeed
    release_id: str | None = None
    previous_version: str | None = None  # file version found before
    version: str | None = None  # file version found afterwards
    artifact_sha256: str | None = None
    download_id: str | None = None
    configuration: InstalledConfiguration | None = None
    platform_version: str | None = None
    durations_ms: dict[str, int] = field(default_factory=dict)  # by state of the agent
    failed_state: str | None = None  # state of the agent
    com_hresult: str | None = None  # "0x80020009"
    message: str = ""  # at most 2 KiB, scrubbed
    consents: list[str] = field(default_factory=list)  # what a person agreed to


@dataclass(frozen=True, slots=True)
class DownloadCompletion:
    """A file that arrived whole."""

    download_id: str
    sha256: str  # of what arrived
    bytes: int


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """An extension found in an infobase."""

    onec_name: str
    version: str  # file version, as 1C shows it
    hash_sum: str | None = None  # 1C's own, Base64


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that an infobase holds."""

    infobase: InfobaseReference
    installed: list[InventoryItem]


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """What waited in the agent's spool."""

    reports: list[InstallReport] = field(default_factory=list)
    downloads: list[DownloadCompletion] = field(default_factory=list)
    inventory: list[Inventory] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What became of one report or one completed download."""

    operation_id: str | None  # of the report
    download_id: str | None  # of the completed download
    status: ReportStatus
    code: str | None  # why it was rejected


@dataclass(frozen=True, slots=True)
class ReportBatchResponse:
    """One result per report and per completed download, in the order sent."""

    results: list[ReportResult]
    server_time: str
    trust: Trust | None
