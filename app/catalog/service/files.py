"""Between a file and its row: it is read while nobody sees it, kept, then named."""

from dataclasses import dataclass
from mmap import ACCESS_READ, mmap

from sqlalchemy import func, select

from app.catalog.problems import ArtifactInvalid
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import Sentence
from app.kit.problems import BodyTooLarge, Busy
from app.kit.storage import ArtifactStore, Incoming, Stored
from onec.cfe import BadCfe, Cfe, Limits, read_cfe

_LOCK = 0x61727466
"""The advisory lock between naming a file (shared) and removing one that has no name."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A .cfe that the reader accepted and whose bytes are durable."""

    cfe: Cfe
    stored: Stored


def read(file: bytes | mmap, *, limit: int) -> Cfe:
    """What the file says of itself; whatever is wrong with it is a refusal, never a crash."""
    if len(file) > limit:
        raise BodyTooLarge(max=limit)
    try:
        return read_cfe(file, Limits(file_size=limit))
    except BadCfe as error:
        why = Sentence(error.text("ru"), error.text("en"))
        raise ArtifactInvalid(reason=error.code, why=why) from None


def take(store: ArtifactStore, file: bytes, *, limit: int) -> Upload:
    """As `keep_cfe`, of bytes that are in memory already."""
    return Upload(read(file, limit=limit), store.put([file]))


def keep_cfe(store: ArtifactStore, incoming: Incoming, *, limit: int) -> Upload:
    """Reads an uploaded .cfe with the capped reader, then keeps it; before any transaction.

    What is wrong with the file is ARTIFACT_INVALID, and nothing is kept.
    """
    if not incoming.size:
        read(b"", limit=limit)
    with incoming.path.open("rb") as file:
        # Not closed by hand: views of it may outlive the reading inside an exception.
        parsed = read(mmap(file.fileno(), 0, access=ACCESS_READ), limit=limit)
    return Upload(parsed, store.keep(incoming))


def claim(session: UnitOfWork, stored: Stored) -> None:
    """Before a row names kept bytes: until the commit nobody removes them as nobody's.

    BUSY if they were removed already; the caller uploads again. A bucket is asked, so rows are
    locked after this, where the caller can.
    """
    session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
    if session.kit.artifacts.size(stored.sha256) != stored.size:
        raise Busy


def hold_files(session: KitSession) -> None:
    """Until the end of this transaction no file is removed, whatever becomes of its row."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


def exclude_claims(session: KitSession) -> None:
    """Waits for the transactions that claim a file, and keeps others waiting until its own end."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
