"""The port to 1C: what the agent asks of an infobase, and the values that cross it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from wire.extensions import InfobaseKind, Purpose

NOT_STORED = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""HashSum of an object that 1C has not stored: twenty zero bytes in Base64."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What an administrator can set on an extension, as 1C names it."""

    active: bool = True
    safe_mode: bool = True  # on is 1C's default for a new extension
    security_profile: str | None = None  # SafeMode may hold the name of a profile instead
    unsafe_operation_warnings: bool = True
    use_default_roles: bool = True
    used_in_distributed_infobase: bool = False


@dataclass(frozen=True, slots=True)
class StoredExtension:
    """An extension as the infobase keeps it."""

    uuid: str
    name: str
    version: str  # free text, may be empty
    hash_sum: str  # Base64 of 1C's opaque 20 bytes
    purpose: Purpose = Purpose.CUSTOMIZATION
    from_master_node: bool = False  # belongs to the master node of a distributed infobase
    scope: str = "InfoBase"  # or DataSeparation, where separated data has extensions of its own
    properties: Properties = field(default_factory=Properties)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Somebody else's session in the infobase."""

    application: str  # 1CV8C, Designer, BackgroundJob, …
    computer: str
    user: str
    number: int

    def __str__(self) -> str:
        return f"{self.computer}, {self.user} ({self.application})"


@dataclass(frozen=True, slots=True)
class InfobaseFacts:
    """What a session tells about its infobase and its own rights."""

    kind: InfobaseKind
    configuration: str
    configuration_version: str
    platform_version: str
    compatibility_mode: str | None
    configuration_changed: bool  # the designer's configuration differs from the database's
    may_administer_extensions: bool
    may_administer: bool  # needed to change safe mode
    session_number: int
    has_bsp: bool = False  # 1C's own library keeps parameters of extensions, to be refreshed


@dataclass(frozen=True, slots=True)
class HostProcess:
    """The process that holds a session; what a recovery needs to end it and nothing else."""

    pid: int
    started_at: str  # as the system tells it, to tell a process from a later one of that number


@dataclass(frozen=True, slots=True)
class SessionLock:
    """Whether new sessions are refused, and what a refused one reads."""

    is_set: bool
    message: str = ""


class Presence(StrEnum):
    """Whether this session runs with the extension."""

    APPLIED = "applied"
    DISABLED = "disabled"
    ABSENT = "absent"  # stored after the session began, or not at all


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding of 1C's check whether an extension can be applied."""

    text: str
    critical: bool  # only these block


class Session(Protocol):
    """One session of 1C; every method may raise InfobaseError."""

    @property
    def process(self) -> HostProcess | None:
        """What holds this session; None where it lives in this very process."""

    @property
    def number(self) -> int:
        """Of this session in 1C, known as soon as it began."""

    def facts(self) -> InfobaseFacts:
        """Configuration, platform and rights."""

    def others(self) -> list[OpenSession]:
        """Sessions of other programs and people."""

    def extensions(
        self, name: str | None = None, known: StoredExtension | None = None
    ) -> list[StoredExtension]:
        """Extensions as the database holds them now; `name` limits to that one.

        Over COM each one costs 18 round trips, one that is `known` far fewer: give what was found
        before, to see whether it is that still (told by its HashSum), or what a write returned, to
        read back what the write decided (version, HashSum, Active, SafeMode).
        """

    def present(self, names: list[str]) -> list[str]:
        """Which of these names some extension has; 3 round trips for each."""

    def presence(self, extension: StoredExtension) -> Presence:
        """Whether this very session runs with exactly these bytes."""

    def issues(self, name: str, data: bytes) -> list[Issue]:
        """Everything that keeps `data` from being applied as extension `name`."""

    def read(self, uuid: str) -> bytes:
        """The bytes of a stored extension."""

    def create(self, data: bytes, properties: Properties) -> StoredExtension:
        """Store a new extension; what it returns is stale until fetched again."""

    def replace(self, uuid: str, data: bytes, properties: Properties) -> StoredExtension:
        """Write new bytes into a stored extension; what it returns is stale."""

    def set_properties(self, uuid: str, properties: Properties) -> None:
        """Write properties only."""

    def delete(self, uuid: str) -> None:
        """Remove a stored extension."""

    def changes_structure(self, uuid: str) -> bool:
        """Whether a stored extension keeps data of its own, which goes with it."""

    def refresh_parameters(self) -> bool:
        """Let 1C's own library see the change; False where the configuration lacks it."""

    def lock(self, message: str, code: str) -> None:
        """Refuse new sessions, but for those that know `code`; `message` is what they read."""

    def unlock(self, code: str) -> None:
        """Let everybody in again; without a lock of this code this does nothing."""

    def session_lock(self) -> SessionLock:
        """Whether new sessions are refused now."""

    def log_event(self, text: str) -> None:
        """Leave an entry in 1C's own event log; where 1C does not let us, nothing happens."""

    def infobase_id(self) -> str | None:
        """The agent's id that an earlier run left in the infobase."""

    def keep_infobase_id(self, value: str) -> bool:
        """Leave the agent's id in the infobase; False where 1C does not let us."""

    def close(self) -> None:
        """End the session; a second time does nothing."""


class Infobase(Protocol):
    """A place where an infobase is, before anybody connects."""

    @property
    def place(self) -> str:
        """Where it is, to recognise it again; holds no secret."""

    @property
    def label(self) -> str:
        """How people call it."""

    def prepare(self) -> None:
        """Raise InfobaseError where this computer has no fit connector to 1C."""

    def connect(self, access_code: str | None = None) -> Session:
        """Begin a session, or raise InfobaseError; `access_code` passes a lock of sessions."""

    def terminate(self, number: int) -> bool:
        """End a session by its number through the cluster; False where there is no way to."""

    def jobs_denied(self) -> bool | None:
        """Whether the cluster keeps scheduled jobs from running; None where there is no way to it.

        Only where this is known do `deny` and `allow` work.
        """

    def deny(self, message: str, code: str) -> None:
        """Let the cluster refuse new sessions without `code`, and scheduled jobs."""

    def allow(self, code: str, *, jobs_denied: bool) -> None:
        """Take back what `deny` did; scheduled jobs are as they were before.

        Done already, or a lock with another code: nothing happens to that.
        """
