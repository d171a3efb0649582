"""One operation being done: what it stands on and what it has learnt so far."""

from dataclasses import dataclass, field
from pathlib import Path

from agent.archive import Archive
from agent.backup import Backups
from agent.clock import Timing
from agent.console import Console
from agent.files import private_folder
from agent.infobase import Infobase, InfobaseFacts, Session, StoredExtension
from agent.journal import Journal, Operation
from agent.plan import Plan
from agent.policies import LockMode
from agent.rights import Rights
from wire.extensions import Download


@dataclass(frozen=True, slots=True)
class Tools:
    """What every operation stands on."""

    home: Path
    journal: Journal
    backups: Backups
    console: Console
    infobase: Infobase
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """Which of it, and how patiently."""

    mode: LockMode = LockMode.NONE
    wait: float = 900.0  # seconds until others must have left
    message: str | None = None  # what those read who are not let in; None: our own words


NO_LOCK = LockPolicy()


@dataclass(slots=True)
class Story:
    """An operation on its way; what must outlive the process is in the journal as well."""

    tools: Tools
    operation: Operation
    plan: Plan
    rights: Rights | None = None  # only before the write
    policy: LockPolicy = NO_LOCK
    archive: Archive | None = None  # how the whole infobase is kept before the change
    download: Download | None = None
    cached: Path | None = None
    before_data: bytes = b""  # of what the write will replace
    session: Session | None = None
    facts: InfobaseFacts | None = None  # as the first session told them
    is_structural: bool = False  # the change may reach the tables of the database
    access_code: str | None = None  # of our own lock, while it is set
    jobs_denied: bool | None = None  # before that lock; None: the cluster did not set it
    written: StoredExtension | None = None  # as 1C returned it, stale
    found: StoredExtension | None = None  # as read after the write
    restart_required: bool = False
    was_inspected: bool = False

    @property
    def id(self) -> str:
        """Of the operation, in journal and report."""
        return self.operation.id

    @property
    def staged(self) -> Path:
        """The operation's own copy of the file; nobody else touches it."""
        return private_folder(self.tools.home / "staging") / f"{self.id}.cfe"

    def connect(self) -> Session:
        """A new session in place of the one there was; what holds it is written down."""
        self.leave()
        self.session = self.tools.infobase.connect(self.access_code)
        held: dict[str, object] = {"session": self.session.number}
        process = self.session.process
        if process is not None:
            held |= {"pid": process.pid, "started_at": process.started_at}
        self.tools.journal.note(self.id, **held)
        return self.session

    def here(self) -> Session:
        """The session there is, else a new one."""
        return self.session or self.connect()

    def leave(self) -> None:
        """End the session."""
        if self.session:
            self.session.close()
            self.session = None
