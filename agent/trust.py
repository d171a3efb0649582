"""What a vendor has signed: the stock TUF client on a pinned root, with our errors and texts."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, TargetFile, Timestamp
from tuf.ngclient import Updater, UpdaterConfig

from agent.clock import wall_clock
from agent.codes import Code
from agent.errors import Failure, storage_failure
from agent.fetcher import Fetcher, Source
from agent.locks import machine_wide
from agent.pins import Root, newest_root, root_of
from agent.refusals import Circumstances, Reason, refusal, refused
from agent.repair import HISTORY, repair, repair_file, repair_folder
from agent.transport import Transport
from wire.codec import WireError
from wire.enrolment import Connection
from wire.trust import TargetCustom, TargetStatus, Trust, parse_target_path, read_custom

logger = logging.getLogger(__name__)
T = TypeVar("T")

_MUTEX = "Podkluch-trust"
_TRIES = 2  # a mirror that lags may have caught up
_PAUSE = 2.0  # seconds before the second try
_SECONDS_A_MINUTE, _MINUTES_A_DAY = 60, 24 * 60  # versions of timestamps are minutes since 1970


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer of the server says about the signed metadata and the time."""

    trust: Trust
    server_time: str


Receive = Callable[[Source, Path], None]
"""Writes what comes from a source to a path, or raises SIGNATURE_BAD: it is not what was signed."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A release as its vendor signed it, and the way to its verified bytes."""

    repository: str
    path: str
    size: int  # bytes
    sha256: str
    custom: TargetCustom
    root: Root
    receive: Receive
    replaced: TargetCustom | None = None  # what is signed about the release installed now

    @property
    def is_ordered(self) -> bool:
        """Whether the vendor withdrew what is installed and names this release in its place."""
        one = self.replaced
        if one is None or one.status is not TargetStatus.WITHDRAWN:
            return False
        return one.rollback_to == self.custom.ver


class LocalState:
    """What this computer knows of one vendor's repository."""

    def __init__(self, folder: Path, pin: Connection) -> None:
        self.folder = folder / pin.repository
        self.repository = pin.repository
        try:
            self.pinned = root_of(pin)
        except RepositoryError as error:
            raise refused(Reason.METADATA_INVALID) from error

    def root(self) -> Root:
        """The newest root known here that follows from the pinned one."""
        return newest_root(self.pinned, self.folder / HISTORY)

    def timestamp(self) -> Timestamp | None:
        """The last verified timestamp, if there is one."""
        with suppress(OSError, RepositoryError):
            raw = (self.folder / "timestamp.json").read_bytes()
            return Metadata[Timestamp].from_bytes(raw).signed
        return None

    def age_days(self) -> int | None:
        """Whole days since the last verified timestamp was signed; its version is that minute."""
        stamp = self.timestamp()
        if stamp is None:
            return None
        minutes = int(wall_clock().timestamp()) // _SECONDS_A_MINUTE - stamp.version
        return max(0, minutes) // _MINUTES_A_DAY


class Repository:
    """The pinned repository of one vendor; its folder serves one process at a time."""

    def __init__(
        self, state: LocalState, transport: Transport, changed: Callable[[Root], None]
    ) -> None:
        self._state = state
        self._lock = state.folder.with_suffix(".lock")
        self._transport = transport
        self._changed = changed

    def signed(self, said: Said, path: str, installed: str | None = None) -> Signed:
        """The release at a path, published and signed by a root that follows from the pinned one.

        `installed` is the path of the release that it would replace, where that is known.
        Raises SIGNATURE_BAD, STALE_MIRROR or NETWORK; the local state heals by itself.
        """
        _require_release(path)
        with self._alone():
            before = self._state.root()
            try:
                updater, fetcher = self._refreshed(said)
                paths = [path, installed] if installed else [path]
                found, *others = (
                    self._explained(fetcher, said, partial(updater.get_targetinfo, one))
                    for one in paths
                )
            finally:
                after = self._state.root()
                if after.version != before.version:
                    self._changed(after)
        if found is None:
            raise refused(Reason.TARGET_MISSING, path=path)

        def receive(source: Source, to: Path) -> None:
            fetcher.artifact = source
            self._explained(fetcher, said, lambda: updater.download_target(found, str(to)))

        return Signed(
            repository=self._state.repository,
            path=path,
            size=found.length,
            sha256=found.hashes.get("sha256", ""),
            custom=_published(found),
            root=after,
            receive=receive,
            replaced=_custom(others[0]) if others and others[0] else None,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        route = self._transport.route
        folder = self._state.folder
        try:
            repair_folder(folder.parent)
            repair_file(self._lock)
            with machine_wide(_MUTEX, self._lock, route.timeout, route.timing):
                repair(folder)
                yield
        except OSError as error:
            raise storage_failure(error, folder) from error

    def _refreshed(self, said: Said) -> tuple[Updater, Fetcher]:
        """A client with metadata at least as new as the server says there are."""
        found = 0
        for attempt in range(_TRIES):
            if attempt:
                self._transport.timing.sleep(_PAUSE)
            updater, fetcher = self._client()
            self._explained(fetcher, said, updater.refresh)
            timestamp = self._state.timestamp()
            found = timestamp.version if timestamp else 0
            if found >= said.trust.timestamp_version:
                return updater, fetcher
            logger.warning("timestamp %d, announced %d", found, said.trust.timestamp_version)
        behind = (said.trust.timestamp_version - found) // _MINUTES_A_DAY
        raise Failure(Code.STALE_MIRROR, n=behind)

    def _client(self) -> tuple[Updater, Fetcher]:
        fetcher = Fetcher(self._transport, self._state.repository)
        updater = Updater(
            str(self._state.folder),
            fetcher.metadata_url,
            target_base_url=fetcher.targets_url,
            fetcher=fetcher,
            config=UpdaterConfig(),
            bootstrap=self._state.pinned.raw,
        )
        return updater, fetcher

    def _explained(self, fetcher: Fetcher, said: Said, act: Callable[[], T]) -> T:
        """Do it with the TUF client; what it refuses is said in our words."""
        try:
            return act()
        except (RepositoryError, DownloadError) as error:
            logger.warning("refused: %s: %s", type(error).__name__, error)
            when = Circumstances(fetcher.role, self._expiry(fetcher), said.server_time)
            raise refusal(error, when) from error

    def _expiry(self, fetcher: Fetcher) -> datetime:
        """When the first of what was read last ends or ended."""
        ends = [self._state.root().expires]
        with suppress(RepositoryError):
            ends.append(Metadata.from_bytes(fetcher.last).signed.expires)
        return min(ends)


def _require_release(path: str) -> None:
    """Only the key of releases signs below their folder; other paths have other keys."""
    try:
        parse_target_path(path)
    except ValueError as error:
        raise refused(Reason.TARGET_MISSING, path=path) from error


def _published(file: TargetFile) -> TargetCustom:
    """What is signed about a release that may be installed."""
    custom = _custom(file)
    if custom.status is not TargetStatus.PUBLISHED:
        raise refused(Reason.TARGET_WITHDRAWN, path=file.path)
    return custom


def _custom(file: TargetFile) -> TargetCustom:
    if "sha256" not in file.hashes:
        raise refused(Reason.METADATA_INVALID)
    try:
        return read_custom(file.custom)
    except WireError as error:
        raise refused(Reason.METADATA_INVALID) from error
